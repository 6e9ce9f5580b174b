// One sale as it went: each scan and change, each question to the wallet and its answer, the paper, the exit; the receipt
// itself; and giving money back.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { yuan } from '../shared/money';
import { words } from './act';
import { Skeleton } from './app';
import { Icon, type IconName } from './icons';
import { to } from './route';
import { Done, Fault } from './said';
import { ask, keepFile, may } from './session';
import { type Fact, type Step, tellStory } from './story';
import { called, clock, date, say } from './words';

interface Line {
  id: number;
  name_zh: string;
  name_en: string;
  quantity: number;
  amount: number;
}
interface Whole {
  sale: {
    id: string;
    number: string;
    booth: string;
    phase: string;
    total_fen: number;
    lines: Line[];
    receipt: string | null;
  };
  attempts: { number: string; channel: string; state: string; amount: number; transaction: string }[];
  facts: Fact[];
  receipt_url: string;
  refundable_fen: number;
}

export function Sale({ id }: { id: string }) {
  const whole = useSignal<Whole | null>(null);
  const fault = useSignal('');
  const load = () =>
    ask<Whole>(`/api/sales/${encodeURIComponent(id)}`)
      .then((found) => {
        whole.value = found;
      })
      .catch((error: unknown) => {
        fault.value = words(error);
      });
  useEffect(() => void load(), [id]);
  if (fault.value)
    return (
      <section class="sheet empty">
        <p role="alert">{fault.value}</p>
        <a class="button" href={to('sales')}>
          {say('nav-sales')}
        </a>
      </section>
    );
  return whole.value ? <SaleSheet whole={whole.value} reload={load} /> : <Skeleton />;
}

/** What became of the money, in one sentence; the first thing anybody wants to know. */
function conclusion({ sale, attempts, refundable_fen }: Whole): string {
  const paid = attempts.find((attempt) => attempt.state === 'paid');
  if (!paid) {
    const open = attempts.some((a) => !['declined', 'reversed', 'paid'].includes(a.state));
    if (open) return say('sale-unknown');
    return say(sale.phase === 'abandoned' ? 'sale-abandoned' : 'sale-live');
  }
  const back = paid.amount - refundable_fen;
  return back > 0
    ? say('sale-refunded', { amount: yuan(back) })
    : say('sale-once', { channel: say(paid.channel) });
}

function SaleSheet({ whole, reload }: { whole: Whole; reload: () => void }) {
  const { sale } = whole;
  return (
    <>
      <section class="say">
        <a class="back" href={to('sales')}>
          <Icon name="back" /> {say('nav-sales')}
        </a>
        <h1>
          {say('sale-number', { number: sale.number })} {yuan(sale.total_fen)}{' '}
          <span class="calm">{conclusion(whole)}</span>
        </h1>
        <span class="chip">{say('booth', { booth: sale.booth })}</span>
      </section>
      <div class="columns sale">
        <Timeline facts={whole.facts} />
        <Receipt whole={whole} />
        <div class="stack">
          {sale.receipt && may('refund') && <Refund whole={whole} reload={reload} />}
          <Proof whole={whole} />
        </div>
      </div>
    </>
  );
}

function Timeline({ facts }: { facts: readonly Fact[] }) {
  const steps = tellStory(facts);
  return (
    <section class="sheet timeline">
      <h2>
        {say('sale-story')} <small>{facts[0] && date(facts[0].at_ms)}</small>
      </h2>
      <ol>
        {steps.map((step) => (
          <StepRow key={step.seq} step={step} />
        ))}
      </ol>
    </section>
  );
}

const ICONS: Record<Step['tone'], IconName> = {
  scan: 'scan',
  off: 'dash',
  note: 'paper',
  question: 'unknown',
  answer: 'say',
  staff: 'person',
  paid: 'check',
  bad: 'alert',
  back: 'undo',
  print: 'printer',
  exit: 'door',
};

function StepRow({ step }: { step: Step }) {
  return (
    <li class={step.tone}>
      <time>{clock(step.at_ms)}</time>
      <Icon name={ICONS[step.tone]} />
      <span>
        <b>{say(step.word, step.args)}</b>
        {step.more && <small>{step.more}</small>}
      </span>
      <span class="figure">{step.amount === null ? '' : yuan(step.amount)}</span>
    </li>
  );
}

function Receipt({ whole }: { whole: Whole }) {
  const { receipt_url, sale } = whole;
  return (
    <section class="sheet receipt">
      <h2>
        {say('receipt')} <small>{sale.receipt ?? ''}</small>
      </h2>
      {receipt_url ? (
        <>
          <div class="lay">
            <img src={`${receipt_url}.png`} alt={say('receipt-picture', { number: sale.receipt ?? '' })} />
          </div>
          <p class="acts">
            <a class="button" href={`${receipt_url}.png`} download={`${sale.receipt}.png`}>
              {say('receipt-save')}
            </a>
            <a class="button" href={`${receipt_url}.pdf`} download={`${sale.receipt}.pdf`}>
              PDF
            </a>
          </p>
        </>
      ) : (
        <p class="note">{say('receipt-none')}</p>
      )}
    </section>
  );
}

const REASONS = ['returned', 'faulty', 'wrong_price', 'not_received', 'goodwill', 'other'];

function Refund({ whole, reload }: { whole: Whole; reload: () => void }) {
  const { sale, refundable_fen } = whole;
  const back = useSignal<Record<number, number>>({});
  const reason = useSignal('');
  const note = useSignal('');
  const fault = useSignal('');
  const told = useSignal('');
  const busy = useSignal(false);
  // the same press twice is one refund: the wish keeps its number until it was answered
  const wish = useSignal(crypto.randomUUID());
  const goods = Object.entries(back.value)
    .filter(([, quantity]) => quantity > 0)
    .map(([line, quantity]) => ({ line: Number(line), quantity }));
  const whole_ = goods.length === 0;
  const ready = reason.value !== '' && (reason.value !== 'other' || note.value.trim() !== '');
  const send = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    fault.value = told.value = '';
    try {
      const made = await ask<{ state: string; amount_fen: number }>(`/api/sales/${sale.id}/refunds`, {
        id: wish.value,
        reason: reason.value,
        note: note.value.trim(),
        goods,
      });
      told.value = say(`refund-told-${made.state}`, { amount: yuan(made.amount_fen) });
      wish.value = crypto.randomUUID();
      back.value = {};
      reload();
    } catch (error) {
      fault.value = words(error);
    } finally {
      busy.value = false;
    }
  };
  if (refundable_fen <= 0)
    return (
      <section class="sheet refund">
        <h2>{say('refund')}</h2>
        <Done text={told.value} />
        <p class="note">{say('refund-nothing')}</p>
      </section>
    );
  return (
    <section class="sheet refund">
      <h2>
        {say('refund')} <small>{say('refund-left', { amount: yuan(refundable_fen) })}</small>
      </h2>
      <form onSubmit={(event) => void send(event)}>
        <ul>
          {sale.lines.map((line) => (
            <li key={line.id}>
              <label class="check">
                <input
                  type="checkbox"
                  checked={(back.value[line.id] ?? 0) > 0}
                  onChange={(event) =>
                    (back.value = {
                      ...back.value,
                      [line.id]: event.currentTarget.checked ? line.quantity : 0,
                    })
                  }
                />
                <span>{called(line)}</span>
              </label>
              {line.quantity > 1 && (back.value[line.id] ?? 0) > 0 && (
                <input
                  type="number"
                  min={1}
                  max={line.quantity}
                  value={back.value[line.id]}
                  aria-label={say('refund-count', { name: line.name_zh })}
                  onInput={(event) =>
                    (back.value = {
                      ...back.value,
                      [line.id]: Math.max(1, Math.min(line.quantity, Number(event.currentTarget.value) || 1)),
                    })
                  }
                />
              )}
              <span class="figure">{yuan(line.amount)}</span>
            </li>
          ))}
        </ul>
        <fieldset>
          <legend>{say('refund-why')}</legend>
          {REASONS.map((each) => (
            <button
              type="button"
              key={each}
              aria-pressed={reason.value === each}
              onClick={() => (reason.value = each)}
            >
              {say(`refund-reason-${each.replaceAll('_', '-')}`)}
            </button>
          ))}
        </fieldset>
        <label>
          {say('note-field')}
          <input
            maxLength={200}
            value={note.value}
            onInput={(event) => (note.value = event.currentTarget.value)}
          />
        </label>
        <p class="note">{say(whole_ ? 'refund-effect-all' : 'refund-effect-goods')}</p>
        <Fault text={fault.value} />
        <Done text={told.value} />
        <button type="submit" class="next" disabled={!ready || busy.value}>
          {busy.value
            ? say('doing')
            : whole_
              ? say('refund-all', { amount: yuan(refundable_fen) })
              : say('refund-goods')}
        </button>
      </form>
    </section>
  );
}

/** Where the sale stands in the journal, and its facts to take along. */
function Proof({ whole }: { whole: Whole }) {
  const { facts, sale } = whole;
  const first = facts[0];
  const last = facts.at(-1);
  if (!first || !last) return null;
  const save = () =>
    keepFile(
      new Blob([JSON.stringify(whole, null, 2)], { type: 'application/json' }),
      `sale-${sale.id}.json`,
    );
  return (
    <section class="sheet proof">
      <h2>{say('proof')}</h2>
      <p class="note">{say('proof-range', { first: first.seq, last: last.seq, count: facts.length })}</p>
      <code>
        {last.hash.slice(0, 16)}…{last.hash.slice(-8)}
      </code>
      <button type="button" onClick={save}>
        {say('proof-save')}
      </button>
      <p class="note">{say('proof-hint', { sale: sale.id })}</p>
    </section>
  );
}
