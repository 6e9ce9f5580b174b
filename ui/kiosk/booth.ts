// The line to one booth: what the kiosk's page and a gate that takes money at its own booth hold.
import type { Action, BoothView } from '../shared/contract';
import { connect, type Linked } from '../shared/link';
import { play } from '../shared/sound';

const ALWAYS: ReadonlySet<Action['name']> = new Set(['touch', 'scan', 'help']);

export function booth(id: string): Linked<BoothView, Action> {
  const made = connect<BoothView, Action>(`/ws/kiosk/${encodeURIComponent(id)}`, {
    always: ALWAYS,
    free: (view) => view.phase === 'attract',
    cue: (sound, view) => play(sound, view?.comfort.quiet ?? false),
  });
  return {
    ...made,
    act(action) {
      // it goes nowhere, and every scan is heard
      if (action.name === 'scan' && !made.link.value.up) play('low', made.view.value?.comfort.quiet ?? false);
      else made.act(action);
    },
  };
}
