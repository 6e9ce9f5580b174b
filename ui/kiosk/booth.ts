// The line to one booth: what the kiosk's page and a gate that takes money at its own booth hold.
import { effect } from '@preact/signals';
import type { Action, BoothView } from '../shared/contract';
import { connect, type Linked } from '../shared/link';
import { play } from '../shared/sound';
import { hear } from './voice';

const ALWAYS: ReadonlySet<Action['name']> = new Set(['touch', 'scan', 'help', 'heard']);

export function booth(id: string): Linked<BoothView, Action> {
  const made = connect<BoothView, Action>(`/ws/kiosk/${encodeURIComponent(id)}`, {
    always: ALWAYS,
    free: (view) => view.phase === 'attract',
    cue: (sound, view) => play(sound, view?.comfort.quiet ?? false),
  });
  let told = 0;
  const stop = effect(() => {
    const view = made.view.value;
    if (!view?.staff?.voice || view.staff.at_ms === told) return;
    told = view.staff.at_ms;
    if (!view.comfort.quiet && !view.staff.heard) hear(view, made.act);
  });
  return {
    ...made,
    close() {
      stop();
      made.close();
    },
    act(action) {
      // it goes nowhere, and every scan is heard
      if (action.name === 'scan' && !made.link.value.up) play('low', made.view.value?.comfort.quiet ?? false);
      else made.act(action);
    },
  };
}
