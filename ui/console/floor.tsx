// The floor as it is: booths, doors, and who needs somebody, live on the plan of the shop.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { BoothCard, DeviceView, DoorView, IncidentView, NowSnapshot } from '../shared/contract';
import { list, now } from './live';
import { Phase } from './now';
import { BoothBody, front, Ground } from './plan_draw';
import { bounds, type Plan, type PlanRow, type Point } from './plan_model';
import { to } from './route';
import { ask } from './session';
import { age, say, where } from './words';

/** The newest plan, as far as this console knows. */
export const drawn = signal<PlanRow | null>(null);

const PIXELS = 960;

export function Floor({ view, incidents }: { view: NowSnapshot['now']; incidents: readonly IncidentView[] }) {
  const doors = list.value?.doors ?? [];
  const inside = doors.reduce((sum, door) => sum + Math.max(0, door.inside), 0);
  useEffect(() => {
    if (drawn.peek()?.number === view.plan) return;
    ask<PlanRow>('/api/plan')
      .then((found) => (drawn.value = found))
      .catch(() => {}); // the line says that the box does not answer; the next version asks again
  }, [view.plan]);
  return (
    <section class="sheet floor">
      <h2>
        {say('floor')} <small>{doors.length > 0 && say('floor-inside', { count: inside })}</small>
      </h2>
      <div class="scroll">
        {drawn.value ? (
          <Drawing plan={drawn.value.plan} view={view} doors={doors} incidents={incidents} />
        ) : (
          <div class="floor-wait" />
        )}
      </div>
      <ul class="unseen">
        {view.booths.map((booth) => (
          <li key={booth.booth}>
            {say('booth', { booth: booth.booth })}: <Phase booth={booth} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Live {
  plan: Plan;
  view: NowSnapshot['now'];
  doors: readonly DoorView[];
  incidents: readonly IncidentView[];
}

/** Room around the walls for what hangs over them. */
const PAD = 26;

function Drawing({ plan, view, doors, incidents }: Live) {
  const all = bounds(plan);
  // centimetres of one pixel of a drawing that is 960 wide; a deep room is drawn smaller rather than higher
  const unit = Math.max(all.w / (PIXELS - 2 * PAD), all.h / (560 - 2 * PAD));
  const wide = PIXELS * unit;
  const box = [all.x - (wide - all.w) / 2, all.y - PAD * unit, wide, all.h + 2 * PAD * unit];
  const tight = closest(plan.booths.map((booth) => booth.at)) / unit < 92;
  return (
    <svg viewBox={box.join(' ')}>
      <title>{say('floor-label', { booths: view.booths.length, doors: doors.length })}</title>
      <Ground plan={plan} unit={unit} />
      {plan.booths.map((spot) => {
        const booth = view.booths.find((each) => each.booth === spot.booth);
        return (
          booth && (
            <BoothSpot
              key={spot.booth}
              booth={booth}
              at={spot.at}
              turn={spot.turn}
              unit={unit}
              tight={tight}
              incidents={incidents}
              devices={at(view.devices, booth.booth)}
            />
          )
        );
      })}
      {plan.doors.map((spot) => {
        const door = doors.find((each) => each.gate === spot.gate);
        return (
          door && (
            <DoorSpot
              key={spot.gate}
              door={door}
              at={spot.at}
              into={spot.at[0] > all.x + all.w / 2 ? -1 : 1}
              unit={unit}
              incidents={incidents}
              devices={at(view.devices, door.gate)}
            />
          )
        );
      })}
    </svg>
  );
}

function closest(points: readonly Point[]): number {
  const gaps = points.flatMap((a, n) => points.slice(n + 1).map((b) => Math.hypot(a[0] - b[0], a[1] - b[1])));
  return Math.min(Number.POSITIVE_INFINITY, ...gaps);
}

interface Spot {
  at: Point;
  /** Centimetres of one pixel: what is live keeps its size on the screen. */
  unit: number;
  incidents: readonly IncidentView[];
  devices: readonly DeviceView[];
}

function BoothSpot({
  booth,
  at,
  turn,
  unit,
  tight,
  incidents,
  devices,
}: Spot & { booth: BoothCard; turn: number; tight: boolean }) {
  const trouble =
    booth.help !== null ||
    incidents.some((each) => each.place === booth.booth || each.place.endsWith(`:${booth.booth}`));
  const busy = booth.phase !== 'attract' && booth.phase !== 'closed';
  const sideways = turn % 180 === 90 ? 26 : 0;
  const [x, y] = front(at, turn, 25 + (sideways + 16) * unit);
  const [px, py] = front([x, y], turn, (sideways + 26) * unit);
  return (
    <a href={to('booths', booth.booth)} class={`spot ${trouble ? 'bad' : ''}`}>
      <BoothBody at={at} turn={turn} unit={unit} />
      <g transform={`translate(${at[0] + 45 + 9 * unit} ${at[1] - 20}) scale(${unit})`}>
        <Dots devices={devices} />
      </g>
      <g transform={`translate(${x} ${y}) scale(${unit})`}>
        <text class={busy ? 'strong' : ''} y="5" text-anchor="middle">
          {tight ? booth.booth : `${booth.booth} · ${say(`phase-${booth.phase}`)}`}
        </text>
      </g>
      {busy && (
        <g transform={`translate(${px} ${py}) scale(${unit})`}>
          <Person x={0} y={2} />
        </g>
      )}
      {booth.help && (
        <g class="flag" transform={`translate(${px} ${py + (busy ? 28 : -8) * unit}) scale(${unit})`}>
          <rect x="-48" width="96" height="40" />
          <text y="16" text-anchor="middle">
            {say('calls-short')}
          </text>
          <text y="33" text-anchor="middle">
            {age(now() - booth.help.since_ms)}
          </text>
        </g>
      )}
    </a>
  );
}

function Person({ x, y }: { x: number; y: number }) {
  return (
    <path
      class="solid"
      d={`M${x} ${y - 12}a6 6 0 1 1 0 12a6 6 0 1 1 0-12M${x - 11} ${y + 17}c0-16 22-16 22 0z`}
    />
  );
}

/** What belongs to a booth or an exit: a dot each, filled while it answers, hollow and coloured when it does not. */
function Dots({ devices }: { devices: readonly DeviceView[] }) {
  return (
    <>
      {devices.map((each, n) => (
        <circle key={each.device} class={`dot ${each.maintenance ? '' : each.state}`} cy={n * 13} r="4">
          <title>{`${where(each.device)}: ${say(`health-${each.state}`)}`}</title>
        </circle>
      ))}
    </>
  );
}

/** The devices of a booth or an exit. */
function at(devices: readonly DeviceView[], place: string): DeviceView[] {
  return devices.filter((each) => each.device.split(':')[1]?.replace(/-\d+$/, '') === place);
}

/** `into`: 1 where the shop lies to the right of the door, -1 to the left. */
function DoorSpot({ door, at, into, unit, incidents, devices }: Spot & { door: DoorView; into: 1 | -1 }) {
  const mine = incidents.filter((each) => each.place === door.gate);
  const worst = mine.find((each) => each.severity === 'critical');
  const open = ['open', 'held_open', 'forced', 'released_fire', 'released_fault'].includes(door.door);
  const side = into * 58;
  const anchor = into > 0 ? 'start' : 'end';
  return (
    <a href={to('incidents', worst?.id ?? '')} class={`spot ${worst ? 'bad' : ''}`}>
      <g transform={`translate(${at[0]} ${at[1]}) scale(${unit})`}>
        <circle class={`halo ${open ? 'open' : ''}`} r="4" />
        <g transform={`translate(${side * 0.3} -6)`}>
          <Dots devices={devices} />
        </g>
        <text class="strong" x={side * 0.6} y={worst ? 44 : 0} text-anchor={anchor}>
          {door.gate}
        </text>
        <text x={side * 0.6} y={worst ? 62 : 18} text-anchor={anchor}>
          {say(`door-${door.door}`)}
        </text>
        {worst && (
          <>
            <circle class="halo" cx={side} r="24" />
            <Person x={side} y={-2} />
            <g class="flag" transform={`translate(${side + into * 36} -23)`}>
              <rect x={into > 0 ? 0 : -166} width="166" height="46" />
              <text x={into > 0 ? 12 : -154} y="19">
                {say(`kind-${worst.kind}`)}
              </text>
              <text x={into > 0 ? 12 : -154} y="37">
                {age(now() - worst.opened_ms)}
              </text>
            </g>
          </>
        )}
      </g>
    </a>
  );
}
