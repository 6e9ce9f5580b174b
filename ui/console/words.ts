// Texts of the console, and the language it is read in.
import { signal } from '@preact/signals';
import en from '../../src/paybooth/locales/en/incidents.ftl?raw';
import zh from '../../src/paybooth/locales/zh-CN/incidents.ftl?raw';
import { type Language, type Say, speaker } from '../shared/fluent';

const sayer = speaker(zh, en);
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
