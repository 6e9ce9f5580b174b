// The one line to the box: whole snapshots down, intents up. The page holds no state of its own.
import type { Applied, Cue, Hello, Ping, Pong } from './contract';

export const PING_MS = 2000;
export const SILENCE_MS = 5000;
const FIRST_MS = 200;
const LONGEST_MS = 5000;

/** What every whole snapshot carries, whatever it shows. */
export interface Numbered {
  readonly epoch: string;
  readonly rev: number;
  readonly type: string;
}

/** Which of two snapshots is newer: another epoch always replaces, within one only a higher number does. */
export function isNewer(
  next: Pick<Numbered, 'epoch' | 'rev'>,
  last: Pick<Numbered, 'epoch' | 'rev'> | null,
): boolean {
  return last === null || next.epoch !== last.epoch || next.rev > last.rev;
}

/** Wait before reconnect try `tried`, with ±30 % so that many pages do not come back at once. */
export function backoff(tried: number, chance: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** tried) * (0.7 + 0.6 * chance);
}

/** Whether the box, which takes a page's intents in order, is past `pending`: it answers with the latest only. */
export function isAnswered(pending: string, answer: string): boolean {
  const [page, number] = pending.split('-');
  const [answeredPage, answeredNumber] = answer.split('-');
  return page === answeredPage && Number(answeredNumber) >= Number(number);
}

export interface Events<Shown extends Numbered> {
  shown(frame: Shown): void;
  /** Whether nobody is in the middle of something: an outdated page may load itself anew. */
  free(frame: Shown): boolean;
  cue?(sound: Cue['sound']): void;
  line(up: boolean): void;
  /** Milliseconds to add to this machine's clock to get the box's. */
  offset(ms: number): void;
  /** What a page has to say first on each new line. */
  greeting?(): unknown;
  /** The box does not know who this is: the line is not tried again. */
  stranger?(): void;
}

const WHO_ARE_YOU = 4401;

type Own = Hello | Pong | Cue;
const OWN: ReadonlySet<string> = new Set<Own['type']>(['hello', 'pong', 'cue']);

/** `Shown` is the frame with the page's snapshot, `Asked` what the page may ask for. */
export class Line<Shown extends Numbered, Asked = never> {
  #url: string;
  #events: Events<Shown>;
  #build: string | null = null;
  #outdated = false;
  #socket: WebSocket | null = null;
  /** The newest snapshot of each type: a console's line carries several. */
  #last = new Map<string, Shown>();
  #heard = 0;
  #tried = 0;
  #timer = 0;
  #intents = 0;
  #prefix = Math.random().toString(36).slice(2, 10);
  #answers: boolean;
  #beats: number;
  #closed = new AbortController();

  /** `answers`: this address is known to answer pings. Where it is not, silence tells only once it has answered one. */
  constructor(url: string, events: Events<Shown>, answers = true) {
    this.#url = url;
    this.#events = events;
    this.#answers = answers;
    const { signal } = this.#closed;
    addEventListener('online', () => this.#again(0), { signal });
    document.addEventListener('visibilitychange', () => document.hidden || this.#again(0), { signal });
    this.#beats = window.setInterval(() => this.#beat(), PING_MS);
    this.#open();
  }

  /** Hang up for good; nothing is heard or tried after it. */
  close(): void {
    this.#closed.abort();
    clearInterval(this.#beats);
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) socket.onmessage = socket.onclose = null;
    socket?.close();
  }

  /** Ask the box for something; the answer is the next snapshot's `last_intent`. Returns the intent's id. */
  send(action: Asked): string {
    this.#intents += 1;
    const id = `${this.#prefix}-${this.#intents}`;
    this.#write({ type: 'intent', id, seen_rev: this.#newest?.rev ?? 0, action });
    return id;
  }

  /** Say something that wants no answer. */
  tell(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #newest: Shown | null = null;

  #write(frame: { type: 'intent'; id: string; seen_rev: number; action: Asked } | Ping | Applied): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #open(): void {
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#heard = performance.now();
    socket.onmessage = (message) => this.#hear(JSON.parse(String(message.data)) as Shown | Own);
    socket.onopen = () => {
      const greeting = this.#events.greeting?.();
      if (greeting !== undefined) socket.send(JSON.stringify(greeting));
    };
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      if (event.code === WHO_ARE_YOU) {
        this.close();
        this.#events.stranger?.();
        return;
      }
      this.#socket = null;
      this.#events.line(false);
      this.#again(backoff(this.#tried, Math.random()));
      this.#tried += 1;
    };
  }

  #again(wait: number): void {
    if (this.#closed.signal.aborted) return;
    if (this.#socket !== null && this.#socket.readyState <= WebSocket.OPEN) return;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#open(), wait);
  }

  #hear(frame: Shown | Own): void {
    this.#heard = performance.now();
    this.#tried = 0;
    this.#events.line(true);
    if (OWN.has(frame.type)) this.#hearOwn(frame as Own);
    else this.#show(frame as Shown);
  }

  #hearOwn(frame: Own): void {
    if (frame.type === 'cue') {
      this.#events.cue?.(frame.sound);
      return;
    }
    this.#events.offset(frame.server_time_ms - Date.now());
    if (frame.type === 'pong') this.#answers = true;
    if (frame.type === 'hello') {
      this.#build ??= frame.ui_build;
      this.#outdated = frame.ui_build !== this.#build;
    }
  }

  #show(frame: Shown): void {
    if (!isNewer(frame, this.#last.get(frame.type) ?? null)) return;
    const came = performance.now();
    this.#last.set(frame.type, frame);
    this.#newest = frame;
    this.#events.shown(frame);
    // never under a shopper's fingers: a new page waits until nobody is here
    if (this.#outdated && this.#events.free(frame)) location.reload();
    requestAnimationFrame(() =>
      this.#write({
        type: 'applied',
        rev: frame.rev,
        paint_ms: performance.now() - came,
        of: frame.type,
      }),
    );
  }

  /** A pulled cable makes no event: silence is what tells, on an open line and on one that never opens. */
  #beat(): void {
    this.#write({ type: 'ping', t: performance.now() });
    const mute = this.#answers || this.#socket?.readyState !== WebSocket.OPEN;
    if (this.#socket !== null && mute && performance.now() - this.#heard > SILENCE_MS) {
      this.#socket.close();
      this.#socket.onclose?.(new CloseEvent('close'));
    }
  }
}
