// The kiosk: one socket, one signal, one function from view to page.
import { signal } from '@preact/signals';
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import type { Action, BoothView } from '../shared/contract';
import { isAnswered, Line } from '../shared/socket';
import { play } from '../shared/sound';
import { listen } from '../shared/wedge';
import { GIVEN_UP_AFTER_MS, Kiosk, type Link } from './kiosk';
import './kiosk.css';

const view = signal<BoothView | null>(null);
const link = signal<Link>({ up: false, since: performance.now(), offset: 0, pending: null, asked: 0 });

/** A drift of the clocks smaller than this is left alone: each change draws the page anew. */
const DRIFT_MS = 250;

const booth = new URLSearchParams(location.search).get('booth') ?? '1';
const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const line = new Line(`${scheme}://${location.host}/ws/kiosk/${encodeURIComponent(booth)}`, {
  view(next) {
    const { pending } = link.value;
    if (pending !== null && isAnswered(pending, next.last_intent?.id ?? ''))
      link.value = { ...link.value, pending: null };
    view.value = next;
  },
  cue(sound) {
    play(sound, view.value?.comfort.quiet ?? false);
  },
  line(up) {
    if (up !== link.value.up) link.value = { ...link.value, up, since: performance.now(), pending: null };
  },
  offset(ms) {
    if (Math.abs(ms - link.value.offset) > DRIFT_MS) link.value = { ...link.value, offset: ms };
  },
});

/** One tap at a time; a scan, a touch and the call for help never wait for the answer to another. */
const ALWAYS: ReadonlySet<Action['name']> = new Set(['touch', 'scan', 'help']);

function act(action: Action): void {
  if (action.name === 'scan' && !link.value.up) {
    play('low', view.value?.comfort.quiet ?? false); // it goes nowhere, and every scan is heard
    return;
  }
  const { pending, asked } = link.value;
  const free = pending === null || performance.now() - asked > GIVEN_UP_AFTER_MS;
  if (!free && !ALWAYS.has(action.name)) return;
  const id = line.send(action);
  if (!ALWAYS.has(action.name)) link.value = { ...link.value, pending: id, asked: performance.now() };
}

listen((scan) => {
  if (view.value?.shop.wedge ?? true) act({ name: 'scan', text: scan.text, symbology: scan.symbology });
});
addEventListener('contextmenu', (event) => event.preventDefault());
addEventListener('dragstart', (event) => event.preventDefault());

const root = document.getElementById('root');
if (root) {
  // a touch anywhere wakes the booth and answers "still there?"; not on a button, which would be gone before the finger lifts
  root.addEventListener('pointerdown', (event) => {
    if (event.target instanceof Element && event.target.closest('button')) return;
    const phase = view.value?.phase;
    if (phase === 'attract' || view.value?.idle) act({ name: 'touch' });
  });
  render(<Kiosk view={view} link={link} act={act} />, root);
}
