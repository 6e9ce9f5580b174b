// What stands in the file alone: whom the shop is joined to, how that is, and where it is changed.
import { useSignal } from '@preact/signals';
import { Act } from './act';
import { Icon } from './icons';
import { now } from './live';
import { ask, may } from './session';
import { ago, date, say } from './words';

interface Answer {
  state: 'unknown' | 'online' | 'degraded' | 'offline';
  reasons: string[];
  since_ms: number;
  heard_ms: number;
}

export interface Outside {
  accounts: {
    channel: string;
    number: string;
    certificates: { name: string; until_ms: number }[];
    answer: Answer | null;
  }[];
  rungs: { name: string; to: string; after_s: number; least: string; language: string }[];
  webhooks: { name: string; to: string; kinds: string[]; behind: number; answer: Answer | null }[];
  rules: { kind: string; rule: string }[];
  backup: { at_ms: number; file: string; size: number } | null;
  versions: Record<string, string>;
}

/** The nightly one, and one night's grace. */
const STALE_MS = 50 * 3_600_000;

export function House({ shown }: { shown: Outside }) {
  const { backup } = shown;
  const fresh = backup !== null && now() - backup.at_ms < STALE_MS;
  return (
    <>
      <Payments shown={shown} />
      <Rungs shown={shown} />
      <Hooks shown={shown} />
      <Rules shown={shown} />
      <section class="sheet">
        <h2>{say('versions-title')}</h2>
        <dl class="set-list">
          {Object.entries(shown.versions).map(([what, version]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>
                <code>{version}</code>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <section class="sheet">
        <h2>{say('backup-title')}</h2>
        <p class={`st ${fresh ? 'ok' : 'warn'}`}>
          <Icon name={fresh ? 'check' : 'alert'} />
          {backup ? say('backup-last', { ago: ago(now() - backup.at_ms) }) : say('backup-none')}
        </p>
        {backup && (
          <small>
            <code>{backup.file}</code> · {(backup.size / 1e6).toFixed(1)} MB
          </small>
        )}
        <p class="note">{say('backup-hint')}</p>
      </section>
    </>
  );
}

const TONES = { online: 'ok', degraded: 'warn', offline: 'bad', unknown: 'warn' } as const;

function State({ answer }: { answer: Answer | null }) {
  if (!answer) return null;
  const icon = answer.state === 'online' ? 'check' : answer.state === 'offline' ? 'cross' : 'unknown';
  return (
    <>
      <span class={`st ${TONES[answer.state]}`}>
        <Icon name={icon} />
        {say(`health-${answer.state}`)}
      </span>
      <small>
        {answer.heard_ms ? say('pay-heard', { ago: ago(now() - answer.heard_ms) }) : say('pay-silent')}
      </small>
    </>
  );
}

function Payments({ shown }: { shown: Outside }) {
  return (
    <section class="sheet">
      <h2>{say('pay-title')}</h2>
      {shown.accounts.length === 0 && <p class="note">{say('pay-none')}</p>}
      <ul class="set-out">
        {shown.accounts.map((each) => (
          <li key={each.channel}>
            <b>{say(each.channel)}</b>
            <small>{say('pay-account', { number: each.number })}</small>
            <p>
              <State answer={each.answer} />
            </p>
            {each.certificates.map(({ name, until_ms }) => {
              const over = until_ms > 0 && until_ms < now();
              const key = until_ms === 0 ? 'cert-key' : over ? 'cert-over' : 'cert-until';
              return (
                <small key={name} class={over ? 'bad' : ''}>
                  {say(key, { name: say(`cert-name-${name}`), day: date(until_ms) })}
                </small>
              );
            })}
          </li>
        ))}
      </ul>
      <p class="note">{say('pay-where')}</p>
    </section>
  );
}

function Rungs({ shown }: { shown: Outside }) {
  const open = useSignal('');
  const told = useSignal('');
  return (
    <section class="sheet">
      <h2>{say('told-title')}</h2>
      {shown.rungs.length === 0 && <p class="note">{say('told-none')}</p>}
      <ul class="set-out">
        {shown.rungs.map(({ name, to, after_s, least }) => (
          <li key={name}>
            <b>{name}</b>
            <small>{to}</small>
            <small>{say('told-line', { seconds: after_s, least: say(`least-${least}`) })}</small>
            {open.value === name ? (
              <Act
                effect={say('told-test-effect', { name })}
                fields={[{ key: 'reason', label: 'reason-field', type: 'text', most: 200 }]}
                label={say('told-test')}
                done={() => (open.value = '')}
                send={async (given) => {
                  const path = `/api/settings/notify/${encodeURIComponent(name)}/test`;
                  const found = await ask<{ told: boolean; why: string }>(path, given);
                  told.value = say(found.told ? 'told-sent' : 'told-not', { name, why: found.why });
                }}
              />
            ) : (
              may('service') && (
                <button
                  type="button"
                  onClick={() => {
                    open.value = name;
                    told.value = '';
                  }}
                >
                  {say('told-test')}
                </button>
              )
            )}
          </li>
        ))}
      </ul>
      {told.value && (
        <p class="note" role="status">
          {told.value}
        </p>
      )}
      {shown.rungs.length > 0 && <p class="note">{say('told-where')}</p>}
    </section>
  );
}

function Hooks({ shown }: { shown: Outside }) {
  return (
    <section class="sheet">
      <h2>{say('hook-title')}</h2>
      {shown.webhooks.length === 0 && <p class="note">{say('hook-none')}</p>}
      <ul class="set-out">
        {shown.webhooks.map((each) => (
          <li key={each.name}>
            <b>{each.name}</b>
            <small>{each.to}</small>
            <p>
              <State answer={each.answer} />
            </p>
            <small>
              {each.kinds.length ? say('hook-kinds', { count: each.kinds.length }) : say('hook-all')} ·{' '}
              {say('hook-behind', { count: each.behind })}
            </small>
          </li>
        ))}
      </ul>
      <p class="note">{say('hook-where')}</p>
    </section>
  );
}

function Rules({ shown }: { shown: Outside }) {
  const rules = [...new Set(shown.rules.map((each) => each.rule))];
  return (
    <section class="sheet">
      <h2>{say('rules-title')}</h2>
      <p class="note">{say('rules-hint')}</p>
      <dl class="set-list">
        {rules.map((rule) => (
          <div key={rule}>
            <dt>{say(`rule-${rule}`)}</dt>
            <dd>{shown.rules.filter((each) => each.rule === rule).length}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>{say('rules-show', { count: shown.rules.length })}</summary>
        <table class="set-rules">
          <tbody>
            {shown.rules.map(({ kind, rule }) => (
              <tr key={kind}>
                <td>
                  <code>{kind}</code>
                </td>
                <td>{say(`rule-${rule}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
