// Looking around on the drawing board: which part of the room is shown, and how wheel, fingers and buttons change it.

import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { bounds, length, minus, type Plan, type Point } from './plan_model';

/** A part of the room, centimetres. */
export interface View {
  x: number;
  y: number;
  w: number;
  h: number;
}

const NEAREST = 150;
const FARTHEST = 30_000;
/** Centimetres around the room when all of it is shown. */
const AROUND = 60;

export interface Look {
  svg: RefObject<SVGSVGElement | null>;
  view: View;
  /** Centimetres that one pixel shows. */
  unit: number;
  /** What is under a pointer. */
  where: (event: { clientX: number; clientY: number }) => Point;
  /** Show all of the room. */
  fit: () => void;
  zoom: (by: number, mid?: Point) => void;
  /** Show what was `view`, pushed by as many pixels. */
  push: (view: View, by: Point) => void;
  /** A finger came down. True: it is the second, and what the first had hold of is let go. */
  touched: (event: PointerEvent) => boolean;
  /** A pointer moved. True: two fingers move the view. */
  pinched: (event: PointerEvent) => boolean;
  /** A finger left. True: it was one of two. */
  left: (event: PointerEvent) => boolean;
}

export function useLook(plan: Plan): Look {
  const svg = useRef<SVGSVGElement>(null);
  const size = useSignal({ w: 800, h: 500 });
  const shown = useSignal<View>({ x: 0, y: 0, w: 800, h: 500 });
  const fingers = useRef(new Map<number, Point>());
  const pinch = useRef<{ far: number; view: View; mid: Point } | null>(null);
  const view = shown.value;
  const room = useRef(plan);
  room.current = plan;

  const fit = () => {
    const all = bounds(room.current);
    const [w, h] = [all.w + 2 * AROUND, all.h + 2 * AROUND];
    const unit = Math.max(w / size.peek().w, h / size.peek().h);
    const [wide, high] = [unit * size.peek().w, unit * size.peek().h];
    shown.value = {
      x: all.x - AROUND - (wide - w) / 2,
      y: all.y - AROUND - (high - h) / 2,
      w: wide,
      h: high,
    };
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

  const where = (event: { clientX: number; clientY: number }): Point => {
    const box = svg.current?.getBoundingClientRect();
    const { x, y, w, h } = shown.peek();
    if (!box) return [0, 0];
    return [
      x + ((event.clientX - box.left) / box.width) * w,
      y + ((event.clientY - box.top) / box.height) * h,
    ];
  };
  /** Another width, with a point of the room at a share of the picture. */
  const scale = (from: View, by: number, mid: Point, share: Point) => {
    const w = Math.min(FARTHEST, Math.max(NEAREST, from.w * by));
    const h = from.h * (w / from.w);
    shown.value = { x: mid[0] - share[0] * w, y: mid[1] - share[1] * h, w, h };
  };
  const zoom = (by: number, mid?: Point) => {
    const from = shown.peek();
    const at = mid ?? [from.x + from.w / 2, from.y + from.h / 2];
    scale(from, by, at, [(at[0] - from.x) / from.w, (at[1] - from.y) / from.h]);
  };
  useEffect(() => {
    const node = svg.current;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, where(event));
    };
    node?.addEventListener('wheel', wheel, { passive: false });
    return () => node?.removeEventListener('wheel', wheel);
  }, []);

  const both = (): [number, Point] => {
    const [a, b] = [...fingers.current.values()] as [Point, Point];
    return [Math.max(1, length(a, b)), [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]];
  };
  const touched = (event: PointerEvent) => {
    svg.current?.setPointerCapture(event.pointerId);
    fingers.current.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.current.size !== 2) return false;
    const [far, [x, y]] = both();
    pinch.current = { far, view: shown.peek(), mid: where({ clientX: x, clientY: y }) };
    return true;
  };
  const pinched = (event: PointerEvent) => {
    if (fingers.current.has(event.pointerId))
      fingers.current.set(event.pointerId, [event.clientX, event.clientY]);
    const two = pinch.current;
    const box = svg.current?.getBoundingClientRect();
    if (!two || !box || fingers.current.size !== 2) return false;
    const [far, [x, y]] = both();
    scale(two.view, two.far / far, two.mid, [(x - box.left) / box.width, (y - box.top) / box.height]);
    return true;
  };
  const left = (event: PointerEvent) => {
    fingers.current.delete(event.pointerId);
    const two = pinch.current !== null;
    if (fingers.current.size === 0) pinch.current = null;
    return two;
  };
  const unit = view.w / size.value.w;
  const push = (from: View, by: Point) => {
    const [x, y] = minus([from.x, from.y], [by[0] * unit, by[1] * unit]);
    shown.value = { ...from, x, y };
  };
  return { svg, view, unit, where, fit, zoom, push, touched, pinched, left };
}
