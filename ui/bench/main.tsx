// The bench: one screen where a visitor plays the whole story, and breaks it.
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { Bench } from './bench';
import { start } from './state';
import './bench.css';
import './exit.css';
import './pad.css';
import './mischief.css';

const root = document.getElementById('root');
if (root) {
  render(<Bench />, root);
  // the kiosk's frame loads first and brings the device cookie this page's view socket needs
  setTimeout(start, 400);
}
