// What staff did: each act with its name, its reason and what it was about; out of the journal, which cannot be changed.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { words } from './act';
import { Icon } from './icons';
import { go, query, to } from './route';
import { Fault } from './said';
import { ask } from './session';
import { clock, date, say } from './words';

interface ActRow {
  seq: number;
  at_ms: number;
  kind: string;
  by: string;
  reason: string;
  about: Record<string, unknown>;
}

export default function Audit() {
  const rows = useSignal<ActRow[]>([]);
  const next = useSignal<number | null>(null);
  const fault = useSignal('');
  const loading = useSignal(true);
  const asked = useRef(0);
  const by = query.value.get('by') ?? '';
  const text = query.value.get('text') ?? '';
  const load = async (before: number | null) => {
    const mine = ++asked.current;
    loading.value = true;
    fault.value = '';
    const params = new URLSearchParams({
      limit: '50',
      by,
      text,
      ...(before ? { before: String(before) } : {}),
    });
    try {
      const found = await ask<{ acts: ActRow[]; searched_to: number | null }>(`/api/audit?${params}`);
      if (mine !== asked.current) return;
      rows.value = before ? [...rows.value, ...found.acts] : found.acts;
      next.value = found.searched_to;
    } catch (error) {
      if (mine === asked.current) fault.value = words(error);
    }
    loading.value = false;
  };
  useEffect(() => void load(null), [by, text]);
  const set = (key: string, value: string) => go(to('audit', '', { by, text, [key]: value }), true);
  let day = '';
  return (
    <>
      <h1>
        {say('audit-title')} <span class="calm">{say('audit-hint')}</span>
      </h1>
      <section class="sheet audit">
        <search class="filters">
          <label class="find">
            <Icon name="search" />
            <input
              type="search"
              value={text}
              maxLength={64}
              placeholder={say('audit-find')}
              aria-label={say('audit-find')}
              onChange={(event) => set('text', event.currentTarget.value.trim())}
            />
          </label>
          {(by || text) && (
            <a class="button quiet" href={to('audit')}>
              <Icon name="cross" /> {by || say('filter-clear')}
            </a>
          )}
        </search>
        <Fault text={fault.value} again={() => void load(null)} />
        <ol>
          {rows.value.map((row) => {
            const told = date(row.at_ms);
            const fresh = told !== day;
            day = told;
            return (
              <li key={row.seq}>
                {fresh && <h3>{told}</h3>}
                <div class="act">
                  <time>{clock(row.at_ms)}</time>
                  <a href={to('audit', '', { by: row.by })}>{row.by || '—'}</a>
                  <b>{say(`audit-${row.kind.replace('.', '-')}`)}</b>
                  <span>{about(row)}</span>
                  <small>#{row.seq}</small>
                </div>
              </li>
            );
          })}
        </ol>
        {!loading.value && rows.value.length === 0 && !fault.value && <p class="note">{say('audit-none')}</p>}
        {next.value !== null && (
          <button type="button" disabled={loading.value} onClick={() => void load(next.value)}>
            {say(loading.value ? 'loading' : 'more')}
          </button>
        )}
      </section>
    </>
  );
}

const NOT_SAID = new Set(['request', 'digest', 'session', 'address']);

/** The reason first, then what the fact says besides, without what is empty or too long to read. */
function about({ reason, about: rest }: ActRow): string {
  const said = Object.entries(rest)
    .filter(([key, value]) => !NOT_SAID.has(key) && (typeof value === 'string' || typeof value === 'number'))
    .map(([key, value]) => [key, String(value)] as const)
    .filter(([, value]) => value !== '' && value.length <= 80)
    .map(([key, value]) => `${key} ${value}`);
  return [reason, ...said].filter(Boolean).join(' · ');
}
