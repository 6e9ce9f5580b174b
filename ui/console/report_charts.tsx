// The drawings of the reports: bars by day, a week's heat, a share of the whole. Their tables stand beside them.
import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { DaySums } from '../shared/contract';
import { yuan } from '../shared/money';

const LEFT = 60;
const HEIGHT = 160;
const FOOT = 22;

/** As wide as its place: one unit of the drawing is one pixel, so that its words stay as large as all others. */
function useWidth(): [RefObject<SVGSVGElement | null>, number] {
  const drawn = useRef<SVGSVGElement>(null);
  const width = useSignal(640);
  useLayoutEffect(() => {
    const svg = drawn.current;
    if (!svg) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry) width.value = Math.max(240, Math.floor(entry.contentRect.width));
    });
    watch.observe(svg);
    return () => watch.disconnect();
  }, []);
  return [drawn, width.value];
}

/** The next round figure above: 1, 2 or 5 and noughts. */
export function roundUp(fen: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(100, fen)));
  return [1, 2, 5].map((n) => n * unit).find((each) => each >= fen) ?? 10 * unit;
}

export function DayBars({ days }: { days: readonly DaySums[] }) {
  const [drawn, width] = useWidth();
  const top = roundUp(Math.max(0, ...days.map((day) => day.fen)));
  const step = (width - LEFT) / days.length;
  const bar = Math.min(step * 0.72, 44);
  const y = (fen: number) => HEIGHT - (fen / top) * (HEIGHT - 8);
  const named = Math.ceil(58 / step);
  return (
    <svg ref={drawn} class="chart" viewBox={`0 0 ${width} ${HEIGHT + FOOT}`} aria-hidden="true">
      {[top / 2, top].map((fen) => (
        <g key={fen}>
          <path class="grid" d={`M${LEFT} ${y(fen)}H${width}`} />
          <text x={LEFT - 8} y={y(fen) + 4} text-anchor="end">
            {yuan(fen).replace('.00', '')}
          </text>
        </g>
      ))}
      {days.map((day, n) => (
        <g key={day.day} transform={`translate(${LEFT + (n + 0.5) * step} 0)`}>
          <title>{`${day.day} ${yuan(day.fen)}`}</title>
          {day.fen > 0 && (
            <rect x={-bar / 2} y={y(day.fen)} width={bar} height={Math.max(1, HEIGHT - y(day.fen))} />
          )}
          {(days.length - 1 - n) % named === 0 && (
            <text x={Math.min(0, (days.length - n - 0.5) * step - 17)} y={HEIGHT + 17} text-anchor="middle">
              {day.day.slice(5).replace('-', '/')}
            </text>
          )}
        </g>
      ))}
      <path class="axis" d={`M${LEFT} ${HEIGHT}H${width}`} />
    </svg>
  );
}

const NAMES = 40;

/** Rows of days, columns of hours. */
export function Heat({ week, days }: { week: readonly (readonly number[])[]; days: readonly string[] }) {
  const [drawn, width] = useWidth();
  const most = Math.max(1, ...week.flat());
  const wide = (width - NAMES) / 24;
  const high = Math.max(16, Math.min(wide, 22));
  return (
    <svg ref={drawn} class="chart heat" viewBox={`0 0 ${width} ${7 * high + FOOT}`} aria-hidden="true">
      {week.map((hours, row) => (
        <g key={days[row]} transform={`translate(0 ${row * high})`}>
          <text y={high / 2 + 3}>{days[row]}</text>
          {hours.map((fen, hour) => (
            <rect
              key={hour}
              x={NAMES + hour * wide}
              width={wide - 2}
              height={high - 2}
              rx="2"
              class={fen ? 'warm' : ''}
              fill-opacity={fen ? 0.15 + 0.85 * Math.sqrt(fen / most) : 1} // the eye sees roots
            >
              <title>{`${days[row]} ${hour}:00 ${yuan(fen)}`}</title>
            </rect>
          ))}
        </g>
      ))}
      {[0, 6, 12, 18].map((hour) => (
        <text key={hour} x={NAMES + hour * wide} y={7 * high + 15}>
          {hour}
        </text>
      ))}
    </svg>
  );
}

/** How much of the whole, as a bar behind a row. */
export function Share({ part, whole }: { part: number; whole: number }) {
  return (
    <svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect width={whole ? (part / whole) * 100 : 0} height="10" />
    </svg>
  );
}
