// The console's pages from fixtures: ?list=NAME or ?page=NAME or ?who, with &lang=en, &theme=dark, &stale.
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { Frame, Who } from '../console/app';
import { Sheet } from '../console/detail';
import { offset } from '../console/live';
import { stranger } from '../console/session';
import { language } from '../console/words';
import { lists, NOW, pages } from '../fixtures/incidents';
import '../console/console.css';

const query = new URLSearchParams(location.search);
language.value = query.get('lang') === 'en' ? 'en' : 'zh-CN';
document.documentElement.lang = language.value;
document.documentElement.dataset.theme = query.get('theme') === 'dark' ? 'dark' : 'light';
document.documentElement.dataset.lists = Object.keys(lists).join(' ');
document.documentElement.dataset.pages = Object.keys(pages).join(' ');
offset.value = NOW - Date.now();
stranger.value = query.has('who');

const root = document.getElementById('root');
const page = pages[query.get('page') ?? ''];
if (root && query.has('who')) render(<Who />, root);
else if (root && page) {
  const sheet = <Sheet page={page} fault={query.get('fault') ?? ''} act={() => Promise.resolve()} />;
  render(<main>{sheet}</main>, root);
} else if (root)
  render(
    <Frame
      list={lists[query.get('list') ?? ''] ?? null}
      silent={query.has('stale') ? 42_000 : 0}
      route={null}
    />,
    root,
  );
