// Drawings of our own, 16 units wide, 2 px ink line.
const PATHS = {
  alert: 'M8 2 14.5 13.5h-13zM8 6.5v3M8 11.6v.2',
  back: 'M10 3 5 8l5 5',
  bell: 'M8 2a4 4 0 0 1 4 4c0 4 1.5 5 1.5 5h-11S4 10 4 6a4 4 0 0 1 4-4zM6.5 13.5h3',
  booth: 'M2 13.5h12M3.5 13.5V6h9v7.5M5.5 2.5h5V6h-5z',
  camera: 'M2 4.5h9v7H2zM11 7l3.5-2v6L11 9',
  chart: 'M2 14h12M4 14V9M8 14V3M12 14V6',
  check: 'm3 8.5 3.5 3.5L13 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  dash: 'M4 8h8',
  door: 'M4 14.5v-13h8v13M2.5 14.5h11M9.5 8v.5',
  down: 'm4 6 4 4 4-4',
  gear: 'M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4',
  key: 'M5 6.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M7.2 8.3 13.5 2M10.5 5l2 2',
  leave: 'M6.5 2.5h-4v11h4M6 8h8M11 5l3 3-3 3',
  lock: 'M4 7h8v7H4zM5.5 7V4.5a2.5 2.5 0 0 1 5 0V7',
  live: 'M8 7.5v1M4.2 4.2a5.4 5.4 0 0 0 0 7.6M11.8 4.2a5.4 5.4 0 0 1 0 7.6M6.3 6.3a2.4 2.4 0 0 0 0 3.4M9.7 6.3a2.4 2.4 0 0 1 0 3.4',
  link: 'M6.5 9.5 9.5 6.5M7 4.5l1.5-1.5a3 3 0 0 1 4.5 4.5L11.5 9M9 11.5 7.5 13a3 3 0 0 1-4.5-4.5L4.5 7',
  mic: 'M8 1.5a2 2 0 0 1 2 2v4a2 2 0 0 1-4 0v-4a2 2 0 0 1 2-2M3.5 7.5a4.5 4.5 0 0 0 9 0M8 12v2.5',
  money: 'M1.5 4h13v8h-13zM8 6.3a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4z',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  paper: 'M3.5 1.5h9v13l-1.5-1-1.5 1-1.5-1-1.5 1-1.5-1-1.5 1zM6 5h4M6 8h4',
  person: 'M8 2.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2M2.8 14c.4-3.6 2.3-5 5.2-5s4.8 1.4 5.2 5',
  phone: 'M4.5 1.5h7v13h-7zM7 12.5h2',
  plan: 'M2 2.5h12v11H2zM8 2.5v4M8 9.5v4M2 8h3',
  plug: 'M5.5 1.5v4M10.5 1.5v4M3.5 5.5h9v2a4.5 4.5 0 0 1-9 0zM8 12v2.5',
  pointer: 'M4 2l8.5 7H8l-2.2 4.5z',
  plus: 'M8 3v10M3 8h10',
  printer: 'M4.5 6V2h7v4M4.5 11.5h-3V6h13v5.5h-3M4.5 9.5h7v5h-7z',
  refresh: 'M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5V4.5h-3',
  say: 'M2 3h12v8H7l-3 3v-3H2zM5 6h6M5 8.3h4',
  scan: 'M2 5V2.5h3M11 2.5h3V5M14 11v2.5h-3M5 13.5H2V11M4.5 5.5v5M7 5.5v5M9 5.5v5M11.5 5.5v5',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.5 10.5l4 4',
  shelf: 'M2.5 2v12M13.5 2v12M2.5 5h11M2.5 9h11M2.5 13h11',
  several: 'M2 2h5v5H2zM9 9h5v5H9zM11.5 2v5M9 4.5h5M2 11.5h5',
  sound: 'M2.5 6v4H5l3.5 3V3L5 6zM11 5.5a3.5 3.5 0 0 1 0 5',
  tag: 'M2 2h6l6 6-6 6-6-6zM5 5v.1',
  unknown: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M6.3 6.5c0-2.2 3.4-2.2 3.4 0 0 1.3-1.7 1.4-1.7 2.7M8 11.3v.1',
  wall: 'M2 13.5V4h10',
  zone: 'M2 2.5h3M7 2.5h3M12 2.5h1.5v3M13.5 8v3M13.5 13v.5h-3M8 13.5H5M3 13.5H2v-3M2 8V5',
  undo: 'M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8h-3',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, big = false }: { name: IconName; big?: boolean }) {
  return (
    <svg class={big ? 'i big' : 'i'} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
