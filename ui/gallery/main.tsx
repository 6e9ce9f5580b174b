// Every state of the kiosk from fixtures: for eyes, screenshots and tests. ?state=NAME&lang=zh-CN|en
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { NOW, views } from '../fixtures/views';
import { sheet } from '../kiosk/comfort';
import { Screen } from '../kiosk/kiosk';
import { ServerLost } from '../kiosk/lost';
import '../kiosk/kiosk.css';

const query = new URLSearchParams(location.search);
const state = query.get('state') ?? '';
const language = query.get('lang') === 'en' ? 'en' : 'zh-CN';
const root = document.getElementById('root');
const view = views[state];
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
    </main>
  );
}

if (root) {
  if (state === 'lost') render(<ServerLost language={language} fresh={false} paying />, root);
  else if (view)
    render(<Screen view={{ ...view, language }} act={() => {}} now={NOW} waiting={false} />, root);
  else render(<Index />, root);
  document.documentElement.dataset.states = Object.keys(views).join(' ');
}
