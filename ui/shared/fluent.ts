// Texts out of Fluent files, in both languages at once: each page hands in the files it speaks from.
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import type { BoothView, Words } from './contract';

export type Language = BoothView['language'];
export type Say = (key: string, args?: Record<string, FluentVariable>) => string;

function bundle(language: Language, text: string): FluentBundle {
  const made = new FluentBundle(language, { useIsolating: false });
  made.addResource(new FluentResource(text));
  return made;
}

export interface Speaker {
  (language: Language): Say;
  /** Texts that a page brings when it is opened; what is known already stays. */
  learn(zh: string, en: string): void;
}

/** Who says a page's texts; a missing key shows itself, so that a test can see it. */
export function speaker(zh: string, en: string): Speaker {
  const bundles: Record<Language, FluentBundle> = { 'zh-CN': bundle('zh-CN', zh), en: bundle('en', en) };
  const speak: Speaker = (language) => (key, args) => {
    const message = bundles[language].getMessage(key);
    return message?.value ? bundles[language].formatPattern(message.value, args) : `⟨${key}⟩`;
  };
  speak.learn = (moreZh, moreEn) => {
    bundles['zh-CN'].addResource(new FluentResource(moreZh));
    bundles.en.addResource(new FluentResource(moreEn));
  };
  return speak;
}

/** A name from the catalogue in the reader's language. */
export function name(words: Words, language: Language): string {
  return language === 'en' ? words.en || words.zh : words.zh;
}
