// The floor plan as data: geometry in whole centimetres, what can be done to it, and the way back. No drawing, no page.
export type Point = readonly [number, number];
export interface Wall {
  a: Point;
  b: Point;
  thick: number;
}
export interface Shelf {
  at: Point;
  wide: number;
  deep: number;
  turn: number;
  height: number;
  name: string;
}
export interface Door {
  at: Point;
  width: number;
  turn: number;
  /** The exit of the configuration it is; empty for any other door. */
  gate: string;
}
export interface Booth {
  booth: string;
  at: Point;
  turn: number;
}
export const KINDS = ['camera', 'reader', 'board', 'button', 'speaker', 'scanner', 'other'] as const;
export interface Device {
  device: string;
  kind: (typeof KINDS)[number];
  at: Point;
  turn: number;
  height: number;
  view: number;
}
export interface Zone {
  name: string;
  points: Point[];
}
export interface Plan {
  /** Inner face of the outer walls. */
  outline: Point[];
  thick: number;
  height: number;
  walls: Wall[];
  shelves: Shelf[];
  doors: Door[];
  booths: Booth[];
  devices: Device[];
  zones: Zone[];
}
export interface PlanRow {
  number: number;
  at_ms: number;
  by: string;
  reason: string;
  plan: Plan;
}

export const SORTS = ['walls', 'shelves', 'doors', 'booths', 'devices', 'zones'] as const;
export type Sort = (typeof SORTS)[number];
type Items = { [S in Sort]: Plan[S][number] };
/** One thing of a plan. */
export interface Ref {
  sort: Sort | 'outline';
  n: number;
}

export const GRID = 10;
export const BOOTH = { wide: 90, deep: 50 };
/** How far a camera's cone is drawn. */
export const SEES = 500;

const rad = (turn: number) => (turn * Math.PI) / 180;

/** A point turned clockwise around nothing. */
export function spun([x, y]: Point, turn: number): [number, number] {
  const [cos, sin] = [Math.cos(rad(turn)), Math.sin(rad(turn))];
  return [x * cos - y * sin, x * sin + y * cos];
}

export const plus = (a: Point, b: Point): [number, number] => [a[0] + b[0], a[1] + b[1]];
export const minus = (a: Point, b: Point): [number, number] => [a[0] - b[0], a[1] - b[1]];
export const length = (a: Point, b: Point): number => Math.hypot(b[0] - a[0], b[1] - a[1]);
const whole = (at: Point): Point => [Math.round(at[0]), Math.round(at[1])];
/** 0 to 359. */
export const degrees = (turn: number): number => ((Math.round(turn) % 360) + 360) % 360;

/** Where on a segment a point falls, and how far it is from there. */
export function foot(at: Point, a: Point, b: Point): { at: Point; far: number } {
  const [dx, dy] = minus(b, a);
  const square = dx * dx + dy * dy;
  const along = square ? Math.min(1, Math.max(0, ((at[0] - a[0]) * dx + (at[1] - a[1]) * dy) / square)) : 0;
  const found: Point = [a[0] + along * dx, a[1] + along * dy];
  return { at: found, far: length(at, found) };
}

export function sides(points: readonly Point[]): [Point, Point][] {
  return points.map((point, n) => [point, points[(n + 1) % points.length] as Point]);
}

export function wallLines(plan: Plan): [Point, Point][] {
  return [...sides(plan.outline), ...plan.walls.map((wall): [Point, Point] => [wall.a, wall.b])];
}

export function inside(points: readonly Point[], at: Point): boolean {
  let found = false;
  for (const [[ax, ay], [bx, by]] of sides(points))
    if (ay > at[1] !== by > at[1] && at[0] < ax + ((bx - ax) * (at[1] - ay)) / (by - ay)) found = !found;
  return found;
}

/** Square metres of a polygon. */
export function area(points: readonly Point[]): number {
  return Math.abs(sides(points).reduce((sum, [a, b]) => sum + a[0] * b[1] - a[1] * b[0], 0)) / 20_000;
}

export function crosses(points: readonly Point[]): boolean {
  const side = (a: Point, b: Point, c: Point) =>
    Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  const all = sides(points);
  return all.some(([a, b], n) =>
    all.some(
      ([c, d], m) =>
        m > n + 1 &&
        !(n === 0 && m === all.length - 1) &&
        side(a, b, c) !== side(a, b, d) &&
        side(c, d, a) !== side(c, d, b),
    ),
  );
}

/** Corners of the four sides of what is a rectangle. */
export function corners(at: Point, wide: number, deep: number, turn: number): Point[] {
  const [w, d] = [wide / 2, deep / 2];
  return (
    [
      [-w, -d],
      [w, -d],
      [w, d],
      [-w, d],
    ] as const
  ).map((each) => plus(at, spun(each, turn)));
}

/** The smallest upright frame around some points. */
function around(points: readonly Point[], pad = 0): { x: number; y: number; w: number; h: number } {
  const [xs, ys] = [points.map((at) => at[0]), points.map((at) => at[1])];
  const [x, y] = [Math.min(...xs) - pad, Math.min(...ys) - pad];
  return { x, y, w: Math.max(...xs) + pad - x, h: Math.max(...ys) + pad - y };
}

/** The frame around some things as they are drawn. */
export function frame(plan: Plan, refs: readonly Ref[]): { x: number; y: number; w: number; h: number } {
  const room = refs.some((ref) => ref.sort === 'outline');
  return around(
    refs.flatMap((ref) => extent(plan, ref)),
    room ? plan.thick : 0,
  );
}

/** The frame around everything. */
export function bounds(plan: Plan): { x: number; y: number; w: number; h: number } {
  const points = [
    ...plan.outline,
    ...plan.walls.flatMap((wall) => [wall.a, wall.b]),
    ...[...plan.shelves, ...plan.doors, ...plan.booths, ...plan.devices].map((each) => each.at),
    ...plan.zones.flatMap((zone) => zone.points),
  ];
  return around(points, plan.thick);
}

// ---------------------------------------------------------------- where a point goes

export interface Snap {
  /** Alt: no grid, no ends, no right angles. */
  free?: boolean;
  /** The other end of what is drawn: near a right angle becomes one. */
  from?: Point;
  /** What else draws it: wall ends and corners, within `reach` cm. */
  ends?: readonly Point[];
  reach?: number;
}

const RIGHT = 7;

export function snap(at: Point, { free, from, ends = [], reach = 15 }: Snap = {}): Point {
  if (free) return whole(at);
  const near = ends
    .map((end) => ({ end, far: length(end, at) }))
    .filter(({ far }) => far <= reach)
    .sort((a, b) => a.far - b.far)[0];
  if (near) return near.end;
  const step = (value: number) => Math.round(value / GRID) * GRID;
  if (from) {
    const angle = (Math.atan2(at[1] - from[1], at[0] - from[0]) * 180) / Math.PI;
    const off = Math.abs(((((angle % 90) + 135) % 90) - 45) as number);
    if (off < RIGHT) {
      const flat = Math.abs(at[0] - from[0]) > Math.abs(at[1] - from[1]);
      return flat ? [step(at[0]), from[1]] : [from[0], step(at[1])];
    }
  }
  return [step(at[0]), step(at[1])];
}

/** Everything but the room. */
export const things = (plan: Plan): Ref[] =>
  SORTS.flatMap((sort) => plan[sort].map((_, n): Ref => ({ sort, n })));

export const sameRef = (a: Ref, b: Ref): boolean => a.sort === b.sort && a.n === b.n;

/** One more of what is chosen, or one less. The room is chosen alone. */
export function toggled(chosen: readonly Ref[], ref: Ref): Ref[] {
  if (chosen.some((each) => sameRef(each, ref))) return chosen.filter((each) => !sameRef(each, ref));
  return ref.sort === 'outline' ? [ref] : [...chosen.filter((each) => each.sort !== 'outline'), ref];
}

/** Wall ends and corners, but for those of one thing. */
export function ends(plan: Plan, but?: Ref): Point[] {
  const walls = plan.walls.filter((_, n) => !(but?.sort === 'walls' && but.n === n));
  return [...(but?.sort === 'outline' ? [] : plan.outline), ...walls.flatMap((wall) => [wall.a, wall.b])];
}

/** A door's place in the nearest wall; null where none is near. */
export function inWall(plan: Plan, at: Point, reach = 120): { at: Point; turn: number } | null {
  let best: { at: Point; turn: number; far: number } | null = null;
  for (const [a, b] of wallLines(plan)) {
    const { at: found, far } = foot(at, a, b);
    const turn = degrees((Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI) % 180;
    if (far <= reach && (!best || far < best.far)) best = { at: whole(found), turn, far };
  }
  return best && { at: best.at, turn: best.turn };
}

/** What lies under a point, the topmost first; `slack` is how near is near enough. */
export function hit(plan: Plan, at: Point, slack: number): Ref | null {
  const within = (mid: Point, wide: number, deep: number, turn: number) => {
    const [x, y] = spun(minus(at, mid), -turn);
    return Math.abs(x) <= wide / 2 + slack && Math.abs(y) <= deep / 2 + slack;
  };
  const on: { [S in Sort]: (item: Items[S]) => boolean } = {
    devices: (item) => length(item.at, at) <= 14 + slack,
    booths: (item) => within(item.at, BOOTH.wide, BOOTH.deep, item.turn),
    doors: (item) => within(item.at, item.width, 2 * plan.thick, item.turn),
    shelves: (item) => within(item.at, item.wide, item.deep, item.turn),
    walls: (item) => foot(at, item.a, item.b).far <= item.thick / 2 + slack,
    zones: (item) => sides(item.points).some(([a, b]) => foot(at, a, b).far <= slack + 4),
  };
  for (const sort of ['devices', 'booths', 'doors', 'shelves', 'walls', 'zones'] as const) {
    const test = on[sort] as (item: Items[Sort]) => boolean;
    const n = (plan[sort] as Items[Sort][]).findLastIndex(test);
    if (n >= 0) return { sort, n };
  }
  const edge = sides(plan.outline).some(([a, b]) => foot(at, a, b).far <= plan.thick / 2 + slack);
  return edge ? { sort: 'outline', n: 0 } : null;
}

// ---------------------------------------------------------------- what can be done

export function itemOf<S extends Sort>(plan: Plan, ref: { sort: S; n: number }): Items[S] | undefined {
  return plan[ref.sort][ref.n] as Items[S] | undefined;
}

/** With one thing otherwise. */
export function altered(plan: Plan, { sort, n }: Ref, patch: object): Plan {
  if (sort === 'outline') return { ...plan, ...patch };
  return { ...plan, [sort]: plan[sort].map((item, k) => (k === n ? { ...item, ...patch } : item)) };
}

export function added<S extends Sort>(plan: Plan, sort: S, item: Items[S]): [Plan, Ref] {
  return [
    { ...plan, [sort]: [...plan[sort], item] },
    { sort, n: plan[sort].length },
  ];
}

/** Without some things; the room itself stays. */
export function without(plan: Plan, refs: readonly Ref[]): Plan {
  const left = (sort: Sort) =>
    (plan[sort] as Items[Sort][]).filter((_, n) => !refs.some((ref) => sameRef(ref, { sort, n })));
  return { ...plan, ...Object.fromEntries(SORTS.map((sort) => [sort, left(sort)])) };
}

/** Some things with each of their points put elsewhere. */
function placed(plan: Plan, refs: readonly Ref[], where: (at: Point) => Point): Plan {
  const put = (at: Point): Point => whole(where(at));
  return refs.reduce((now, ref) => {
    if (ref.sort === 'outline') return altered(now, ref, { outline: now.outline.map(put) });
    const item = itemOf(now, ref as { sort: Sort; n: number });
    if (!item) return now;
    if ('a' in item) return altered(now, ref, { a: put(item.a), b: put(item.b) });
    if ('points' in item) return altered(now, ref, { points: item.points.map(put) });
    return altered(now, ref, { at: put(item.at) });
  }, plan);
}

export const moved = (plan: Plan, refs: readonly Ref[], by: Point): Plan =>
  placed(plan, refs, (at) => plus(at, by));

/** Turned clockwise about their middle, which is a thing's own where it is one; a camera looks the other way too. */
export function turned(plan: Plan, refs: readonly Ref[], by: number): Plan {
  if (refs.length === 0 || refs.some((ref) => ref.sort === 'outline')) return plan;
  const { x, y, w, h } = around(refs.flatMap((ref) => pointsOf(plan, ref)));
  const middle: Point = [x + w / 2, y + h / 2];
  const spins = placed(plan, refs, (at) => plus(middle, spun(minus(at, middle), by)));
  return refs.reduce((now, ref) => {
    const item = itemOf(now, ref as { sort: Sort; n: number });
    return item && 'turn' in item ? altered(now, ref, { turn: degrees(item.turn + by) }) : now;
  }, spins);
}

/** Where a thing stands: its place, its ends, or its corners. */
function pointsOf(plan: Plan, ref: Ref): readonly Point[] {
  if (ref.sort === 'outline') return plan.outline;
  const item = itemOf(plan, ref as { sort: Sort; n: number });
  if (!item) return [];
  return 'points' in item ? item.points : 'a' in item ? [item.a, item.b] : [item.at];
}

/** What stands wholly within a rectangle; never the room. */
export function framed(plan: Plan, a: Point, b: Point): Ref[] {
  const { x, y, w, h } = around([a, b]);
  const within = (at: Point) => at[0] >= x && at[0] <= x + w && at[1] >= y && at[1] <= y + h;
  return things(plan).filter((ref) => extent(plan, ref).every(within));
}

/** The outermost points of a thing as it is drawn. */
function extent(plan: Plan, ref: Ref): readonly Point[] {
  const item = ref.sort === 'outline' ? undefined : itemOf(plan, ref as { sort: Sort; n: number });
  if (!item || 'points' in item || 'a' in item) return pointsOf(plan, ref);
  if ('deep' in item) return corners(item.at, item.wide, item.deep, item.turn);
  if ('width' in item) return corners(item.at, item.width, 2 * plan.thick, item.turn);
  if ('booth' in item) return corners(item.at, BOOTH.wide, BOOTH.deep, item.turn);
  return corners(item.at, 28, 28, 0);
}

/** The same again beside them, but for booths, of which there is one each; null where nothing is left. */
export function doubled(plan: Plan, refs: readonly Ref[]): [Plan, Ref[]] | null {
  const made: Ref[] = [];
  let next = plan;
  for (const ref of refs) {
    if (ref.sort === 'outline' || ref.sort === 'booths') continue;
    const item = itemOf(next, ref as { sort: Sort; n: number });
    if (!item) continue;
    const fresh =
      'device' in item
        ? { ...item, device: freeName(next, item.kind) }
        : 'gate' in item
          ? { ...item, gate: '' }
          : { ...item };
    const [more, one] = added(next, ref.sort as Sort, fresh as Items[Sort]);
    next = more;
    made.push(one);
  }
  const [only] = made;
  if (!only) return null;
  const shelf = made.length === 1 && only.sort === 'shelves' ? next.shelves[only.n] : undefined;
  return [moved(next, made, shelf ? spun([shelf.wide + GRID, 0], shelf.turn) : [50, 50]), made];
}

/** `camera:3`: the first that is not taken. */
export function freeName(plan: Plan, kind: string): string {
  const taken = new Set(plan.devices.map((each) => each.device));
  let n = 1;
  while (taken.has(`${kind}:${n}`)) n++;
  return `${kind}:${n}`;
}

export type Handle = { at: Point; what: 'end' | 'corner' | 'middle' | 'turn' | 'size'; n: number };

/** Where one can take hold of a thing. `far` is how far its handle for turning stands off. */
export function handles(plan: Plan, ref: Ref, far: number): Handle[] {
  const polygon = (points: readonly Point[]): Handle[] => [
    ...sides(points).map(
      ([a, b], n): Handle => ({ at: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], what: 'middle', n }),
    ),
    ...points.map((at, n): Handle => ({ at, what: 'corner', n })),
  ];
  if (ref.sort === 'outline') return polygon(plan.outline);
  const item = itemOf(plan, ref as { sort: Sort; n: number });
  if (!item) return [];
  if ('points' in item) return polygon(item.points);
  if ('a' in item) return [item.a, item.b].map((at, n): Handle => ({ at, what: 'end', n }));
  if ('width' in item)
    return [-1, 1].map(
      (s, n): Handle => ({ at: plus(item.at, spun([(s * item.width) / 2, 0], item.turn)), what: 'size', n }),
    );
  const half = 'deep' in item ? item.deep / 2 : BOOTH.deep / 2;
  const turn: Handle = { at: plus(item.at, spun([0, half + far], item.turn)), what: 'turn', n: 0 };
  if (!('wide' in item)) return [turn];
  const size = corners(item.at, item.wide, item.deep, item.turn);
  return [...size.map((at, n): Handle => ({ at, what: 'size', n })), turn];
}

/** A thing with its handle pulled to a point that is snapped already. */
export function pulled(plan: Plan, ref: Ref, handle: Handle, at: Point, free = false): Plan {
  const points = (were: readonly Point[]): Point[] =>
    handle.what === 'middle'
      ? [...were.slice(0, handle.n + 1), at, ...were.slice(handle.n + 1)]
      : were.map((point, n) => (n === handle.n ? at : point));
  if (ref.sort === 'outline') return altered(plan, ref, { outline: points(plan.outline) });
  const item = itemOf(plan, ref as { sort: Sort; n: number });
  if (!item) return plan;
  if ('points' in item) return altered(plan, ref, { points: points(item.points) });
  if ('a' in item) return altered(plan, ref, handle.n === 0 ? { a: at } : { b: at });
  if (handle.what === 'turn') {
    const [dx, dy] = minus(at, item.at);
    const turn = (Math.atan2(-dx, dy) * 180) / Math.PI;
    return altered(plan, ref, { turn: degrees(free ? turn : Math.round(turn / 15) * 15) });
  }
  if ('width' in item) return altered(plan, ref, { width: clamp(2 * length(item.at, at), 40, 1000) });
  if ('wide' in item) {
    const still = corners(item.at, item.wide, item.deep, item.turn)[(handle.n + 2) % 4] as Point;
    const [wide, deep] = spun(minus(at, still), -item.turn).map((side) => clamp(Math.abs(side), 10, 5000));
    const sign = [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ][handle.n] as [number, number];
    const mid = plus(still, spun([(sign[0] * (wide ?? 10)) / 2, (sign[1] * (deep ?? 10)) / 2], item.turn));
    return altered(plan, ref, { at: whole(mid), wide, deep });
  }
  return plan;
}

export const clamp = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.round(value)));

/** A polygon without one of its corners; the same where it has but three. */
export function withoutCorner(points: readonly Point[], n: number): Point[] {
  return points.length > 3 ? points.filter((_, k) => k !== n) : [...points];
}

// ---------------------------------------------------------------- the way back

const STEPS = 200;

export interface History {
  past: readonly Plan[];
  now: Plan;
  future: readonly Plan[];
}

export const begin = (plan: Plan): History => ({ past: [], now: plan, future: [] });

export function did(history: History, plan: Plan): History {
  if (same(plan, history.now)) return history;
  return { past: [...history.past, history.now].slice(-STEPS), now: plan, future: [] };
}

export function undo({ past, now, future }: History): History {
  const last = past.at(-1);
  return last ? { past: past.slice(0, -1), now: last, future: [now, ...future] } : { past, now, future };
}

export function redo({ past, now, future }: History): History {
  const [next, ...rest] = future;
  return next ? { past: [...past, now], now: next, future: rest } : { past, now, future };
}

export const same = (a: Plan, b: Plan): boolean => JSON.stringify(a) === JSON.stringify(b);
