// Head, who looks, and which page: the address after # is the incident's number.
import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { IncidentList } from '../shared/contract';
import { play } from '../shared/sound';
import { Detail } from './detail';
import { List } from './list';
import { list, since, sound, tick, up } from './live';
import { enter, leave, stranger, token } from './session';
import { language, say } from './words';

const STALE_AFTER_MS = 3000;

/** The incident of an address, or null for the list. */
export function incidentOf(hash: string): number | null {
  const found = /^#([1-9]\d{0,15})$/.exec(hash)?.[1];
  return found ? Number(found) : null;
}

export const route = signal<number | null>(incidentOf(location.hash));

export function App() {
  useEffect(() => {
    const turn = () => {
      route.value = incidentOf(location.hash);
      scrollTo(0, 0);
    };
    addEventListener('hashchange', turn);
    return () => removeEventListener('hashchange', turn);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language.value;
  }, [language.value]);
  if (!token.value) return <Who />;
  const silent = up.value ? 0 : tick.value - since.value;
  return <Frame list={list.value} silent={silent} route={route.value} />;
}

export function Frame(props: { list: IncidentList | null; silent: number; route: number | null }) {
  const stale = props.silent > STALE_AFTER_MS;
  const current = props.list?.incidents.find((incident) => incident.id === props.route);
  return (
    <>
      <header class="bar">
        <a class="brand" href="#list">
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M4 2h12v15l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5-2 1.5zM7.5 6h5M7.5 9.5h3" />
          </svg>
          Paybooth
        </a>
        <span class="cap">{say('console')}</span>
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
        <button type="button" onClick={() => leave()}>
          {say('leave')}
        </button>
      </header>
      <main class={stale ? 'stale' : ''}>
        {props.route !== null ? (
          <Detail id={props.route} fresh={JSON.stringify(current ?? props.list?.rev ?? '')} />
        ) : (
          props.list && <List list={props.list} />
        )}
      </main>
    </>
  );
}

export function Who() {
  const typed = useSignal('');
  return (
    <main class="who">
      <form
        class="sheet"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.value.trim()) enter(typed.value.trim());
        }}
      >
        <h1>{say('who-title')}</h1>
        <p>{say('who-lead')}</p>
        <label>
          {say('who-field')}
          <input
            type="password"
            autocomplete="off"
            value={typed.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
        </label>
        {stranger.value && (
          <p class="fault" role="alert">
            {say('who-wrong')}
          </p>
        )}
        <button type="submit" class="next">
          {say('who-go')}
        </button>
        <button type="button" onClick={() => (language.value = language.value === 'en' ? 'zh-CN' : 'en')}>
          {say('other-language')}
        </button>
      </form>
    </main>
  );
}
