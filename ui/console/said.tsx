// What many forms say alike: why nothing came of it, and the reason that goes into the journal.
import type { Signal } from '@preact/signals';
import { say } from './words';

/** Why it could not be done; nothing where all is well. */
export function Fault({ text }: { text: string }) {
  return text ? (
    <p class="fault" role="alert">
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
