// The drawing board: looking around, and one tool at a time. What it changes it hands back whole; it keeps nothing.
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icons';
import { BoothBody, Cone, DeviceMark, front, Ground, inward, Label } from './plan_draw';
import {
  added,
  type Booth,
  bounds,
  ends,
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
  SORTS,
  snap,
} from './plan_model';
import { say } from './words';

export const TOOLS = ['select', 'wall', 'shelf', 'door', 'booth', 'device', 'camera', 'zone'] as const;
export type Tool = (typeof TOOLS)[number];

interface View {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** What the pointer has hold of. */
type Hold =
  | { what: 'pan'; from: Point; view: View; ref: Ref | null; far: boolean }
  | { what: 'item'; ref: Ref; from: Point; plan: Plan; far: boolean }
  | { what: 'handle'; ref: Ref; handle: Handle; plan: Plan; far: boolean }
  | { what: 'rect'; from: Point }
  | null;

export interface BoardProps {
  plan: Plan;
  chosen: Signal<Ref | null>;
  tool: Signal<Tool>;
  edits: boolean;
  /** Booths of the configuration that are not on the plan. */
  spare: readonly string[];
  /** While something is pulled: shown, not yet done. */
  show: (plan: Plan) => void;
  done: (plan: Plan) => void;
}

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

const metres = (cm: number) => (cm / 100).toFixed(2);

export function Board(props: BoardProps) {
  const { plan, chosen, tool, edits } = props;
  const svg = useRef<SVGSVGElement>(null);
  const size = useSignal({ w: 800, h: 500 });
  const view = useSignal<View | null>(null);
  const ghost = useSignal<Point | null>(null);
  const drawn = useSignal<Point[]>([]);
  const hold = useRef<Hold>(null);
  const touches = useRef(new Map<number, Point>());
  const pinch = useRef<{ far: number; view: View; mid: Point } | null>(null);

  const fit = () => {
    const all = bounds(plan);
    const pad = 60;
    const [w, h] = [all.w + 2 * pad, all.h + 2 * pad];
    const unit = Math.max(w / size.peek().w, h / size.peek().h);
    const [wide, high] = [unit * size.peek().w, unit * size.peek().h];
    view.value = { x: all.x - pad - (wide - w) / 2, y: all.y - pad - (high - h) / 2, w: wide, h: high };
  };
  useLayoutEffect(() => {
    const node = svg.current;
    if (!node) return;
    const watch = new ResizeObserver(() => {
      const { width, height } = node.getBoundingClientRect();
      if (!width || !height) return;
      size.value = { w: width, h: height };
      fit();
    });
    watch.observe(node);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    drawn.value = [];
    ghost.value = null;
  }, [tool.value]);
  const now = view.value ?? { x: 0, y: 0, w: 800, h: 500 };
  const unit = now.w / size.value.w;

  const zoom = (by: number, mid?: Point) => {
    const at = mid ?? [now.x + now.w / 2, now.y + now.h / 2];
    const w = Math.min(30_000, Math.max(150, now.w * by));
    const k = w / now.w;
    view.value = { x: at[0] - (at[0] - now.x) * k, y: at[1] - (at[1] - now.y) * k, w, h: now.h * k };
  };
  const zoomRef = useRef(zoom);
  zoomRef.current = zoom;
  const where = (event: { clientX: number; clientY: number }): Point => {
    const box = svg.current?.getBoundingClientRect();
    const v = view.peek() ?? now;
    if (!box) return [0, 0];
    return [
      v.x + ((event.clientX - box.left) / box.width) * v.w,
      v.y + ((event.clientY - box.top) / box.height) * v.h,
    ];
  };
  useEffect(() => {
    const node = svg.current;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      zoomRef.current(event.deltaY > 0 ? 1.15 : 1 / 1.15, where(event));
    };
    node?.addEventListener('wheel', wheel, { passive: false });
    return () => node?.removeEventListener('wheel', wheel);
  }, []);

  const snapped = (at: Point, free: boolean, from?: Point, but?: Ref): Point =>
    snap(at, { free, from, ends: ends(plan, but), reach: 12 * unit });

  const put = (next: [Plan, Ref]) => {
    props.done(next[0]);
    chosen.value = next[1];
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
          chosen.value = ref;
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
    svg.current?.setPointerCapture(event.pointerId);
    touches.current.set(event.pointerId, [event.clientX, event.clientY]);
    if (touches.current.size === 2) {
      const [a, b] = [...touches.current.values()] as [Point, Point];
      hold.current = null;
      pinch.current = {
        far: length(a, b),
        view: now,
        mid: where({ clientX: (a[0] + b[0]) / 2, clientY: (a[1] + b[1]) / 2 }),
      };
      return;
    }
    const at = where(event);
    const slack = (event.pointerType === 'touch' ? 14 : 6) * unit;
    if (tool.value === 'shelf' && edits) {
      hold.current = { what: 'rect', from: snapped(at, event.altKey) };
      return;
    }
    const ref = chosen.value;
    if (tool.value === 'select' && ref && edits) {
      const found = handles(plan, ref, 26 * unit).findLast((each) => length(each.at, at) <= 1.6 * slack);
      if (found) {
        hold.current = { what: 'handle', ref, handle: found, plan, far: false };
        return;
      }
    }
    const under = tool.value === 'select' ? hit(plan, at, slack) : null;
    const held = under && ref && under.sort === ref.sort && under.n === ref.n && under.sort !== 'outline';
    const still = under && under.sort !== 'outline' && event.pointerType !== 'touch';
    if (edits && under && event.button === 0 && (held || still)) {
      chosen.value = under;
      hold.current = { what: 'item', ref: under, from: at, plan, far: false };
    } else
      hold.current = { what: 'pan', from: [event.clientX, event.clientY], view: now, ref: under, far: false };
  };
  const move = (event: PointerEvent) => {
    if (touches.current.has(event.pointerId))
      touches.current.set(event.pointerId, [event.clientX, event.clientY]);
    const at = where(event);
    const two = pinch.current;
    if (two && touches.current.size === 2) {
      const [a, b] = [...touches.current.values()] as [Point, Point];
      const w = Math.min(30_000, Math.max(150, (two.view.w * two.far) / Math.max(1, length(a, b))));
      const k = w / two.view.w;
      const box = svg.current?.getBoundingClientRect();
      if (!box) return;
      const h = two.view.h * k;
      const [px, py] = [(a[0] + b[0]) / 2 - box.left, (a[1] + b[1]) / 2 - box.top];
      view.value = { x: two.mid[0] - (px / box.width) * w, y: two.mid[1] - (py / box.height) * h, w, h };
      return;
    }
    const held = hold.current;
    if (!held) {
      const from = drawn.value.at(-1);
      if (tool.value !== 'select' && edits) ghost.value = snapped(at, event.altKey, from);
      return;
    }
    if (held.what === 'pan') {
      const [dx, dy] = minus([event.clientX, event.clientY], held.from);
      if (Math.hypot(dx, dy) > 5) held.far = true;
      if (held.far) view.value = { ...held.view, x: held.view.x - dx * unit, y: held.view.y - dy * unit };
    } else if (held.what === 'rect') ghost.value = snapped(at, event.altKey);
    else if (held.what === 'handle') {
      held.far = true;
      const { sort } = held.ref;
      const from = sort === 'walls' ? opposite(held.plan, held.ref, held.handle) : undefined;
      const to = held.handle.what === 'turn' ? at : snapped(at, event.altKey, from, held.ref);
      props.show(pulled(held.plan, held.ref, held.handle, to, event.altKey));
    } else {
      const by = minus(at, held.from);
      if (!held.far && Math.hypot(by[0], by[1]) < 4 * unit) return;
      held.far = true;
      props.show(dragged(held.plan, held.ref, by, event.altKey));
    }
  };
  const up = (event: PointerEvent) => {
    touches.current.delete(event.pointerId);
    if (pinch.current) {
      if (touches.current.size === 0) pinch.current = null;
      return;
    }
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
      if (tool.value === 'select') chosen.value = held.ref;
      else if (edits) click(at, event.altKey);
    } else if (held.far) props.done(plan);
  };

  const preview = ghost.value;
  const from = drawn.value.at(-1);
  const rect = hold.current?.what === 'rect' ? hold.current.from : null;
  return (
    <div class="board">
      <svg
        ref={svg}
        class={`p-board ${tool.value === 'select' ? '' : 'draws'}`}
        viewBox={`${now.x} ${now.y} ${now.w} ${now.h}`}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onDblClick={() => tool.value === 'zone' && closeZone()}
      >
        <title>{say('plan-label', { width: metres(bounds(plan).w), depth: metres(bounds(plan).h) })}</title>
        <Ground plan={plan} unit={unit} grid={<Grid view={now} unit={unit} plan={plan} />} />
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
        <Focusable plan={plan} chosen={chosen} unit={unit} />
        {chosen.value && edits && tool.value === 'select' && (
          <Handles plan={plan} chosen={chosen.value} unit={unit} />
        )}
        {preview && tool.value !== 'select' && (
          <>
            {rect && (
              <rect
                class="p-ghost"
                stroke-width={1.5 * unit}
                x={Math.min(rect[0], preview[0])}
                y={Math.min(rect[1], preview[1])}
                width={Math.abs(rect[0] - preview[0])}
                height={Math.abs(rect[1] - preview[1])}
              />
            )}
            {drawn.value.length > 0 && (
              <polyline
                class="p-ghost"
                stroke-width={2 * unit}
                points={[...drawn.value, preview].map((point) => point.join(' ')).join(' ')}
              />
            )}
            <circle class="p-point" r={4 * unit} cx={preview[0]} cy={preview[1]} />
            {from && (
              <Label
                at={[(from[0] + preview[0]) / 2, (from[1] + preview[1]) / 2 - 10 * unit]}
                unit={unit}
                class="p-live"
              >
                {metres(length(from, preview))} m
              </Label>
            )}
          </>
        )}
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
        <button type="button" aria-label={say('zoom-in')} title={say('zoom-in')} onClick={() => zoom(0.7)}>
          <Icon name="plus" />
        </button>
        <button
          type="button"
          aria-label={say('zoom-out')}
          title={say('zoom-out')}
          onClick={() => zoom(1 / 0.7)}
        >
          <Icon name="dash" />
        </button>
        <button type="button" onClick={fit}>
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

/** A thing taken along: on the grid; a door stays in a wall. */
function dragged(plan: Plan, ref: Ref, by: Point, free: boolean): Plan {
  if (ref.sort === 'doors') {
    const door = plan.doors[ref.n];
    const spot = door && inWall(plan, snap([door.at[0] + by[0], door.at[1] + by[1]], { free }), 300);
    return spot
      ? { ...plan, doors: plan.doors.map((each, n) => (n === ref.n ? { ...each, ...spot } : each)) }
      : plan;
  }
  return moved(plan, ref, snap(by, { free }));
}

function Grid({ view, unit, plan }: { view: View; unit: number; plan: Plan }) {
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

/** What the keyboard goes through: a frame around each thing, with its name. */
function Focusable({ plan, chosen, unit }: { plan: Plan; chosen: Signal<Ref | null>; unit: number }) {
  const refs: Ref[] = [
    { sort: 'outline', n: 0 },
    ...SORTS.flatMap((sort) => plan[sort].map((_, n): Ref => ({ sort, n }))),
  ];
  return (
    <>
      {refs.map((ref) => {
        const { x, y, w, h } = frame(plan, ref);
        const is = chosen.value?.sort === ref.sort && chosen.value.n === ref.n;
        const pad = 5 * unit;
        return (
          // biome-ignore lint/a11y/useSemanticElements: there are no buttons in a drawing
          <rect
            key={`${ref.sort}:${ref.n}`}
            class={`p-item ${is ? 'is' : ''}`}
            role="button"
            tabIndex={0}
            aria-pressed={is}
            aria-label={say('item-at', {
              what: nameOf(plan, ref),
              x: metres(x + w / 2),
              y: metres(y + h / 2),
            })}
            x={x - pad}
            y={y - pad}
            width={w + 2 * pad}
            height={h + 2 * pad}
            stroke-width={1.5 * unit}
            onFocus={() => (chosen.value = ref)}
          />
        );
      })}
    </>
  );
}

function frame(plan: Plan, ref: Ref): View {
  const one: Plan = { ...plan, walls: [], shelves: [], doors: [], booths: [], devices: [], zones: [] };
  const around = (points: readonly Point[], pad = 0): View => {
    const found = bounds({ ...one, thick: pad, outline: [...points] });
    return found;
  };
  if (ref.sort === 'outline') return around(plan.outline, plan.thick);
  const item = plan[ref.sort][ref.n];
  if (!item) return { x: 0, y: 0, w: 0, h: 0 };
  if ('points' in item) return around(item.points);
  if ('a' in item) return around([item.a, item.b], item.thick / 2);
  const corners = handles(plan, ref, 0).map((each) => each.at);
  if ('deep' in item) return around(corners.slice(0, 4));
  if ('width' in item) return around(corners, plan.thick);
  if ('booth' in item) {
    const flat = item.turn % 180 === 90;
    const [w, h] = flat ? [25, 45] : [45, 25];
    return around([
      [item.at[0] - w, item.at[1] - h],
      [item.at[0] + w, item.at[1] + h],
    ]);
  }
  return around([item.at], 14);
}

function Handles({ plan, chosen, unit }: { plan: Plan; chosen: Ref; unit: number }) {
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
function Scale({ unit }: { unit: number }) {
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
