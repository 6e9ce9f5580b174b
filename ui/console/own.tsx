// What one signs in with: password, authenticator app, and one's own sessions.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Icon } from './icons';
import { drop, gaveUp, make, mine, type PasskeyRow, passkeysHere } from './passkey';
import { type SessionRow, Sessions } from './people';
import { Fault } from './said';
import { ask, type Me, me, resume, send } from './session';
import { Length, refusal } from './sign';
import { ago, say } from './words';

export interface AppSecret {
  secret: string;
  address: string;
  qr_svg: string;
}

export default function Own() {
  const rows = useSignal<SessionRow[]>([]);
  const load = async () => {
    const found = await ask<{ sessions: SessionRow[] }>('/api/sessions').catch(() => null);
    if (found) rows.value = found.sessions.filter((row) => row.name === me.value?.name);
  };
  useEffect(() => void load(), []);
  const act = async (method: string, path: string, body: object) => {
    const answer = await send(method, path, body);
    await Promise.all([load(), resume()]);
    return answer;
  };
  return me.value ? <OwnSheet who={me.value} rows={rows.value} act={act} /> : null;
}

type Do = (method: string, path: string, body: object) => Promise<unknown>;

export function OwnSheet({ who, rows, act, app }: { who: Me; rows: SessionRow[]; act: Do; app?: AppSecret }) {
  return (
    <>
      <h1>
        {who.name}
        <span class="calm"> {say(`role-${who.role}`)}</span>
      </h1>
      {who.session === 0 ? (
        <p class="sheet">{say('own-token')}</p>
      ) : (
        <div class="columns three even">
          <div class="stack">
            <Password act={act} />
            <Authenticator has={who.code} act={act} first={app} />
          </div>
          <Passkeys />
          <Sessions rows={rows} ends={() => true} act={act} />
        </div>
      )}
    </>
  );
}

/** Keys that open this box by one touch, and the way to another. */
function Passkeys() {
  const rows = useSignal<PasskeyRow[]>([]);
  const [label, fault] = [useSignal(''), useSignal('')];
  const load = async () => {
    rows.value = await mine().catch(() => rows.value);
  };
  useEffect(() => void load(), []);
  const run = async (work: () => Promise<unknown>) => {
    fault.value = '';
    try {
      await work();
    } catch (error) {
      if (!gaveUp(error)) fault.value = refusal(error);
    }
    await Promise.all([load(), resume()]);
  };
  const add = async (event: Event) => {
    event.preventDefault();
    await run(async () => {
      await make(label.value.trim());
      label.value = '';
    });
  };
  return (
    <section class="sheet">
      <h2>{say('own-passkeys')}</h2>
      <p class="note">{say('own-passkeys-hint')}</p>
      <ul class="keys">
        {rows.value.map((row) => (
          <li key={row.id}>
            <Icon name="key" />
            <span>
              <b>{row.label}</b>
              <small>{say('own-passkey-used', { site: row.site, ago: ago(Date.now() - row.used_ms) })}</small>
            </span>
            <button type="button" onClick={() => void run(() => drop(row.id))}>
              {say('own-passkey-drop')}
            </button>
          </li>
        ))}
      </ul>
      {passkeysHere() ? (
        <form class="fields" onSubmit={(event) => void add(event)}>
          <label>
            {say('own-passkey-label')}
            <input
              maxLength={60}
              value={label.value}
              onInput={(event) => (label.value = event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="strong" disabled={label.value.trim() === ''}>
            {say('own-passkey-add')}
          </button>
        </form>
      ) : (
        <p class="note">{say('own-passkeys-not-here')}</p>
      )}
      <Fault text={fault.value} />
    </section>
  );
}

function Password({ act }: { act: Do }) {
  const [password, told, fault] = [useSignal(''), useSignal(false), useSignal('')];
  const change = async () => {
    told.value = false;
    try {
      await act('PUT', '/api/me/password', { password: password.value });
      password.value = fault.value = '';
      told.value = true;
    } catch (error) {
      fault.value = refusal(error);
    }
  };
  return (
    <section class="sheet">
      <h2>{say('own-password')}</h2>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void change();
        }}
      >
        <label>
          {say('link-password')}
          <input
            type="password"
            autocomplete="new-password"
            maxLength={256}
            value={password.value}
            onInput={(event) => (password.value = event.currentTarget.value)}
          />
        </label>
        <Length password={password.value} />
        <Fault text={fault.value} />
        {told.value && <p role="status">{say('own-password-set')}</p>}
        <button type="submit" class="strong" disabled={password.value.length < 10}>
          {say('own-password-go')}
        </button>
      </form>
    </section>
  );
}

function Authenticator({ has, act, first }: { has: boolean; act: Do; first?: AppSecret | undefined }) {
  const app = useSignal<AppSecret | null>(first ?? null);
  const [code, fault] = [useSignal(''), useSignal('')];
  const run = async (work: () => Promise<void>) => {
    try {
      await work();
      fault.value = '';
    } catch (error) {
      fault.value = refusal(error);
    }
  };
  const begin = () =>
    run(async () => {
      app.value = (await act('POST', '/api/me/code', {})) as AppSecret;
    });
  const prove = () =>
    run(async () => {
      await act('PUT', '/api/me/code', { secret: app.value?.secret, code: code.value });
      app.value = null;
      code.value = '';
    });
  return (
    <section class="sheet">
      <h2>{say('own-code')}</h2>
      {app.value ? (
        <form
          class="fields"
          onSubmit={(event) => {
            event.preventDefault();
            void prove();
          }}
        >
          <p>{say('own-code-scan')}</p>
          <img
            class="qr"
            alt={say('own-code-qr')}
            src={`data:image/svg+xml,${encodeURIComponent(app.value.qr_svg)}`}
          />
          <code>{app.value.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
          <label>
            {say('sign-code')}
            <input
              inputMode="numeric"
              autocomplete="one-time-code"
              maxLength={6}
              value={code.value}
              onInput={(event) => (code.value = event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="next" disabled={!/^\d{6}$/.test(code.value)}>
            {say('own-code-prove')}
          </button>
        </form>
      ) : (
        <div class="fields">
          <p class={has ? 'on' : 'off'}>{say(has ? 'own-code-on' : 'own-code-off')}</p>
          <button type="button" onClick={() => void begin()}>
            {say(has ? 'own-code-other' : 'own-code-begin')}
          </button>
          {has && (
            <button
              type="button"
              onClick={() => void run(async () => void (await act('DELETE', '/api/me/code', {})))}
            >
              {say('own-code-drop')}
            </button>
          )}
        </div>
      )}
      <Fault text={fault.value} />
    </section>
  );
}
