import { expect, test } from 'vitest';
import { Wedge, type WedgeScan } from './wedge';

/** Types `keys` with `gap` milliseconds between them; `\u001d` comes as Ctrl+]. */
function type(keys: readonly string[], gap: number) {
  const scans: WedgeScan[] = [];
  const wedge = new Wedge((scan) => scans.push(scan));
  let now = 1000;
  const kept = keys.map((key) => {
    now += gap;
    return key === '\u001d' ? wedge.key(']', now, true) : wedge.key(key, now);
  });
  return { scans, kept, wedge, now };
}

test.each(['Enter', 'Tab'])('%s ends a scan, and no key of it reaches the page', (end) => {
  const { scans, kept } = type([...'6901028075015', end], 2);
  expect(scans).toEqual([{ text: '6901028075015', symbology: null }]);
  expect(kept.every(Boolean)).toBe(true);
});

test('the AIM id is taken off and handed on', () => {
  expect(type([...']C1010690', 'Enter'], 2).scans).toEqual([{ text: '010690', symbology: ']C1' }]);
});

test('a group separator typed as Ctrl+] stays in the text', () => {
  expect(type([...'10AB', '\u001d', ...'17', 'Enter'], 2).scans[0]?.text).toBe('10AB\u001d17');
});

test('silence ends a scan of six or more', () => {
  const { scans, wedge, now } = type([...'690102'], 2);
  wedge.tick(now + 59);
  expect(scans).toHaveLength(0);
  wedge.tick(now + 61);
  expect(scans).toEqual([{ text: '690102', symbology: null }]);
});

test('fewer than six and no end are no scan', () => {
  const { scans, wedge, now } = type([...'69010'], 2);
  wedge.tick(now + 61);
  wedge.tick(now + 2000);
  expect(scans).toHaveLength(0);
});

test.each(['a', 'ab', 'abc', 'hello there'])('somebody typing "%s" is not a scanner', (text) => {
  const { scans, kept } = type([...text, 'Enter'], 150);
  expect(scans).toHaveLength(0);
  expect(kept.at(-1)).toBe(false); // so Enter still presses the focused button
});

test('one key and Enter is no scan, however fast', () => {
  expect(type(['7', 'Enter'], 2).scans).toHaveLength(0);
});

test('Enter and Tab alone are left to the page', () => {
  expect(type(['Enter', 'Tab'], 200).kept).toEqual([false, false]);
});

test('two scans in a row do not run together', () => {
  const { scans } = type([...'690102', 'Enter', ...'690103', 'Enter'], 2);
  expect(scans.map((scan) => scan.text)).toEqual(['690102', '690103']);
});

test('an endless scan is bounded', () => {
  expect(type([...'9'.repeat(5000), 'Enter'], 1).scans[0]?.text).toHaveLength(4096);
});
