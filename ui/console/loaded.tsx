// Something read from the box before it can be shown: a skeleton meanwhile, words and a button where it cannot be had.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { words } from './act';
import { Skeleton } from './app';
import { Fault } from './said';
import { change, type Seen } from './session';
import { say } from './words';

interface LoadedProps<T> {
  path: string;
  title: string;
  /** What is at hand already, and is not read again. */
  kept?: Seen<T>;
  children: (seen: Seen<T>) => ComponentChildren;
}

export function Loaded<T>({ path, title, kept, children }: LoadedProps<T>) {
  const seen = useSignal<Seen<T> | null>(kept ?? null);
  const fault = useSignal('');
  const load = async () => {
    fault.value = '';
    try {
      seen.value = await change<T>('GET', path);
    } catch (error) {
      fault.value = words(error);
    }
  };
  useEffect(() => {
    if (!kept) void load();
  }, []);
  if (seen.value) return <>{children(seen.value)}</>;
  if (!fault.value) return <Skeleton />;
  return (
    <section class="sheet empty">
      <h1>{title}</h1>
      <Fault text={fault.value} />
      <button type="button" class="next" onClick={() => void load()}>
        {say('again')}
      </button>
    </section>
  );
}
