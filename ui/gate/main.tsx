// The exit's screen: one socket, one signal, one function from view to page; and, where it takes money itself, its booth's.
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { booth } from '../kiosk/booth';
import type { Action, BoothView, GateAction, GateView } from '../shared/contract';
import { connect, type Linked } from '../shared/link';
import { play } from '../shared/sound';
import { listen } from '../shared/wedge';
import { Gate } from './gate';
import './gate.css';

const id = new URLSearchParams(location.search).get('gate') ?? 'exit';
const { view, link, act } = connect<GateView, GateAction>(`/ws/gate/${encodeURIComponent(id)}`, {
  always: new Set<GateAction['name']>(['help']),
  free: ({ phase }) => phase === 'ready',
  cue: (sound) => play(sound, false),
});

/** The kiosk of the gate's booth, for as long as this screen is it. */
const till = signal<Linked<BoothView, Action> | null>(null);
let open = '';
effect(() => {
  const { phase, pay_here, pay_booth } = view.value ?? { phase: 'starting', pay_here: false, pay_booth: '' };
  const wanted = phase === 'paying' && pay_here ? pay_booth : '';
  if (wanted === open) return;
  open = wanted;
  till.peek()?.close();
  till.value = wanted === '' ? null : booth(wanted);
});

listen((scan) => {
  const here = till.peek();
  if (here?.view.value?.shop.wedge) here.act({ name: 'scan', text: scan.text, symbology: scan.symbology });
});
addEventListener('contextmenu', (event) => event.preventDefault());
addEventListener('dragstart', (event) => event.preventDefault());

const root = document.getElementById('root');
if (root) {
  // as on the kiosk: a touch anywhere answers "still there?"
  root.addEventListener('pointerdown', (event) => {
    if (event.target instanceof Element && event.target.closest('button')) return;
    const here = till.peek();
    if (here?.view.value?.phase === 'attract' || here?.view.value?.idle) here.act({ name: 'touch' });
  });
  render(<Gate view={view} link={link} till={till} act={act} />, root);
}
