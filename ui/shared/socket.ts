// The one line to the box: whole snapshots down, intents up. The page holds no state of its own.
import type { Action, BoothView, ClientFrame, ServerFrame, Snapshot } from './contract';

export const PING_MS = 2000;
export const SILENCE_MS = 5000;
const FIRST_MS = 200;
const LONGEST_MS = 5000;

/** Which of two snapshots is newer: another epoch always replaces, within one only a higher number does. */
export function isNewer(
  next: Pick<Snapshot, 'epoch' | 'rev'>,
  last: Pick<Snapshot, 'epoch' | 'rev'> | null,
): boolean {
  return last === null || next.epoch !== last.epoch || next.rev > last.rev;
}

/** Wait before reconnect try `tried`, with ±30 % so that many pages do not come back at once. */
export function backoff(tried: number, chance: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** tried) * (0.7 + 0.6 * chance);
}

export interface Events {
  view(view: BoothView, rev: number): void;
  cue(sound: 'drip' | 'low' | 'paid' | 'ask'): void;
  line(up: boolean): void;
  /** Milliseconds to add to this machine's clock to get the box's. */
  offset(ms: number): void;
}

export class Line {
  #url: string;
  #events: Events;
  #build: string | null = null;
  #socket: WebSocket | null = null;
  #last: Snapshot | null = null;
  #heard = 0;
  #tried = 0;
  #timer = 0;
  #intents = 0;
  #prefix = Math.random().toString(36).slice(2, 10);

  constructor(url: string, events: Events) {
    this.#url = url;
    this.#events = events;
    addEventListener('online', () => this.#again(0));
    document.addEventListener('visibilitychange', () => document.hidden || this.#again(0));
    setInterval(() => this.#beat(), PING_MS);
    this.#open();
  }

  /** Ask the box for something; the answer is the next snapshot's `last_intent`. Returns the intent's id. */
  send(action: Action): string {
    this.#intents += 1;
    const id = `${this.#prefix}-${this.#intents}`;
    this.#write({ type: 'intent', id, seen_rev: this.#last?.rev ?? 0, action });
    return id;
  }

  #write(frame: ClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #open(): void {
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onmessage = (message) => this.#hear(JSON.parse(String(message.data)) as ServerFrame);
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#events.line(false);
      this.#again(backoff(this.#tried, Math.random()));
      this.#tried += 1;
    };
  }

  #again(wait: number): void {
    if (this.#socket !== null && this.#socket.readyState <= WebSocket.OPEN) return;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#open(), wait);
  }

  #hear(frame: ServerFrame): void {
    this.#heard = Date.now();
    this.#tried = 0;
    this.#events.line(true);
    switch (frame.type) {
      case 'hello':
        this.#events.offset(frame.server_time_ms - Date.now());
        this.#build ??= frame.ui_build;
        if (frame.ui_build !== this.#build && (this.#last === null || this.#last.view.phase === 'attract'))
          location.reload();
        break;
      case 'snapshot':
        if (isNewer(frame, this.#last)) {
          const came = performance.now();
          this.#last = frame;
          this.#events.view(frame.view, frame.rev);
          requestAnimationFrame(() =>
            this.#write({ type: 'applied', rev: frame.rev, paint_ms: performance.now() - came }),
          );
        }
        break;
      case 'cue':
        this.#events.cue(frame.sound);
        break;
      case 'pong':
        break;
      default:
        frame satisfies never;
    }
  }

  /** A pulled cable makes no event: silence is what tells. */
  #beat(): void {
    this.#write({ type: 'ping', t: performance.now() });
    if (this.#socket?.readyState === WebSocket.OPEN && this.#heard && Date.now() - this.#heard > SILENCE_MS) {
      this.#heard = 0;
      this.#socket.close();
      this.#socket.onclose?.(new CloseEvent('close'));
    }
  }
}
