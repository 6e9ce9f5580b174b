// Texts of the exit's screen; its voice says the `voice-` ones.
import en from '../../src/paybooth/locales/en/gate.ftl?raw';
import zh from '../../src/paybooth/locales/zh-CN/gate.ftl?raw';
import type { GateView } from '../shared/contract';
import { type Language, name, speaker } from '../shared/fluent';

export const sayer = speaker(zh, en);

/** The sentence to speak now; empty while there is nothing to say. */
export function spoken(view: GateView, language: Language): string {
  if (view.voice === '') return '';
  const say = sayer(language);
  const [first] = view.items;
  const count = view.items.reduce((sum, item) => sum + item.count, 0);
  const thing = first && (first.name.zh || first.name.en) ? name(first.name, language) : say('no-name');
  return say(`voice-${view.voice}`, { name: thing, count });
}
