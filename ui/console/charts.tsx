// Small charts of our own; each has its figures in a table for those who do not see it.
import { yuan } from '../shared/money';
import { say } from './words';

const WIDTH = 364;
const HEIGHT = 76;

/** Takings by hour as bars, the week before as ticks. */
export function Hours({ hours, before }: { hours: readonly number[]; before: readonly number[] }) {
  const most = Math.max(1, ...hours, ...before);
  const step = WIDTH / hours.length;
  const y = (fen: number) => HEIGHT - Math.round((fen / most) * (HEIGHT - 6));
  return (
    <figure class="hours">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 20}`} aria-hidden="true">
        {hours.map((fen, hour) => (
          <g key={hour}>
            {fen > 0 && (
              <rect x={hour * step + 2} y={y(fen)} width={step - 5} height={Math.max(1, HEIGHT - y(fen))} />
            )}
            {(before[hour] ?? 0) > 0 && (
              <path d={`M${hour * step + 0.5} ${y(before[hour] ?? 0)}h${step - 2}`} class="tick" />
            )}
          </g>
        ))}
        <path class="axis" d={`M0 ${HEIGHT}.5h${WIDTH}`} />
        {[0, 6, 12, 18].map((hour) => (
          <text key={hour} x={hour * step + 2} y={HEIGHT + 16}>
            {hour}
          </text>
        ))}
      </svg>
      <div class="unseen">
        <table>
          <caption>{say('takings-by-hour')}</caption>
          <tbody>
            {hours.map((fen, hour) => (
              <tr key={hour}>
                <th scope="row">{hour}</th>
                <td>{yuan(fen)}</td>
                <td>{yuan(before[hour] ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
