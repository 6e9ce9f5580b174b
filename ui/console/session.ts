// Who looks: a token in this window alone, and what is asked of the box with it.
import { signal } from '@preact/signals';

const KEY = 'paybooth.token';

/** Empty: nobody yet. */
export const token = signal(sessionStorage.getItem(KEY) ?? '');
export const stranger = signal(false);

/** `#as=…` in the address is taken and wiped from it at once. */
export function takeFromAddress(): void {
  const given = /^#as=([\w-]+)$/.exec(location.hash)?.[1];
  if (!given) return;
  history.replaceState(null, '', location.pathname);
  enter(given);
}

export function enter(given: string): void {
  sessionStorage.setItem(KEY, given);
  stranger.value = false;
  token.value = given;
}

export function leave(unknown = false): void {
  sessionStorage.removeItem(KEY);
  stranger.value = unknown;
  token.value = '';
}

/** What the box said no with (RFC 9457); status 0: it did not answer. */
export class Problem extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** GET, or POST with a body. Throws Problem. */
export async function ask<T>(path: string, body?: object): Promise<T> {
  const headers = { Authorization: `Bearer ${token.value}`, 'Content-Type': 'application/json' };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new Problem(0, '');
  }
  const found = (await answer.json().catch(() => ({}))) as T & { detail?: string };
  if (answer.ok) return found;
  if (answer.status === 401) leave(true);
  throw new Problem(answer.status, found.detail ?? answer.statusText);
}
