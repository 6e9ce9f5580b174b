// Finds products by name, number or barcode, for whoever needs one; and what products are called that only have a number.
import { signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { yuan } from '../shared/money';
import { Icon } from './icons';
import { to } from './route';
import { ask } from './session';
import { called, say } from './words';

export interface Product {
  sku: string;
  codes: string[];
  name_zh: string;
  name_en: string;
  price_fen: number | null;
  member_price_fen: number | null;
  picture: string;
  unit_zh: string;
  unit_en: string;
  weighed: boolean;
  min_age: number;
  most_per_sale: number;
  active: boolean;
  best_before: string | null;
}

const known = signal<Record<string, Product | null>>({});

/** What it is called; its number until the box answered, and where it has no such product. */
export function nameOf(sku: string): string {
  const product = known.value[sku];
  if (product === undefined) void learnName(sku);
  return product ? called(product) : sku;
}

async function learnName(sku: string): Promise<void> {
  known.value = { ...known.peek(), [sku]: null };
  try {
    const product = await ask<Product>(`/api/products/${encodeURIComponent(sku)}`);
    known.value = { ...known.peek(), [sku]: product };
  } catch {
    // its number says it
  }
}

/** Products one has picked, each with what is to be said of it, and a way to leave it out again. */
export function Picked<T extends { sku: string }>(props: {
  of: readonly T[];
  children: (each: T) => ComponentChildren;
  /** What the button that leaves one out is called. */
  drop: string;
  left: (rest: T[]) => void;
}) {
  return (
    <ul class="picked">
      {props.of.map((each) => (
        <li key={each.sku}>
          <span>
            {nameOf(each.sku)} <small>{each.sku}</small>
          </span>
          {props.children(each)}
          <button
            type="button"
            class="quiet"
            aria-label={say(props.drop, { name: nameOf(each.sku) })}
            onClick={() => props.left(props.of.filter((other) => other.sku !== each.sku))}
          >
            <Icon name="cross" />
          </button>
        </li>
      ))}
    </ul>
  );
}

export function BackToGoods() {
  return (
    <p class="way-back">
      <a class="button" href={to('goods')}>
        <Icon name="back" /> {say('goods-file-back')}
      </a>
    </p>
  );
}

interface FindProps {
  pick: (product: Product) => void;
  /** Looked for at first. */
  text?: string;
  /** Takes the keys as soon as it is there. */
  eager?: boolean;
  /** For the next one: what was typed goes when one is picked. */
  many?: boolean;
  none?: string;
}

export function Find({ pick, text = '', eager = false, many = false, none = 'find-none-here' }: FindProps) {
  const asked = useSignal(text);
  const found = useSignal<Product[] | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (eager) field.current?.focus();
  }, []);
  useEffect(() => {
    const wanted = asked.value.trim();
    if (!wanted) {
      found.value = null;
      return;
    }
    const timer = setTimeout(() => {
      ask<{ products: Product[] }>(`/api/products?limit=8&text=${encodeURIComponent(wanted)}`)
        .then(({ products }) => {
          if (asked.peek().trim() === wanted) found.value = products;
        })
        .catch(() => {
          found.value = [];
        });
    }, 200);
    return () => clearTimeout(timer);
  }, [asked.value]);
  const take = (product: Product) => {
    known.value = { ...known.peek(), [product.sku]: product };
    if (many) asked.value = '';
    pick(product);
  };
  return (
    <>
      <label>
        {say('find-product')}
        <input
          ref={field}
          type="search"
          value={asked.value}
          maxLength={64}
          onInput={(event) => (asked.value = event.currentTarget.value)}
          onKeyDown={(event) => {
            // a scanner ends with Enter: the one product it means is taken
            const [only, ...more] = found.value ?? [];
            if (event.key !== 'Enter') return;
            event.preventDefault();
            if (only && more.length === 0) take(only);
          }}
        />
      </label>
      {found.value?.length === 0 && <p class="note">{say(none)}</p>}
      {found.value && found.value.length > 0 && (
        <ul class="found">
          {found.value.map((each) => (
            <li key={each.sku}>
              <button type="button" onClick={() => take(each)}>
                <span>
                  {called(each)} <small>{each.sku}</small>
                </span>
                <span>{each.price_fen === null ? say('no-price') : yuan(each.price_fen)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
