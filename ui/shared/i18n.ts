// Texts of the kiosk: the Fluent files that receipts and voice share.
import en from '../../src/paybooth/locales/en/kiosk.ftl?raw';
import zh from '../../src/paybooth/locales/zh-CN/kiosk.ftl?raw';
import { speaker } from './fluent';

export { type Language, name, type Say } from './fluent';

export const sayer = speaker(zh, en);
