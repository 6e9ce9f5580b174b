// A page's line to its actor on the box: the view it shows, how the line is, and one tap at a time.
import { type Signal, signal } from '@preact/signals';
import type { IntentResult } from './contract';
import { isAnswered, Line, type Numbered } from './socket';
import type { Sound } from './sound';

export interface Link {
  up: boolean;
  /** performance.now() at which the line came up or went down. */
  since: number;
  /** Milliseconds from this machine's clock to the box's. */
  offset: number;
  /** The intent that waits for its answer. */
  pending: string | null;
  /** performance.now() at which it was sent. */
  asked: number;
}

/** After this the buttons work again, beside a word about help. The box refuses what no longer fits. */
export const GIVEN_UP_AFTER_MS = 8000;
/** A drift of the clocks smaller than this is left alone: each change draws the page anew. */
const DRIFT_MS = 250;

interface Viewed<View> extends Numbered {
  readonly view: View;
}

export interface Linked<View, Asked> {
  view: Signal<View | null>;
  link: Signal<Link>;
  act(action: Asked): void;
  close(): void;
}

export interface Manners<View, Asked extends { name: string }> {
  /** A scan, a touch and the call for help never wait for the answer to another. */
  always: ReadonlySet<Asked['name']>;
  free(view: View): boolean;
  cue(sound: Sound, view: View | null): void;
}

export function connect<View extends { last_intent: IntentResult | null }, Asked extends { name: string }>(
  path: string,
  manners: Manners<View, Asked>,
): Linked<View, Asked> {
  const view = signal<View | null>(null);
  const link = signal<Link>({ up: false, since: performance.now(), offset: 0, pending: null, asked: 0 });
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const line = new Line<Viewed<View>, Asked>(`${scheme}://${location.host}${path}`, {
    shown({ view: next }) {
      const { pending } = link.value;
      if (pending !== null && isAnswered(pending, next.last_intent?.id ?? ''))
        link.value = { ...link.value, pending: null };
      view.value = next;
    },
    free: (frame) => manners.free(frame.view),
    cue: (sound) => manners.cue(sound, view.value),
    line(up) {
      if (up !== link.value.up) link.value = { ...link.value, up, since: performance.now(), pending: null };
    },
    offset(ms) {
      if (Math.abs(ms - link.value.offset) > DRIFT_MS) link.value = { ...link.value, offset: ms };
    },
  });
  return {
    view,
    link,
    act(action) {
      const { pending, asked } = link.value;
      const free = pending === null || performance.now() - asked > GIVEN_UP_AFTER_MS;
      if (!free && !manners.always.has(action.name)) return;
      const id = line.send(action);
      if (!manners.always.has(action.name))
        link.value = { ...link.value, pending: id, asked: performance.now() };
    },
    close: () => line.close(),
  };
}
