// The kiosk: one socket, one signal, one function from view to page.
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { listen } from '../shared/wedge';
import { booth } from './booth';
import { Kiosk } from './kiosk';
import './kiosk.css';

const { view, link, act } = booth(new URLSearchParams(location.search).get('booth') ?? '1');

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
