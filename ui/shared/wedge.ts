// A keyboard-wedge scanner types into the page; this turns its keys into scans and lets none of them reach anything else.

const GAP_MS = 60;
const SLOW_MS = 80;
const LEAST = 6;
const MOST = 4096;
const AIM = /^\][A-Za-z][0-9A-Za-z]/;

export interface WedgeScan {
  text: string;
  symbology: string | null;
}

/** One key after another; hands out a scan at Enter or Tab, or after a silence when enough characters came fast. */
export class Wedge {
  #text = '';
  #last = 0;
  #slow = 0;
  #give: (scan: WedgeScan) => void;

  constructor(give: (scan: WedgeScan) => void) {
    this.#give = give;
  }

  /** True when the key belongs to a scan and must go no further. */
  key(key: string, now: number, ctrl = false): boolean {
    if (this.#text && now - this.#last > SLOW_MS) this.#slow += 1;
    this.#last = now;
    if (key === 'Enter' || key === 'Tab') return this.#end();
    const char = ctrl && key === ']' ? '\u001d' : key;
    if (char.length !== 1 || (ctrl && char !== '\u001d')) return false;
    if (this.#text.length < MOST) this.#text += char;
    return true;
  }

  /** Call now and then: a scanner without a terminator ends by silence. */
  tick(now: number): void {
    if (this.#text && now - this.#last > GAP_MS) {
      if (this.#text.length >= LEAST && this.#slow === 0) this.#end();
      else if (now - this.#last > 1000) this.#clear();
    }
  }

  #end(): boolean {
    const { 0: text, 1: typed } = [this.#text, this.#slow > this.#text.length / 2];
    this.#clear();
    if (!text || typed) return false;
    const aim = AIM.exec(text);
    this.#give(aim ? { text: text.slice(3), symbology: aim[0] } : { text, symbology: null });
    return true;
  }

  #clear(): void {
    this.#text = '';
    this.#slow = 0;
  }
}

/** Listen to the whole page. */
export function listen(give: (scan: WedgeScan) => void): void {
  const wedge = new Wedge(give);
  addEventListener(
    'keydown',
    (event) => {
      if (event.repeat || event.altKey || event.metaKey) return;
      const wasTyping = document.activeElement instanceof HTMLButtonElement && event.key === 'Enter';
      if (wedge.key(event.key, event.timeStamp, event.ctrlKey) && !(wasTyping && event.key === 'Enter')) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true,
  );
  setInterval(() => wedge.tick(performance.now()), 30);
}
