import { expect, test } from 'vitest';
import { between, COUNT_MS } from './motion';

test('a sum counts from the old value to exactly the new one', () => {
  expect(between(1000, 2000, 0)).toBe(1000);
  expect(between(1000, 2000, COUNT_MS / 2)).toBe(1500);
  expect(between(1000, 2000, COUNT_MS)).toBe(2000);
});

test('a late or early frame goes beyond neither end, up or down', () => {
  expect(between(0, 1_234_560, 5 * COUNT_MS)).toBe(1_234_560);
  expect(between(1_234_560, 10, 5 * COUNT_MS)).toBe(10);
  expect(between(500, 900, -16)).toBe(500);
});

test('it is whole fen all the way', () => {
  const way = Array.from({ length: 13 }, (_, n) => between(333, 1000, n * 10));
  expect(way.every(Number.isInteger)).toBe(true);
});
