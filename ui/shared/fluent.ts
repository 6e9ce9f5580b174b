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

/** Who says a page's texts; a missing key shows itself, so that a test can see it. */
export function speaker(zh: string, en: string): (language: Language) => Say {
  const bundles: Record<Language, FluentBundle> = { 'zh-CN': bundle('zh-CN', zh), en: bundle('en', en) };
  return (language) => (key, args) => {
    const message = bundles[language].getMessage(key);
    return message?.value ? bundles[language].formatPattern(message.value, args) : `⟨${key}⟩`;
  };
}

/** A name from the catalogue in the reader's language. */
export function name(words: Words, language: Language): string {
  return language === 'en' ? words.en || words.zh : words.zh;
}
