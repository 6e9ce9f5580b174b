// Reports: what a stretch of days was like, beside as many days before. Every chart has its figures in a table under it.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AlarmScore, Report, Sums } from '../shared/contract';
import { name } from '../shared/fluent';
import { yuan } from '../shared/money';
import { words } from './act';
import { Skeleton } from './app';
import { DayBars, Heat, Share } from './report_charts';
import './reports.css';
import { go, query, to } from './route';
import { Fault } from './said';
import { ask, save } from './session';
import { day as dayFrom, language, say, where } from './words';

const RANGES = [7, 28, 91];
const ISO = /^\d{4}-\d{2}-\d{2}$/;

export default function Reports() {
  const asked = { first: query.value.get('first') ?? '', last: query.value.get('last') ?? '' };
  const last = ISO.test(asked.last) ? asked.last : dayFrom(0);
  const first = ISO.test(asked.first) ? asked.first : dayFrom(-6);
  return <Stretch key={`${first} ${last}`} first={first} last={last} />;
}

function Stretch({ first, last }: { first: string; last: string }) {
  const found = useSignal<Report | null>(null);
  const fault = useSignal('');
  const load = () => {
    fault.value = '';
    ask<Report>(`/api/reports?first=${first}&last=${last}`)
      .then((report) => {
        found.value = report;
      })
      .catch((error: unknown) => {
        fault.value = words(error);
      });
  };
  useEffect(load, []);
  const it = found.value;
  return (
    <>
      <section class="say">
        <h1>
          {it ? sentence(it) : say('reports-title')}{' '}
          {it && <span class="calm">{against(it.sums.fen, it.before.fen)}</span>}
        </h1>
      </section>
      <Choose first={first} last={last} />
      <Fault text={fault.value} again={load} />
      {it ? <Sheets it={it} /> : !fault.value && <Skeleton />}
    </>
  );
}

function sentence({ sums, days }: Report): string {
  if (sums.sales === 0) return say('report-nothing', { days: days.length });
  return say('report-sentence', { amount: yuan(sums.fen), count: sums.sales, days: days.length });
}

/** `12 % more than before`, where there is something to set it against. */
function against(now: number, before: number): string {
  if (before === 0) return now === 0 ? '' : say('report-no-before');
  const percent = Math.round(((now - before) / before) * 100);
  if (percent === 0) return say('report-same');
  return say(percent > 0 ? 'report-more' : 'report-less', { percent: Math.abs(percent) });
}

function Choose({ first, last }: { first: string; last: string }) {
  const today = dayFrom(0);
  const set = (next: { first?: string; last?: string }) =>
    go(to('reports', '', { first, last, ...next }), true);
  return (
    <nav class="turner choose" aria-label={say('report-choose')}>
      {RANGES.map((days) => {
        const from = dayFrom(1 - days);
        return (
          <a
            key={days}
            class="button"
            href={to('reports', '', { first: from, last: today })}
            aria-current={first === from && last === today ? 'page' : undefined}
          >
            {say('report-days', { days })}
          </a>
        );
      })}
      <label>
        {say('report-from')}
        <input
          type="date"
          value={first}
          max={last}
          onChange={(event) => event.currentTarget.value && set({ first: event.currentTarget.value })}
        />
      </label>
      <label>
        {say('report-to')}
        <input
          type="date"
          value={last}
          min={first}
          max={today}
          onChange={(event) => event.currentTarget.value && set({ last: event.currentTarget.value })}
        />
      </label>
      <span class="push" />
      <button
        type="button"
        onClick={() => void save(`/api/reports.csv?first=${first}&last=${last}`, `${first}-${last}.csv`)}
      >
        CSV
      </button>
    </nav>
  );
}

function Sheets({ it }: { it: Report }) {
  return (
    <>
      <Figures it={it} />
      <div class="columns reports">
        <div class="stack">
          <Days it={it} />
          <Baskets it={it} />
          <Wallets it={it} />
          <Losses it={it} />
        </div>
        <div class="stack">
          <Week it={it} />
          <Products it={it} />
          <People it={it} />
          <Alarms it={it} />
        </div>
      </div>
    </>
  );
}

const mean = (fen: number, count: number) => (count ? yuan(Math.round(fen / count)) : '—');

/** The stretch in six figures, each beside what it was before. */
function Figures({ it }: { it: Report }) {
  const told: { key: string; of: (sums: Sums) => string }[] = [
    { key: 'takings', of: (sums) => yuan(sums.fen - sums.refunded_fen) },
    { key: 'baskets', of: (sums) => sums.sales.toLocaleString('en-US') },
    { key: 'basket', of: (sums) => mean(sums.fen, sums.sales) },
    { key: 'given-up', of: ({ effort }) => share(effort.given_up, effort.trips) },
    { key: 'operator', of: ({ effort }) => seconds(effort.per_100_trips_s) },
    { key: 'loss', of: ({ loss }) => yuan(loss.known_fen) },
  ];
  return (
    <dl class="figures">
      {told.map(({ key, of }) => (
        <div key={key} class="sheet">
          <dt>{say(`figure-${key}`)}</dt>
          <dd>
            <b>{of(it.sums)}</b>
            <small>{say('figure-before', { value: of(it.before) })}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function share(part: number, whole: number): string {
  return whole ? `${Math.round((part / whole) * 100)} %` : '—';
}

function seconds(value: number | null): string {
  return value === null ? '—' : say('seconds', { seconds: Math.round(value) });
}

function minutes(ms: number): string {
  return ms < 120_000
    ? say('seconds', { seconds: Math.round(ms / 1000) })
    : say('minutes', { minutes: Math.round(ms / 60_000) });
}

interface TableProps {
  heads: readonly string[];
  rows: readonly (readonly ComponentChildren[])[];
}

/** Figures of a chart; the first column is a name, the others are figures. */
function Table({ heads, rows }: TableProps) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {heads.map((key, n) => (
              <th key={key} scope="col" class={n ? 'figure' : ''}>
                {say(key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, n) =>
                n ? (
                  <td key={heads[n]} class="figure">
                    {cell}
                  </td>
                ) : (
                  <th key={heads[n]} scope="row">
                    {cell}
                  </th>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A table behind its chart. */
function Behind(props: TableProps) {
  return (
    <details>
      <summary>{say('report-table')}</summary>
      <Table {...props} />
    </details>
  );
}

function Days({ it }: { it: Report }) {
  return (
    <section class="sheet">
      <h2>{say('report-by-day')}</h2>
      <DayBars days={it.days} />
      <Behind
        heads={['report-day', 'day-sales', 'report-pieces', 'day-paid', 'day-refunded']}
        rows={it.days.map((each) => [
          <a href={to('money', each.day)}>{each.day}</a>,
          each.sales,
          each.pieces,
          yuan(each.fen),
          yuan(each.refunded_fen),
        ])}
      />
    </section>
  );
}

/** 2026-11-23 was a Monday. */
function weekday(n: number): string {
  return new Date(Date.UTC(2026, 10, 23 + n)).toLocaleDateString(language.value, {
    weekday: 'short',
    timeZone: 'UTC',
  });
}

function Week({ it }: { it: Report }) {
  const days = it.week.map((_, n) => weekday(n));
  return (
    <section class="sheet">
      <h2>{say('report-by-hour')}</h2>
      <Heat week={it.week} days={days} />
      <Behind
        heads={['report-hour', 'report-sum', 'report-best']}
        rows={Array.from({ length: 24 }, (_, hour) => {
          const sums = it.week.map((hours) => hours[hour] ?? 0);
          const most = Math.max(...sums);
          return [
            `${String(hour).padStart(2, '0')}:00`,
            yuan(sums.reduce((sum, fen) => sum + fen, 0)),
            most ? `${days[sums.indexOf(most)]} ${yuan(most)}` : '—',
          ];
        })}
      />
    </section>
  );
}

function Products({ it }: { it: Report }) {
  const most = it.products[0]?.fen ?? 0;
  return (
    <section class="sheet">
      <h2>
        {say('report-products')} <small>{say('report-products-hint')}</small>
      </h2>
      {it.products.length === 0 && <p class="note">{say('report-none')}</p>}
      <ol class="ranks">
        {it.products.slice(0, 15).map((each) => (
          <li key={each.sku}>
            <Share part={each.fen} whole={most} />
            <a href={to('goods', each.sku)}>{name({ zh: each.name_zh, en: each.name_en }, language.value)}</a>
            <small>× {each.quantity}</small>
            <b class="figure">{yuan(each.fen)}</b>
          </li>
        ))}
      </ol>
      {it.products.length > 15 && (
        <Behind
          heads={['report-product', 'report-pieces', 'report-sum']}
          rows={[
            ...it.products.map((each) => [
              name({ zh: each.name_zh, en: each.name_en }, language.value),
              each.quantity,
              yuan(each.fen),
            ]),
            ...(it.products_more
              ? [[say('report-others', { count: it.products_more }), '', yuan(it.products_more_fen)]]
              : []),
          ]}
        />
      )}
    </section>
  );
}

function Baskets({ it }: { it: Report }) {
  const all = it.sums.sales;
  const most = Math.max(1, ...it.baskets.map((each) => each.sales));
  const last = it.baskets.at(-1)?.pieces;
  return (
    <section class="sheet">
      <h2>
        {say('report-baskets')}{' '}
        <small>{all > 0 && say('report-mean-pieces', { count: (it.sums.pieces / all).toFixed(1) })}</small>
      </h2>
      {it.baskets.length === 0 && <p class="note">{say('report-none')}</p>}
      <ol class="ranks">
        {it.baskets.map((each) => (
          <li key={each.pieces}>
            <Share part={each.sales} whole={most} />
            <span>
              {say(each.pieces === 10 && each.pieces === last ? 'report-pieces-more' : 'report-pieces-of', {
                count: each.pieces,
              })}
            </span>
            <small>{share(each.sales, all)}</small>
            <b class="figure">{mean(each.fen, each.sales)}</b>
          </li>
        ))}
      </ol>
      {it.baskets.length > 0 && <p class="note">{say('report-baskets-hint')}</p>}
    </section>
  );
}

function Wallets({ it }: { it: Report }) {
  return (
    <section class="sheet">
      <h2>{say('report-wallets')}</h2>
      {it.wallets.length === 0 && <p class="note">{say('report-none')}</p>}
      <ol class="ranks">
        {it.wallets.map((each) => (
          <li key={each.channel} class={each.channel}>
            <Share part={each.fen} whole={it.wallets.reduce((sum, other) => sum + other.fen, 0)} />
            <span>{say(each.channel)}</span>
            <small>
              {share(
                each.fen,
                it.wallets.reduce((sum, other) => sum + other.fen, 0),
              )}
            </small>
            <b class="figure">{yuan(each.fen)}</b>
          </li>
        ))}
      </ol>
      {it.wallets.length > 0 && (
        <Table
          heads={[
            'day-channel',
            'report-paid',
            'report-declined',
            'report-reversed',
            'report-open',
            'report-took',
          ]}
          rows={it.wallets.map((each) => [
            say(each.channel),
            each.paid,
            each.declined,
            each.reversed,
            each.open,
            each.paid ? say('seconds-tenth', { seconds: (each.paid_ms / 1000).toFixed(1) }) : '—',
          ])}
        />
      )}
    </section>
  );
}

function People({ it }: { it: Report }) {
  const { effort } = it.sums;
  return (
    <section class="sheet">
      <h2>
        {say('report-people')}{' '}
        <small>{say('report-people-sum', { time: minutes(effort.operator_ms) })}</small>
      </h2>
      <p>
        {say('report-trips', {
          trips: effort.trips,
          given: effort.given_up,
          calls: effort.calls,
          assists: effort.assists,
        })}
      </p>
      {it.incidents.length > 0 && (
        <Table
          heads={['report-kind', 'report-count', 'report-healed', 'report-taken', 'report-busy']}
          rows={it.incidents.map((each) => [
            say(`kind-${each.kind}`),
            each.count,
            each.healed,
            each.taken_ms === null ? '—' : minutes(each.taken_ms),
            minutes(each.busy_ms),
          ])}
        />
      )}
      <p class="note">{say('report-people-method')}</p>
    </section>
  );
}

function Losses({ it }: { it: Report }) {
  const { loss, fen } = it.sums;
  const rows: readonly (readonly [string, number, number])[] = [
    ['loss-known', loss.known, loss.known_fen],
    ['loss-open', loss.open, loss.open_fen],
    ['loss-saved', loss.saved, loss.saved_fen],
  ];
  return (
    <section class="sheet">
      <h2>
        {say('report-loss')}{' '}
        <small>
          {fen > 0 && say('report-loss-share', { percent: ((loss.known_fen / fen) * 100).toFixed(2) })}
        </small>
      </h2>
      <Table
        heads={['report-what', 'report-count', 'report-sum']}
        rows={rows.map(([key, count, amount]) => [say(key), count, yuan(amount)])}
      />
      <p class="note">{say('report-loss-method')}</p>
    </section>
  );
}

function Alarms({ it }: { it: Report }) {
  const row = (score: AlarmScore, called: ComponentChildren) => [
    called,
    score.rang,
    score.right,
    score.false,
    share(score.false, score.right + score.false),
  ];
  return (
    <section class="sheet">
      <h2>
        {say('report-alarms')} <small>{say('report-alarms-hint')}</small>
      </h2>
      {it.gates.length === 0 ? (
        <p class="note">{say('report-alarms-none')}</p>
      ) : (
        <Table
          heads={['report-what', 'report-rang', 'report-right', 'report-false', 'report-false-share']}
          rows={[
            ...it.gates.map((each) => row(each, say('report-gate', { gate: where(each.what) }))),
            ...it.alarmed.map((each) =>
              row(
                each,
                <a href={to('goods', each.what)}>
                  {name({ zh: each.name_zh, en: each.name_en }, language.value) || each.what}
                </a>,
              ),
            ),
          ]}
        />
      )}
    </section>
  );
}
