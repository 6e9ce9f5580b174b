// One incident whole: what it is about, what the antennas saw, what happened, and the one thing to do next.
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import type { EvidenceView, IncidentPage, IncidentView, StoryStep, TagEvidence } from '../shared/contract';
import { name } from '../shared/fluent';
import { Goods } from '../shared/markup';
import { yuan } from '../shared/money';
import { about } from './list';
import { now } from './live';
import { HEIGHT, plot, WIDTH } from './plot';
import { go, to } from './route';
import { Runbook } from './runbook';
import { Fault } from './said';
import { ask, Problem } from './session';
import { age, clock, language, say, where } from './words';

/** `fresh` changes whenever the live list says something new of this incident. */
export function Detail({ id, fresh }: { id: number; fresh: string }) {
  const page = useSignal<IncidentPage | null>(null);
  const fault = useSignal('');
  useEffect(() => {
    let gone = false;
    ask<IncidentPage>(`/api/incidents/${id}`)
      .then((found) => {
        if (!gone) page.value = found;
      })
      .catch((error: Problem) => {
        if (!gone) fault.value = error.message || say('offline-problem');
      });
    return () => {
      gone = true;
    };
  }, [id, fresh]);
  const act = async (what: string, body: object) => {
    fault.value = '';
    try {
      await ask(`/api/incidents/${id}/${what}`, body);
      page.value = await ask<IncidentPage>(`/api/incidents/${id}`);
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, '');
      fault.value = problem.message || say('offline-problem');
    }
  };
  if (!page.value) return <p class="note">{fault.value}</p>;
  return <Sheet page={page.value} fault={fault.value} act={act} />;
}

interface Acts {
  act: (what: string, body: object) => Promise<void>;
}

export function Sheet({ page, fault, act }: { page: IncidentPage; fault: string } & Acts) {
  const { incident, evidence } = page;
  return (
    <>
      <div class="title">
        <a href={to('incidents')} class="back">
          ‹ {say('back')}
        </a>
        <h1 class={incident.severity}>
          {where(incident.place)} · {say(`kind-${incident.kind}`)}
          <span class="calm"> {about(incident)}</span>
        </h1>
        <span class={`pill ${incident.severity}`}>
          {incident.state === 'resolved'
            ? say('state-resolved', {
                by: incident.resolved_by,
                verdict: say(`verdict-${incident.verdict}`),
              })
            : age(now() - incident.opened_ms)}
        </span>
      </div>
      <div class={evidence ? 'columns three' : 'columns two'}>
        {evidence && (
          <div class="stack">
            <Evidence evidence={evidence} />
          </div>
        )}
        <div class="stack">
          {incident.state !== 'resolved' && <Runbook incident={incident} />}
          <Story story={page.story} />
        </div>
        <div class="stack">
          {incident.items.length > 0 && <Items incident={incident} />}
          <Next incident={incident} fault={fault} act={act} />
        </div>
      </div>
    </>
  );
}

function Items({ incident }: { incident: IncidentView }) {
  return (
    <section class="sheet items">
      {incident.items.map((item) => (
        <div key={item.sku}>
          <Goods name={item.picture} />
          <p>
            <b>{name(item.name, language.value) || say('no-name')}</b>
            <strong>{item.price_fen === null ? say('no-price') : yuan(item.price_fen)}</strong>
            {item.count > 1 && <span>× {item.count}</span>}
          </p>
        </div>
      ))}
    </section>
  );
}

/** Claim, then look, then say what it was. Number keys choose, Enter resolves, A claims, Escape goes back. */
function Next({ incident, fault, act }: { incident: IncidentView; fault: string } & Acts) {
  const chosen = useSignal('');
  const note = useSignal('');
  const claim = () => act('claim', { take_over: incident.state === 'claimed' });
  const resolve = () => act('resolve', { verdict: chosen.value, note: note.value.trim() });
  const fits = () => chosen.value !== '' && (chosen.value !== 'other' || note.value.trim() !== '');
  const ready = fits();
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      const number = Number(event.key);
      if (event.key === 'Escape') go(to('incidents'));
      else if (incident.state === 'resolved') return;
      else if (event.key.toLowerCase() === 'a' && incident.state === 'open') void claim();
      else if (incident.verdicts[number - 1]) chosen.value = incident.verdicts[number - 1] ?? '';
      else if (event.key === 'Enter' && fits()) void resolve(); // now, not as last drawn
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
  const open = incident.state === 'open';
  const over = incident.state === 'resolved';
  return (
    <>
      <section class="sheet todo">
        <h2>{say('next-title')}</h2>
        {!open && <b>{say(`next-${incident.next_action}`)}</b>}
        <p>{say(`next-${incident.next_action}-hint`)}</p>
        {open && (
          <button type="button" class="next" onClick={() => void claim()}>
            {say('claim')} <kbd>A</kbd>
          </button>
        )}
        {incident.state === 'claimed' && (
          <p class="taken">
            {say('state-claimed', { by: incident.claimed_by })}{' '}
            <button type="button" onClick={() => void claim()}>
              {say('take-over', { by: incident.claimed_by })}
            </button>
          </p>
        )}
        <Fault text={fault} />
      </section>
      <section class="sheet verdict">
        <h2>
          {say('verdict-title')} {!over && <small>{say('verdict-hint')}</small>}
        </h2>
        {!over &&
          incident.verdicts.map((verdict, n) => (
            <button
              type="button"
              key={verdict}
              aria-pressed={chosen.value === verdict}
              onClick={() => (chosen.value = verdict)}
            >
              <kbd>{n + 1}</kbd> {say(`verdict-${verdict}`)}
            </button>
          ))}
        {over && (
          <p class="done">
            <b>{say(`verdict-${incident.verdict}`)}</b> {incident.note}
          </p>
        )}
        <textarea
          rows={2}
          maxLength={500}
          value={note.value}
          placeholder={say('note-field')}
          aria-label={say('note-field')}
          onInput={(event) => (note.value = event.currentTarget.value)}
        />
        <div class="acts">
          <button
            type="button"
            disabled={note.value.trim() === ''}
            onClick={() => {
              void act('note', { text: note.value.trim() });
              note.value = '';
            }}
          >
            {say('note-add')}
          </button>
          {!over && (
            <button
              type="button"
              class={ready ? 'next' : ''}
              disabled={!ready}
              onClick={() => void resolve()}
            >
              {say('resolve')}
            </button>
          )}
        </div>
        <p class="note">{say('resolve-law')}</p>
      </section>
    </>
  );
}

function Story({ story }: { story: readonly StoryStep[] }) {
  return (
    <section class="sheet story">
      <h2>{say('story')}</h2>
      <ol>
        {story.map((step) => (
          <li key={`${step.at_ms} ${step.what} ${step.who}`} class={step.what}>
            <time>{clock(step.at_ms)}</time>
            <span>
              <b>
                {say(`story-${step.what}`, {
                  who: step.who,
                  detail: step.what === 'resolved' ? say(`verdict-${step.detail}`) : step.detail,
                })}
              </b>
              {step.what !== 'resolved' && step.detail && <small>{step.detail}</small>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Evidence({ evidence }: { evidence: EvidenceView }) {
  return (
    <>
      <section class="sheet moment">
        <h2>
          {say('moment')} <small>{say('moment-hint')}</small>
        </h2>
        <p class="when">{clock(evidence.bookmark_ms)}</p>
        <Reads evidence={evidence} />
        <p class="note">
          {evidence.alarm_ms !== null &&
            evidence.alarm_ms >= 0 &&
            `${say('alarm-took', { ms: evidence.alarm_ms })} · `}
          {say('rule', { rule: evidence.rule })}
        </p>
      </section>
      <Tags tags={evidence.tags} />
    </>
  );
}

function Reads({ evidence }: { evidence: EvidenceView }) {
  const drawn = plot(evidence.reads, evidence.bookmark_ms);
  return (
    <figure>
      <figcaption>
        {say('reads')} <small>{say('reads-hint')}</small>
      </figcaption>
      <svg viewBox={`0 -6 ${WIDTH} ${HEIGHT + 30}`} role="img" aria-label={say('reads')} class="reads">
        {drawn.grid.map(({ dbm, y }) => (
          <g key={dbm}>
            <path class="grid" d={`M34 ${y}H${WIDTH}`} />
            <text x="28" y={y + 4} text-anchor="end">
              {dbm}
            </text>
          </g>
        ))}
        <path class="mark" d={`M${drawn.moment} 0V${HEIGHT}`} />
        <text x="34" y={HEIGHT + 20}>
          {drawn.span[0].toFixed(1)} s
        </text>
        <text x={WIDTH} y={HEIGHT + 20} text-anchor="end">
          +{drawn.span[1].toFixed(1)} s
        </text>
        {drawn.traces.map((trace) => (
          <g
            key={`${trace.tag} ${trace.zone}`}
            class={`trace ${trace.zone} ${evidence.tags[trace.tag]?.judged ?? ''}`}
          >
            <polyline points={trace.spots.map(({ x, y }) => `${x},${y}`).join(' ')} />
            {trace.spots.map(({ x, y }) => (
              <circle key={x} cx={x} cy={y} r="2.5" />
            ))}
          </g>
        ))}
      </svg>
    </figure>
  );
}

function Tags({ tags }: { tags: readonly TagEvidence[] }) {
  return (
    <section class="sheet">
      <h2>{say('tags')}</h2>
      <table>
        <tbody>
          {tags.map((tag) => (
            <tr key={tag.epc_tail} class={tag.judged}>
              <th scope="row">{say(`judged-${tag.judged}`)}</th>
              <td>{name(tag.item.name, language.value)}</td>
              <td class="figure">{tag.item.price_fen === null ? '' : yuan(tag.item.price_fen)}</td>
              <td>
                <code>…{tag.epc_tail}</code>
              </td>
              <td class="figure">{say('count-reads', { count: tag.reads })}</td>
              <td>{tag.sale && say('sale', { sale: tag.sale })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
