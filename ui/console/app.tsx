// Head, who looks, and which page: after # an incident's number, `people`, or `me`.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { IncidentList } from '../shared/contract';
import { play } from '../shared/sound';
import { Detail } from './detail';
import { List } from './list';
import { list, since, sound, tick, up } from './live';
import { Own } from './own';
import { People } from './people';
import { leave, link, may, me, mute, proving, resume, takeFromAddress } from './session';
import { Confirm, Mute, OneTimeLink, Who } from './sign';
import { language, say } from './words';

const STALE_AFTER_MS = 3000;

export type Route = number | 'list' | 'people' | 'me';

/** Where an address leads; anything else is the list. */
export function routeOf(hash: string): Route {
  const found = /^#(?:([1-9]\d{0,15})|(people|me))$/.exec(hash);
  return found?.[1] ? Number(found[1]) : ((found?.[2] as Route | undefined) ?? 'list');
}

export const route = signal<Route>(routeOf(location.hash));

export function App() {
  useEffect(() => {
    const turn = () => {
      if (takeFromAddress()) void resume();
      route.value = routeOf(location.hash);
      scrollTo(0, 0);
    };
    addEventListener('hashchange', turn);
    return () => removeEventListener('hashchange', turn);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language.value;
  }, [language.value]);
  if (link.value) return mute.value ? <Mute /> : <OneTimeLink key={link.value} given={link.value} />;
  if (me.value === undefined) return mute.value ? <Mute /> : null;
  if (me.value === null) return <Who />;
  const silent = up.value ? 0 : tick.value - since.value;
  return (
    <>
      <Frame list={list.value} silent={silent} route={route.value} />
      {proving.value && <Confirm code={me.value.code} />}
    </>
  );
}

export function Frame(props: { list: IncidentList | null; silent: number; route: Route }) {
  const stale = props.silent > STALE_AFTER_MS;
  const current = props.list?.incidents.find((incident) => incident.id === props.route);
  const open = props.list?.incidents.length ?? 0;
  return (
    <>
      <header class="bar">
        <a class="brand" href="#list">
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M4 2h12v15l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5-2 1.5zM7.5 6h5M7.5 9.5h3" />
          </svg>
          Paybooth
        </a>
        <nav aria-label={say('console')}>
          <a href="#list" aria-current={props.route === 'list' ? 'page' : undefined}>
            {say('nav-incidents')}
            {open > 0 && <b class="count">{open}</b>}
          </a>
          {may('see_people') && (
            <a href="#people" aria-current={props.route === 'people' ? 'page' : undefined}>
              {say('people')}
            </a>
          )}
        </nav>
        <span class="push" />
        <button
          type="button"
          class={sound.value ? '' : 'strong'}
          aria-pressed={sound.value}
          onClick={() => {
            sound.value = !sound.value;
            if (sound.value) play('drip', false);
          }}
        >
          {say(sound.value ? 'sound-on' : 'sound-off')}
        </button>
        <span class={`line ${stale ? 'bad' : ''}`} role="status">
          {stale ? say('stale', { seconds: Math.round(props.silent / 1000) }) : say('live')}
        </span>
        <button type="button" onClick={() => (language.value = language.value === 'en' ? 'zh-CN' : 'en')}>
          {say('other-language')}
        </button>
        <a class="own" href="#me" aria-current={props.route === 'me' ? 'page' : undefined}>
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17.5c.8-3.2 3.3-5 6.5-5s5.700 1.800 6.500 5" />
          </svg>
          {me.value?.name}
        </a>
        <button type="button" onClick={() => leave()}>
          {say('leave')}
        </button>
      </header>
      <main class={stale ? 'stale' : ''}>
        <Page {...props} fresh={JSON.stringify(current ?? props.list?.rev ?? '')} />
      </main>
    </>
  );
}

function Page({ list, route, fresh }: { list: IncidentList | null; route: Route; fresh: string }) {
  if (route === 'people') return <People />;
  if (route === 'me') return <Own />;
  if (route !== 'list') return <Detail id={route} fresh={fresh} />;
  return list && <List list={list} />;
}
