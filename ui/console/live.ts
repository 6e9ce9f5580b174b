// The console's one line: incidents and doors, the shop at a glance, a booth's mirror; how old that is; and a chime.
import { computed, effect, signal } from '@preact/signals';
import type { IncidentList, NowSnapshot, Snapshot } from '../shared/contract';
import { Line } from '../shared/socket';
import { play } from '../shared/sound';
import { place } from './route';
import { leave, may, me, resume, token } from './session';

export const list = signal<IncidentList | null>(null);
export const shop = signal<NowSnapshot['now'] | null>(null);
/** The booth that is mirrored, as its kiosk shows it. */
export const mirror = signal<Snapshot | null>(null);
export const up = signal(false);
/** performance.now() of the last word from the box. */
export const since = signal(performance.now());
export const offset = signal(0);
export const sound = signal(false);
/** performance.now(), twice a second: ages and staleness go by it. */
export const tick = signal(performance.now());
/** Somebody has just come to need a person: what the browser tells, where it may. */
export const called = signal<{ id: number; kind: string; place: string } | null>(null);

/** The box's time now. */
export function now(): number {
  return tick.value + performance.timeOrigin + offset.value;
}

let known = new Set<number>();

function chime(next: IncidentList): void {
  const critical = next.incidents.filter((i) => i.severity === 'critical' && i.state === 'open');
  const fresh = critical.find((i) => !known.has(i.id));
  if (fresh && list.value !== null) {
    if (sound.value) play('ask', false);
    called.value = { id: fresh.id, kind: fresh.kind, place: fresh.place };
  }
  known = new Set(critical.map((i) => i.id));
}

/** Who watches; empty: nobody who may. */
const watcher = computed(() =>
  me.value && may('see_incidents') ? `${me.value.name} ${me.value.session}` : '',
);
/** The booth whose page is open. */
const booth = computed(() => (place.value.page === 'booths' ? place.value.id : ''));

function topics(): string[] {
  return ['incidents', 'now', ...(booth.value ? [`booth:${booth.value}`] : [])];
}

function show(frame: IncidentList | NowSnapshot | Snapshot): void {
  if (frame.type === 'incidents') {
    chime(frame);
    list.value = frame;
  } else if (frame.type === 'now') shop.value = frame.now;
  else mirror.value = frame;
}

export function start(): void {
  void resume();
  setInterval(() => (tick.value = performance.now()), 500);
  let line: Line<IncidentList | NowSnapshot | Snapshot> | null = null;
  effect(() => {
    line?.close();
    line = null;
    if (!watcher.value) return;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    line = new Line(`${scheme}://${location.host}/ws/console`, {
      shown: show,
      free: () => true,
      line(is) {
        if (up.peek() !== is) since.value = performance.now();
        up.value = is;
      },
      offset: (ms) => (offset.value = ms),
      greeting: () => ({ type: 'staff', token: token.peek(), topics: topics() }),
      stranger: () => leave(true),
    });
  });
  effect(() => {
    if (mirror.peek()?.view.booth !== booth.value) mirror.value = null;
    line?.tell({ type: 'watch', topics: topics() });
  });
}
