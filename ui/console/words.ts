// Texts of the console, and the language it is read in.
import { signal } from '@preact/signals';
import enConsole from '../../src/paybooth/locales/en/console.ftl?raw';
import en from '../../src/paybooth/locales/en/incidents.ftl?raw';
import enKiosk from '../../src/paybooth/locales/en/kiosk.ftl?raw';
import enMoney from '../../src/paybooth/locales/en/money.ftl?raw';
import enReports from '../../src/paybooth/locales/en/reports.ftl?raw';
import enStaff from '../../src/paybooth/locales/en/staff.ftl?raw';
import zhConsole from '../../src/paybooth/locales/zh-CN/console.ftl?raw';
import zh from '../../src/paybooth/locales/zh-CN/incidents.ftl?raw';
import zhKiosk from '../../src/paybooth/locales/zh-CN/kiosk.ftl?raw';
import zhMoney from '../../src/paybooth/locales/zh-CN/money.ftl?raw';
import zhReports from '../../src/paybooth/locales/zh-CN/reports.ftl?raw';
import zhStaff from '../../src/paybooth/locales/zh-CN/staff.ftl?raw';
import { type Language, type Say, speaker } from '../shared/fluent';
import { now, shop } from './live';

/** The kiosk's texts are for the mirror; where the console has the same key, it speaks (no other file repeats one). */
const sayer = speaker(
  [zhConsole, zh, zhStaff, zhMoney, zhReports, zhKiosk].join('\n'),
  [enConsole, en, enStaff, enMoney, enReports, enKiosk].join('\n'),
);
export const language = signal<Language>(navigator.language.startsWith('zh') ? 'zh-CN' : 'en');
/** A page that comes later brings its texts with it. */
export const learn = sayer.learn;
export const say: Say = (key, args) => sayer(language.value)(key, args);

/** What a product is called here. */
export function called(product: { name_zh: string; name_en: string }): string {
  return language.value === 'en' ? product.name_en || product.name_zh : product.name_zh;
}

const CLOCKS = new Map<string, Intl.DateTimeFormat>();

/** The shop's time told as if it were UTC: consoles far away read the same clock as the receipt. */
function there(ms: number): number {
  return ms + (shop.value?.utc_offset_minutes ?? 480) * 60_000;
}

/** `23:41:31` of the shop's day. */
export function clock(ms: number): string {
  let format = CLOCKS.get(language.value);
  if (!format) {
    format = new Intl.DateTimeFormat(language.value, {
      timeStyle: 'medium',
      hourCycle: 'h23',
      timeZone: 'UTC',
    });
    CLOCKS.set(language.value, format);
  }
  return format.format(there(ms));
}

/** The shop's day, in full. */
export function date(ms: number): string {
  return new Date(there(ms)).toLocaleDateString(language.value, { dateStyle: 'full', timeZone: 'UTC' });
}

/** `1 Dec`: near days, where there is little room. */
export function shortDate(ms: number): string {
  return new Date(there(ms)).toLocaleDateString(language.value, {
    month: 'short',
    day: 'numeric',
    timeZone: 'UTC',
  });
}

/** A gate, booth or device by its name. */
export function where(place: string): string {
  const [kind, name] = place.split(':');
  if (!name) return place;
  if (kind === 'pay') return say(name);
  const text = say(kind === 'booth' ? 'booth' : `device-${kind}`, { booth: name, place: name });
  return text.startsWith('⟨') ? place : text;
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

/** ISO date of the shop's day so many days from now. */
export function day(shift: number): string {
  return new Date(there(now()) + shift * 86_400_000).toISOString().slice(0, 10);
}
