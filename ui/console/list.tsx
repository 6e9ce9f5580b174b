// Everything that needs somebody, worst and oldest first; below it what is over.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { IncidentList, IncidentView } from '../shared/contract';
import { name } from '../shared/fluent';
import { Doors } from './doors';
import { now } from './live';
import { go, to } from './route';
import { Fault } from './said';
import { ask, Problem } from './session';
import { Shift } from './shift';
import { age, clock, language, say, where } from './words';

const PAGE = 20;

export function List({ list }: { list: IncidentList }) {
  const [worst, ...others] = list.incidents;
  return (
    <>
      <h1 class={worst ? worst.severity : 'well'}>
        {say(`well-${list.sentence}`)}
        {others.length > 0 && <span class="calm"> {say('well-more', { count: others.length })}</span>}
      </h1>
      <div class="columns two">
        <section class="sheet">
          <h2>
            {say('incidents')} <b>{list.incidents.length || ''}</b>
          </h2>
          {list.incidents.length === 0 ? (
            <div class="empty">
              <svg viewBox="0 0 120 80" aria-hidden="true">
                <path d="M10 72h100M24 72V26h72v46M24 40h72M46 72V50h28v22M20 26l8-16h64l8 16" />
              </svg>
              <p>{say('well-none')}</p>
            </div>
          ) : (
            <ol class="queue">
              {list.incidents.map((incident, n) => (
                <Row key={incident.id} incident={incident} first={n === 0} />
              ))}
            </ol>
          )}
        </section>
        <div class="stack">
          <Doors doors={list.doors} />
          <Shift />
          <Resolved live={list.incidents.length} />
        </div>
      </div>
    </>
  );
}

/** What it is about, in one line. */
export function about(incident: IncidentView): string {
  const goods = incident.items
    .map(
      (item) =>
        `${name(item.name, language.value) || say('no-name')}${item.count > 1 ? ` × ${item.count}` : ''}`,
    )
    .join(language.value === 'en' ? ', ' : '、');
  return goods || incident.detail;
}

function Row({ incident, first }: { incident: IncidentView; first: boolean }) {
  const fault = useSignal('');
  const claim = async () => {
    try {
      await ask(`/api/incidents/${incident.id}/claim`, {});
      go(to('incidents', incident.id));
    } catch (error) {
      fault.value =
        error instanceof Problem && error.status === 409 ? say('claim-quicker') : say('offline-problem');
    }
  };
  const open = incident.state === 'open';
  return (
    <li class={`row ${incident.severity} ${incident.state}`}>
      <a href={to('incidents', incident.id)}>
        <time>{clock(incident.opened_ms)}</time>
        <span class="what">
          <b>
            {where(incident.place)} · {say(`kind-${incident.kind}`)}
          </b>
          <span>{about(incident)}</span>
          <small>
            {say(`severity-${incident.severity}`)}
            {' · '}
            {open ? say('state-open') : say('state-claimed', { by: incident.claimed_by })}
            {incident.times > 1 && ` · ${say('times', { times: incident.times })}`}
          </small>
        </span>
        <span class="age">{age(now() - incident.opened_ms)}</span>
      </a>
      {open && (
        <button type="button" class={first ? 'next' : ''} onClick={() => void claim()}>
          {say('claim')}
        </button>
      )}
      <Fault text={fault.value} />
    </li>
  );
}

/** What is over, newest first; asked for anew whenever the queue got shorter or longer. */
function Resolved({ live }: { live: number }) {
  const rows = useSignal<IncidentView[]>([]);
  const more = useSignal(false);
  const load = async (before?: number) => {
    const path = `/api/incidents/resolved?limit=${PAGE}${before ? `&before=${before}` : ''}`;
    const found = await ask<{ incidents: IncidentView[] }>(path).catch(() => null);
    if (!found) return;
    rows.value = before ? [...rows.value, ...found.incidents] : found.incidents;
    more.value = found.incidents.length === PAGE;
  };
  useEffect(() => void load(), [live]);
  return (
    <section class="sheet over">
      <h2>{say('resolved-title')}</h2>
      {rows.value.length === 0 && <p class="note">{say('empty-resolved')}</p>}
      <ol>
        {rows.value.map((incident) => (
          <li key={incident.id}>
            <a href={to('incidents', incident.id)}>
              <time>{clock(incident.opened_ms)}</time>
              <span>
                <b>{say(`kind-${incident.kind}`)}</b> {about(incident)}
              </span>
              <small>
                {say('state-resolved', {
                  by: incident.resolved_by,
                  verdict: say(`verdict-${incident.verdict}`),
                })}
              </small>
            </a>
          </li>
        ))}
      </ol>
      {more.value && (
        <button type="button" onClick={() => void load(rows.value.at(-1)?.id)}>
          {say('more')}
        </button>
      )}
    </section>
  );
}
