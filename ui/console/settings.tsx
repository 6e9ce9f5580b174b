// Settings: what an owner changes from day to day, over the file and back to it; and where the rest stands.
import { useSignal } from '@preact/signals';
import enSettings from '../../src/paybooth/locales/en/settings.ftl?raw';
import zhSettings from '../../src/paybooth/locales/zh-CN/settings.ftl?raw';
import { words } from './act';
import { Loaded } from './loaded';
import { Done, Fault, Reason } from './said';
import { change, may, Problem, type Seen } from './session';
import { House, type Outside } from './settings_house';
import { learn, say } from './words';
import './settings.css';

learn(zhSettings, enSettings);

interface Setting {
  key: string;
  kind: 'text' | 'seconds' | 'count' | 'money' | 'hours' | 'night';
  value: string;
  file: string;
  source: 'file' | 'console';
  least: number;
  most: number;
}

export interface Shown extends Outside {
  settings: Setting[];
}

/** What is typed and not saved, by key; null: back to the file's. */
type Draft = Record<string, string | null>;

export default function Settings() {
  return (
    <Loaded<Shown> path="/api/settings" title={say('nav-settings')}>
      {(seen) => <Sheet first={seen} />}
    </Loaded>
  );
}

const GROUPS: readonly { title: string; has: (key: string) => boolean; hint?: string }[] = [
  { title: 'set-hours', has: (key) => key.startsWith('gate.') },
  { title: 'set-texts', has: (key) => /^(tagline|receipt_note)_/.test(key) },
  { title: 'set-money', has: (key) => key === 'refund_alone_fen' || key === 'help_s' },
  { title: 'set-waits', has: (key) => key.startsWith('waits.'), hint: 'set-waits-hint' },
];

function Sheet({ first }: { first: Seen<Shown> }) {
  const seen = useSignal(first);
  const draft = useSignal<Draft>({});
  const reason = useSignal('');
  const fault = useSignal('');
  const told = useSignal('');
  const busy = useSignal(false);
  const edits = may('edit_settings');
  const { settings } = seen.value.found;
  const differing = settings.filter((each) => differs(each, draft.value[each.key]));
  const fits = differing.every((each) => fine(each, draft.value[each.key]));
  const type = (key: string, value: string | null) => {
    told.value = '';
    draft.value = { ...draft.value, [key]: value };
  };
  const save = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    fault.value = '';
    try {
      const changes = Object.fromEntries(
        differing.map((each) => [each.key, sent(each, draft.value[each.key])]),
      );
      const body = { changes, reason: reason.value.trim() };
      seen.value = await change<Shown>('PUT', '/api/settings', body, seen.value.version);
      draft.value = {};
      reason.value = '';
      told.value = say('set-saved');
    } catch (error) {
      fault.value = words(error);
      if (error instanceof Problem && error.status === 412) {
        const now = await change<Shown>('GET', '/api/settings').catch(() => null);
        if (now) {
          seen.value = now;
          fault.value = say('set-quicker');
        }
      }
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      <h1>
        {say('settings-title')} <span class="calm">{say(edits ? 'settings-hint' : 'settings-look')}</span>
      </h1>
      <div class="columns set">
        <form class="stack" onSubmit={(event) => void save(event)}>
          {GROUPS.map(({ title, has, hint }) => {
            const mine = settings.filter((each) => has(each.key));
            return (
              mine.length > 0 && (
                <section key={title} class="sheet">
                  <h2>
                    {say(title)} {hint && <small>{say(hint)}</small>}
                  </h2>
                  {mine.map((each) => (
                    <Row
                      key={each.key}
                      setting={each}
                      typed={draft.value[each.key]}
                      edits={edits}
                      type={(value) => type(each.key, value)}
                    />
                  ))}
                </section>
              )
            );
          })}
          <Done text={told.value} />
          {edits && differing.length > 0 && (
            <section class="sheet set-save">
              <p>
                <b>{say('set-count', { count: differing.length })}</b>{' '}
                <span class="note">{say('set-effect')}</span>
              </p>
              <Fault text={fault.value} />
              <div class="set-last">
                <Reason of={reason} />
                <button
                  type="button"
                  onClick={() => {
                    draft.value = {};
                    fault.value = '';
                  }}
                >
                  {say('cancel')}
                </button>
                <button type="submit" class="next" disabled={busy.value || !fits || !reason.value.trim()}>
                  {busy.value ? say('doing') : say('set-save', { count: differing.length })}
                </button>
              </div>
            </section>
          )}
        </form>
        <div class="stack">
          <House shown={seen.value.found} />
        </div>
      </div>
    </>
  );
}

/** As people read it: yuan for fen. */
const read = (setting: Setting, value: string): string =>
  setting.kind === 'money' ? (Number(value) / 100).toFixed(2) : value;

function sent(setting: Setting, typed: string | null | undefined): string | null {
  if (typed === null || typed === undefined) return null;
  return setting.kind === 'money' ? String(Math.round(Number(typed) * 100)) : typed.trim();
}

function differs(setting: Setting, typed: string | null | undefined): boolean {
  if (typed === undefined) return false;
  if (typed === null) return setting.source === 'console';
  return typed.trim() !== read(setting, setting.value);
}

function fine(setting: Setting, typed: string | null | undefined): boolean {
  if (typed === null || typed === undefined) return true;
  const text = typed.trim();
  if (setting.kind === 'text') return text.length <= setting.most;
  if (setting.kind === 'night') return true;
  if (setting.kind === 'hours')
    return (
      text === '' ||
      (/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/.test(text) && text.slice(0, 5) !== text.slice(6))
    );
  const amount = setting.kind === 'money' ? Math.round(Number(text) * 100) : Number(text);
  const form = setting.kind === 'money' ? /^\d{1,5}(\.\d{1,2})?$/ : /^\d{1,5}$/;
  return form.test(text) && amount >= setting.least && amount <= setting.most;
}

function Row(props: {
  setting: Setting;
  typed: string | null | undefined;
  edits: boolean;
  type: (value: string | null) => void;
}) {
  const { setting, typed, edits, type } = props;
  const [, gate = '', part = ''] = setting.key.startsWith('gate.') ? setting.key.split('.') : [];
  const key = `set-${setting.key.replace('.', '-')}`;
  const label = gate ? say(`set-${part}-key`, { gate }) : say(key);
  const hint = gate ? say(`set-${part}-hint`) : say(`${key}-hint`);
  const shown = typed === undefined ? read(setting, setting.value) : (typed ?? read(setting, setting.file));
  const unfit = !fine(setting, typed);
  const short = ['seconds', 'count', 'money'].includes(setting.kind);
  const least = read(setting, String(setting.least));
  const most = read(setting, String(setting.most));
  const file = read(setting, setting.file);
  return (
    <div class={`set-row ${short ? 'short' : ''} ${differs(setting, typed) ? 'changed' : ''}`}>
      <div>
        <label for={setting.key}>{label}</label>
        {setting.kind === 'night' ? (
          <select
            id={setting.key}
            value={shown}
            disabled={!edits}
            onChange={(event) => type(event.currentTarget.value)}
          >
            <option value="staff">{say('night-staff')}</option>
            <option value="closed">{say('night-closed')}</option>
          </select>
        ) : (
          <input
            id={setting.key}
            class={`set-${setting.kind}`}
            placeholder={setting.kind === 'hours' ? say('set-always') : undefined}
            value={shown}
            disabled={!edits}
            maxLength={setting.kind === 'text' ? setting.most : 11}
            inputMode={
              setting.kind === 'money'
                ? 'decimal'
                : setting.kind === 'seconds' || setting.kind === 'count'
                  ? 'numeric'
                  : undefined
            }
            aria-invalid={unfit}
            onInput={(event) => type(event.currentTarget.value)}
          />
        )}
      </div>
      <div class="set-about">
        <p class="note">
          {hint}
          {short && ` ${say('set-bounds', { least, most })}`}
        </p>
        {unfit && <b class="bad">{say('set-unfit')}</b>}
        {typed === null && setting.source === 'console' ? (
          <small>{say('file-back-wait')}</small>
        ) : setting.source === 'console' ? (
          <small>
            <b>{say('from-console')}</b> ·{' '}
            {file
              ? say('file-says', { value: setting.kind === 'night' ? say(`night-${file}`) : file })
              : say('file-says-nothing')}{' '}
            {edits && (
              <button
                type="button"
                class="quiet"
                aria-label={`${label}: ${say('file-back')}`}
                onClick={() => type(null)}
              >
                {say('file-back')}
              </button>
            )}
          </small>
        ) : (
          <small>{say('from-file')}</small>
        )}
      </div>
    </div>
  );
}
