// A booth's screen inside the console: the kiosk's own page, drawn from the same snapshot, for looking only.
import { signal } from '@preact/signals';
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { Screen } from '../kiosk/kiosk';
import type { BoothView } from '../shared/contract';
import '../kiosk/kiosk.css';

interface Shown {
  view: BoothView;
  /** Milliseconds to add to this machine's clock to get the box's. */
  offset: number;
}

const shown = signal<Shown | null>(null);

addEventListener('message', (event: MessageEvent<Shown>) => {
  if (event.source === parent && event.origin === location.origin) shown.value = event.data;
});

function Mirror() {
  const now = shown.value;
  return (
    now && (
      <div inert>
        <Screen view={now.view} act={() => {}} now={Date.now() + now.offset} waiting={false} />
      </div>
    )
  );
}

const root = document.getElementById('root');
if (root) render(<Mirror />, root);
parent.postMessage('mirror', location.origin);
