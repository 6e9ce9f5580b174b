// What goes with the plan on the drawing board: grid, frame, handles, what is being drawn, how long a metre is, and the things by name.
import type { Signal } from '@preact/signals';
import { Label } from './plan_draw';
import type { View } from './plan_look';
import {
  frame,
  handles,
  length,
  type Plan,
  type Point,
  type Ref,
  sameRef,
  things,
  toggled,
} from './plan_model';
import { say } from './words';

export function nameOf(plan: Plan, { sort, n }: Ref): string {
  if (sort === 'outline') return say('item-outline');
  const item = plan[sort][n];
  if (!item) return '';
  const name =
    'booth' in item
      ? item.booth
      : 'device' in item
        ? item.device
        : 'gate' in item
          ? item.gate
          : 'name' in item
            ? item.name
            : '';
  return say(`item-${sort}`, { n: n + 1, name: name || n + 1 });
}

export const metres = (cm: number) => (cm / 100).toFixed(2);

export function Grid({ view, unit, plan }: { view: View; unit: number; plan: Plan }) {
  const fine = unit < 0.9;
  return (
    <>
      <defs>
        <pattern id="p-fine" width="10" height="10" patternUnits="userSpaceOnUse">
          <path class="p-line" d="M10 0H0V10" stroke-width={0.5 * unit} />
        </pattern>
        <pattern id="p-metre" width="100" height="100" patternUnits="userSpaceOnUse">
          <path class="p-line strong" d="M100 0H0V100" stroke-width={unit} />
        </pattern>
        <clipPath id="p-room">
          <polygon points={plan.outline.map((point) => point.join(' ')).join(' ')} />
        </clipPath>
      </defs>
      <g clip-path="url(#p-room)">
        {fine && (
          <rect x={view.x} y={view.y} width={view.w} height={view.h} fill="url(#p-fine)" stroke="none" />
        )}
        <rect x={view.x} y={view.y} width={view.w} height={view.h} fill="url(#p-metre)" stroke="none" />
      </g>
    </>
  );
}

/** Around each thing that is chosen. */
export function Frames({ plan, chosen, unit }: { plan: Plan; chosen: readonly Ref[]; unit: number }) {
  const pad = 5 * unit;
  return (
    <>
      {chosen.map((ref) => {
        const { x, y, w, h } = frame(plan, [ref]);
        return (
          <rect
            key={`${ref.sort}:${ref.n}`}
            class="p-frame"
            x={x - pad}
            y={y - pad}
            width={w + 2 * pad}
            height={h + 2 * pad}
            stroke-width={1.5 * unit}
          />
        );
      })}
    </>
  );
}

/** Everything that stands on the plan, for who does not point at it. */
export function Things({ plan, chosen, several }: ThingsProps) {
  return (
    <ul class="p-things" aria-label={say('things')}>
      {[{ sort: 'outline', n: 0 } as const, ...things(plan)].map((ref) => {
        const { x, y, w, h } = frame(plan, [ref]);
        const what = nameOf(plan, ref);
        const is = chosen.value.some((each) => sameRef(each, ref));
        return (
          <li key={`${ref.sort}:${ref.n}`}>
            <button
              type="button"
              aria-pressed={is}
              aria-label={say('item-at', { what, x: metres(x + w / 2), y: metres(y + h / 2) })}
              onClick={(event) => {
                if (several || event.shiftKey) chosen.value = toggled(chosen.value, ref);
                else chosen.value = is && chosen.value.length === 1 ? [] : [ref];
              }}
            >
              {what}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

interface ThingsProps {
  plan: Plan;
  chosen: Signal<readonly Ref[]>;
  /** One is chosen with the others, not instead of them. */
  several: boolean;
}

/** What is being drawn: from where to where, and how long. */
export function Ghost({ at, drawn, rect, unit }: GhostProps) {
  const from = drawn.at(-1);
  return (
    <>
      {rect && (
        <rect
          class="p-ghost"
          stroke-width={1.5 * unit}
          x={Math.min(rect[0], at[0])}
          y={Math.min(rect[1], at[1])}
          width={Math.abs(rect[0] - at[0])}
          height={Math.abs(rect[1] - at[1])}
        />
      )}
      {drawn.length > 0 && (
        <polyline
          class="p-ghost"
          stroke-width={2 * unit}
          points={[...drawn, at].map((point) => point.join(' ')).join(' ')}
        />
      )}
      <circle class="p-point" r={4 * unit} cx={at[0]} cy={at[1]} />
      {from && (
        <Label at={[(from[0] + at[0]) / 2, (from[1] + at[1]) / 2 - 10 * unit]} unit={unit} class="p-live">
          {metres(length(from, at))} m
        </Label>
      )}
    </>
  );
}

interface GhostProps {
  at: Point;
  /** Corners that stand. */
  drawn: readonly Point[];
  /** Where a shelf, or a frame to choose in, begins. */
  rect: Point | null;
  unit: number;
}

export function Handles({ plan, chosen, unit }: { plan: Plan; chosen: Ref; unit: number }) {
  return (
    <>
      {handles(plan, chosen, 26 * unit).map((each) => (
        <circle
          key={`${each.what}${each.n}`}
          class={`p-handle ${each.what}`}
          r={(each.what === 'middle' ? 4 : 6) * unit}
          cx={each.at[0]}
          cy={each.at[1]}
          stroke-width={1.5 * unit}
        />
      ))}
    </>
  );
}

/** How long a metre is here. */
export function Scale({ unit }: { unit: number }) {
  const step = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((cm) => cm / unit >= 44) ?? 10_000;
  return (
    <p class="scale">
      <svg width={step / unit + 2} height="8" aria-hidden="true">
        <path d={`M1 1v6h${step / unit}v-6`} />
      </svg>
      {step >= 100 ? `${step / 100} m` : `${step} cm`}
    </p>
  );
}
