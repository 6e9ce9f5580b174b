import { describe, expect, it } from 'vitest';
import { HEIGHT, plot, WIDTH, yOf } from './plot';

describe('the plot of reads', () => {
  it('keeps every spot inside, whatever was read', () => {
    const reads = [-10, -55, -90].flatMap((rssi, tag) =>
      (['inner', 'outer'] as const).map((zone, n) => ({ at_ms: 1000 + n * 300, tag, zone, rssi })),
    );
    const drawn = plot(reads, 1200);
    expect(drawn.traces).toHaveLength(6);
    for (const { spots } of drawn.traces)
      for (const { x, y } of spots) {
        expect(x).toBeGreaterThanOrEqual(34);
        expect(x).toBeLessThanOrEqual(WIDTH);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(HEIGHT);
      }
    expect(drawn.span).toEqual([-0.4, 0.3]);
  });

  it('draws one line for a tag and a side, in order of time', () => {
    const reads = [3, 1, 2].map((n) => ({ at_ms: n * 100, tag: 0, zone: 'inner' as const, rssi: -50 }));
    const [trace] = plot(reads, 100).traces;
    const xs = trace?.spots.map(({ x }) => x) ?? [];
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
    expect(xs).toHaveLength(3);
  });

  it('is stronger higher up, and stands with no reads at all', () => {
    expect(yOf(-40)).toBeLessThan(yOf(-60));
    expect(plot([], 5000).traces).toEqual([]);
  });
});
