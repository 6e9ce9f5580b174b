// The shell: who looks, where they are, how fresh it is; and the page of the address.
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { name } from '../shared/fluent';
import { play } from '../shared/sound';
import { Icon, type IconName } from './icons';
import { called, list, shop, since, sound, tick, up } from './live';
import { Now } from './now';
import { followLinks, go, type Page, place, to } from './route';
import { leave, link, may, me, mute, proving, resume, takeFromAddress } from './session';
import { Confirm, Mute, OneTimeLink, Who } from './sign';
import { language, say } from './words';

const STALE_AFTER_MS = 3000;

/** What the bar names, what one has to be allowed to for it, and its drawing. */
const BAR: readonly { page: Page; act: string; icon: IconName }[] = [
  { page: 'now', act: 'see_incidents', icon: 'live' },
  { page: 'incidents', act: 'see_incidents', icon: 'alert' },
  { page: 'booths', act: 'see_incidents', icon: 'booth' },
  { page: 'sales', act: 'see_money', icon: 'paper' },
  { page: 'money', act: 'see_money', icon: 'money' },
  { page: 'devices', act: 'see_incidents', icon: 'plug' },
  { page: 'goods', act: 'see_incidents', icon: 'tag' },
  { page: 'plan', act: 'see_incidents', icon: 'plan' },
  { page: 'reports', act: 'see_money', icon: 'chart' },
  { page: 'people', act: 'see_people', icon: 'person' },
  { page: 'audit', act: 'see_journal', icon: 'lock' },
  { page: 'settings', act: 'see_settings', icon: 'gear' },
];
/** On a phone these stand under the thumb; the others are behind the last. */
const THUMB = 4;

type Loaded = { default: ComponentType };
/** Everything but the first page comes when it is asked for. */
const LATER: Partial<Record<Page, () => Promise<Loaded>>> = {
  incidents: () => import('./incidents'),
  booths: () => import('./booths'),
  sales: () => import('./sales'),
  money: () => import('./money'),
  devices: () => import('./devices'),
  goods: () => import('./goods'),
  plan: () => import('./plan'),
  reports: () => import('./reports'),
  people: () => import('./people'),
  audit: () => import('./audit'),
  settings: () => import('./settings'),
  me: () => import('./own'),
};
const loaded = signal<Partial<Record<Page, ComponentType>>>({});
const missing = signal('');

async function load(page: Page): Promise<void> {
  const get = LATER[page];
  if (!get || loaded.peek()[page]) return;
  missing.value = '';
  try {
    const { default: found } = await get();
    loaded.value = { ...loaded.peek(), [page]: found };
  } catch {
    missing.value = page;
  }
}

export function App() {
  useEffect(() => followLinks(), []);
  useEffect(() => {
    const given = () => {
      if (takeFromAddress()) void resume();
    };
    addEventListener('hashchange', given);
    return () => removeEventListener('hashchange', given);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language.value;
  }, [language.value]);
  useTitle();
  useNotice();
  if (link.value) return mute.value ? <Mute /> : <OneTimeLink key={link.value} given={link.value} />;
  if (me.value === undefined) return mute.value ? <Mute /> : null;
  if (me.value === null) return <Who />;
  return (
    <>
      <Frame silent={up.value ? 0 : tick.value - since.value}>
        <Here />
      </Frame>
      {proving.value && <Confirm code={me.value.code} />}
    </>
  );
}

/** The tab tells how much needs somebody. */
function useTitle(): void {
  const open = list.value?.incidents.length ?? 0;
  const calls = shop.value?.booths.filter((booth) => booth.help).length ?? 0;
  const title = say(`nav-${place.value.page}`);
  useEffect(() => {
    document.title = `${open + calls > 0 ? `(${open + calls}) ` : ''}${title} · Paybooth`;
  }, [open, calls, title]);
}

/** Tell whoever looks elsewhere, where the browser may. */
function useNotice(): void {
  const fresh = called.value;
  useEffect(() => {
    if (!fresh || !document.hidden || !('Notification' in globalThis)) return;
    if (Notification.permission !== 'granted') return;
    const shown = new Notification(`${fresh.place} · ${say(`kind-${fresh.kind}`)}`, { tag: `${fresh.id}` });
    shown.onclick = () => {
      focus();
      go(to('incidents', fresh.id));
      shown.close();
    };
  }, [fresh]);
}

function Here() {
  const { page } = place.value;
  const rule = BAR.find((each) => each.page === page);
  useEffect(() => void load(page), [page]);
  if (rule && !may(rule.act)) return <NotYours act={rule.act} />;
  if (page === 'now') return <Now />;
  const Found = loaded.value[page];
  if (Found) return <Found />;
  if (missing.value === page)
    return (
      <section class="sheet empty">
        <p>{say('page-missing')}</p>
        <button type="button" class="next" onClick={() => void load(page)}>
          {say('again')}
        </button>
      </section>
    );
  return <Skeleton />;
}

export function Skeleton() {
  return (
    <section class="sheet skeleton" aria-busy="true" aria-label={say('loading')}>
      {[0, 1, 2, 3, 4, 5].map((n) => (
        <i key={n} />
      ))}
    </section>
  );
}

/** A page that is not for this role: who may, and where to go instead. */
export function NotYours({ act }: { act: string }) {
  return (
    <section class="sheet empty">
      <Icon name="lock" big />
      <h1>{say('not-yours')}</h1>
      <p>{say('not-yours-hint', { act: say(`act-${act}`) })}</p>
      <a class="button" href={to('now')}>
        {say('nav-now')}
      </a>
    </section>
  );
}

export function Frame(props: { silent: number; children: preact.ComponentChildren }) {
  const stale = props.silent > STALE_AFTER_MS;
  const open = list.value?.incidents.length ?? 0;
  const here = place.value.page;
  useEffect(() => document.getElementById('more-pages')?.hidePopover(), [here]);
  const pages = BAR.filter((each) => may(each.act));
  const item = ({ page, icon }: (typeof BAR)[number]) => (
    <a key={page} href={to(page)} aria-current={here === page ? 'page' : undefined}>
      <Icon name={icon} />
      {say(`nav-${page}`)}
      {page === 'incidents' && open > 0 && <b class="count">{open}</b>}
    </a>
  );
  return (
    <>
      <header class="bar">
        <a class="brand" href={to('now')}>
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M4 2h12v15l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5-2 1.5zM7.5 6h5M7.5 9.5h3" />
          </svg>
          {shop.value ? name(shop.value.name, language.value) : 'Paybooth'}
        </a>
        <nav class="pages" aria-label={say('console')}>
          {pages.map(item)}
        </nav>
        <span class="push" />
        <SoundSwitch />
        <span class={`line ${stale ? 'bad' : ''}`} role="status">
          {stale ? say('stale', { seconds: Math.round(props.silent / 1000) }) : say('live')}
        </span>
        <button type="button" onClick={() => (language.value = language.value === 'en' ? 'zh-CN' : 'en')}>
          {say('other-language')}
        </button>
        <a class="own" href={to('me')} aria-current={here === 'me' ? 'page' : undefined}>
          <Icon name="person" />
          {me.value?.name}
        </a>
        <button
          type="button"
          class="out"
          onClick={() => leave()}
          aria-label={say('leave')}
          title={say('leave')}
        >
          <Icon name="leave" />
        </button>
      </header>
      <main class={stale ? 'stale' : ''}>{props.children}</main>
      <nav class="tabs" aria-label={say('console-short')}>
        {pages.slice(0, THUMB).map(item)}
        {pages.length > THUMB && (
          <>
            <button type="button" popovertarget="more-pages">
              <Icon name="more" />
              {say('nav-more')}
            </button>
            <div id="more-pages" popover="auto">
              {pages.slice(THUMB).map(item)}
            </div>
          </>
        )}
      </nav>
    </>
  );
}

/** Sound has to be switched on by hand in every browser; the same hand allows its notices. */
function SoundSwitch() {
  return (
    <button
      type="button"
      class={sound.value ? '' : 'strong'}
      aria-pressed={sound.value}
      aria-label={say(sound.value ? 'sound-on' : 'sound-off')}
      onClick={() => {
        sound.value = !sound.value;
        if (!sound.value) return;
        play('drip', false);
        if ('Notification' in globalThis && Notification.permission === 'default')
          void Notification.requestPermission();
      }}
    >
      <Icon name="sound" />
      <span>{say(sound.value ? 'sound-on' : 'sound-off')}</span>
    </button>
  );
}
