// The floor plan as a drawing, in centimetres: what stands still. Who is there and what answers is drawn over it.
import type { ComponentChildren } from 'preact';
import { BOOTH, type Device, type Door, inside, type Plan, type Point, plus, SEES, spun } from './plan_model';

const list = (points: readonly Point[]) => points.map((point) => point.join(' ')).join(' ');

/** Floor, walls, zones, shelves and doors. `unit`: centimetres of one pixel, so that type keeps its size. */
export function Ground({
  plan,
  unit,
  label = true,
  grid,
}: {
  plan: Plan;
  unit: number;
  label?: boolean;
  grid?: ComponentChildren;
}) {
  return (
    <>
      <polygon class="p-outer" points={list(plan.outline)} stroke-width={2 * plan.thick} />
      <polygon class="p-floor" points={list(plan.outline)} />
      {grid}
      {plan.zones.map((zone, n) => (
        <g key={n}>
          <polygon
            class="p-zone"
            points={list(zone.points)}
            stroke-width={unit}
            stroke-dasharray={6 * unit}
          />
          {label && [...zone.name].length * 9 * unit < width(zone.points) && (
            <Label at={low(zone.points)} unit={unit} class="p-quiet" size={12}>
              {zone.name}
            </Label>
          )}
        </g>
      ))}
      {plan.shelves.map((shelf, n) => {
        const [long, across] = [Math.max(shelf.wide, shelf.deep), Math.min(shelf.wide, shelf.deep)];
        const upright = shelf.deep > shelf.wide;
        const turn = upright ? shelf.turn + 90 : shelf.turn;
        const fits = across / unit > 15 && long / unit > [...shelf.name].length * 9;
        return (
          <g key={n} transform={`translate(${shelf.at[0]} ${shelf.at[1]}) rotate(${turn})`}>
            <rect
              class="p-shelf"
              x={-long / 2}
              y={-across / 2}
              width={long}
              height={across}
              stroke-width={1.25 * unit}
            />
            {label && fits && shelf.name && (
              <g transform={turn % 360 > 90 && turn % 360 <= 270 ? 'rotate(180)' : ''}>
                <Label at={[0, 4.5 * unit]} unit={unit} class="p-quiet" size={12}>
                  {shelf.name}
                </Label>
              </g>
            )}
          </g>
        );
      })}
      {plan.walls.map((wall, n) => (
        <path
          key={n}
          class="p-wall"
          d={`M${wall.a.join(' ')}L${wall.b.join(' ')}`}
          stroke-width={wall.thick}
        />
      ))}
      {plan.doors.map((door, n) => (
        <DoorGap key={n} plan={plan} door={door} unit={unit} />
      ))}
    </>
  );
}

function width(points: readonly Point[]): number {
  const xs = points.map((point) => point[0]);
  return Math.max(...xs) - Math.min(...xs);
}

function low(points: readonly Point[]): Point {
  const xs = points.map((point) => point[0]);
  const ys = points.map((point) => point[1]);
  return [(Math.min(...xs) + Math.max(...xs)) / 2, Math.max(...ys) - 12];
}

/** Type that keeps its size however near one looks. */
export function Label(props: {
  at: Point;
  unit: number;
  size?: number;
  class?: string;
  anchor?: 'start' | 'middle' | 'end';
  children: ComponentChildren;
}) {
  const { at, unit, size = 13, anchor = 'middle' } = props;
  return (
    <text
      class={props.class}
      transform={`translate(${at[0]} ${at[1]}) scale(${unit})`}
      text-anchor={anchor}
      style={{ fontSize: `${size}px` }}
    >
      {props.children}
    </text>
  );
}

/** Which way a door looks into the room: 1 along its own y, or -1. */
export function inward(plan: Plan, door: Door): 1 | -1 {
  const probe = plus(door.at, spun([0, 2 * plan.thick + 30], door.turn));
  return inside(plan.outline, probe) ? 1 : -1;
}

function DoorGap({ plan, door, unit }: { plan: Plan; door: Door; unit: number }) {
  const half = door.width / 2;
  const into = inward(plan, door);
  const deep = plan.thick + 2;
  return (
    <g transform={`translate(${door.at[0]} ${door.at[1]}) rotate(${door.turn})`}>
      <rect class="p-gap" x={-half} y={-deep} width={door.width} height={2 * deep} />
      <path class="p-thin" d={`M${-half} 0H${half}`} stroke-width={unit} stroke-dasharray={3 * unit} />
      {door.gate ? (
        <path
          class="p-post"
          d={`M${-half - 6} ${into * 14}h12v${into * 52}h-12zM${half - 6} ${into * 14}h12v${into * 52}h-12z`}
        />
      ) : (
        <path
          class="p-thin"
          d={`M${-half} 0v${into * door.width}A${door.width} ${door.width} 0 0 ${into > 0 ? 0 : 1} ${half} 0`}
          stroke-width={1.25 * unit}
        />
      )}
    </g>
  );
}

/** A booth's body, its screen towards whoever stands there. */
export function BoothBody({ at, turn, unit }: { at: Point; turn: number; unit: number }) {
  const { wide, deep } = BOOTH;
  return (
    <g transform={`translate(${at[0]} ${at[1]}) rotate(${turn})`}>
      <rect class="paper" x={-wide / 2} y={-deep / 2} width={wide} height={deep} stroke-width={2 * unit} />
      <rect class="solid" x={-17} y={-4} width={34} height={22} />
    </g>
  );
}

/** Where whoever uses it stands: `far` cm before its middle. */
export const front = (at: Point, turn: number, far: number): Point => plus(at, spun([0, far], turn));

export function Cone({ device }: { device: Device }) {
  const left = spun([0, SEES], device.turn - device.view / 2);
  const right = spun([0, SEES], device.turn + device.view / 2);
  const wide = device.view > 180 ? 1 : 0;
  return (
    <path
      class="p-cone"
      transform={`translate(${device.at[0]} ${device.at[1]})`}
      d={`M0 0L${left.join(' ')}A${SEES} ${SEES} 0 ${wide} 1 ${right.join(' ')}z`}
    />
  );
}

const MARKS: Record<Device['kind'], string> = {
  camera: 'M-6 -5h12v7h-12zM-4 2l-2 5h12l-2 -5',
  reader: 'M-5 3a5 5 0 0 1 10 0M-2 4a2 2 0 0 1 4 0',
  board: 'M-5 -4h10v8h-10zM-2 -4v8M2 -4v8',
  button: 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0',
  speaker: 'M-5 -2v4h3l4 3v-10l-4 3z',
  scanner: 'M-5 -4v8M-2 -4v8M1 -4v8M5 -4v8',
  other: 'M-3 -3h6v6h-6z',
};

/** A device's mark, always as large on the screen. */
export function DeviceMark({ device, unit, state = '' }: { device: Device; unit: number; state?: string }) {
  return (
    <g transform={`translate(${device.at[0]} ${device.at[1]}) scale(${Math.min(unit, 1.9)})`}>
      <circle class={`p-device ${state}`} r="11" />
      <path
        class="p-mark"
        d={MARKS[device.kind]}
        transform={device.kind === 'camera' ? `rotate(${device.turn})` : ''}
      />
    </g>
  );
}

/** The whole plan, small and still: a version in the list. */
export function Picture({ plan, label }: { plan: Plan; label: string }) {
  const xs = plan.outline.map((point) => point[0]);
  const ys = plan.outline.map((point) => point[1]);
  const pad = plan.thick + 10;
  const [x, y] = [Math.min(...xs) - pad, Math.min(...ys) - pad];
  const [w, h] = [Math.max(...xs) + pad - x, Math.max(...ys) + pad - y];
  const unit = w / 240;
  return (
    <svg class="p-picture" viewBox={`${x} ${y} ${w} ${h}`} role="img" aria-label={label}>
      <Ground plan={plan} unit={unit} label={false} />
      {plan.booths.map((booth) => (
        <BoothBody key={booth.booth} at={booth.at} turn={booth.turn} unit={unit} />
      ))}
      {plan.devices.map((device) => (
        <circle key={device.device} class="p-device" cx={device.at[0]} cy={device.at[1]} r={3 * unit} />
      ))}
    </svg>
  );
}
