// Booths: all of them, or one: what its shopper sees, why somebody is needed, and every way to help from here.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { BoothCard, BoothView } from '../shared/contract';
import { name } from '../shared/fluent';
import { yuan } from '../shared/money';
import { Act, type Field } from './act';
import { Skeleton } from './app';
import { Icon, type IconName } from './icons';
import { useKeys } from './keys';
import { mirror, now, offset, shop } from './live';
import { Phase } from './now';
import { Find, type Product } from './product_find';
import { place, to } from './route';
import { Fault } from './said';
import { ask, may, me } from './session';
import { Talk } from './talk';
import { age, called, clock, language, say } from './words';

export default function Booths() {
  const view = shop.value;
  if (!view) return <Skeleton />;
  const id = place.value.id;
  const card = view.booths.find((booth) => booth.booth === id);
  if (id && card) return <Booth key={id} card={card} />;
  return <All booths={view.booths} />;
}

function All({ booths }: { booths: readonly BoothCard[] }) {
  const calls = booths.filter((booth) => booth.help).length;
  const busy = booths.filter((booth) => booth.sale).length;
  return (
    <>
      <h1 class={calls ? 'critical' : 'well'}>
        {calls ? say('booths-calling', { count: calls }) : say('booths-quiet')}{' '}
        <span class="calm">{say('booths-busy', { count: busy, of: booths.length })}</span>
      </h1>
      <ol class="sheet booths">
        {booths.map((booth) => (
          <li key={booth.booth}>
            <a href={to('booths', booth.booth)}>
              <b>{say('booth', { booth: booth.booth })}</b>
              <Phase booth={booth} />
              {booth.help && <span class="chip bad">{say('calls', { by: '' })}</span>}
              {booth.helper && <span class="chip info">{say('helped-by', { by: booth.helper })}</span>}
              <span class="push" />
              {booth.sale && <span>{say('sale-number', { number: booth.sale })}</span>}
              <span class="figure">{booth.total_fen ? yuan(booth.total_fen) : ''}</span>
              <small>{age(now() - booth.since_ms)}</small>
            </a>
          </li>
        ))}
      </ol>
    </>
  );
}

function Booth({ card }: { card: BoothCard }) {
  const view = mirror.value?.view ?? null;
  const fault = useSignal('');
  const wanted = useSignal<Doing | ''>('');
  const send = async (path: string, body: object): Promise<void> => {
    fault.value = '';
    await ask(`/api/booths/${card.booth}/assist/${path}`, body);
  };
  const begin = () =>
    send('begin', {
      reason: say(card.help ? 'reason-called' : 'reason-watching'),
      take_over: card.helper !== '',
    })
      .then(() => undefined)
      .catch((error: Error) => {
        fault.value = error.message || say('offline-problem');
      });
  const mine = card.helper !== '' && card.helper === me.value?.name;
  const end = () =>
    send('end', { reason: say('reason-helped') }).catch((error: Error) => {
      fault.value = error.message || say('offline-problem');
    });
  useKeys({ a: () => (mine ? undefined : void begin()), escape: () => (wanted.value = '') });
  return (
    <>
      <section class="say">
        <a class="back" href={to('booths')}>
          <Icon name="back" /> {say('nav-booths')}
        </a>
        <h1 class={card.help && !card.helper ? 'critical' : ''}>
          {card.help && !card.helper
            ? say('well-call', { booth: card.booth, age: age(now() - card.help.since_ms) })
            : say('booth', { booth: card.booth })}{' '}
          <span class="calm">{why(view)}</span>
        </h1>
        {may('assist') &&
          (mine ? (
            <button type="button" class="next" onClick={() => void end()}>
              {say('helped')}
            </button>
          ) : (
            <button type="button" class="next" onClick={() => void begin()}>
              {say(card.helper ? 'take-over' : 'help-them', { by: card.helper })} <kbd>A</kbd>
            </button>
          ))}
      </section>
      <Fault text={fault.value} />
      <div class="columns assist">
        <Mirror view={view} page={card.page} />
        <Basket view={view} mine={mine} send={send} />
        <Desk
          card={card}
          view={view}
          mine={mine}
          wanted={wanted.value}
          want={(it) => (wanted.value = it)}
          send={send}
        />
      </div>
    </>
  );
}

/** Why staff may be needed, in a few words. */
function why(view: BoothView | null): string {
  if (!view) return '';
  if (view.notice) {
    const about = view.notice.name ? name(view.notice.name, language.value) : view.notice.code;
    return `${say(`notice-${view.notice.kind}`)}${about ? ` · ${about}` : ''}`;
  }
  if (view.phase === 'closed') return say(`closed-${view.closed_reason}`);
  return say(`phase-${view.phase}`);
}

/** The kiosk's own page in a frame, fed with what this console got: it looks, and touches nothing. */
function Mirror({ view, page }: { view: BoothView | null; page: boolean }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const ready = useSignal(false);
  useEffect(() => {
    const hello = (event: MessageEvent) => {
      if (event.source === frame.current?.contentWindow && event.data === 'mirror') ready.value = true;
    };
    addEventListener('message', hello);
    return () => removeEventListener('message', hello);
  }, []);
  useEffect(() => {
    if (ready.value && view)
      frame.current?.contentWindow?.postMessage({ view, offset: offset.value }, location.origin);
  }, [view, ready.value]);
  return (
    <section class="mirror">
      <p class="cap">
        <Icon name="live" /> {say('mirror')}
        <span class="push" />
        {say(page ? 'mirror-hint' : 'no-screen')}
      </p>
      <iframe ref={frame} src="/ui/mirror/index.html" title={say('mirror')} tabIndex={-1} />
    </section>
  );
}

type Send = (path: string, body: object) => Promise<void>;

function Basket({ view, mine, send }: { view: BoothView | null; mine: boolean; send: Send }) {
  const chosen = useSignal(0);
  const sale = view?.sale ?? null;
  const editable = view?.phase === 'shopping' || view?.phase === 'choose';
  return (
    <section class="sheet basket">
      <h2>
        {say('basket')} <small>{sale && say('sale-number', { number: sale.number })}</small>
      </h2>
      {!sale && <p class="note">{say('basket-none')}</p>}
      <ol>
        {sale?.lines.map((line) => (
          <li key={line.id}>
            <span>
              {name(line.name, language.value)}
              <small>
                {line.quantity} × {yuan(line.unit_price_fen)}
              </small>
            </span>
            <span class="figure">{yuan(line.amount_fen)}</span>
            {mine && editable && (
              <button
                type="button"
                aria-label={say('line-remove', { name: name(line.name, language.value) })}
                aria-pressed={chosen.value === line.id}
                onClick={() => (chosen.value = chosen.value === line.id ? 0 : line.id)}
              >
                <Icon name="dash" />
              </button>
            )}
            {chosen.value === line.id && (
              <Act
                effect={say('line-remove-effect', { name: name(line.name, language.value) })}
                fields={[REASON]}
                label={say('remove')}
                done={() => (chosen.value = 0)}
                send={({ reason }) => send('remove', { line: line.id, reason })}
              />
            )}
          </li>
        ))}
      </ol>
      {sale && (
        <p class="sum">
          {say('card-total')} <b>{yuan(sale.total_fen)}</b>
        </p>
      )}
      {view?.staff && (
        <p class="told">
          <time>{clock(view.staff.at_ms)}</time> {say('shopper-sees')}:{' '}
          {say(`staff-${view.staff.what}`, {
            by: view.staff.by,
            name: view.staff.name ? name(view.staff.name, language.value) : '',
            text: view.staff.text,
          })}
          {view.staff.voice && <b> {say(view.staff.heard ? 'talk-heard' : 'talk-unheard')}</b>}
        </p>
      )}
    </section>
  );
}

const REASON: Field = { key: 'reason', label: 'reason-field', type: 'text', most: 200 };

type Doing = 'say' | 'speak' | 'add' | 'unlisted' | 'ask-wallet' | 'reprint' | 'void' | 'open';

interface Deed {
  doing: Doing;
  key: string;
  icon: IconName;
  /** Why it cannot be done now; empty when it can. */
  not: string;
  group: string;
}

function deeds(view: BoothView | null, mine: boolean): Deed[] {
  const phase = view?.phase;
  const editable = phase === 'shopping' || phase === 'choose' || phase === 'attract';
  const first = mine ? '' : 'not-helping';
  return [
    { doing: 'say', key: 'm', icon: 'say', group: 'speak', not: first },
    { doing: 'speak', key: 't', icon: 'mic', group: 'speak', not: first },
    { doing: 'add', key: 'n', icon: 'plus', group: 'change', not: first || (editable ? '' : 'not-editable') },
    {
      doing: 'unlisted',
      key: 'u',
      icon: 'unknown',
      group: 'change',
      not: first || (editable ? '' : 'not-editable'),
    },
    {
      doing: 'void',
      key: 'x',
      icon: 'cross',
      group: 'change',
      not: first || (view?.sale && editable ? '' : 'not-voidable') || (may('void') ? '' : 'not-allowed'),
    },
    {
      doing: 'ask-wallet',
      key: 'q',
      icon: 'refresh',
      group: 'pay',
      not: first || (phase === 'paying' || phase === 'checking' || phase === 'present' ? '' : 'not-paying'),
    },
    {
      doing: 'reprint',
      key: 'p',
      icon: 'printer',
      group: 'pay',
      not: first || (phase === 'done' ? '' : 'not-paid'),
    },
    { doing: 'open', key: 'o', icon: 'door', group: 'people', not: may('open_door') ? '' : 'not-allowed' },
  ];
}

function Desk(props: {
  card: BoothCard;
  view: BoothView | null;
  mine: boolean;
  wanted: Doing | '';
  want: (doing: Doing | '') => void;
  send: Send;
}) {
  const { view, mine, wanted, want, send } = props;
  const all = deeds(view, mine);
  const keys = Object.fromEntries(
    all.map((deed) => [
      deed.key,
      (event: KeyboardEvent) => {
        if (deed.not) return;
        event.preventDefault(); // the key must not land in the field that opens
        want(deed.doing);
      },
    ]),
  );
  useKeys(keys);
  const done = () => want('');
  return (
    <section class="sheet desk">
      <h2>
        {say('desk')} <small>{say('desk-hint')}</small>
      </h2>
      {['speak', 'change', 'pay', 'people'].map((group) => (
        <div key={group} class="group">
          <h3>{say(`desk-${group}`)}</h3>
          {all
            .filter((deed) => deed.group === group)
            .map((deed) => (
              <div key={deed.doing} class="deed">
                <button
                  type="button"
                  disabled={deed.not !== ''}
                  aria-pressed={wanted === deed.doing}
                  onClick={() => want(wanted === deed.doing ? '' : deed.doing)}
                >
                  <Icon name={deed.icon} />
                  {say(`do-${deed.doing}`)} <kbd>{deed.key.toUpperCase()}</kbd>
                </button>
                <small>{say(deed.not || `do-${deed.doing}-effect`)}</small>
                {wanted === deed.doing && (
                  <Form booth={props.card.booth} doing={deed.doing} view={view} done={done} send={send} />
                )}
              </div>
            ))}
        </div>
      ))}
    </section>
  );
}

function Form({
  booth,
  doing,
  view,
  done,
  send,
}: {
  booth: string;
  doing: Doing;
  view: BoothView | null;
  done: () => void;
  send: Send;
}) {
  switch (doing) {
    case 'say':
      return (
        <Act
          effect={say('do-say-effect')}
          fields={[{ key: 'text', label: 'say-field', type: 'text', most: 120 }]}
          label={say('do-say')}
          done={done}
          send={({ text }) => send('say', { text, reason: say('reason-helping') })}
        />
      );
    case 'speak':
      return <Talk booth={booth} done={done} />;
    case 'add':
      return <Add view={view} done={done} send={send} />;
    case 'unlisted':
      return (
        <Act
          effect={say('do-unlisted-effect')}
          fields={[
            { key: 'name', label: 'unlisted-name', type: 'text', most: 60 },
            { key: 'price', label: 'unlisted-price', type: 'yuan' },
            REASON,
          ]}
          label={say('do-unlisted')}
          done={done}
          send={({ name: called, price, reason }) =>
            send('unlisted', { name: called, price_fen: fen(price), reason })
          }
        />
      );
    case 'void':
      return (
        <Act
          effect={say('do-void-effect')}
          fields={[{ key: 'note', label: 'reason-field', type: 'text', most: 200 }]}
          label={say('do-void')}
          done={done}
          send={async ({ note }) => {
            const id = await saleId(view?.sale?.number ?? '');
            await ask(`/api/sales/${id}/void`, { reason: 'other', note });
          }}
        />
      );
    case 'open':
      return (
        <Act
          effect={say('act-open-effect')}
          fields={[{ key: 'gate', label: 'gate-field', type: 'gate' }, REASON]}
          label={say('do-open')}
          done={done}
          send={({ gate, reason }) => ask<void>(`/api/gates/${gate}/open`, { reason })}
        />
      );
    default:
      return (
        <Act
          effect={say(`do-${doing}-effect`)}
          fields={[REASON]}
          label={say(`do-${doing}`)}
          done={done}
          send={({ reason }) => send(doing, { reason })}
        />
      );
  }
}

function fen(text = ''): number {
  return Math.round(Number(text) * 100);
}

async function saleId(number: string): Promise<string> {
  const found = await ask<{ sales: { id: string; number: string }[] }>('/api/sales?outcome=live&limit=20');
  return found.sales.find((each) => each.number === number)?.id ?? '';
}

/** Look a product up and put one in, with what it lacks: a price, or an age check. */
function Add({ view, done, send }: { view: BoothView | null; done: () => void; send: Send }) {
  const chosen = useSignal<Product | null>(null);
  const product = chosen.value;
  if (product) {
    const priced = product.price_fen !== null;
    const fields: Field[] = [
      ...(priced ? [] : [{ key: 'price', label: 'unlisted-price', type: 'yuan' } as const]),
      ...(product.min_age ? [{ key: 'of_age', label: 'of-age', type: 'check' } as const] : []),
      REASON,
    ];
    return (
      <Act
        effect={say('do-add-this', {
          name: called(product),
          price: priced ? yuan(product.price_fen ?? 0) : '',
        })}
        fields={fields}
        label={say('do-add')}
        done={done}
        send={({ price, of_age, reason }) =>
          send('add', {
            sku: product.sku,
            reason,
            ...(priced ? {} : { price_fen: fen(price) }),
            ...(of_age ? { of_age: true } : {}),
          })
        }
      />
    );
  }
  return (
    <div class="order">
      <Find
        text={view?.notice?.code}
        eager
        none="find-none"
        pick={(found) => {
          chosen.value = found;
        }}
      />
    </div>
  );
}
