// Prices from a date on, of one product: what is planned, planning another, and thinking better of it.
import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { yuan } from '../shared/money';
import { Act, words } from './act';
import type { Product } from './product_find';
import { Fault } from './said';
import { ask, may } from './session';
import { clock, date, say } from './words';

interface Coming {
  number: number;
  sku: string;
  at_ms: number;
  price_fen: number;
  member_price_fen: number | null;
  by: string;
  reason: string;
}

const coming = signal<Coming[]>([]);

export async function readComing(): Promise<void> {
  coming.value = (await ask<{ coming: Coming[] }>('/api/prices/coming')).coming;
}

/** The next price of a product, where one is planned. */
export const nextOf = (sku: string) => coming.value.find((each) => each.sku === sku);

const AMOUNT = /^\d{1,6}(\.\d{1,2})?$/;
const fen = (text: string) => Math.round(Number(text.trim()) * 100);

export function ComingPrices({ product }: { product: Product }) {
  const planning = useSignal(false);
  const leaving = useSignal<number | null>(null);
  const mine = coming.value.filter((each) => each.sku === product.sku);
  useEffect(() => {
    planning.value = false;
    leaving.value = null;
  }, [product.sku]);
  if (mine.length === 0 && !may('edit_goods')) return null;
  return (
    <section class="sheet coming">
      <h2>
        {say('coming')} <small>{say('coming-hint')}</small>
      </h2>
      {mine.length === 0 && !planning.value && <p class="note">{say('coming-none')}</p>}
      <ul>
        {mine.map((each) => (
          <li key={each.number}>
            <span>
              <b>{yuan(each.price_fen)}</b>
              {each.member_price_fen !== null &&
                ` · ${say('coming-member', { price: yuan(each.member_price_fen) })}`}{' '}
              {say('coming-from', { day: date(each.at_ms), time: clock(each.at_ms).slice(0, 5) })}
              <small>
                {each.by}: {each.reason}
              </small>
            </span>
            {may('edit_goods') && (
              <button
                type="button"
                aria-expanded={leaving.value === each.number}
                onClick={() => {
                  leaving.value = leaving.value === each.number ? null : each.number;
                }}
              >
                {say('coming-withdraw')}
              </button>
            )}
            {leaving.value === each.number && (
              <Act
                effect={say('coming-withdraw-effect', { price: yuan(each.price_fen) })}
                fields={[{ key: 'reason', label: 'reason-field', type: 'text', most: 200 }]}
                label={say('coming-withdraw')}
                done={() => {
                  leaving.value = null;
                }}
                send={async ({ reason }) => {
                  await ask(`/api/prices/coming/${each.number}/withdraw`, { reason });
                  await readComing();
                }}
              />
            )}
          </li>
        ))}
      </ul>
      {may('edit_goods') &&
        (planning.value ? (
          <Plan
            product={product}
            done={() => {
              planning.value = false;
            }}
          />
        ) : (
          <div class="acts">
            <button
              type="button"
              onClick={() => {
                planning.value = true;
              }}
            >
              {say('coming-plan')}
            </button>
          </div>
        ))}
    </section>
  );
}

function Plan({ product, done }: { product: Product; done: () => void }) {
  const at = useSignal('');
  const price = useSignal('');
  const member = useSignal('');
  const reason = useSignal('');
  const fault = useSignal('');
  const busy = useSignal(false);
  const members = member.value.trim();
  const fits =
    at.value !== '' &&
    AMOUNT.test(price.value.trim()) &&
    (members === '' || AMOUNT.test(members)) &&
    reason.value.trim() !== '';
  const send = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    fault.value = '';
    try {
      await ask(`/api/products/${encodeURIComponent(product.sku)}/coming`, {
        at: at.value,
        price_fen: fen(price.value),
        member_price_fen: members === '' ? null : fen(members),
        reason: reason.value.trim(),
      });
      await readComing();
      done();
    } catch (error) {
      fault.value = words(error);
    } finally {
      busy.value = false;
    }
  };
  const text = (label: string, value: typeof price, most: number, mode?: 'decimal') => (
    <label>
      {say(label)}
      <input
        value={value.value}
        maxLength={most}
        inputMode={mode}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </label>
  );
  return (
    <form class="fields" onSubmit={(event) => void send(event)}>
      <label>
        {say('coming-at')}
        <input
          type="datetime-local"
          value={at.value}
          onInput={(event) => (at.value = event.currentTarget.value)}
        />
      </label>
      <div class="pair">
        {text('goods-price', price, 9, 'decimal')}
        {text('goods-member', member, 9, 'decimal')}
      </div>
      {text('reason-field', reason, 200)}
      <Fault text={fault.value} />
      <div class="acts">
        <button type="button" onClick={done}>
          {say('cancel')}
        </button>
        <button type="submit" class="next" disabled={!fits || busy.value}>
          {say(busy.value ? 'doing' : 'coming-plan')}
        </button>
      </div>
    </form>
  );
}
