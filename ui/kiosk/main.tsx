// The kiosk: one socket, one signal, one function from view to page.
import { signal } from '@preact/signals';
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import type { Action, BoothView } from '../shared/contract';
import { Line } from '../shared/socket';
import { play } from '../shared/sound';
import { listen } from '../shared/wedge';
import { Kiosk, type Link } from './kiosk';
import './kiosk.css';

const view = signal<BoothView | null>(null);
const link = signal<Link>({ up: false, since: performance.now(), offset: 0, pending: null });

const booth = new URLSearchParams(location.search).get('booth') ?? '1';
const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const line = new Line(`${scheme}://${location.host}/ws/kiosk/${encodeURIComponent(booth)}`, {
  view(next) {
    const answered = link.value.pending !== null && next.last_intent?.id === link.value.pending;
    if (answered) link.value = { ...link.value, pending: null };
    view.value = next;
  },
  cue(sound) {
    play(sound, view.value?.comfort.quiet ?? false);
  },
  line(up) {
    if (up !== link.value.up) link.value = { ...link.value, up, since: performance.now(), pending: null };
  },
  offset(ms) {
    link.value = { ...link.value, offset: ms };
  },
});

function act(action: Action): void {
  if (link.value.pending !== null && action.name !== 'touch' && action.name !== 'scan') return;
  const id = line.send(action);
  if (action.name !== 'touch' && action.name !== 'scan') link.value = { ...link.value, pending: id };
}

listen((scan) => {
  if (view.value?.shop.wedge ?? true) act({ name: 'scan', text: scan.text, symbology: scan.symbology });
});
addEventListener('contextmenu', (event) => event.preventDefault());
addEventListener('dragstart', (event) => event.preventDefault());

const root = document.getElementById('root');
if (root) {
  // a touch anywhere wakes the booth and answers "still there?"
  root.addEventListener('pointerdown', () => {
    const phase = view.value?.phase;
    if (phase === 'attract' || view.value?.idle) act({ name: 'touch' });
  });
  render(<Kiosk view={view} link={link} act={act} />, root);
}
