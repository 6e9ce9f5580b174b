// Price rules as people say them: one sentence each, what a label would say, and what cannot be.
import { yuan } from '../shared/money';
import { nameOf } from './product_find';
import { language, say } from './words';

export type Kind = 'bundle' | 'nth_free' | 'nth_percent' | 'percent';

export interface Span {
  from_date: string | null;
  to_date: string | null;
  /** 0 is Monday; none: every day. */
  weekdays: number[];
  from_minute: number;
  to_minute: number;
}

export interface Rule {
  id: string;
  kind: Kind;
  label_zh: string;
  label_en: string;
  skus: string[];
  n: number;
  price: number | null;
  percent: number;
  members_only: boolean;
  window: Span;
}

export const KINDS: readonly Kind[] = ['percent', 'nth_percent', 'nth_free', 'bundle'];
export const DAY_MINUTES = 24 * 60;
const ALWAYS: Span = { from_date: null, to_date: null, weekdays: [], from_minute: 0, to_minute: DAY_MINUTES };

/** A rule that nobody filled in yet. */
export function blank(taken: readonly Rule[]): Rule {
  let number = taken.length + 1;
  while (taken.some((rule) => rule.id === `rule-${number}`)) number += 1;
  return {
    id: `rule-${number}`,
    kind: 'percent',
    label_zh: '',
    label_en: '',
    skus: [],
    n: 2,
    price: null,
    percent: 80,
    members_only: false,
    window: ALWAYS,
  };
}

/** `80` → `8`, `85` → `8.5`: what Chinese signs say of what is still paid. */
const tenths = (percent: number) => String(percent / 10);

/** What the shelf's sign would say; stands in where nobody wrote a label. */
export function proposal(rule: Rule): { zh: string; en: string } {
  const { kind, n, percent, price } = rule;
  const amount = ((price ?? 0) / 100).toFixed(2);
  switch (kind) {
    case 'percent':
      return { zh: `${tenths(percent)} 折`, en: `${100 - percent}% off` };
    case 'nth_percent':
      return n === 2 && percent === 50
        ? { zh: '第二件半价', en: '2nd half price' }
        : { zh: `第 ${n} 件 ${tenths(percent)} 折`, en: `${100 - percent}% off every ${nth(n)}` };
    case 'nth_free':
      return { zh: `买 ${n - 1} 送 1`, en: `${n} for ${n - 1}` };
    default:
      return { zh: `${n} 件 ${amount} 元`, en: `${n} for ${amount}` };
  }
}

function nth(n: number): string {
  const ending = n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}

/** As it goes to the box: with the proposed words where none were written. */
export function whole(rule: Rule): Rule {
  const { zh, en } = proposal(rule);
  return { ...rule, label_zh: rule.label_zh.trim() || zh, label_en: rule.label_en.trim() || en };
}

/** Key of what is wrong with it; empty where nothing is. The box looks again. */
export function unfit(rule: Rule): string {
  const { kind, n, price, percent, window } = rule;
  if (kind !== 'percent' && !(Number.isInteger(n) && n >= 2 && n <= 99)) return 'rule-unfit-n';
  if (kind === 'bundle' && !(price !== null && price > 0 && price <= 10_000_000)) return 'rule-unfit-price';
  if (
    (kind === 'percent' || kind === 'nth_percent') &&
    !(Number.isInteger(percent) && percent > 0 && percent < 100)
  )
    return 'rule-unfit-percent';
  if (window.from_date && window.to_date && window.to_date < window.from_date) return 'rule-unfit-days';
  return window.from_minute === window.to_minute ? 'rule-unfit-hours' : '';
}

/** What it does, in a few words. */
export function effect({ kind, n, percent, price }: Rule): string {
  return say(`rule-does-${kind}`, {
    n,
    nth: nth(n),
    percent,
    off: 100 - percent,
    tenths: tenths(percent),
    price: price === null ? '¥?' : yuan(price),
    free: n - 1,
  });
}

const NAMED = 3;

/** Which goods. */
export function goods({ skus }: Rule): string {
  if (skus.length === 0) return say('rule-all-goods');
  const named = [...skus].sort().slice(0, NAMED).map(nameOf);
  const list = named.join(language.value === 'en' ? ', ' : '、');
  return skus.length > NAMED ? say('rule-goods-more', { list, count: skus.length - NAMED }) : list;
}

/** `18:05` of minutes; 1440 is the end of the day. */
export function hour(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

export function weekday(day: number, style: 'short' | 'narrow' = 'short'): string {
  // 2026-11-23 is a Monday
  return new Intl.DateTimeFormat(language.value, { weekday: style, timeZone: 'UTC' }).format(
    Date.UTC(2026, 10, 23 + day),
  );
}

/** When it holds; empty where always. */
export function times({ from_date, to_date, weekdays, from_minute, to_minute }: Span): string {
  const parts = [];
  if (from_date && to_date) parts.push(`${from_date} – ${to_date}`);
  else if (from_date) parts.push(say('rule-from-day', { day: from_date }));
  else if (to_date) parts.push(say('rule-to-day', { day: to_date }));
  if (weekdays.length > 0) {
    const days = [...weekdays].sort().map((day) => weekday(day));
    parts.push(days.join(language.value === 'en' ? ', ' : '、'));
  }
  if (from_minute !== 0 || to_minute !== DAY_MINUTES) parts.push(`${hour(from_minute)} – ${hour(to_minute)}`);
  return parts.join(' · ');
}

export const same = (one: readonly Rule[], other: readonly Rule[]) =>
  JSON.stringify(one.map(plain)) === JSON.stringify(other.map(plain));

/** The same words whatever order the box named its products and days in. */
function plain(rule: Rule): Rule {
  const { id, kind, label_zh, label_en, n, price, percent, members_only } = rule;
  const { from_date, to_date, weekdays, from_minute, to_minute } = rule.window;
  return {
    id,
    kind,
    label_zh,
    label_en,
    skus: [...rule.skus].sort(),
    n,
    price,
    percent,
    members_only,
    window: { from_date, to_date, weekdays: [...weekdays].sort(), from_minute, to_minute },
  };
}

/** What one list has otherwise than the other: numbers of rules. */
export function differences(before: readonly Rule[], after: readonly Rule[]) {
  const was = new Map(before.map((rule) => [rule.id, rule]));
  const is = new Map(after.map((rule) => [rule.id, rule]));
  return {
    added: after.filter((rule) => !was.has(rule.id)),
    removed: before.filter((rule) => !is.has(rule.id)),
    changed: after.filter((rule) => {
      const old = was.get(rule.id);
      return old !== undefined && !same([old], [rule]);
    }),
  };
}
