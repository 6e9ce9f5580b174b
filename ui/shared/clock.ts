// Shop time as text, whatever zone this machine is in.

const minute = new Intl.DateTimeFormat('zh-CN', {
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
  timeZone: 'UTC',
});
const second = new Intl.DateTimeFormat('zh-CN', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
  timeZone: 'UTC',
});

/** `14:33` in the shop. */
export function hhmm(ms: number, offset_minutes: number): string {
  return minute.format(ms + offset_minutes * 60_000);
}

/** `14:33:05` in the shop. */
export function hhmmss(ms: number, offset_minutes: number): string {
  return second.format(ms + offset_minutes * 60_000);
}
