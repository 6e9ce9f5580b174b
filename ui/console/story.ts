// A sale's facts as staff read them: pure, so that it can be tested without a page.
import { called, say } from './words';

export interface Fact {
  seq: number;
  at_ms: number;
  kind: string;
  fact: Record<string, unknown>;
  hash: string;
}

export interface Step {
  seq: number;
  at_ms: number;
  /** Key of its text. */
  word: string;
  args: Record<string, string | number>;
  more: string;
  /** Fen; null where none is at stake. */
  amount: number | null;
  tone:
    | 'scan'
    | 'off'
    | 'note'
    | 'question'
    | 'answer'
    | 'staff'
    | 'paid'
    | 'bad'
    | 'back'
    | 'print'
    | 'exit';
}

interface Line {
  id: number;
  name_zh: string;
  name_en: string;
  sku: string;
  unit_price: number;
  amount: number;
}

const text = (value: unknown) => (value === null || value === undefined ? '' : String(value));

/** One step for each fact that says something; names of lines are remembered for what happens to them later. */
export function tellStory(facts: readonly Fact[]): Step[] {
  const lines = new Map<number, Line>();
  const steps: Step[] = [];
  for (const entry of facts) {
    if (entry.kind === 'line.added') {
      const line = entry.fact.line as Line;
      lines.set(line.id, line);
    }
    const told = step(entry, lines);
    if (told) steps.push({ seq: entry.seq, at_ms: entry.at_ms, more: '', amount: null, args: {}, ...told });
  }
  return steps;
}

type Told = Pick<Step, 'word' | 'tone'> & Partial<Step>;

function named(line: Line | undefined): string {
  return line ? called(line) : '?';
}

function step({ kind, fact }: Fact, lines: ReadonlyMap<number, Line>): Told | null {
  const line = lines.get(Number(fact.line));
  switch (kind) {
    case 'sale.opened':
      return { word: 'fact-opened', tone: 'note', args: { booth: text(fact.booth) } };
    case 'line.added': {
      const added = fact.line as Line;
      return {
        word: 'fact-added',
        tone: 'scan',
        args: { name: named(added) },
        more: added.sku,
        amount: added.amount,
      };
    }
    case 'line.changed':
      return {
        word: 'fact-changed',
        tone: 'scan',
        args: { name: named(line), quantity: text(fact.quantity) },
        amount: Number(fact.amount),
      };
    case 'line.removed':
      return {
        word: 'fact-removed',
        tone: 'off',
        args: { name: named(line) },
        amount: line ? -line.amount : null,
      };
    case 'scan.refused':
      return {
        word: 'fact-refused',
        tone: 'bad',
        args: { reason: say(`notice-${text(fact.why)}`) },
        more: text(fact.code),
      };
    case 'member.joined':
      return { word: 'fact-member', tone: 'note', args: { tail: text(fact.tail) } };
    case 'sale.discounted': {
      const off = (fact.discounts as { amount: number }[]).reduce((sum, each) => sum + each.amount, 0);
      return { word: 'fact-discounted', tone: 'note', amount: off };
    }
    case 'sale.confirmed':
      return {
        word: 'fact-confirmed',
        tone: 'note',
        args: { count: text(fact.count) },
        amount: Number(fact.total),
      };
    case 'sale.reopened':
    case 'sale.parked':
    case 'sale.held':
      return { word: `fact-${kind.slice(5)}`, tone: kind === 'sale.held' ? 'bad' : 'note' };
    case 'sale.resumed':
      return { word: 'fact-resumed', tone: 'note', args: { booth: text(fact.booth) } };
    case 'sale.abandoned':
      return { word: 'fact-abandoned', tone: 'off', args: { reason: say(`abandoned-${text(fact.reason)}`) } };
    case 'sale.voided':
      return { word: 'fact-voided', tone: 'staff', args: { by: text(fact.by) }, more: text(fact.note) };
    case 'sale.paid':
      return {
        word: 'fact-paid',
        tone: 'paid',
        args: { receipt: text(fact.receipt) },
        amount: Number(fact.total),
      };
    default:
      return money(kind, fact) ?? around(kind, fact);
  }
}

/** Questions to the wallet and its answers. No answer is not a no. */
function money(kind: string, fact: Record<string, unknown>): Told | null {
  switch (kind) {
    case 'attempt.opened':
      return {
        word: 'fact-asked',
        tone: 'question',
        args: { channel: say(text(fact.channel)), tail: text(fact.code_last4) || '—' },
        more: text(fact.attempt),
        amount: Number(fact.amount),
      };
    case 'attempt.moved':
      return {
        word: `fact-moved-${text(fact.event)}`,
        tone: fact.event === 'needs_user' ? 'answer' : 'bad',
        more: text(fact.detail),
      };
    case 'attempt.settled': {
      const paid = fact.event === 'paid';
      return {
        word: `fact-settled-${text(fact.event)}`,
        tone: paid ? 'paid' : 'answer',
        more: [text(fact.transaction), text(fact.code)].filter(Boolean).join(' · '),
      };
    }
    case 'refund.asked':
      return {
        word: 'fact-refund-asked',
        tone: 'staff',
        args: { by: text(fact.by), reason: say(`refund-reason-${text(fact.reason).replaceAll('_', '-')}`) },
        more: text(fact.note),
        amount: -Number(fact.amount),
      };
    case 'refund.approved':
    case 'refund.withdrawn':
      return {
        word: `fact-${kind.replace('.', '-')}`,
        tone: 'staff',
        args: { by: text(fact.by) },
        more: text(fact.note),
      };
    case 'refund.opened':
      return {
        word: 'fact-refund-opened',
        tone: 'question',
        more: text(fact.refund),
        amount: -Number(fact.amount),
      };
    case 'refund.settled':
      return { word: `fact-refund-${text(fact.status)}`, tone: 'back', more: text(fact.refund) };
    default:
      return null;
  }
}

/** Paper, help, staff and the exit. */
function around(kind: string, fact: Record<string, unknown>): Told | null {
  switch (kind) {
    case 'receipt.started':
      return { word: 'fact-printing', tone: 'print' };
    case 'receipt.settled':
      return { word: `paper-fact-${text(fact.state)}`, tone: 'print', more: text(fact.reason) };
    case 'help.called':
      return { word: 'fact-help', tone: 'bad' };
    case 'help.seen':
      return { word: 'fact-help-seen', tone: 'staff', args: { by: text(fact.by) } };
    case 'help.ended':
      return { word: 'fact-help-ended', tone: 'note' };
    case 'staff.assisted':
      return {
        word: `assisted-${text(fact.act)}`,
        tone: 'staff',
        args: { by: text(fact.by) },
        more: [text(fact.reason), text(fact.detail)].filter(Boolean).join(' · '),
      };
    case 'pass.used':
      return { word: 'fact-pass', tone: 'exit', args: { gate: text(fact.gate) } };
    default:
      return null;
  }
}
