// The console's line: incidents and doors as they are, how old that is, and a chime for what cannot wait.
import { computed, effect, signal } from '@preact/signals';
import type { IncidentList } from '../shared/contract';
import { Line } from '../shared/socket';
import { play } from '../shared/sound';
import { leave, may, me, resume, token } from './session';

export const list = signal<IncidentList | null>(null);
export const up = signal(false);
/** performance.now() of the last word from the box. */
export const since = signal(performance.now());
export const offset = signal(0);
export const sound = signal(false);
/** performance.now(), twice a second: ages and staleness go by it. */
export const tick = signal(performance.now());

/** The box's time now. */
export function now(): number {
  return tick.value + performance.timeOrigin + offset.value;
}

let known = new Set<number>();

function chime(next: IncidentList): void {
  const critical = next.incidents.filter((i) => i.severity === 'critical' && i.state === 'open');
  const fresh = critical.some((i) => !known.has(i.id));
  if (fresh && list.value !== null && sound.value) play('ask', false);
  known = new Set(critical.map((i) => i.id));
}

/** Who watches; empty: nobody who may. */
const watcher = computed(() =>
  me.value && may('see_incidents') ? `${me.value.name} ${me.value.session}` : '',
);

export function start(): void {
  void resume();
  setInterval(() => (tick.value = performance.now()), 500);
  let line: Line<IncidentList> | null = null;
  effect(() => {
    line?.close();
    line = null;
    if (!watcher.value) return;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    line = new Line<IncidentList>(`${scheme}://${location.host}/ws/incidents`, {
      shown(frame) {
        chime(frame);
        list.value = frame;
      },
      free: () => true,
      line(is) {
        if (up.peek() !== is) since.value = performance.now();
        up.value = is;
      },
      offset: (ms) => (offset.value = ms),
      greeting: () => ({ type: 'staff', token: token.peek() }),
      stranger: () => leave(true),
    });
  });
}
