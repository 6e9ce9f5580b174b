// Where reads stand in the plot: pure geometry, so that it can be tested.
import type { ReadPoint } from '../shared/contract';

export const WIDTH = 560;
export const HEIGHT = 150;
const TOP_DBM = -30;
const LOW_DBM = -80;
const LEFT = 34;

export interface Spot {
  x: number;
  y: number;
}
export interface Trace {
  tag: number;
  zone: ReadPoint['zone'];
  spots: Spot[];
}
export interface Plot {
  traces: Trace[];
  /** dBm → y of the grid's lines. */
  grid: { dbm: number; y: number }[];
  /** x of the bookmark. */
  moment: number;
  /** Seconds before and after the bookmark, at the ends. */
  span: readonly [number, number];
}

export function yOf(dbm: number): number {
  const share = (TOP_DBM - Math.min(TOP_DBM, Math.max(LOW_DBM, dbm))) / (TOP_DBM - LOW_DBM);
  return Math.round(share * HEIGHT * 10) / 10;
}

/** One trace for each tag and antenna side, in order of time. */
export function plot(reads: readonly ReadPoint[], bookmark: number): Plot {
  const times = reads.map((read) => read.at_ms);
  const from = Math.min(bookmark, ...times) - 200;
  const to = Math.max(bookmark, ...times) + 200;
  const xOf = (at: number) => Math.round((LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT)) * 10) / 10;
  const traces = new Map<string, Trace>();
  for (const read of [...reads].sort((a, b) => a.at_ms - b.at_ms)) {
    const key = `${read.tag} ${read.zone}`;
    const trace = traces.get(key) ?? { tag: read.tag, zone: read.zone, spots: [] };
    trace.spots.push({ x: xOf(read.at_ms), y: yOf(read.rssi) });
    traces.set(key, trace);
  }
  return {
    traces: [...traces.values()],
    grid: [-40, -50, -60, -70].map((dbm) => ({ dbm, y: yOf(dbm) })),
    moment: xOf(bookmark),
    span: [(from - bookmark) / 1000, (to - bookmark) / 1000],
  };
}
