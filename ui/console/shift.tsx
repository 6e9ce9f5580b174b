// The shift: the last word of whoever went, taking it over, and leaving one's own.
import { useSignal } from '@preact/signals';
import { words } from './act';
import { Icon } from './icons';
import { now, shop } from './live';
import { to } from './route';
import { Fault } from './said';
import { ask, may, me } from './session';
import { ago, clock, say } from './words';

/** A word that nobody took yet, for everybody but who left it. */
export function Waiting() {
  const last = shop.value?.handover;
  if (!last || last.taken_by || last.by === me.value?.name || !may('handle_incidents')) return null;
  return (
    <section class="sheet shift fresh">
      <Word />
    </section>
  );
}

/** The newest word whole, and the place to leave one. */
export function Shift() {
  const writing = useSignal(false);
  const text = useSignal('');
  const fault = useSignal('');
  const mine = may('handle_incidents');
  const leave = async (event: Event) => {
    event.preventDefault();
    fault.value = '';
    try {
      await ask('/api/shift/hand-over', { text: text.value.trim() });
      writing.value = false;
      text.value = '';
    } catch (error) {
      fault.value = words(error);
    }
  };
  return (
    <section class="sheet shift">
      <h2>{say('shift')}</h2>
      {shop.value?.handover ? <Word /> : <p class="note">{say('shift-none')}</p>}
      {mine && !writing.value && (
        <div class="acts">
          <button type="button" onClick={() => (writing.value = true)}>
            {say('shift-leave')}
          </button>
        </div>
      )}
      {writing.value && (
        <form class="order" onSubmit={(event) => void leave(event)}>
          <p>{say('shift-leave-effect')}</p>
          <textarea
            rows={4}
            maxLength={2000}
            value={text.value}
            aria-label={say('shift-text')}
            placeholder={say('shift-text')}
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
          <Fault text={fault.value} />
          <div class="acts">
            <button type="button" onClick={() => (writing.value = false)}>
              {say('cancel')}
            </button>
            <button type="submit" class="strong" disabled={text.value.trim() === ''}>
              {say('shift-leave')}
            </button>
          </div>
        </form>
      )}
    </section>
  );
}

function Word() {
  const fault = useSignal('');
  const last = shop.value?.handover;
  if (!last) return null;
  const take = async () => {
    fault.value = '';
    try {
      await ask(`/api/shift/${last.id}/take`, {});
    } catch (error) {
      fault.value = words(error);
    }
  };
  return (
    <>
      <p class="who">
        <Icon name="say" /> <b>{say('shift-by', { by: last.by })}</b>{' '}
        <time title={clock(last.at_ms)}>{ago(now() - last.at_ms)}</time>
      </p>
      <blockquote>{last.text}</blockquote>
      {last.incidents.length > 0 && (
        <p class="note">
          {say('shift-had')}{' '}
          {last.incidents.map((id) => (
            <a key={id} href={to('incidents', id)}>
              {id}
            </a>
          ))}
        </p>
      )}
      <Fault text={fault.value} />
      {last.taken_by ? (
        <p class="note">{say('shift-taken', { by: last.taken_by })}</p>
      ) : (
        last.by !== me.value?.name &&
        may('handle_incidents') && (
          <div class="acts">
            <button type="button" class="strong" onClick={() => void take()}>
              {say('shift-take')}
            </button>
          </div>
        )
      )}
    </>
  );
}
