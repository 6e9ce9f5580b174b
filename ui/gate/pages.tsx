// One page per phase. A door that is open is said first; nobody is called anything.
import { Icon } from '../kiosk/parts';
import type { Language } from '../shared/fluent';
import { yuan } from '../shared/money';
import { BoothArt, OpenArt, PressArt, RunArt, ShelfArt, WaitArt } from './art';
import { Acts, Choices, Frame, GoodsList, type PageProps, pieces, Return } from './parts';
import type { Shape } from './shape';
import { sayer } from './words';

const OPEN: ReadonlySet<string> = new Set([
  'unlocked_pulse',
  'open',
  'held_open',
  'released_fire',
  'released_fault',
]);

/** How the door is, in its place under the perforation. */
function DoorLine({ open, words }: { open: boolean; words: string }) {
  return (
    <div class={`moved door ${open ? 'open-now' : ''}`}>
      <Icon name={open ? 'check' : 'door'} />
      {words}
    </div>
  );
}

export function Ready(props: PageProps) {
  const { view, say } = props;
  const open = OPEN.has(view.door);
  return (
    <Frame
      {...props}
      stub={
        <>
          <DoorLine open={open} words={say(open ? 'thanks-door' : 'ready-door')} />
          <Acts {...props} />
        </>
      }
    >
      <div class="page">
        <h1 class="big">{say(open ? 'open-title' : 'ready-title')}</h1>
        <p class="lead">{say(open ? 'open-lead' : view.cause ? `ready-${view.cause}-lead` : 'ready-lead')}</p>
        {!open && <p class="note">{say('ready-paid')}</p>}
        {open ? (
          <OpenArt label={say('open-art')} sign={say('exit')} bag={false} />
        ) : (
          <PressArt label={say('ready-art')} sign={say('exit')} button={say('button')} />
        )}
      </div>
    </Frame>
  );
}

export function Thanks(props: PageProps) {
  const { view, say } = props;
  return (
    <Frame
      {...props}
      stub={
        <>
          <DoorLine open words={say('thanks-door')} />
          <Acts {...props} />
        </>
      }
    >
      <div class="page">
        <Stamp words={say('stamp-paid')} />
        <h1 class="big beside-stamp">{say('thanks-title')}</h1>
        {view.paid_count > 0 && (
          <p class="lead beside-stamp">{say('thanks-lead', { count: view.paid_count })}</p>
        )}
        <OpenArt label={say('thanks-art')} sign={say('exit')} bag />
      </div>
    </Frame>
  );
}

function Stamp({ words }: { words: string }) {
  return (
    <svg class="stamp" viewBox="0 0 224 224" aria-hidden="true">
      <circle cx="112" cy="112" r="104" class="w5" />
      <circle cx="112" cy="112" r="86" />
      <text x="112" y="128" text-anchor="middle" class="stamp-word">
        {words}
      </text>
      <path d="M70 158h84M88 66h48" />
    </svg>
  );
}

export function Hold(props: PageProps) {
  const { view, say, shape } = props;
  return (
    <Frame
      {...props}
      stub={
        <>
          <div class="moved wait">
            <Icon name="clock" />
            {say('hold-sure')}
          </div>
          <Acts {...props} />
        </>
      }
    >
      <div class="page">
        <h1 class="head">{say('hold-title')}</h1>
        <p class="lead">{say('hold-lead')}</p>
        {view.items.length > 0 && shape !== 'small-wide' && (
          <p class="note over-list">{say('hold-goods', { count: pieces(view.items) })}</p>
        )}
        <GoodsList {...props} plain />
        {(view.items.length < 4 || shape === 'tall') && <WaitArt label={say('hold-title')} />}
        <p class="note">{say('hold-go')}</p>
      </div>
    </Frame>
  );
}

export function Repair(props: PageProps) {
  const { view, say, shape } = props;
  const count = pieces(view.items);
  return (
    <Frame {...props} stub={<Choices {...props} />}>
      <div class="page">
        <h1 class="head">{say(count === 1 ? 'repair-one-title' : 'repair-many-title', { count })}</h1>
        {shape !== 'small-wide' && <p class="lead">{say('repair-lead')}</p>}
        <GoodsList {...props} />
        <p class="note rest">
          {view.paid_count > 0 && say('repair-rest', { count: view.paid_count })} {say('repair-not-mine')}
        </p>
      </div>
    </Frame>
  );
}

export function Alarm(props: PageProps) {
  const { say, shape } = props;
  return (
    <Frame {...props} stub={<Choices {...props} />}>
      <div class="page">
        <ul class="known">
          <li>
            <Icon name="bell" />
            {say('alarm-staff')}
          </li>
          <li>
            <Icon name="door" />
            {say('alarm-door')}
          </li>
        </ul>
        <h1 class="head">{say('alarm-title')}</h1>
        {shape !== 'small-wide' && <p class="lead">{say('alarm-lead')}</p>}
        <GoodsList {...props} />
        {shape === 'tall' && <p class="note rest">{say('alarm-still')}</p>}
      </div>
    </Frame>
  );
}

export function PutBackNow(props: PageProps) {
  const { view, say } = props;
  return (
    <Frame {...props} stub={<Return {...props} />}>
      <div class="page">
        <h1 class="head">{say('put-back-title')}</h1>
        <p class="lead">{say('put-back-lead')}</p>
        <p class="note">{say('put-back-goods', { count: pieces(view.items) })}</p>
        <ShelfArt
          label={say('put-back-art')}
          board={say('put-back-label')}
          goods={view.items.map((item) => item.picture)}
        />
      </div>
    </Frame>
  );
}

export function PayElsewhere(props: PageProps) {
  const { view, say } = props;
  return (
    <Frame
      {...props}
      stub={
        <>
          <div class="due">
            <div class="what">{say('paying-due', { count: pieces(view.items) })}</div>
            <span class="sum">{yuan(view.due_fen)}</span>
          </div>
          <Acts {...props} />
        </>
      }
    >
      <div class="page">
        <h1 class="big">{say('paying-title', { booth: view.pay_booth })}</h1>
        <p class="lead">{say('paying-lead')}</p>
        <BoothArt label={say('paying-art')} booth={view.pay_booth} />
      </div>
    </Frame>
  );
}

/** The door lets everybody out. Fire is said so that it is read across the room; the rest is calm. */
export function Released(props: PageProps) {
  const { view, say } = props;
  if (view.cause === 'fire')
    return (
      <main class="fire-page">
        <h1>{say('released-fire-title')}</h1>
        <p>{say('released-fire-lead')}</p>
        <RunArt />
        <div class="this-way">
          {say('released-fire-sign')}
          <Icon name="right" />
        </div>
      </main>
    );
  return (
    <Frame
      {...props}
      stub={
        <>
          <DoorLine open words={say('thanks-door')} />
          <Acts {...props} />
        </>
      }
    >
      <div class="page">
        <h1 class="big">{say('released-title')}</h1>
        {view.cause && <p class="lead">{say(`released-${view.cause}-lead`)}</p>}
        {view.items.length > 0 && <p class="note">{say('released-goods')}</p>}
        <OpenArt label={say('open-art')} sign={say('exit')} bag={false} />
      </div>
    </Frame>
  );
}

/** No box yet, or no box any more: the button still opens, in both languages. Needs no view. */
export function Starting(props: PageProps | { view: null; shape: Shape; language: Language }) {
  const lost = props.view === null;
  const first = props.view === null ? props.language : props.view.language;
  const other: Language = first === 'en' ? 'zh-CN' : 'en';
  const kind = lost ? 'lost' : 'starting';
  return (
    <div class="kiosk gate both-languages">
      <main class="paper">
        <section class="roll">
          <div class="page">
            {[first, other].map((language) => {
              const say = sayer(language);
              return (
                <section key={language} lang={language}>
                  <h1 class={language === first ? 'big' : ''}>{say(`${kind}-title`)}</h1>
                  <p class={language === first ? 'lead' : ''}>{say(`${kind}-lead`)}</p>
                  {lost && <p class="note">{say('lost-goods')}</p>}
                </section>
              );
            })}
            <PressArt
              label={sayer(first)('ready-art')}
              sign={sayer(first)('exit')}
              button={sayer(first)('button')}
            />
          </div>
        </section>
      </main>
    </div>
  );
}
