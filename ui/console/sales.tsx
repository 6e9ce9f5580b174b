// Sales: found by what one knows of them, newest first; filters are the address, so a view can be kept and sent.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { yuan } from '../shared/money';
import { Icon, type IconName } from './icons';
import { useKeys } from './keys';
import { shop } from './live';
import { go, place, query, to } from './route';
import { Fault } from './said';
import { Sale } from './sale';
import { ask } from './session';
import { called, clock, day, language, say } from './words';

export interface SaleRow {
  id: string;
  number: string;
  booth: string;
  phase: string;
  total_fen: number;
  opened_ms: number;
  paid_ms: number | null;
  goods: { name_zh: string; name_en: string; quantity: number }[];
  count: number;
  channel: string;
  attempt: string;
  refunded_fen: number;
  paper: string;
  left: boolean;
}

const FILTERS = ['first', 'last', 'booth', 'channel', 'outcome', 'least', 'text'] as const;
type Filter = Record<(typeof FILTERS)[number], string>;
const OUTCOMES = ['paid', 'live', 'unknown', 'refunded', 'no_paper', 'abandoned'];
const PAGE = 50;

function filter(): Filter {
  return Object.fromEntries(FILTERS.map((key) => [key, query.value.get(key) ?? ''])) as Filter;
}

export default function Sales() {
  const id = place.value.id;
  return id ? <Sale key={id} id={id} /> : <List />;
}

/** What staff ask for most: each is an address. */
function views(): [string, Partial<Filter>][] {
  return [
    ['view-today', { first: day(0), last: day(0) }],
    ['view-unknown', { outcome: 'unknown' }],
    ['view-refunded', { outcome: 'refunded' }],
    ['view-no-paper', { outcome: 'no_paper' }],
    ['view-large', { least: '200' }],
    ['view-all', {}],
  ];
}

const KEPT = 'paybooth.views';
type Kept = { name: string; search: string };

function kept(): Kept[] {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? '[]') as Kept[];
  } catch {
    return [];
  }
}

function List() {
  const rows = useSignal<SaleRow[]>([]);
  const next = useSignal<string | null>(null);
  const state = useSignal<'loading' | 'there' | 'more' | 'failed'>('loading');
  const at = useSignal(0);
  const asked = useRef(0);
  const search = useRef<HTMLInputElement>(null);
  const wanted = place.value.query;
  const load = async (before: string | null) => {
    const mine = ++asked.current;
    state.value = before ? 'more' : 'loading';
    const params = new URLSearchParams({ limit: String(PAGE) });
    const now = filter();
    for (const key of FILTERS) if (key !== 'least' && now[key]) params.set(key, now[key]);
    if (now.least) params.set('least_fen', String(Math.round(Number(now.least) * 100)));
    if (before) params.set('before', before);
    try {
      const found = await ask<{ sales: SaleRow[]; searched_to: string | null }>(`/api/sales?${params}`);
      if (mine !== asked.current) return; // another wish was quicker
      rows.value = before ? [...rows.value, ...found.sales] : found.sales;
      next.value = found.searched_to;
      state.value = 'there';
      if (!before) at.value = 0;
    } catch {
      if (mine === asked.current) state.value = 'failed';
    }
  };
  useEffect(() => void load(null), [wanted]);
  const taken = shop.value?.takings.count ?? 0;
  const newest = useRef(taken);
  useEffect(() => {
    // a sale more was paid: show it, unless somebody is further down
    if (newest.current !== taken && rows.value.length <= PAGE && scrollY < 200) void load(null);
    newest.current = taken;
  }, [taken]);
  const pick = (step: number) => {
    at.value = Math.max(0, Math.min(rows.value.length - 1, at.value + step));
    document.querySelector(`tr[data-n="${at.value}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  useKeys({
    j: () => pick(1),
    k: () => pick(-1),
    enter: () => {
      const row = rows.value[at.value];
      if (row) go(to('sales', row.id));
    },
    '/': (event) => {
      event.preventDefault();
      search.current?.focus();
    },
  });
  return (
    <>
      <Views />
      <section class="sheet sales">
        <Filters search={search} />
        <div class="scroll">
          <table>
            <thead>
              <tr>
                {[
                  'time',
                  'number',
                  'booth',
                  'goods',
                  'pieces',
                  'channel',
                  'amount',
                  'result',
                  'receipt',
                  'exit',
                ].map((key) => (
                  <th key={key} scope="col" class={`col-${key}`}>
                    {say(`col-${key}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.value.map((row, n) => (
                <Row key={row.id} row={row} n={n} here={n === at.value} />
              ))}
            </tbody>
          </table>
        </div>
        <Foot state={state.value} rows={rows.value.length} more={next.value} load={load} />
      </section>
    </>
  );
}

function Foot(props: {
  state: string;
  rows: number;
  more: string | null;
  load: (before: string | null) => Promise<void>;
}) {
  const { state, rows, more, load } = props;
  if (state === 'failed')
    return <Fault text={say('offline-problem')} again={() => void load(rows ? more : null)} />;
  if (state === 'loading' && rows === 0) return <p class="note">{say('loading')}</p>;
  return (
    <div class="foot" role="status">
      {rows === 0 && (
        <p class="note">{more ? say('sales-none-yet', { day: dayOf(more) }) : say('sales-none')}</p>
      )}
      {more ? (
        <button type="button" disabled={state === 'more'} onClick={() => void load(more)}>
          {state === 'more' ? say('loading') : say('sales-older', { day: dayOf(more) })}
        </button>
      ) : (
        rows > 0 && <p class="note">{say('sales-end')}</p>
      )}
      <p class="note keys">
        <kbd>J</kbd> <kbd>K</kbd> {say('keys-move')} <kbd>↵</kbd> {say('keys-open')} <kbd>/</kbd>{' '}
        {say('keys-find')}
      </p>
    </div>
  );
}

function dayOf(id: string): string {
  return `${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6, 8)}`;
}

function Views() {
  const own = useSignal(kept());
  const now = new URLSearchParams(Object.entries(filter()).filter(([, value]) => value)).toString();
  const keep = () => {
    const called = prompt(say('view-name'))?.trim();
    if (!called) return;
    own.value = [...own.value.filter((each) => each.name !== called), { name: called, search: now }].slice(
      -8,
    );
    localStorage.setItem(KEPT, JSON.stringify(own.value));
  };
  const drop = (called: string) => {
    own.value = own.value.filter((each) => each.name !== called);
    localStorage.setItem(KEPT, JSON.stringify(own.value));
  };
  return (
    <nav class="views" aria-label={say('views')}>
      <h1 class="unseen">{say('nav-sales')}</h1>
      {views().map(([key, wanted]) => {
        const address = to('sales', '', wanted as Record<string, string>);
        const here = now === new URLSearchParams(Object.entries(wanted) as [string, string][]).toString();
        return (
          <a key={key} href={address} aria-current={here ? 'page' : undefined}>
            {say(key)}
          </a>
        );
      })}
      {own.value.map((each) => (
        <span key={each.name} class="own-view">
          <a href={`${to('sales')}?${each.search}`} aria-current={now === each.search ? 'page' : undefined}>
            {each.name}
          </a>
          <button
            type="button"
            aria-label={say('view-drop', { name: each.name })}
            onClick={() => drop(each.name)}
          >
            <Icon name="cross" />
          </button>
        </span>
      ))}
      {now && (
        <button type="button" onClick={keep}>
          <Icon name="plus" /> {say('view-keep')}
        </button>
      )}
    </nav>
  );
}

function Filters({ search }: { search: preact.RefObject<HTMLInputElement | null> }) {
  const now = filter();
  const typed = useSignal(now.text);
  useEffect(() => {
    typed.value = now.text;
  }, [now.text]);
  const set = (key: keyof Filter, value: string) => go(to('sales', '', { ...filter(), [key]: value }), true);
  useEffect(() => {
    if (typed.value === filter().text) return;
    const timer = setTimeout(() => set('text', typed.value.trim()), 300);
    return () => clearTimeout(timer);
  }, [typed.value]);
  const booths = shop.value?.booths.map((booth) => booth.booth) ?? [];
  const select = (key: keyof Filter, options: readonly (readonly [string, string])[]) => (
    <select
      aria-label={say(`filter-${key}`)}
      value={now[key]}
      onChange={(e) => set(key, e.currentTarget.value)}
    >
      <option value="">{say(`filter-${key}-all`)}</option>
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
  return (
    <search class="filters">
      <label class="find">
        <Icon name="search" />
        <input
          ref={search}
          type="search"
          value={typed.value}
          maxLength={64}
          placeholder={say('find-sale')}
          aria-label={say('find-sale')}
          onInput={(event) => (typed.value = event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        />
      </label>
      <label>
        <span class="unseen">{say('filter-first')}</span>
        <input
          type="date"
          value={now.first}
          max={now.last}
          onChange={(e) => set('first', e.currentTarget.value)}
        />
      </label>
      <span aria-hidden="true">–</span>
      <label>
        <span class="unseen">{say('filter-last')}</span>
        <input
          type="date"
          value={now.last}
          min={now.first}
          onChange={(e) => set('last', e.currentTarget.value)}
        />
      </label>
      {select(
        'booth',
        booths.map((booth) => [booth, say('booth', { booth })]),
      )}
      {select('channel', [
        ['wechat', say('wechat')],
        ['alipay', say('alipay')],
      ])}
      {select(
        'outcome',
        OUTCOMES.map((each) => [each, say(`outcome-${each}`)]),
      )}
      {Object.values(now).some(Boolean) && (
        <a class="button quiet" href={to('sales')}>
          <Icon name="cross" /> {say('filter-clear')}
        </a>
      )}
    </search>
  );
}

/** The one word of a sale's state, its drawing and its tone. */
export function result(row: SaleRow): readonly [string, IconName, string] {
  if (row.refunded_fen > 0) return ['result-refunded', 'undo', 'info'];
  if (row.phase === 'held' || ['unknown', 'reversing', 'parked', 'needs_user', 'open'].includes(row.attempt))
    return ['result-unknown', 'unknown', 'warn'];
  if (row.phase === 'paid') return ['result-paid', 'check', 'ok'];
  if (row.phase === 'abandoned') return ['result-abandoned', 'cross', 'quiet'];
  return ['result-live', 'scan', ''];
}

function Row({ row, n, here }: { row: SaleRow; n: number; here: boolean }) {
  const [word, icon, tone] = result(row);
  const goods = row.goods
    .map((each) => (each.quantity > 1 ? `${called(each)} ×${each.quantity}` : called(each)))
    .join(language.value === 'en' ? ', ' : '、');
  return (
    <tr data-n={n} class={here ? 'at' : ''} onClick={() => go(to('sales', row.id))}>
      <td class="col-time">
        <time>{clock(row.paid_ms ?? row.opened_ms)}</time>
      </td>
      <td class="col-number">
        <a href={to('sales', row.id)}>{row.number}</a>
      </td>
      <td class="col-booth">{row.booth}</td>
      <td class="col-goods">{goods}</td>
      <td class="col-pieces figure">{row.count || ''}</td>
      <td class="col-channel">{row.channel ? say(row.channel) : '—'}</td>
      <td class="col-amount figure">{yuan(row.total_fen)}</td>
      <td class="col-result">
        <span class={`st ${tone}`}>
          <Icon name={icon} />
          {say(word, { amount: yuan(row.refunded_fen) })}
        </span>
      </td>
      <td class="col-receipt">{row.paper ? say(`paper-state-${row.paper}`) : '—'}</td>
      <td class="col-exit">{say(row.left ? 'exit-left' : 'exit-not')}</td>
    </tr>
  );
}
