import { expect, test } from 'vitest';
import { figure, yuan } from './money';

test.each([
  [0, '0.00'],
  [10, '0.10'],
  [1250, '12.50'],
  [1_234_560, '12,345.60'],
  [1_000_000_000, '10,000,000.00'],
])('%i fen reads %s', (fen, text) => {
  expect(figure(fen)).toBe(text);
});

test('a discount has a real minus before the currency', () => {
  expect(yuan(-325)).toBe('−¥3.25');
});
