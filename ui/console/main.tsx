// The console: the shop from anywhere.
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { App } from './app';
import { start } from './live';
import { takeFromAddress } from './session';
import './console.css';

document.documentElement.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches
  ? 'dark'
  : 'light';
takeFromAddress();
start();
const root = document.getElementById('root');
if (root) render(<App />, root);
