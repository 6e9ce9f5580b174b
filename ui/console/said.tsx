// What many forms say alike: what came of it, why nothing came of it, and the reason that goes into the journal.
import type { Signal } from '@preact/signals';
import { say } from './words';

/** Why it could not be done, and a way to try it again where there is one; nothing where all is well. */
export function Fault({ text, again }: { text: string; again?: () => void }) {
  return text ? (
    <p class="fault" role="alert">
      {text}{' '}
      {again && (
        <button type="button" onClick={again}>
          {say('again')}
        </button>
      )}
    </p>
  ) : null;
}

/** What came of it; nothing before. */
export function Done({ text }: { text: string }) {
  return text ? (
    <p class="done" role="status">
      {text}
    </p>
  ) : null;
}

export function Reason({ of: reason }: { of: Signal<string> }) {
  return (
    <label>
      {say('reason-field')}
      <input
        value={reason.value}
        maxLength={200}
        onInput={(event) => (reason.value = event.currentTarget.value)}
      />
    </label>
  );
}
