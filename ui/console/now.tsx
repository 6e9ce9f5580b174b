// The first page: one line that says whether the shop is well, the floor, the booths, what needs a person, what came in.
import type { BoothCard, DeviceView, IncidentView, NowSnapshot } from '../shared/contract';
import { name } from '../shared/fluent';
import { yuan } from '../shared/money';
import { Skeleton } from './app';
import { Hours } from './charts';
import { Floor } from './floor';
import { Icon, type IconName } from './icons';
import { useKeys } from './keys';
import { about } from './list';
import { list, now, shop } from './live';
import { go, to } from './route';
import { ask, may } from './session';
import { Waiting } from './shift';
import { age, clock, language, say, where } from './words';

type View = NowSnapshot['now'];

export function Now() {
  const live = list.value;
  const view = shop.value;
  if (!live || !view) return <Skeleton />;
  return <NowSheet view={view} incidents={live.incidents} />;
}

export function NowSheet({ view, incidents }: { view: View; incidents: readonly IncidentView[] }) {
  return (
    <>
      <Sentence view={view} incidents={incidents} />
      <Waiting />
      <div class="columns now">
        <div class="stack">
          <Floor view={view} incidents={incidents} />
          <div class="cards">
            {view.booths.map((booth) => (
              <Card key={booth.booth} booth={booth} />
            ))}
          </div>
        </div>
        <div class="stack">
          <Rail incidents={incidents} resolved={view.resolved_today} />
          <Takings view={view} />
        </div>
      </div>
    </>
  );
}

/** Devices that do not do what they should; what was taken out of service on purpose is not trouble. */
export function troubled(devices: readonly DeviceView[]): DeviceView[] {
  return devices.filter((device) => device.state !== 'online' && !device.maintenance);
}

interface Told {
  tone: 'critical' | 'warning' | 'well';
  bold: string;
  calm: string;
  next?: { label: string; act: () => void };
}

/** What is wrong, in bold; the rest in calm; and the one thing to do next. */
export function tell(view: View, incidents: readonly IncidentView[]): Told {
  const [worst, ...others] = incidents;
  const calls = view.booths.filter((booth) => booth.help && !booth.helper);
  const broken = troubled(view.devices).filter((each) => each.state !== 'unknown');
  const silent = troubled(view.devices).filter((each) => each.state === 'unknown');
  const rest = [
    ...(others.length ? [say('well-more', { count: others.length })] : []),
    ...(broken.length ? [say('well-devices', { count: broken.length })] : []),
    ...(silent.length ? [say('well-silent', { count: silent.length })] : []),
    ...(view.takings.open_attempts ? [say('well-open', { count: view.takings.open_attempts })] : []),
  ].join(' ');
  const call = calls[0];
  const fromBooth = worst?.kind === 'help' && worst.place.startsWith('booth:');
  if (call?.help && (worst?.severity !== 'critical' || fromBooth))
    return {
      tone: 'critical',
      bold: say('well-call', { booth: call.booth, age: age(now() - call.help.since_ms) }),
      calm: worst && !fromBooth ? `${say(`well-${worst.kind}`)} ${rest}` : rest || say('well-rest'),
      next: { label: say('help-them'), act: () => go(to('booths', call.booth)) },
    };
  if (worst)
    return {
      tone: worst.severity === 'critical' ? 'critical' : 'warning',
      bold: say(`well-${worst.kind}`),
      calm: rest || say('well-rest'),
      next:
        worst.state === 'open' && may('handle_incidents')
          ? { label: say('claim-look'), act: () => void claim(worst.id) }
          : { label: say('look'), act: () => go(to('incidents', worst.id)) },
    };
  const first = broken[0];
  if (first)
    return {
      tone: 'warning',
      bold: say('well-one-device', { device: where(first.device), state: say(`health-${first.state}`) }),
      calm: rest,
      next: { label: say('look'), act: () => go(to('devices', first.device)) },
    };
  return {
    tone: 'well',
    bold: say('well-well'),
    calm: rest || say('well-all', { count: view.devices.length }),
  };
}

async function claim(id: number): Promise<void> {
  await ask(`/api/incidents/${id}/claim`, {}).catch(() => {}); // somebody was quicker: the page says who
  go(to('incidents', id));
}

function Sentence({ view, incidents }: { view: View; incidents: readonly IncidentView[] }) {
  const told = tell(view, incidents);
  useKeys({ a: () => told.next?.act() });
  return (
    <section class="say">
      <Icon name={told.tone === 'well' ? 'check' : 'alert'} big />
      <h1 class={told.tone}>
        {told.bold} <span class="calm">{told.calm}</span>
      </h1>
      {told.next && (
        <button type="button" class="next" onClick={told.next.act}>
          {told.next.label} <kbd>A</kbd>
        </button>
      )}
    </section>
  );
}

const PHASES: Record<BoothCard['phase'], readonly [IconName, string]> = {
  closed: ['cross', 'bad'],
  attract: ['scan', ''],
  shopping: ['scan', 'ok'],
  choose: ['phone', 'info'],
  align: ['phone', 'info'],
  present: ['phone', 'info'],
  paying: ['phone', 'info'],
  checking: ['unknown', 'warn'],
  declined: ['cross', 'warn'],
  staff: ['alert', 'bad'],
  done: ['check', 'ok'],
};

/** What a booth does, in an icon and a word. */
export function Phase({ booth }: { booth: BoothCard }) {
  const [icon, tone] = PHASES[booth.phase];
  return (
    <span class={`st ${tone}`}>
      <Icon name={icon} />
      {say(`phase-${booth.phase}`)}
    </span>
  );
}

function Card({ booth }: { booth: BoothCard }) {
  return (
    <a class="sheet card" href={to('booths', booth.booth)}>
      <h2>
        {say('booth', { booth: booth.booth })}
        <small>{booth.sale && say('sale-number', { number: booth.sale })}</small>
      </h2>
      <p class="state">
        <Phase booth={booth} />
        {booth.help && (
          <span class="chip bad">
            <Icon name="bell" />
            {say(booth.helper ? 'helped-by' : 'calls', { by: booth.helper })}
          </span>
        )}
        {(booth.paper === 'near_end' || booth.paper === 'none') && (
          <span class="chip warn">
            <Icon name="paper" />
            {say(`paper-${booth.paper}`)}
          </span>
        )}
        {!booth.page && <span class="chip warn">{say('no-screen')}</span>}
        <small>{age(now() - booth.since_ms)}</small>
      </p>
      <Slip booth={booth} />
    </a>
  );
}

function Slip({ booth }: { booth: BoothCard }) {
  if (booth.lines.length === 0) return <p class="note">{say('card-empty')}</p>;
  return (
    <div class="lay">
      <div class="paper">
        <ul>
          {booth.lines.map((line) => (
            <li key={`${line.name.zh} ${line.amount_fen}`}>
              <span>
                {name(line.name, language.value)}
                {line.quantity > 1 && ` ×${line.quantity}`}
              </span>
              <span>{yuan(line.amount_fen)}</span>
            </li>
          ))}
          {booth.more > 0 && <li class="cap">{say('more-lines', { count: booth.more })}</li>}
        </ul>
        <p class="sum">
          {say(booth.phase === 'done' ? 'card-paid' : 'card-total')}
          <b>{yuan(booth.total_fen)}</b>
        </p>
      </div>
    </div>
  );
}

const SHOWN = 5;

function Rail({ incidents, resolved }: { incidents: readonly IncidentView[]; resolved: number }) {
  return (
    <section class="sheet rail">
      <h2>
        {say('incidents')} <b>{incidents.length || ''}</b>
        <small>{say('resolved-today', { count: resolved })}</small>
      </h2>
      {incidents.length === 0 && <p class="note">{say('well-none')}</p>}
      <ol class="queue">
        {incidents.slice(0, SHOWN).map((incident) => (
          <li key={incident.id} class={`row ${incident.severity} ${incident.state}`}>
            <a href={to('incidents', incident.id)}>
              <time>{clock(incident.opened_ms).slice(0, 5)}</time>
              <span class="what">
                <b>
                  {where(incident.place)} · {say(`kind-${incident.kind}`)}
                </b>
                <span>{about(incident)}</span>
                {incident.claimed_by && <small>{say('state-claimed', { by: incident.claimed_by })}</small>}
              </span>
              <span class="age">{age(now() - incident.opened_ms)}</span>
            </a>
          </li>
        ))}
      </ol>
      {incidents.length > SHOWN && (
        <a class="button" href={to('incidents')}>
          {say('well-more', { count: incidents.length - SHOWN })}
        </a>
      )}
    </section>
  );
}

function Takings({ view }: { view: View }) {
  const { takings } = view;
  const more = takings.fen - takings.before_so_far_fen;
  return (
    <section class="sheet takings">
      <h2>
        {say('takings')} <small>{say('takings-ticks')}</small>
      </h2>
      <p class="nums">
        <strong>{yuan(takings.fen)}</strong>
        {takings.before_so_far_fen > 0 && (
          <span class={more >= 0 ? 'st ok' : 'st'}>
            {say(more >= 0 ? 'takings-more' : 'takings-less', { amount: yuan(Math.abs(more)) })}
          </span>
        )}
      </p>
      <Hours hours={takings.hours} before={takings.before} />
      <ul class="sums">
        {takings.channels.map((each) => (
          <li key={each.channel}>
            <span>
              {say(each.channel)} {each.count}
            </span>
            <span>{yuan(each.fen)}</span>
          </li>
        ))}
      </ul>
      <p class="note">
        {say('takings-note', {
          count: takings.count,
          average: yuan(takings.count ? Math.round(takings.fen / takings.count) : 0),
          refunds: yuan(takings.refunded_fen),
          open: takings.open_attempts,
        })}
      </p>
    </section>
  );
}
