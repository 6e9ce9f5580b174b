// What may move, and how a sum counts.
import type { Comfort } from '../shared/contract';

export const COUNT_MS = 120;

/** Whether this machine asks for less motion. */
export function machineIsStill(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** The shopper and the machine each can say no. */
export function isStill(comfort: Comfort): boolean {
  return comfort.reduced_motion || machineIsStill();
}

/** What to show `passed` ms into the way from one sum to another: never beyond either. */
export function between(from: number, to: number, passed: number): number {
  const way = Math.min(1, Math.max(0, passed / COUNT_MS));
  return Math.round(from + (to - from) * way);
}
