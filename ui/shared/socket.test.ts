import { expect, test } from 'vitest';
import { backoff, isAnswered, isNewer } from './socket';

test('the first snapshot is taken', () => {
  expect(isNewer({ epoch: 'a', rev: 0 }, null)).toBe(true);
});

test.each([
  [4, false],
  [5, false],
  [6, true],
])('within an epoch, number %i after 5: %s', (rev, taken) => {
  expect(isNewer({ epoch: 'a', rev }, { epoch: 'a', rev: 5 })).toBe(taken);
});

test('another epoch is taken whatever its number', () => {
  expect(isNewer({ epoch: 'b', rev: 0 }, { epoch: 'a', rev: 5 })).toBe(true);
});

test('the wait before a reconnect doubles from 0.2 s, ends at 5 s and is spread by 30 %', () => {
  expect([0, 1, 2, 10].map((tried) => backoff(tried, 0.5))).toEqual([200, 400, 800, 5000]);
  expect(backoff(10, 0)).toBeCloseTo(3500);
  expect(backoff(10, 1)).toBeCloseTo(6500);
});

test.each([
  ['p-9', 'p-9', true],
  ['p-9', 'p-10', true], // the newest answer stands for all before it; as numbers, not as text
  ['p-9', 'p-8', false],
  ['p-9', 'q-9', false], // another page's
  ['p-9', '', false],
])('pending %s, answered %s: %s', (pending, answer, done) => {
  expect(isAnswered(pending, answer)).toBe(done);
});
