// Shelf labels: which goods, on what paper; the first page as it will be, and the PDF.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import enLabels from '../../src/paybooth/locales/en/labels.ftl?raw';
import zhLabels from '../../src/paybooth/locales/zh-CN/labels.ftl?raw';
import { words } from './act';
import { useAnswer } from './answer';
import { Icon } from './icons';
import { BackToGoods, Find, nameOf, Picked, type Product } from './product_find';
import { query } from './route';
import { Fault } from './said';
import { ask, fetched, keepFile } from './session';
import { language, learn, say } from './words';
import './labels.css';

learn(zhLabels, enLabels);

const LAYOUTS = ['a4-24', 'a4-8', 'roll-58', 'roll-40'] as const;
const MOST = 500;
const PAGE = 100;

interface Copies {
  sku: string;
  copies: number;
}

export function LabelsPage() {
  const one = query.peek().get('sku');
  const wanted = useSignal<Copies[]>(one ? [{ sku: one, copies: 1 }] : []);
  const layout = useSignal<(typeof LAYOUTS)[number]>('a4-24');
  const symbol = useSignal<'bars' | 'qr'>('bars');
  const tongue = useSignal(language.peek());
  const fault = useSignal('');
  const busy = useSignal(false);
  const picture = useSignal('');
  const total = wanted.value.reduce((sum, each) => sum + each.copies, 0);
  const wish = {
    labels: wanted.value,
    layout: layout.value,
    symbol: symbol.value,
    language: tongue.value,
  };
  const first = useAnswer(total > 0 ? wish : null, (asked) => fetched('/api/labels/preview', asked));
  const page = first.found.value;
  useEffect(() => {
    picture.value = page ? URL.createObjectURL(page) : '';
    return () => URL.revokeObjectURL(picture.peek());
  }, [page]);
  const put = (sku: string, copies: number) => {
    const had = wanted.value.some((each) => each.sku === sku);
    wanted.value = had
      ? wanted.value.map((each) => (each.sku === sku ? { sku, copies } : each))
      : [...wanted.value, { sku, copies }];
  };
  const download = async () => {
    busy.value = true;
    fault.value = '';
    try {
      keepFile(await fetched('/api/labels/pdf', wish), 'labels.pdf');
    } catch (error) {
      fault.value = words(error);
    } finally {
      busy.value = false;
    }
  };
  const everything = async () => {
    busy.value = true;
    fault.value = '';
    try {
      wanted.value = (await allPriced()).map(({ sku }) => ({ sku, copies: 1 }));
    } catch (error) {
      fault.value = words(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      <h1>
        {say('labels-page')} <span class="calm">{say('labels-hint')}</span>
      </h1>
      <BackToGoods />
      <div class="columns labels">
        <section class="sheet">
          <h2>
            {say('labels-count', { count: total })}{' '}
            <button type="button" class="quiet" disabled={busy.value} onClick={() => void everything()}>
              {say('labels-all')}
            </button>
          </h2>
          <div class="fields">
            <Find
              many
              pick={({ sku }) => put(sku, (wanted.value.find((each) => each.sku === sku)?.copies ?? 0) + 1)}
            />
            {wanted.value.length > 0 && (
              <Picked of={wanted.value} drop="labels-less" left={(rest) => (wanted.value = rest)}>
                {(each) => (
                  <input
                    inputMode="numeric"
                    maxLength={3}
                    aria-label={say('labels-copies', { name: nameOf(each.sku) })}
                    value={each.copies}
                    onInput={(event) => {
                      const copies = Math.min(100, Number(event.currentTarget.value.replace(/\D/g, '')));
                      if (copies > 0) put(each.sku, copies);
                    }}
                  />
                )}
              </Picked>
            )}
            <label>
              {say('labels-layout')}
              <select
                value={layout.value}
                onChange={(event) => {
                  layout.value = event.currentTarget.value as (typeof LAYOUTS)[number];
                }}
              >
                {LAYOUTS.map((each) => (
                  <option key={each} value={each}>
                    {say(`labels-${each}`)}
                  </option>
                ))}
              </select>
            </label>
            <div class="pair">
              <label>
                {say('labels-symbol')}
                <select
                  value={symbol.value}
                  onChange={(event) => {
                    symbol.value = event.currentTarget.value === 'qr' ? 'qr' : 'bars';
                  }}
                >
                  <option value="bars">{say('labels-bars')}</option>
                  <option value="qr">{say('labels-qr')}</option>
                </select>
              </label>
              <label>
                {say('labels-language')}
                <select
                  value={tongue.value}
                  onChange={(event) => {
                    tongue.value = event.currentTarget.value === 'en' ? 'en' : 'zh-CN';
                  }}
                >
                  <option value="zh-CN">中文</option>
                  <option value="en">English</option>
                </select>
              </label>
            </div>
          </div>
          <Fault text={first.fault.value || fault.value} />
          <div class="acts">
            <button
              type="button"
              class="next"
              disabled={busy.value || total === 0 || first.fault.value !== ''}
              onClick={() => void download()}
            >
              <Icon name="printer" /> {say(busy.value ? 'doing' : 'labels-pdf')}
            </button>
          </div>
          <p class="note">{say('labels-scale')}</p>
        </section>
        <section class="labels-page" aria-label={say('labels-first')}>
          {picture.value ? (
            <img src={picture.value} alt={say('labels-first')} />
          ) : (
            <p>{say('labels-empty')}</p>
          )}
        </section>
      </div>
    </>
  );
}

/** Everything that is sold at a price; as many as may be printed at once. */
async function allPriced(): Promise<Product[]> {
  const found: Product[] = [];
  let after = '';
  while (found.length < MOST) {
    const params = new URLSearchParams({ limit: String(PAGE), after });
    const { products } = await ask<{ products: Product[] }>(`/api/products?${params}`);
    found.push(...products.filter((each) => each.price_fen !== null && each.active));
    if (products.length < PAGE) break;
    after = products.at(-1)?.sku ?? '';
  }
  return found.slice(0, MOST);
}
