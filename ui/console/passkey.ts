// Passkeys: what the box asks, handed to the browser's authenticator, and what it answers, handed back.
import { ask, type Me, send } from './session';

export interface PasskeyRow {
  id: string;
  label: string;
  site: string;
  made_ms: number;
  used_ms: number;
}
interface Asked<T> {
  options: T;
}

/** Whether this browser can, here: it wants HTTPS (or this very computer) and a name, not a number, in the address. */
export function passkeysHere(): boolean {
  const number = /^[\d.]+$|^\[/.test(location.hostname);
  return isSecureContext && !number && typeof globalThis.PublicKeyCredential === 'function';
}

/** The reader turned away, or took too long: nothing to complain about. */
export function gaveUp(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError');
}

/** Prove oneself by a passkey at `path`; who one is then. Throws Problem, or what `gaveUp` knows. */
export async function prove(path: '/api/session/passkey' | '/api/session/confirm/passkey'): Promise<Me> {
  const { options } = await ask<Asked<PublicKeyCredentialRequestOptionsJSON>>(`${path}/options`, {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const found = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  return ask<Me>(path, { credential: found.toJSON() });
}

/** A new passkey, kept under this label. Throws as `prove`. */
export async function make(label: string): Promise<void> {
  const { options } = await ask<Asked<PublicKeyCredentialCreationOptionsJSON>>(
    '/api/me/passkeys/options',
    {},
  );
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  await ask('/api/me/passkeys', { label, credential: made.toJSON() });
}

export async function mine(): Promise<PasskeyRow[]> {
  return (await ask<{ passkeys: PasskeyRow[] }>('/api/me/passkeys')).passkeys;
}

export function drop(id: string): Promise<unknown> {
  return send('DELETE', `/api/me/passkeys/${id}`);
}
