// Who looks: a session's cookie, or a token in this window alone; and what is asked of the box with it.
import { signal } from '@preact/signals';

const KEY = 'paybooth.token';

export interface Me {
  name: string;
  role: string;
  may: string[];
  /** 0: a token, which has no session. */
  session: number;
  fresh: boolean;
  sensitive: string[];
  /** Has an authenticator app. */
  code: boolean;
  passkeys: number;
}

/** Empty: the cookie says who. */
export const token = signal(sessionStorage.getItem(KEY) ?? '');
/** undefined: not known yet; null: nobody. */
export const me = signal<Me | null | undefined>(undefined);
/** The box did not say who this is. */
export const mute = signal(false);
export const stranger = signal(false);
/** A one-time link that was opened and not used yet. */
export const link = signal('');
/** Somebody is asked to prove again who they are; called with whether they did. */
export const proving = signal<((done: boolean) => void) | null>(null);

/** `#as=…` and `#link=…` in the address are taken and wiped from it at once; whether there was one. */
export function takeFromAddress(): boolean {
  const found = /^#(as|link)=([\w-]+)$/.exec(location.hash);
  if (!found?.[1] || !found[2]) return false;
  history.replaceState(null, '', location.pathname + location.search);
  if (found[1] === 'as') keep(found[2]);
  else link.value = found[2];
  return true;
}

function keep(given: string): void {
  if (given) sessionStorage.setItem(KEY, given);
  else sessionStorage.removeItem(KEY);
  token.value = given;
}

/** Ask the box who this is. */
export async function resume(): Promise<void> {
  mute.value = false;
  try {
    me.value = await ask<Me>('/api/session');
  } catch (error) {
    if (error instanceof Problem && error.status === 401) me.value = null;
    else mute.value = true;
  }
}

/** A token typed by hand. */
export async function enter(given: string): Promise<void> {
  keep(given);
  stranger.value = false;
  await resume();
}

export function welcome(who: Me): void {
  keep('');
  link.value = '';
  stranger.value = false;
  me.value = who;
}

/** Nobody looks any more; `unknown`: the box does not know them. */
export function leave(unknown = false): void {
  if (!unknown && !token.value && me.value) void send('DELETE', '/api/session').catch(() => {});
  stranger.value = unknown && token.value !== '';
  keep('');
  me.value = null;
}

export function may(act: string): boolean {
  return me.value?.may.includes(act) ?? false;
}

/** What the box said no with (RFC 9457); status 0: it did not answer. */
export class Problem extends Error {
  readonly status: number;
  /** The key of the reason, where the box names one. */
  readonly why: string;
  readonly next: string;
  /** Seconds until another try is worth it. */
  readonly wait: number;
  constructor(status: number, detail: string, more: { why?: string; next?: string; wait?: number } = {}) {
    super(detail);
    this.status = status;
    this.why = more.why ?? '';
    this.next = more.next ?? '';
    this.wait = more.wait ?? 0;
  }
}

/** GET, or POST with a body. Throws Problem. */
export function ask<T>(path: string, body?: object): Promise<T> {
  return send<T>(body === undefined ? 'GET' : 'POST', path, body);
}

/** What the box holds, and the version that a change of it has to name. */
export interface Seen<T> {
  found: T;
  version: string;
}

/** Ask with the version that was seen; what is found comes with its own. Throws Problem; 412: somebody was quicker. */
export async function change<T>(
  method: 'GET' | 'PUT' | 'POST',
  path: string,
  body?: object | string,
  seen = '',
): Promise<Seen<T>> {
  const answer = await knock(method, path, body, seen ? { 'If-Match': seen } : {});
  const found = (await answer.json().catch(() => ({}))) as T & Refused;
  if (answer.ok) return { found, version: answer.headers.get('ETag') ?? '' };
  if (found.confirm && (await proved())) return change<T>(method, path, body, seen);
  throw new Problem(answer.status, found.detail ?? answer.statusText, found.why ? { why: found.why } : {});
}

/** Ask the box; where it wants to know again who asks, ask them, then the box once more. Throws Problem. */
export async function send<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await knock(method, path, body);
  const found = (await answer.json().catch(() => ({}))) as T & Refused;
  if (answer.ok) return found;
  if (found.confirm && (await proved())) return send<T>(method, path, body);
  if (answer.status === 401 && me.value && path !== '/api/session/confirm') leave(true);
  const { why, next } = found;
  const wait = Number(answer.headers.get('Retry-After') ?? 0);
  throw new Problem(answer.status, found.detail ?? answer.statusText, { why, next, wait });
}

interface Refused {
  detail?: string;
  why?: string;
  next?: string;
  confirm?: boolean;
}

/** Save what the box answers as a file. Throws Problem. */
export async function save(path: string, name: string): Promise<void> {
  keepFile(await fetched(path), name);
}

/** What the box answers as it is: a picture, a PDF. GET, or POST with a body. Throws Problem. */
export async function fetched(path: string, body?: object): Promise<Blob> {
  const answer = await knock(body === undefined ? 'GET' : 'POST', path, body);
  if (!answer.ok) throw await refusal(answer);
  return answer.blob();
}

/** POST a file as it is. Throws Problem. */
export async function upload<T>(path: string, file: Blob): Promise<T> {
  const answer = await knock('POST', path, file, { 'Content-Type': 'application/octet-stream' });
  if (!answer.ok) throw await refusal(answer);
  return (await answer.json()) as T;
}

async function refusal(answer: Response): Promise<Problem> {
  const { detail, why } = (await answer.json().catch(() => ({}))) as Refused;
  return new Problem(answer.status, detail ?? answer.statusText, why ? { why } : {});
}

/** Let the browser keep this under that name. */
export function keepFile(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function knock(
  method: string,
  path: string,
  body?: object | string | Blob,
  more: Record<string, string> = {},
): Promise<Response> {
  const headers: Record<string, string> = {
    'Content-Type': typeof body === 'string' ? 'text/csv' : 'application/json',
    ...more,
  };
  if (token.value) headers.Authorization = `Bearer ${token.value}`;
  try {
    return await fetch(path, {
      method,
      headers,
      ...(body !== undefined && {
        body: typeof body === 'string' || body instanceof Blob ? body : JSON.stringify(body),
      }),
    });
  } catch {
    throw new Problem(0, '');
  }
}

function proved(): Promise<boolean> {
  return new Promise((done) => {
    proving.value = (is) => {
      proving.value = null;
      done(is);
    };
  });
}
