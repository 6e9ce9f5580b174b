// What the box says of what stands in a form: asked again a moment after it changed, and only the newest answer counts.
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { words } from './act';

const MOMENT_MS = 250;

/** `asked` is what goes to the box, or null where there is nothing to ask. */
export function useAnswer<T>(
  asked: object | null,
  ask: (asked: object) => Promise<T>,
): { found: Signal<T | null>; fault: Signal<string> } {
  const found = useSignal<T | null>(null);
  const fault = useSignal('');
  const text = JSON.stringify(asked);
  useEffect(() => {
    if (asked === null) {
      found.value = null;
      fault.value = '';
      return;
    }
    let stale = false;
    const timer = setTimeout(() => {
      ask(asked)
        .then((answer) => {
          if (stale) return;
          found.value = answer;
          fault.value = '';
        })
        .catch((error: unknown) => {
          if (!stale) fault.value = words(error);
        });
    }, MOMENT_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [text]);
  return { found, fault };
}
