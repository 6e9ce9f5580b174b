// Goods: found by name, barcode or number, and changed one at a time; where somebody was quicker, both are shown.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Goods as Picture } from '../shared/markup';
import { yuan } from '../shared/money';
import { words } from './act';
import { ComingPrices, nextOf, readComing } from './coming';
import { GoodsFile } from './goods_file';
import { PicturePicker } from './goods_picture';
import { Icon } from './icons';
import { useKeys } from './keys';
import { LabelsPage } from './labels';
import type { Product } from './product_find';
import { go, place, query, to } from './route';
import { RulesPage } from './rules';
import { Done, Fault, Reason } from './said';
import { ask, change, may, Problem } from './session';
import { Tester } from './tester';
import { called, day, say, shortDate } from './words';

const PAGE = 50;

export default function Page() {
  if (place.value.id === 'import') return <GoodsFile />;
  if (place.value.id === 'labels') return <LabelsPage />;
  return place.value.id === 'rules' ? <RulesPage /> : <Goods />;
}

function Goods() {
  const rows = useSignal<Product[]>([]);
  const more = useSignal(false);
  const fault = useSignal('');
  const loading = useSignal(true);
  const asked = useRef(0);
  const field = useRef<HTMLInputElement>(null);
  const text = query.value.get('text') ?? '';
  const typed = useSignal(text);
  const load = async (after: string) => {
    const mine = ++asked.current;
    loading.value = true;
    const params = new URLSearchParams({ limit: String(PAGE), text, after });
    try {
      const { products } = await ask<{ products: Product[] }>(`/api/products?${params}`);
      if (mine !== asked.current) return;
      rows.value = after ? [...rows.value, ...products] : products;
      more.value = products.length === PAGE;
      fault.value = '';
    } catch (error) {
      if (mine === asked.current) fault.value = words(error);
    }
    loading.value = false;
  };
  useEffect(() => void load(''), [text]);
  useEffect(() => void readComing().catch(() => {}), []);
  useEffect(() => {
    if (typed.value.trim() === text) return;
    const timer = setTimeout(() => go(to('goods', place.value.id, { text: typed.value.trim() }), true), 300);
    return () => clearTimeout(timer);
  }, [typed.value]);
  useKeys({
    '/': (event) => {
      event.preventDefault();
      field.current?.focus();
    },
  });
  const current = rows.value.find((each) => each.sku === place.value.id) ?? rows.value[0];
  const keep = (now: Product) => {
    rows.value = rows.value.map((each) => (each.sku === now.sku ? now : each));
  };
  const unpriced = rows.value.filter((each) => each.price_fen === null).length;
  return (
    <>
      <h1>
        {say('nav-goods')}{' '}
        <span class="calm">
          {unpriced > 0 ? say('goods-unpriced', { count: unpriced }) : say('goods-hint')}
        </span>
      </h1>
      <div class={`columns two ${place.value.id ? 'chosen' : ''}`}>
        <section class="sheet goods-list">
          <search class="filters">
            <label class="find">
              <Icon name="search" />
              <input
                ref={field}
                type="search"
                value={typed.value}
                maxLength={64}
                placeholder={say('find-product')}
                aria-label={say('find-product')}
                onInput={(event) => (typed.value = event.currentTarget.value)}
              />
            </label>
            <a class="button" href={to('goods', 'labels')}>
              {say('labels-open')}
            </a>
            <a class="button" href={to('goods', 'rules')}>
              {say('goods-rules')}
            </a>
            {may('edit_goods') && (
              <a class="button" href={to('goods', 'import')}>
                {say('goods-file-title')}
              </a>
            )}
          </search>
          <Fault text={fault.value} />
          <ul class="found">
            {rows.value.map((each) => (
              <li key={each.sku}>
                <a
                  href={to('goods', each.sku, { text })}
                  aria-current={each.sku === current?.sku ? 'true' : undefined}
                  class={each.active ? '' : 'off-sale'}
                >
                  <span class="thumb">
                    <Picture name={each.picture} />
                  </span>
                  <span class="called">
                    <b>{called(each)}</b>
                    <small>
                      {each.sku}
                      {!each.active && ` · ${say('goods-inactive')}`}
                      <Ends product={each} />
                      {each.min_age > 0 && ` · ${say('goods-age', { age: each.min_age })}`}
                    </small>
                  </span>
                  <span class="figure">
                    {each.price_fen === null ? <em>{say('no-price')}</em> : yuan(each.price_fen)}
                    {each.weighed && <small>/kg</small>}
                    <Next sku={each.sku} />
                  </span>
                </a>
              </li>
            ))}
          </ul>
          {!loading.value && rows.value.length === 0 && !fault.value && (
            <p class="note">{say('find-none-here')}</p>
          )}
          {more.value && (
            <button
              type="button"
              disabled={loading.value}
              onClick={() => void load(rows.value.at(-1)?.sku ?? '')}
            >
              {say(loading.value ? 'loading' : 'more')}
            </button>
          )}
        </section>
        <div class="stack">
          {current && <One key={current.sku} listed={current} keep={keep} />}
          {current && <ComingPrices product={current} />}
          <Tester />
        </div>
      </div>
    </>
  );
}

/** Days before the last one on which it is said. */
const SOON_DAYS = 7;

/** Until when it is sold, where that is near or over. */
function Ends({ product }: { product: Product }) {
  const ends = product.best_before;
  if (!ends || ends > day(SOON_DAYS)) return null;
  return (
    <b class={ends < day(0) ? 'over' : 'soon'}>
      {' '}
      · {ends < day(0) ? say('goods-ended') : say('goods-ends', { day: ends })}
    </b>
  );
}

/** What it will cost, where that is known. */
function Next({ sku }: { sku: string }) {
  const next = nextOf(sku);
  return next ? (
    <small class="next-price">
      {say('coming-next', { price: yuan(next.price_fen), day: shortDate(next.at_ms) })}
    </small>
  ) : null;
}

/** What is typed of a product; amounts as text in yuan. */
type Draft = Record<
  'name_zh' | 'name_en' | 'price' | 'member' | 'unit_zh' | 'unit_en' | 'min_age' | 'most' | 'best_before',
  string
> & {
  active: boolean;
  picture: string;
};

function draftOf(product: Product): Draft {
  const plain = (fen: number | null) => (fen === null ? '' : (fen / 100).toFixed(2));
  return {
    name_zh: product.name_zh,
    name_en: product.name_en,
    price: plain(product.price_fen),
    member: plain(product.member_price_fen),
    unit_zh: product.unit_zh,
    unit_en: product.unit_en,
    min_age: String(product.min_age),
    most: String(product.most_per_sale),
    best_before: product.best_before ?? '',
    active: product.active,
    picture: product.picture,
  };
}

const amount = (text: string) => (text.trim() === '' ? null : Math.round(Number(text) * 100));
const AMOUNT = /^(\d{1,6}(\.\d{1,2})?)?$/;

function One({ listed, keep }: { listed: Product; keep: (now: Product) => void }) {
  const seen = useSignal<{ product: Product; version: string } | null>(null);
  const draft = useSignal<Draft>(draftOf(listed));
  const reason = useSignal('');
  const fault = useSignal('');
  const told = useSignal('');
  const theirs = useSignal<Product | null>(null);
  const busy = useSignal(false);
  const path = `/api/products/${encodeURIComponent(listed.sku)}`;
  useEffect(() => {
    change<Product>('GET', path)
      .then(({ found, version }) => {
        seen.value = { product: found, version };
        draft.value = draftOf(found);
      })
      .catch((error: unknown) => {
        fault.value = words(error);
      });
  }, [listed.sku]);
  const now = seen.value;
  if (!now) return <Fault text={fault.value} />;
  const was = draftOf(now.product);
  const differs = (Object.keys(was) as (keyof Draft)[]).filter((key) => was[key] !== draft.value[key]);
  const fits =
    AMOUNT.test(draft.value.price.trim()) &&
    AMOUNT.test(draft.value.member.trim()) &&
    draft.value.name_zh.trim() !== '';
  const save = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    fault.value = told.value = '';
    theirs.value = null;
    const { price, member, min_age, most, best_before, ...rest } = draft.value;
    const body = {
      ...rest,
      price_fen: amount(price),
      member_price_fen: amount(member),
      min_age: Number(min_age),
      most_per_sale: Number(most),
      best_before: best_before || null,
      reason: reason.value.trim(),
    };
    try {
      const { found, version } = await change<Product>('PUT', path, body, now.version);
      seen.value = { product: found, version };
      draft.value = draftOf(found);
      reason.value = '';
      told.value = say('goods-saved');
      keep(found);
    } catch (error) {
      fault.value = words(error);
      if (error instanceof Problem && error.status === 412) {
        const { found, version } = await change<Product>('GET', path);
        theirs.value = found;
        seen.value = { product: found, version };
        keep(found);
      }
    } finally {
      busy.value = false;
    }
  };
  const text = (
    key: Exclude<keyof Draft, 'active' | 'picture'>,
    most: number,
    mode?: 'decimal' | 'numeric',
  ) => (
    <label class={differs.includes(key) ? 'changed' : ''}>
      {say(`goods-${key}`)}
      <input
        value={draft.value[key]}
        maxLength={most}
        inputMode={mode}
        disabled={!may('edit_goods')}
        onInput={(event) => (draft.value = { ...draft.value, [key]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <section class="sheet product">
      <h2>
        {called(now.product)}{' '}
        <small>
          {now.product.sku} ·{' '}
          <a href={to('goods', 'labels', { sku: now.product.sku })}>{say('labels-open')}</a>
        </small>
      </h2>
      <form class="fields" onSubmit={(event) => void save(event)}>
        <PicturePicker
          name={draft.value.picture}
          changed={differs.includes('picture')}
          set={(picture) => (draft.value = { ...draft.value, picture })}
        />
        {text('name_zh', 120)}
        {text('name_en', 120)}
        <div class="pair">
          {text('price', 9, 'decimal')}
          {text('member', 9, 'decimal')}
        </div>
        <div class="pair">
          {text('unit_zh', 16)}
          {text('unit_en', 16)}
        </div>
        <div class="pair">
          {text('min_age', 3, 'numeric')}
          {text('most', 3, 'numeric')}
        </div>
        <label class={differs.includes('best_before') ? 'changed' : ''}>
          {say('goods-best_before')}
          <input
            type="date"
            value={draft.value.best_before}
            disabled={!may('edit_goods')}
            onInput={(event) => (draft.value = { ...draft.value, best_before: event.currentTarget.value })}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={draft.value.active}
            disabled={!may('edit_goods')}
            onChange={(event) => (draft.value = { ...draft.value, active: event.currentTarget.checked })}
          />
          {say('goods-active')}
        </label>
        <p class="note">
          {say('goods-codes')} <code>{now.product.codes.join(' ')}</code>
        </p>
        {theirs.value && (
          <div class="fault" role="alert">
            <b>{say('goods-quicker')}</b>
            <ul>
              {differs.map((key) => (
                <li key={key}>
                  {say(`goods-${key}`)}: {say('goods-now', { value: String(was[key]) || '—' })}{' '}
                  {say('goods-yours', { value: String(draft.value[key]) || '—' })}
                </li>
              ))}
            </ul>
          </div>
        )}
        <Fault text={theirs.value ? '' : fault.value} />
        <Done text={told.value} />
        {may('edit_goods') && differs.length > 0 && (
          <>
            <Reason of={reason} />
            <p class="note">{say('goods-effect')}</p>
            <div class="acts">
              <button type="button" onClick={() => (draft.value = was)}>
                {say('cancel')}
              </button>
              <button type="submit" class="next" disabled={busy.value || !fits || !reason.value.trim()}>
                {busy.value ? say('doing') : say('goods-save', { count: differs.length })}
              </button>
            </div>
          </>
        )}
      </form>
    </section>
  );
}
