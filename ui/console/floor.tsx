// The floor as it is: booths, doors, and who needs somebody. Drawn to the plan of the shop, or to a plain one.
import type { BoothCard, DeviceView, DoorView, IncidentView, NowSnapshot } from '../shared/contract';
import { list, now } from './live';
import { Phase } from './now';
import { to } from './route';
import { age, say, where } from './words';

const WIDTH = 960;
const HEIGHT = 330;

export function Floor({ view, incidents }: { view: NowSnapshot['now']; incidents: readonly IncidentView[] }) {
  const doors = list.value?.doors ?? [];
  const inside = doors.reduce((sum, door) => sum + Math.max(0, door.inside), 0);
  return (
    <section class="sheet floor">
      <h2>
        {say('floor')} <small>{doors.length > 0 && say('floor-inside', { count: inside })}</small>
      </h2>
      <div class="scroll">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
          <title>{say('floor-label', { booths: view.booths.length, doors: doors.length })}</title>
          <Walls />
          {view.booths.map((booth, n) => (
            <BoothSpot
              key={booth.booth}
              booth={booth}
              x={spread(n, view.booths.length)}
              incidents={incidents}
              devices={at(view.devices, booth.booth)}
            />
          ))}
          {doors.map((door, n) => (
            <DoorSpot
              key={door.gate}
              door={door}
              y={112 + n * 130}
              incidents={incidents}
              devices={at(view.devices, door.gate)}
            />
          ))}
        </svg>
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

/** Booths stand along the far wall, the first where one comes in. */
function spread(n: number, count: number): number {
  const room = Math.min(150, 720 / Math.max(1, count));
  return 120 + n * room;
}

function Walls() {
  return (
    <>
      <path class="wall" d="M940 90V20H20v290h610M716 310h224v-88" />
      <path class="thin" d="M636 310h74" />
      <text x="652" y="300">
        {say('floor-in')}
      </text>
    </>
  );
}

function BoothSpot({
  booth,
  x,
  incidents,
  devices,
}: {
  booth: BoothCard;
  x: number;
  incidents: readonly IncidentView[];
  devices: readonly DeviceView[];
}) {
  const trouble =
    booth.help !== null ||
    incidents.some((each) => each.place === booth.booth || each.place.endsWith(`:${booth.booth}`));
  const busy = booth.phase !== 'attract' && booth.phase !== 'closed';
  return (
    <a href={to('booths', booth.booth)} class={`spot ${trouble ? 'bad' : ''}`}>
      <rect class="paper" x={x} y="26" width="84" height="40" />
      <rect class="solid" x={x + 27} y="34" width="30" height="22" />
      <Dots devices={devices} x={x + 92} y={32} />
      <text class={busy ? 'strong' : ''} x={x + 42} y="86" text-anchor="middle">
        {booth.booth} · {say(`phase-${booth.phase}`)}
      </text>
      {busy && <Person x={x + 42} y={118} />}
      {booth.help && (
        <g class="flag">
          <rect x={x - 6} y="142" width="96" height="40" />
          <text x={x + 42} y="158" text-anchor="middle">
            {say('calls-short')}
          </text>
          <text x={x + 42} y="175" text-anchor="middle">
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
function Dots({ devices, x, y }: { devices: readonly DeviceView[]; x: number; y: number }) {
  return (
    <>
      {devices.map((each, n) => (
        <circle
          key={each.device}
          class={`dot ${each.maintenance ? '' : each.state}`}
          cx={x}
          cy={y + n * 13}
          r="4"
        >
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

function DoorSpot({
  door,
  y,
  incidents,
  devices,
}: {
  door: DoorView;
  y: number;
  incidents: readonly IncidentView[];
  devices: readonly DeviceView[];
}) {
  const mine = incidents.filter((each) => each.place === door.gate);
  const worst = mine.find((each) => each.severity === 'critical');
  const open = ['open', 'held_open', 'forced', 'released_fire', 'released_fault'].includes(door.door);
  return (
    <a href={to('incidents', worst?.id ?? '')} class={`spot ${worst ? 'bad' : ''}`}>
      <path class="solid" d={`M862 ${y}h50v7h-50zM862 ${y + 84}h50v7h-50z`} />
      <Dots devices={devices} x={922} y={y + 4} />
      <path class="thin" d={open ? `M940 ${y - 30}l34 -20M940 ${y + 96}` : `M944 ${y - 32}v132`} />
      <text class="strong" x="930" y={y + 130} text-anchor="end">
        {door.gate}
      </text>
      <text x="930" y={y + 148} text-anchor="end">
        {say(`door-${door.door}`)}
      </text>
      {worst && (
        <>
          <circle class="halo" cx="887" cy={y + 45} r="26" />
          <Person x={887} y={y + 42} />
          <g class="flag">
            <rect x="664" y={y + 24} width="166" height="46" />
            <path d={`m830 ${y + 38} 16 9-16 9z`} />
            <text x="676" y={y + 43}>
              {say(`kind-${worst.kind}`)}
            </text>
            <text x="676" y={y + 61}>
              {age(now() - worst.opened_ms)}
            </text>
          </g>
        </>
      )}
    </a>
  );
}
