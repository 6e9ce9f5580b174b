import { FluentResource } from '@fluent/bundle';
import { expect, test } from 'vitest';
import en from '../../src/paybooth/locales/en/kiosk.ftl?raw';
import zh from '../../src/paybooth/locales/zh-CN/kiosk.ftl?raw';
import contract from './contract.ts?raw';
import { name, sayer } from './i18n';

const sources = Object.values(
  import.meta.glob<string>('../kiosk/*.tsx', { query: '?raw', import: 'default', eager: true }),
).join('\n');

/** Each text's key with the names it wants filled in. */
function wants(ftl: string): Record<string, string[]> {
  const found = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(found);
    if (typeof value !== 'object' || value === null) return [];
    if ('type' in value && value.type === 'var' && 'name' in value) return [String(value.name)];
    return Object.values(value).flatMap(found);
  };
  return Object.fromEntries(
    new FluentResource(ftl).body.map((message) => [message.id, [...new Set(found(message.value))].sort()]),
  );
}

const zhWants = wants(zh);
const enWants = wants(en);

/** The words a field of the contract may take. */
function words(type: string, field: string): string[] {
  const body = contract.split(`export interface ${type} {`)[1]?.split('}')[0] ?? '';
  const union = new RegExp(`readonly ${field}: (.*);`).exec(body)?.[1] ?? '';
  return [...union.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? '');
}

test('both languages hold the same texts', () => {
  expect(Object.keys(enWants).sort()).toEqual(Object.keys(zhWants).sort());
});

test('both languages fill in the same things', () => {
  // a plural word may repeat the number or not, but none may want what the other does not get
  expect(enWants).toEqual(zhWants);
});

test('no text stands twice in a file', () => {
  for (const ftl of [zh, en]) {
    const keys = [...ftl.matchAll(/^([a-z][\w-]*) =/gm)].map((match) => match[1]);
    expect(keys.filter((key, n) => keys.indexOf(key) !== n)).toEqual([]);
  }
});

test('every text the kiosk names is there', () => {
  const named = [...sources.matchAll(/say\('([\w-]+)'/g)].map((match) => match[1] ?? '');
  expect(named.length).toBeGreaterThan(80);
  expect(named.filter((key) => !(key in zhWants))).toEqual([]);
});

test.each([
  ['NoticeView', 'kind', (word: string) => [`notice-${word}`, `notice-${word}-hint`]],
  ['PaymentView', 'declined', (word: string) => [`declined-${word}`, `declined-${word}-hint`]],
  ['BoothView', 'closed_reason', (word: string) => [`closed-${word}`]],
  ['ChannelView', 'reason', (word: string) => [`wallet-${word}`]],
  ['ShopCard', 'port_side', (word: string) => [`side-${word}`]],
  ['ShopCard', 'slot_side', (word: string) => [`side-${word}`]],
  ['ShopCard', 'exit_side', (word: string) => [`side-${word}`]],
])('every %s.%s has its words', (type, field, keys) => {
  const missing = words(type, field)
    .flatMap(keys)
    .filter((key) => !(key in zhWants));
  expect(words(type, field).length).toBeGreaterThan(2);
  expect(missing).toEqual([]);
});

test('a missing text shows itself', () => {
  expect(sayer('en')('no-such-text')).toBe('⟨no-such-text⟩');
});

test('a name without English is said in Chinese', () => {
  expect(name({ zh: '酸奶', en: '' }, 'en')).toBe('酸奶');
});
