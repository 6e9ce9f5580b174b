// Texts of the console, and the language it is read in.
import { signal } from '@preact/signals';
import en from '../../src/paybooth/locales/en/incidents.ftl?raw';
import enStaff from '../../src/paybooth/locales/en/staff.ftl?raw';
import zh from '../../src/paybooth/locales/zh-CN/incidents.ftl?raw';
import zhStaff from '../../src/paybooth/locales/zh-CN/staff.ftl?raw';
import { type Language, type Say, speaker } from '../shared/fluent';

const sayer = speaker(`${zh}\n${zhStaff}`, `${en}\n${enStaff}`);
export const language = signal<Language>(navigator.language.startsWith('zh') ? 'zh-CN' : 'en');
export const say: Say = (key, args) => sayer(language.value)(key, args);

const CLOCKS = new Map<string, Intl.DateTimeFormat>();

/** `23:41:31` of the reader's day. */
export function clock(ms: number): string {
  let format = CLOCKS.get(language.value);
  if (!format) {
    format = new Intl.DateTimeFormat(language.value, { timeStyle: 'medium', hourCycle: 'h23' });
    CLOCKS.set(language.value, format);
  }
  return format.format(ms);
}

/** `00:47`, `1:02:03`: how long ago. */
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  return `${hours ? `${hours}:` : ''}${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** `3 minutes ago`, in whole units. */
export function ago(ms: number): string {
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: 'auto' });
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return format.format(-minutes, 'minute');
  if (minutes < 48 * 60) return format.format(-Math.floor(minutes / 60), 'hour');
  return format.format(-Math.floor(minutes / 1440), 'day');
}
