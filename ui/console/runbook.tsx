// What to do about one incident, step by step: where the console can do or show it, one press does.
import { useSignal } from '@preact/signals';
import type { IncidentView } from '../shared/contract';
import { words } from './act';
import { Icon } from './icons';
import { list } from './live';
import { to } from './route';
import { Fault } from './said';
import { ask, may } from './session';
import { say } from './words';

interface Help {
  href?: string;
  /** Address to post to. */
  post?: string;
  /** What one has to be allowed to. */
  act: string;
}

/** What the console can do about a step; nothing where only a person can. */
export function helpFor(
  step: string,
  { place, detail }: IncidentView,
  gates: readonly string[],
): Help | null {
  const gate = gates.includes(place) ? place : gates[0];
  const booth = place.startsWith('booth:') ? place.slice(6) : '';
  switch (step) {
    case 'silence':
      return gate ? { post: `/api/gates/${gate}/silence`, act: 'handle_incidents' } : null;
    case 'open':
      return gate ? { post: `/api/gates/${gate}/open`, act: 'open_door' } : null;
    case 'fire_reset':
      return gate ? { post: `/api/gates/${gate}/fire-reset`, act: 'open_door' } : null;
    case 'booth':
    case 'ask_inside':
      return { href: to('booths', booth), act: 'see_incidents' };
    case 'door':
      return { href: to('incidents'), act: 'see_incidents' };
    case 'device':
      return { href: to('devices', place), act: 'see_incidents' };
    case 'sale':
      return { href: to('sales', '', { text: detail.split(' ')[1] ?? '' }), act: 'see_money' };
    case 'bill':
      return { href: to('money'), act: 'see_money' };
    default:
      return null;
  }
}

export function Runbook({ incident }: { incident: IncidentView }) {
  const gates = list.value?.doors.map((door) => door.gate) ?? [];
  if (incident.steps.length === 0) return null;
  return (
    <section class="sheet runbook">
      <h2>{say('runbook')}</h2>
      <ol>
        {incident.steps.map((step) => (
          <Step key={step} step={step} incident={incident} help={helpFor(step, incident, gates)} />
        ))}
      </ol>
    </section>
  );
}

function Step({ step, incident, help }: { step: string; incident: IncidentView; help: Help | null }) {
  const done = useSignal(false);
  const busy = useSignal(false);
  const fault = useSignal('');
  const run = async (address: string) => {
    busy.value = true;
    fault.value = '';
    try {
      await ask(address, { reason: say('runbook-reason', { id: incident.id }) });
      done.value = true;
    } catch (error) {
      fault.value = words(error);
    } finally {
      busy.value = false;
    }
  };
  const allowed = help && may(help.act);
  return (
    <li>
      <span>{say(`step-${step}`)}</span>
      {allowed && help.href && (
        <a class="button" href={help.href}>
          {say(`step-${step}-do`)}
        </a>
      )}
      {allowed && help.post && !done.value && (
        <button type="button" disabled={busy.value} onClick={() => void run(help.post ?? '')}>
          {busy.value ? say('doing') : say(`step-${step}-do`)}
        </button>
      )}
      {done.value && (
        <span class="st ok" role="status">
          <Icon name="check" /> {say('step-done')}
        </span>
      )}
      <Fault text={fault.value} />
    </li>
  );
}
