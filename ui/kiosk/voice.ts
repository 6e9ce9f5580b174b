// A spoken message of staff: fetched by its name, heard over the booth's loudspeaker, and the box told that it was.
import type { Action, BoothView } from '../shared/contract';
import { playBack } from '../shared/sound';

export function hear({ booth, staff }: BoothView, act: (action: Action) => void): void {
  const voice = staff?.voice;
  if (!voice) return;
  fetch(`/api/booths/${encodeURIComponent(booth)}/voice/${encodeURIComponent(voice)}`)
    .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status)))
    .then(playBack)
    .then(() => act({ name: 'heard', voice }))
    .catch(() => {}); // the screen says that somebody speaks, and the console that nobody heard it
}
