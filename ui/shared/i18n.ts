// Texts of the kiosk: the Fluent files that receipts and voice share, in both languages at once.
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import en from '../../src/paybooth/locales/en/kiosk.ftl?raw';
import zh from '../../src/paybooth/locales/zh-CN/kiosk.ftl?raw';
import type { BoothView, Words } from './contract';

export type Language = BoothView['language'];

function bundle(language: Language, text: string): FluentBundle {
  const made = new FluentBundle(language, { useIsolating: false });
  made.addResource(new FluentResource(text));
  return made;
}

const bundles: Record<Language, FluentBundle> = { 'zh-CN': bundle('zh-CN', zh), en: bundle('en', en) };

/** A text by key; a missing key shows itself, so that a test can see it. */
export function text(language: Language, key: string, args?: Record<string, FluentVariable>): string {
  const message = bundles[language].getMessage(key);
  return message?.value ? bundles[language].formatPattern(message.value, args) : `⟨${key}⟩`;
}

export type Say = (key: string, args?: Record<string, FluentVariable>) => string;

export function sayer(language: Language): Say {
  return (key, args) => text(language, key, args);
}

/** A name from the catalogue in the shopper's language. */
export function name(words: Words, language: Language): string {
  return language === 'en' ? words.en || words.zh : words.zh;
}
