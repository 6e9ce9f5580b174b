// What the bench knows: the lab's truth, the booth's view, the journal; and how to act on the lab.
import { signal } from '@preact/signals';
import type { BoothView, Snapshot } from '../shared/contract';

export interface LabState {
  power: 'on' | 'off' | 'starting';
  network: 'up' | 'cut' | 'silent';
  scanner: boolean;
  printer: {
    paper_mm: number;
    out: boolean;
    off: boolean;
    cover_open: boolean;
    sheets: { number: number; length_mm: number }[];
  };
  phone: Record<
    Wallet,
    {
      balance_fen: number;
      ask_always: boolean;
      offline: boolean;
      prompt: { amount_fen: number; merchant: string } | null;
      presented_fen: number | null;
      last_paid_fen: number;
    }
  >;
  books: Record<Wallet, { charged_fen: number; given_back_fen: number; orders: number }>;
  faults: { channel: Wallet; name: string; at: string; times: number }[];
  site?: Site;
  /** Tokens of the pretend staff. */
  staff?: Record<string, string>;
  fault_menu: Record<string, string>;
  fault_at: { places: string[]; for: string[] };
}
/** One pack on its way; goods sold by weight have no tag. */
export interface Pack {
  sku: string;
  epc: string;
  scanned: boolean;
  /** The pad's reader told of it. */
  told: boolean;
}
/** The exit as it is, whatever the box thinks. */
export interface Site {
  door: {
    locked: boolean;
    open: boolean;
    why: 'locked' | 'button' | 'fire' | 'mains' | 'watchdog' | 'relay';
  };
  siren: boolean;
  lamps: { red: boolean; amber: boolean; green: boolean; call: boolean };
  mains: boolean;
  fire: boolean;
  board: 'on' | 'cut';
  reader: 'on' | 'blind' | 'cut';
  button: boolean;
  on_pad: boolean;
  bag: Pack[];
  back: Pack[];
  out: Pack[];
  walker: null | { to: 'out' | 'back'; y: number | null; waits: boolean };
  presses: number;
  opened: number;
}
export type Wallet = 'wechat' | 'alipay';

export interface Entry {
  seq: number;
  at_ms: number;
  kind: string;
  fact: Record<string, unknown>;
  hash: string;
}

export interface Product {
  sku: string;
  codes: string[];
  name_zh: string;
  name_en: string;
  price_fen: number | null;
  picture: string;
  weighed: boolean;
}

export const lab = signal<LabState | null>(null);
export const view = signal<BoothView | null>(null);
export const journal = signal<readonly Entry[]>([]);
export const goods = signal<readonly Product[]>([]);
export const language = signal<'zh-CN' | 'en'>(navigator.language.startsWith('zh') ? 'zh-CN' : 'en');
export interface PaymentCode {
  code: string;
  qr_svg: string;
  bars_svg: string;
  valid_s: number;
}
export const code = signal<(PaymentCode & { wallet: Wallet; made_ms: number }) | null>(null);
export const wallet = signal<Wallet>('wechat');

const JOURNAL_SHOWN = 60;
const ws = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`;

/** What the lab would not do, for some seconds. */
export const say = signal('');
const SAID_MS = 4000;
let silence = 0;

/** Ask the lab for something; what it refuses is said on the bench. */
export async function act<T = Record<string, unknown>>(
  name: string,
  args: Record<string, unknown> = {},
): Promise<T> {
  const answer = await fetch(`/lab/api/${name}`, { method: 'POST', body: JSON.stringify(args) });
  const found = (await answer.json()) as T & { detail?: string };
  if (!answer.ok) {
    say.value = found.detail ?? answer.statusText;
    clearTimeout(silence);
    silence = window.setTimeout(() => (say.value = ''), SAID_MS);
  }
  return found;
}

/** After a fire the door stays free until staff have looked. */
export function staffMustReset(): boolean {
  const last = journal.value.find((entry) => entry.kind === 'door.changed');
  return lab.value?.site?.fire === false && last?.fact.state === 'released_fire';
}

const RESET_TRIES = 10;
const RESET_AGAIN_MS = 300;

/** The pretend owner has looked: the fire is over. Refused while the box still senses it. */
export async function resetFire(): Promise<void> {
  for (let n = 0; n < RESET_TRIES; n++) {
    const answer = await fetch('/api/gates/exit/fire-reset', {
      method: 'POST',
      headers: { Authorization: `Bearer ${lab.value?.staff?.Bo ?? ''}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ reason: 'bench' }),
    });
    if (answer.ok) return;
    await new Promise((go) => setTimeout(go, RESET_AGAIN_MS));
  }
}

/** A socket that comes back for ever; `greeting` is what it says first, null while that is not known yet. */
function keep(
  path: string,
  hear: (data: unknown) => void,
  lost: () => void,
  greeting?: () => object | null,
): void {
  const open = () => {
    const first = greeting?.();
    if (first === null) {
      setTimeout(open, 200);
      return;
    }
    const socket = new WebSocket(ws + path);
    socket.onopen = () => first && socket.send(JSON.stringify(first));
    socket.onmessage = (message) => hear(JSON.parse(String(message.data)));
    socket.onclose = () => {
      lost();
      setTimeout(open, 700);
    };
  };
  open();
}

async function loadGoods(): Promise<void> {
  if (goods.value.length > 0) return;
  const answer = await fetch('/api/products?limit=500', {
    headers: { Authorization: `Bearer ${lab.value?.staff?.Amy ?? ''}` },
  });
  if (answer.ok) goods.value = ((await answer.json()) as { products: Product[] }).products;
}

/** The lab's truth alone, for a page that is not in the shop. */
export function startLab(): void {
  keep(
    '/lab/ws',
    (data) => {
      lab.value = data as LabState;
    },
    () => {},
  );
}

export function start(): void {
  keep(
    '/lab/ws',
    (data) => {
      lab.value = data as LabState;
      if (lab.value.power === 'on') void loadGoods();
    },
    () => {},
  );
  keep(
    '/ws/journal',
    (data) => {
      const entry = data as Entry;
      const rest = journal.value.filter((e) => e.seq < entry.seq);
      journal.value = [entry, ...rest].slice(0, JOURNAL_SHOWN);
    },
    () => {},
    () => (lab.value?.staff ? { type: 'staff', token: lab.value.staff.Amy } : null),
  );
  // the kiosk's own page sets the device cookie in its frame; until then this line waits
  keep(
    '/ws/kiosk/1',
    (data) => {
      const frame = data as Snapshot;
      if (frame.type === 'snapshot') view.value = frame.view;
    },
    () => {
      view.value = null;
    },
  );
}

export async function freshCode(): Promise<void> {
  const asked = wallet.value;
  const made = await act<PaymentCode>('code', { channel: asked });
  code.value = { ...made, wallet: asked, made_ms: performance.now() };
}

/** Let the scanner see the very code on the phone; false where no scanner listens. A code works once, so it is renewed. */
export async function holdPhone(): Promise<boolean> {
  if (code.value?.wallet !== wallet.value) await freshCode();
  const { seen } = await act<{ seen: boolean }>('scan', { code: code.value?.code ?? '' });
  if (seen) await freshCode();
  return seen;
}

/** Hold the phone to the port: the code the phone shows is scanned. */
export async function showPhone(): Promise<void> {
  await freshCode();
  if (code.value) await act('scan', { code: code.value.code });
}

export async function scanProduct(product: Product): Promise<void> {
  const gtin = product.codes.find((c) => /^\d{14}$/.test(c));
  if (product.weighed) {
    const grams = 300 + Math.floor(Math.random() * 900);
    const fen = Math.round(((product.price_fen ?? 0) * grams) / 1000);
    const label = await (await fetch(`/lab/api/label?item=${product.sku.slice(1)}&fen=${fen}`)).json();
    await act('scan', { code: label.code, sku: product.sku });
  } else if (gtin) {
    await act('scan', { code: gtin.replace(/^0/, ''), aim: ']E0', sku: product.sku });
  }
}
