// The doors as staff see them, and what they may do to one: each act says its effect and wants a reason.
import { useSignal } from '@preact/signals';
import type { DoorView } from '../shared/contract';
import { Fault } from './said';
import { ask, Problem } from './session';
import { say } from './words';

type Act = 'open' | 'silence' | 'fire-reset' | 'mode';
const MODES: readonly DoorView['mode'][] = [
  'open',
  'members',
  'staff',
  'delivery',
  'cleaning',
  'closing',
  'closed',
];
const FREE = new Set<DoorView['door']>([
  'unlocked_pulse',
  'open',
  'held_open',
  'released_fire',
  'released_fault',
]);

export function Doors({ doors }: { doors: readonly DoorView[] }) {
  if (doors.length === 0) return null;
  return (
    <section class="sheet doors">
      <h2>{say('doors')}</h2>
      {doors.map((door) => (
        <Door key={door.gate} door={door} />
      ))}
    </section>
  );
}

function Door({ door }: { door: DoorView }) {
  const wanted = useSignal<Act | ''>('');
  const acts: Act[] = [
    'open',
    ...(door.siren ? (['silence'] as const) : []),
    ...(door.fire ? (['fire-reset'] as const) : []),
    'mode',
  ];
  return (
    <article class={`door ${door.siren || door.fire || door.door === 'forced' ? 'bad' : ''}`}>
      <header>
        <b>{door.gate}</b>
        <span class={FREE.has(door.door) ? 'free' : ''}>{say(`door-${door.door}`)}</span>
      </header>
      <p class="facts">
        {door.siren && <strong>{say('siren')}</strong>}
        {door.fire && <strong>{say('fire-latched')}</strong>}
        <span>
          {say('mode')} {say(`mode-${door.mode}`)}
        </span>
        <span>{say(door.limit ? 'inside-of' : 'inside', { count: door.inside, limit: door.limit })}</span>
        <span class={`health ${door.reader}`}>
          {say('reader')} {say(`health-${door.reader}`)}
        </span>
        <span class={`health ${door.board}`}>
          {say('board')} {say(`health-${door.board}`)}
        </span>
      </p>
      <div class="acts">
        {acts.map((act) => (
          <button
            type="button"
            key={act}
            aria-pressed={wanted.value === act}
            onClick={() => (wanted.value = wanted.value === act ? '' : act)}
          >
            {say(`act-${act}`)}
          </button>
        ))}
      </div>
      {wanted.value && <Order door={door} act={wanted.value} done={() => (wanted.value = '')} />}
    </article>
  );
}

/** One act: its effect, its reason, and the word to do it. */
function Order({ door, act, done }: { door: DoorView; act: Act; done: () => void }) {
  const reason = useSignal('');
  const mode = useSignal(door.mode);
  const fault = useSignal('');
  const send = async (event: Event) => {
    event.preventDefault();
    const body = { reason: reason.value.trim(), ...(act === 'mode' ? { mode: mode.value } : {}) };
    try {
      await ask(`/api/gates/${door.gate}/${act}`, body);
      done();
    } catch (error) {
      fault.value = error instanceof Problem && error.status ? error.message : say('offline-problem');
    }
  };
  return (
    <form class="order" onSubmit={(event) => void send(event)}>
      <p>{say(`act-${act}-effect`)}</p>
      {act === 'mode' && (
        <select
          aria-label={say('mode')}
          value={mode.value}
          onChange={(event) => (mode.value = event.currentTarget.value as DoorView['mode'])}
        >
          {MODES.map((each) => (
            <option key={each} value={each}>
              {say(`mode-${each}`)}
            </option>
          ))}
        </select>
      )}
      <input
        value={reason.value}
        maxLength={200}
        onInput={(event) => (reason.value = event.currentTarget.value)}
        placeholder={say('reason-field')}
        aria-label={say('reason-field')}
      />
      <Fault text={fault.value} />
      <div class="acts">
        <button type="button" onClick={done}>
          {say('cancel')}
        </button>
        <button type="submit" class="strong" disabled={!reason.value.trim()}>
          {say('do')}
        </button>
      </div>
    </form>
  );
}
