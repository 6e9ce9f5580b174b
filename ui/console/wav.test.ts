import { expect, test } from 'vitest';
import { peak, RATE_HZ, wav } from './wav';

test('a head of 44 bytes that says what follows, and every sample as 16 bit', async () => {
  const file = wav(new Float32Array([0, 1, -1, 0.5, 2, -3]));
  expect(file.type).toBe('audio/wav');
  const view = new DataView(await file.arrayBuffer());
  const word = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)));
  expect([word(0), word(8), word(12), word(36)]).toEqual(['RIFF', 'WAVE', 'fmt ', 'data']);
  expect([view.byteLength, view.getUint32(4, true), view.getUint32(40, true)]).toEqual([56, 48, 12]);
  expect([view.getUint16(20, true), view.getUint16(22, true), view.getUint16(34, true)]).toEqual([1, 1, 16]);
  expect([view.getUint32(24, true), view.getUint32(28, true)]).toEqual([RATE_HZ, 2 * RATE_HZ]);
  const samples = [0, 1, 2, 3, 4, 5].map((n) => view.getInt16(44 + 2 * n, true));
  expect(samples).toEqual([0, 32_767, -32_767, 16_384, 32_767, -32_767]);
});

test('the loudest counts, whichever way it swings', () => {
  expect(peak(new Float32Array([0.1, -0.5, 0.25]))).toBe(0.5);
  expect(peak(new Float32Array())).toBe(0);
});
