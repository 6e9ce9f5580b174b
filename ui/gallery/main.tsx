// Every state of kiosk and exit from fixtures: for eyes, screenshots and tests. ?state=NAME&lang=zh-CN|en, ?gate=NAME&…
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { gates } from '../fixtures/gates';
import { NOW, views } from '../fixtures/views';
import { Screen as GateScreen, Lost } from '../gate/gate';
import { sheet } from '../kiosk/comfort';
import { Screen } from '../kiosk/kiosk';
import { ServerLost } from '../kiosk/lost';
import '../gate/gate.css';

const query = new URLSearchParams(location.search);
const state = query.get('state') ?? '';
const language = query.get('lang') === 'en' ? 'en' : 'zh-CN';
const root = document.getElementById('root');
const view = views[state];
const exit = query.get('gate') ?? '';
const gate = gates[exit];
/** Drawn by the page alone: no view asks for them. */
sheet.value = state.startsWith('comfort');

function Index() {
  return (
    <main class="gallery-index">
      <h1>Paybooth kiosk</h1>
      <ul>
        {Object.keys(views).map((name) => (
          <li key={name}>
            <a href={`?state=${name}`}>{name}</a> · <a href={`?state=${name}&lang=en`}>en</a>
          </li>
        ))}
      </ul>
      <h1>Paybooth exit</h1>
      <ul>
        {Object.keys(gates).map((name) => (
          <li key={name}>
            <a href={`?gate=${name}`}>{name}</a> · <a href={`?gate=${name}&lang=en`}>en</a>
          </li>
        ))}
      </ul>
    </main>
  );
}

if (root) {
  if (state === 'lost') render(<ServerLost language={language} fresh={false} paying />, root);
  else if (view)
    render(<Screen view={{ ...view, language }} act={() => {}} now={NOW} waiting={false} />, root);
  else if (exit === 'lost') render(<Lost language={language} fresh={false} />, root);
  else if (gate) render(<GateScreen view={{ ...gate, language }} act={() => {}} waiting={false} />, root);
  else render(<Index />, root);
  document.documentElement.dataset.gates = Object.keys(gates).join(' ');
  document.documentElement.dataset.states = Object.keys(views).join(' ');
}
