// Money: each day with its wallets, whether every fen is accounted for, what is still open; and the day on paper or as CSV.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { yuan } from '../shared/money';
import { words } from './act';
import { Skeleton } from './app';
import { Hours } from './charts';
import { Icon } from './icons';
import { shop } from './live';
import { go, place, to } from './route';
import { Fault } from './said';
import { ask, may, save } from './session';
import { day as dayFrom, language, say } from './words';

interface Match {
  channel: string;
  result: string;
  detail: string;
  rows: number;
  matched: number;
  payments_fen: number;
  fee_fen: number;
  differences: {
    kind: string;
    order: string;
    sale: string;
    ours_fen: number | null;
    theirs_fen: number | null;
  }[];
  differences_unlisted: number;
}
interface Wallet {
  channel: string;
  sales: number;
  paid_fen: number;
  refunds: number;
  refunded_fen: number;
}
interface Day {
  day: string;
  over: boolean;
  clean: boolean;
  adds_up: boolean;
  sales: number;
  pieces: number;
  paid_fen: number;
  refunded_fen: number;
  net_fen: number;
  wallets: Wallet[];
  taxes: { rate_permille: number; gross_fen: number; tax_fen: number }[];
  hours_fen: number[];
  matches: Match[];
}

export default function Money() {
  const id = /^\d{4}-\d{2}-\d{2}$/.test(place.value.id) ? place.value.id : dayFrom(0);
  return <DayPage key={id} id={id} />;
}

function DayPage({ id }: { id: string }) {
  const found = useSignal<Day | null>(null);
  const fault = useSignal('');
  const busy = useSignal(false);
  const taken = shop.value?.takings.count ?? 0;
  const running = id === dayFrom(0);
  useEffect(() => {
    let gone = false;
    ask<Day>(`/api/days/${id}`)
      .then((it) => {
        if (!gone) found.value = it;
      })
      .catch((error: unknown) => {
        if (!gone) fault.value = words(error);
      });
    return () => {
      gone = true;
    };
  }, [id, running ? taken : 0]);
  const match = async () => {
    busy.value = true;
    fault.value = '';
    try {
      found.value = await ask<Day>(`/api/days/${id}/match`, {});
    } catch (error) {
      fault.value = words(error);
    } finally {
      busy.value = false;
    }
  };
  const it = found.value;
  return (
    <>
      <section class="say">
        {it && <Icon name={it.clean || running ? 'check' : 'alert'} big />}
        <h1 class={it && !it.clean && !running ? 'warning' : ''}>
          {it ? verdict(it, running) : say('loading')}{' '}
          <span class="calm">{it && say('day-in-short', { amount: yuan(it.net_fen), count: it.sales })}</span>
        </h1>
        {may('match') && it && !it.clean && !running && (
          <button type="button" class="next" disabled={busy.value} onClick={() => void match()}>
            {busy.value ? say('doing') : say('day-match')}
          </button>
        )}
      </section>
      <Fault text={fault.value} />
      <div class="columns two">
        <div class="stack">
          <Turner id={id} />
          {it ? <DaySheet it={it} running={running} /> : !fault.value && <Skeleton />}
        </div>
        <div class="stack">
          <OpenCharges />
          <Waiting />
          <Days />
        </div>
      </div>
    </>
  );
}

function verdict(it: Day, running: boolean): string {
  if (!it.adds_up) return say('day-broken');
  if (running) return say('day-running-now');
  if (it.clean) return say('day-clean');
  const count = it.matches.reduce(
    (sum, each) => sum + each.differences.length + each.differences_unlisted,
    0,
  );
  return count ? say('day-differs', { count }) : say('day-unmatched');
}

function shift(id: string, days: number): string {
  const at = new Date(`${id}T12:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

function Turner({ id }: { id: string }) {
  const today = dayFrom(0);
  return (
    <nav class="turner" aria-label={say('day-choose')}>
      <a class="button" href={to('money', shift(id, -1))} aria-label={say('day-before')}>
        ‹
      </a>
      <input
        type="date"
        value={id}
        max={today}
        aria-label={say('day-choose')}
        onChange={(event) => event.currentTarget.value && go(to('money', event.currentTarget.value))}
      />
      {id < today && (
        <a class="button" href={to('money', shift(id, 1))} aria-label={say('day-after')}>
          ›
        </a>
      )}
      <span class="push" />
      <button type="button" onClick={() => void save(`/api/days/${id}.csv`, `${id}.csv`)}>
        CSV
      </button>
      <button
        type="button"
        onClick={() => void save(`/api/days/${id}.pdf?language=${language.value}`, `${id}.pdf`)}
      >
        PDF
      </button>
    </nav>
  );
}

function DaySheet({ it, running }: { it: Day; running: boolean }) {
  const none = Array.from({ length: 24 }, () => 0);
  return (
    <section class="sheet day">
      <h2>
        {it.day} {running && <small>{say('day-running')}</small>}
      </h2>
      <table>
        <thead>
          <tr>
            {['channel', 'sales', 'paid', 'refunded', 'net', 'billed', 'fee', 'differ'].map((key) => (
              <th key={key} scope="col" class={key === 'channel' ? '' : `figure col-${key}`}>
                {say(`day-${key}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {it.wallets.map((each) => {
            const bill = it.matches.find((m) => m.channel === each.channel);
            const differ = bill ? bill.differences.length + bill.differences_unlisted : null;
            return (
              <tr key={each.channel}>
                <th scope="row">{say(each.channel)}</th>
                <td class="figure">{each.sales}</td>
                <td class="figure">{yuan(each.paid_fen)}</td>
                <td class="figure">{yuan(each.refunded_fen)}</td>
                <td class="figure">{yuan(each.paid_fen - each.refunded_fen)}</td>
                <td class="figure col-billed">
                  {bill?.result === 'matched' ? yuan(bill.payments_fen) : '—'}
                </td>
                <td class="figure col-fee">
                  {bill?.result === 'matched' ? yuan(Math.round(bill.fee_fen)) : '—'}
                </td>
                <td class={`figure ${differ ? 'st bad' : ''}`}>{differ ?? '—'}</td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{say('day-sum-row')}</th>
            <td class="figure">{it.sales}</td>
            <td class="figure">{yuan(it.paid_fen)}</td>
            <td class="figure">{yuan(it.refunded_fen)}</td>
            <td class="figure">{yuan(it.net_fen)}</td>
            <td colSpan={3} />
          </tr>
        </tfoot>
      </table>
      <h3>{say('day-hours')}</h3>
      <Hours hours={it.hours_fen} before={none} />
      {it.matches
        .flatMap((each) => each.differences.map((difference) => ({ channel: each.channel, ...difference })))
        .map((each) => (
          <p key={`${each.order} ${each.kind}`} class="fault">
            <b>{say(`differ-${each.kind.replaceAll('_', '-')}`)}</b> {say(each.channel)}{' '}
            <code>{each.order}</code>{' '}
            {each.ours_fen !== null && say('differ-ours', { amount: yuan(each.ours_fen) })}{' '}
            {each.theirs_fen !== null && say('differ-theirs', { amount: yuan(each.theirs_fen) })}{' '}
            {each.sale && <a href={to('sales', each.sale)}>{say('look')}</a>}
          </p>
        ))}
    </section>
  );
}

/** Charges without a final word: nobody starts another while one is open. */
function OpenCharges() {
  const open = shop.value?.takings.open_attempts ?? 0;
  return (
    <section class="sheet">
      <h2>{say('open-charges')}</h2>
      {open === 0 ? (
        <p class="note">{say('open-none')}</p>
      ) : (
        <p>
          <b>{say('open-some', { count: open })}</b>
          <a class="button" href={to('sales', '', { outcome: 'unknown' })}>
            {say('look')}
          </a>
        </p>
      )}
    </section>
  );
}

interface RefundRow {
  number: string;
  sale: string;
  amount_fen: number;
  reason: string;
  note: string;
  by: string;
}

/** Refunds that want a second person. */
function Waiting() {
  const rows = useSignal<RefundRow[]>([]);
  const fault = useSignal('');
  const load = () =>
    ask<{ refunds: RefundRow[] }>('/api/refunds?state=asked')
      .then(({ refunds }) => {
        rows.value = refunds;
      })
      .catch((error: unknown) => {
        fault.value = words(error);
      });
  useEffect(() => void load(), []);
  const act = async (number: string, what: 'approve' | 'withdraw') => {
    fault.value = '';
    try {
      await ask(`/api/refunds/${number}/${what}`, what === 'withdraw' ? { note: '' } : {});
    } catch (error) {
      fault.value = words(error);
    }
    await load();
  };
  if (rows.value.length === 0) return null;
  return (
    <section class="sheet waiting">
      <h2>{say('refunds-waiting')}</h2>
      <Fault text={fault.value} />
      {rows.value.map((row) => (
        <div key={row.number}>
          <p>
            <b>{yuan(row.amount_fen)}</b> {say(`refund-reason-${row.reason.replaceAll('_', '-')}`)} · {row.by}{' '}
            {row.note} <a href={to('sales', row.sale)}>{row.sale}</a>
          </p>
          <div class="acts">
            <button type="button" onClick={() => void act(row.number, 'withdraw')}>
              {say('refund-withdraw')}
            </button>
            {may('approve_refund') && (
              <button type="button" class="strong" onClick={() => void act(row.number, 'approve')}>
                {say('refund-approve')}
              </button>
            )}
          </div>
        </div>
      ))}
    </section>
  );
}

interface MatchRow {
  day: string;
  channel: string;
  rows: number;
  differences: number;
}

function Days() {
  const rows = useSignal<MatchRow[]>([]);
  useEffect(() => {
    ask<{ matches: MatchRow[] }>('/api/days?limit=60')
      .then(({ matches }) => {
        rows.value = matches;
      })
      .catch(() => {}); // the day's own sheet says when the box does not answer
  }, []);
  const days = [...new Set(rows.value.map((row) => row.day))];
  return (
    <section class="sheet">
      <h2>{say('days-matched')}</h2>
      {days.length === 0 && <p class="note">{say('days-none')}</p>}
      <ul class="sums">
        {days.map((each) => {
          const differ = rows.value
            .filter((row) => row.day === each)
            .reduce((sum, row) => sum + row.differences, 0);
          return (
            <li key={each}>
              <a href={to('money', each)}>{each}</a>
              <span class={`st ${differ ? 'bad' : 'ok'}`}>
                <Icon name={differ ? 'alert' : 'check'} />
                {differ ? say('day-differs', { count: differ }) : say('day-clean-short')}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
