// One act of staff: its effect, what it wants to know, and the word to do it. Waits for the box; says why not.
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { list } from './live';
import { Fault } from './said';
import { Problem } from './session';
import { say } from './words';

export interface Field {
  key: string;
  /** Key of its text. */
  label: string;
  type: 'text' | 'yuan' | 'minutes' | 'check' | 'gate';
  most?: number;
  /** May be left empty. */
  free?: boolean;
}

type Given = Record<string, string>;

export function Act(props: {
  effect: string;
  fields: readonly Field[];
  label: string;
  done: () => void;
  /** Throws Problem. */
  send: (given: Given) => Promise<unknown>;
}) {
  const gates = list.value?.doors.map((door) => door.gate) ?? [];
  const given = useSignal<Given>(
    Object.fromEntries(props.fields.filter((f) => f.type === 'gate').map((f) => [f.key, gates[0] ?? ''])),
  );
  const fault = useSignal('');
  const busy = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>('input:not([type=checkbox])')?.focus(), []);
  const ready = props.fields.every((field) => field.free || fits(field, given.value[field.key] ?? ''));
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready || busy.value) return;
    busy.value = true;
    fault.value = '';
    try {
      await props.send(Object.fromEntries(Object.entries(given.value).map(([k, v]) => [k, v.trim()])));
      props.done();
    } catch (error) {
      fault.value = words(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form class="order" ref={form} onSubmit={(event) => void submit(event)}>
      <p>{props.effect}</p>
      {props.fields.map((field) => (
        <Input
          key={field.key}
          field={field}
          gates={gates}
          value={given.value[field.key] ?? ''}
          set={(value) => (given.value = { ...given.value, [field.key]: value })}
        />
      ))}
      <Fault text={fault.value} />
      <div class="acts">
        <button type="button" onClick={props.done}>
          {say('cancel')}
        </button>
        <button type="submit" class="strong" disabled={!ready || busy.value}>
          {busy.value ? say('doing') : props.label}
        </button>
      </div>
    </form>
  );
}

/** What the box said no with, in the reader's language where there are words for it. */
export function words(error: unknown): string {
  if (!(error instanceof Problem) || error.status === 0) return say('offline-problem');
  const key = `why-${error.why}`;
  const known = error.why ? say(key) : '';
  return known && !known.startsWith('⟨') ? known : error.message;
}

function fits(field: Field, value: string): boolean {
  if (field.type === 'yuan') return /^\d{1,5}(\.\d{1,2})?$/.test(value.trim()) && Number(value) > 0;
  if (field.type === 'minutes') return /^[1-9]\d{0,2}$/.test(value.trim()) && Number(value) <= 480;
  return field.type === 'check' ? value === 'yes' : value.trim() !== '';
}

function Input(props: { field: Field; gates: string[]; value: string; set: (value: string) => void }) {
  const { field, gates, value, set } = props;
  const label = say(field.label);
  if (field.type === 'check')
    return (
      <label class="check">
        <input
          type="checkbox"
          checked={value === 'yes'}
          onChange={(event) => set(event.currentTarget.checked ? 'yes' : '')}
        />
        {label}
      </label>
    );
  if (field.type === 'gate')
    return (
      <label>
        {label}
        <select value={value} onChange={(event) => set(event.currentTarget.value)}>
          {gates.map((gate) => (
            <option key={gate}>{gate}</option>
          ))}
        </select>
      </label>
    );
  return (
    <label>
      {label}
      <input
        value={value}
        type="text"
        maxLength={field.most ?? 12}
        inputMode={field.type === 'yuan' ? 'decimal' : field.type === 'minutes' ? 'numeric' : undefined}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </label>
  );
}
