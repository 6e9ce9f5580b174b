// The drawing board: looking around, and one tool at a time. What it changes it hands back whole; it keeps nothing.
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icons';
import { BoothBody, Cone, DeviceMark, front, Ground, inward, Label } from './plan_draw';
import { useLook, type View } from './plan_look';
import { Frames, Ghost, Grid, Handles, metres, Scale } from './plan_marks';
import {
  added,
  type Booth,
  bounds,
  type Door,
  ends,
  framed,
  freeName,
  type Handle,
  handles,
  hit,
  inWall,
  length,
  minus,
  moved,
  type Plan,
  type Point,
  pulled,
  type Ref,
  sameRef,
  snap,
  toggled,
} from './plan_model';
import { say } from './words';

export const TOOLS = [
  'select',
  'several',
  'wall',
  'shelf',
  'door',
  'booth',
  'device',
  'camera',
  'zone',
] as const;
export type Tool = (typeof TOOLS)[number];

/** What the pointer has hold of. */
type Hold =
  | { what: 'pan'; from: Point; view: View; ref: Ref | null; far: boolean }
  | { what: 'item'; ref: Ref; refs: readonly Ref[]; many: boolean; from: Point; plan: Plan; far: boolean }
  | { what: 'frame'; ref: Ref | null; from: Point; far: boolean }
  | { what: 'handle'; ref: Ref; handle: Handle; plan: Plan; far: boolean }
  | { what: 'rect'; from: Point }
  | null;

export interface BoardProps {
  plan: Plan;
  chosen: Signal<readonly Ref[]>;
  tool: Signal<Tool>;
  edits: boolean;
  /** Booths of the configuration that are not on the plan. */
  spare: readonly string[];
  /** While something is pulled: shown, not yet done. */
  show: (plan: Plan) => void;
  done: (plan: Plan) => void;
}

export function Board(props: BoardProps) {
  const { plan, chosen, tool, edits } = props;
  const look = useLook(plan);
  const { unit, where } = look;
  const ghost = useSignal<Point | null>(null);
  const drawn = useSignal<Point[]>([]);
  const hold = useRef<Hold>(null);
  const draws = tool.value !== 'select' && tool.value !== 'several';
  const has = (ref: Ref) => chosen.value.some((each) => sameRef(each, ref));
  /** The one thing whose handles are there. */
  const pulls = edits && tool.value === 'select' && chosen.value.length === 1 ? chosen.value[0] : undefined;
  useEffect(() => {
    drawn.value = [];
    ghost.value = null;
  }, [tool.value]);

  const snapped = (at: Point, free: boolean, from?: Point, but?: Ref): Point =>
    snap(at, { free, from, ends: ends(plan, but), reach: 12 * unit });

  const put = (next: [Plan, Ref]) => {
    props.done(next[0]);
    chosen.value = [next[1]];
    tool.value = 'select';
  };
  const click = (at: Point, free: boolean) => {
    const last = drawn.value.at(-1);
    const to = snapped(at, free, last);
    switch (tool.value) {
      case 'wall':
        if (last && length(last, to) >= 5) {
          const [next, ref] = added(plan, 'walls', { a: last, b: to, thick: 10 });
          props.done(next);
          chosen.value = [ref];
        }
        drawn.value = [to];
        break;
      case 'zone': {
        const first = drawn.value[0];
        if (first && drawn.value.length > 2 && length(first, to) < 16 * unit) return closeZone();
        drawn.value = [...drawn.value, to];
        break;
      }
      case 'door': {
        const spot = inWall(plan, snap(at, { free }), 40 * unit + 60);
        if (spot) put(added(plan, 'doors', { ...spot, width: 100, gate: '' }));
        break;
      }
      case 'booth': {
        const [booth] = props.spare;
        if (booth) put(added(plan, 'booths', { booth, at: to, turn: 0 } satisfies Booth));
        break;
      }
      case 'device':
      case 'camera': {
        const kind = tool.value === 'camera' ? 'camera' : 'speaker';
        put(
          added(plan, 'devices', {
            device: freeName(plan, kind),
            kind,
            at: to,
            turn: 0,
            height: 250,
            view: 90,
          }),
        );
        break;
      }
      default:
    }
  };
  const closeZone = () => {
    const name = `${say('tool-zone')} ${plan.zones.length + 1}`;
    if (drawn.value.length > 2) put(added(plan, 'zones', { name, points: drawn.value }));
    drawn.value = [];
  };

  const down = (event: PointerEvent) => {
    if (event.button > 1) return;
    if (look.touched(event)) {
      hold.current = null;
      return;
    }
    const at = where(event);
    const slack = (event.pointerType === 'touch' ? 14 : 6) * unit;
    if (tool.value === 'shelf' && edits) {
      hold.current = { what: 'rect', from: snapped(at, event.altKey) };
      return;
    }
    const many = tool.value === 'several' || (tool.value === 'select' && event.shiftKey);
    if (pulls && !many) {
      const found = handles(plan, pulls, 26 * unit).findLast((each) => length(each.at, at) <= 1.6 * slack);
      if (found) {
        hold.current = { what: 'handle', ref: pulls, handle: found, plan, far: false };
        return;
      }
    }
    const under = draws ? null : hit(plan, at, slack);
    const thing = under?.sort === 'outline' ? null : under;
    const held = thing && has(thing);
    if (many && edits && !held) hold.current = { what: 'frame', ref: under, from: at, far: false };
    else if (edits && thing && event.button === 0 && (held || event.pointerType !== 'touch')) {
      if (!held) chosen.value = [thing];
      hold.current = { what: 'item', ref: thing, refs: chosen.value, many, from: at, plan, far: false };
    } else
      hold.current = {
        what: 'pan',
        from: [event.clientX, event.clientY],
        view: look.view,
        ref: under,
        far: false,
      };
  };
  const move = (event: PointerEvent) => {
    if (look.pinched(event)) return;
    const at = where(event);
    const held = hold.current;
    if (!held) {
      const from = drawn.value.at(-1);
      if (draws && edits) ghost.value = snapped(at, event.altKey, from);
      return;
    }
    if (held.what === 'pan') {
      const [dx, dy] = minus([event.clientX, event.clientY], held.from);
      if (Math.hypot(dx, dy) > 5) held.far = true;
      if (held.far) look.push(held.view, [dx, dy]);
    } else if (held.what === 'rect') ghost.value = snapped(at, event.altKey);
    else if (held.what === 'frame') {
      held.far ||= length(held.from, at) >= 4 * unit;
      if (held.far) ghost.value = at;
    } else if (held.what === 'handle') {
      held.far = true;
      const { sort } = held.ref;
      const from = sort === 'walls' ? opposite(held.plan, held.ref, held.handle) : undefined;
      const to = held.handle.what === 'turn' ? at : snapped(at, event.altKey, from, held.ref);
      props.show(pulled(held.plan, held.ref, held.handle, to, event.altKey));
    } else {
      const by = minus(at, held.from);
      if (!held.far && Math.hypot(by[0], by[1]) < 4 * unit) return;
      held.far = true;
      props.show(dragged(held.plan, held.refs, by, event.altKey));
    }
  };
  const up = (event: PointerEvent) => {
    if (look.left(event)) return;
    const held = hold.current;
    hold.current = null;
    if (!held) return;
    const at = where(event);
    if (held.what === 'rect') {
      const to = snapped(at, event.altKey);
      const [w, h] = [Math.abs(to[0] - held.from[0]), Math.abs(to[1] - held.from[1])];
      const big = w >= 20 && h >= 20;
      const mid: Point = big ? [(to[0] + held.from[0]) / 2, (to[1] + held.from[1]) / 2] : held.from;
      ghost.value = null;
      put(
        added(plan, 'shelves', {
          at: [Math.round(mid[0]), Math.round(mid[1])],
          wide: big ? w : 120,
          deep: big ? h : 40,
          turn: 0,
          height: 180,
          name: '',
        }),
      );
    } else if (held.what === 'pan') {
      if (held.far) return;
      if (!draws) chosen.value = held.ref ? [held.ref] : [];
      else if (edits) click(at, event.altKey);
    } else if (held.what === 'frame') {
      ghost.value = null;
      const more = held.far ? framed(plan, held.from, at).filter((ref) => !has(ref)) : [];
      if (!held.far && held.ref) chosen.value = toggled(chosen.value, held.ref);
      else chosen.value = [...chosen.value.filter((ref) => ref.sort !== 'outline'), ...more];
    } else if (held.far) props.done(plan);
    else if (held.what === 'item') chosen.value = held.many ? toggled(held.refs, held.ref) : [held.ref];
  };

  const { x, y, w, h } = look.view;
  const preview = ghost.value;
  const rect = hold.current?.what === 'rect' || hold.current?.what === 'frame' ? hold.current.from : null;
  return (
    <div class="board">
      <svg
        ref={look.svg}
        class={`p-board ${tool.value === 'select' ? '' : 'draws'}`}
        viewBox={`${x} ${y} ${w} ${h}`}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onDblClick={() => tool.value === 'zone' && closeZone()}
      >
        <title>{say('plan-label', { width: metres(bounds(plan).w), depth: metres(bounds(plan).h) })}</title>
        <Ground plan={plan} unit={unit} grid={<Grid view={look.view} unit={unit} plan={plan} />} />
        <g clip-path="url(#p-room)">
          {plan.devices.map(
            (device) => device.kind === 'camera' && <Cone key={device.device} device={device} />,
          )}
        </g>
        {plan.booths.map((booth) => (
          <g key={booth.booth}>
            <BoothBody at={booth.at} turn={booth.turn} unit={unit} />
            <Label at={front(booth.at, booth.turn, 25 + 14 * unit)} unit={unit} class="p-strong">
              {booth.booth}
            </Label>
          </g>
        ))}
        {plan.doors.map((door) =>
          door.gate ? (
            <Label
              key={door.gate}
              at={front(door.at, door.turn, inward(plan, door) * 34)}
              unit={unit}
              class="p-strong"
            >
              {door.gate}
            </Label>
          ) : null,
        )}
        {plan.devices.map((device) => (
          <DeviceMark key={device.device} device={device} unit={unit} />
        ))}
        <Frames plan={plan} chosen={chosen.value} unit={unit} />
        {pulls && <Handles plan={plan} chosen={pulls} unit={unit} />}
        {preview && <Ghost at={preview} drawn={drawn.value} rect={rect} unit={unit} />}
        {!preview && drawn.value[0] && (
          <circle class="p-point" r={4 * unit} cx={drawn.value[0][0]} cy={drawn.value[0][1]} />
        )}
      </svg>
      <Scale unit={unit} />
      <div class="zoom">
        {tool.value === 'zone' && drawn.value.length > 2 && (
          <button type="button" class="strong" onClick={closeZone}>
            {say('zone-close')}
          </button>
        )}
        <button
          type="button"
          aria-label={say('zoom-in')}
          title={say('zoom-in')}
          onClick={() => look.zoom(0.7)}
        >
          <Icon name="plus" />
        </button>
        <button
          type="button"
          aria-label={say('zoom-out')}
          title={say('zoom-out')}
          onClick={() => look.zoom(1 / 0.7)}
        >
          <Icon name="dash" />
        </button>
        <button type="button" onClick={look.fit}>
          {say('zoom-all')}
        </button>
      </div>
    </div>
  );
}

/** The end of a wall that stays where it is. */
function opposite(plan: Plan, ref: Ref, handle: Handle): Point | undefined {
  const wall = plan.walls[ref.n];
  return handle.n === 0 ? wall?.b : wall?.a;
}

/** Things taken along: on the grid; a door stays in a wall. */
function dragged(plan: Plan, refs: readonly Ref[], by: Point, free: boolean): Plan {
  const next = moved(plan, refs, snap(by, { free }));
  const still = (n: number) => plan.doors[n] as Door;
  return {
    ...next,
    doors: next.doors.map((door, n) => {
      const held = refs.some((ref) => sameRef(ref, { sort: 'doors', n }));
      return held ? { ...door, ...(inWall(next, door.at, 300) ?? still(n)) } : door;
    }),
  };
}
