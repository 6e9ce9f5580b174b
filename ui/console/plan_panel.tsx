// Beside the drawing board: what is chosen, to the centimetre; and every version there was.
import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { words } from './act';
import { Icon } from './icons';
import { list } from './live';
import { Picture } from './plan_draw';
import { nameOf } from './plan_marks';
import {
  altered,
  clamp,
  degrees,
  KINDS,
  length,
  type Plan,
  type PlanRow,
  type Point,
  type Ref,
  SORTS,
  turned,
  without,
  withoutCorner,
} from './plan_model';
import { Fault } from './said';
import { ask } from './session';
import { clock, date, say } from './words';

interface PanelProps {
  plan: Plan;
  chosen: Signal<readonly Ref[]>;
  edits: boolean;
  done: (plan: Plan) => void;
  double: () => void;
}

export function Panel({ plan, chosen, edits, done, double }: PanelProps) {
  const refs = chosen.value;
  const [ref, ...more] = refs;
  if (!ref) return <Summary plan={plan} />;
  const set = (patch: object) => done(altered(plan, ref, patch));
  return (
    <section class="sheet p-panel">
      <h2>
        {more.length > 0 ? say('plan-several', { count: refs.length }) : nameOf(plan, ref)}
        <button type="button" class="quiet" aria-label={say('cancel')} onClick={() => (chosen.value = [])}>
          <Icon name="cross" />
        </button>
      </h2>
      {more.length > 0 ? (
        <p>{refs.map((each) => nameOf(plan, each)).join(', ')}</p>
      ) : (
        <fieldset disabled={!edits}>
          <Fields plan={plan} chosen={ref} set={set} />
        </fieldset>
      )}
      {edits && ref.sort !== 'outline' && (
        <div class="acts">
          {refs.some(({ sort }) => sort !== 'booths') && (
            <button type="button" onClick={double}>
              {say('plan-double')}
            </button>
          )}
          {more.length > 0 && (
            <button type="button" onClick={() => done(turned(plan, refs, 90))}>
              {say('plan-turn')}
            </button>
          )}
          <button
            type="button"
            onClick={() => {
              chosen.value = [];
              done(without(plan, refs));
            }}
          >
            {say('plan-remove')}
          </button>
        </div>
      )}
    </section>
  );
}

function Summary({ plan }: { plan: Plan }) {
  return (
    <section class="sheet p-panel">
      <h2>{say('plan-none-chosen')}</h2>
      <p class="note">{say('plan-none-hint')}</p>
      <dl class="p-counts">
        {SORTS.map((sort) => (
          <div key={sort}>
            <dt>{say(`sort-${sort}`)}</dt>
            <dd>{plan[sort].length}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Fields({ plan, chosen, set }: { plan: Plan; chosen: Ref; set: (patch: object) => void }) {
  if (chosen.sort === 'outline')
    return (
      <>
        <Pair>
          <Num
            label="field-thick"
            value={plan.thick}
            unit={1}
            set={(thick) => set({ thick: clamp(thick, 2, 200) })}
          />
          <Num
            label="field-room"
            value={plan.height}
            set={(height) => set({ height: clamp(height, 180, 2000) })}
          />
        </Pair>
        <Corners points={plan.outline} set={(outline) => set({ outline })} />
      </>
    );
  const item = plan[chosen.sort][chosen.n];
  if (!item) return null;
  if ('points' in item)
    return (
      <>
        <Text label="field-name" value={item.name} set={(name) => set({ name })} />
        <Corners points={item.points} set={(points) => set({ points })} />
      </>
    );
  if ('a' in item) {
    const now = length(item.a, item.b);
    const stretched = (to: number): Point =>
      [0, 1].map((k) =>
        Math.round((item.a[k] ?? 0) + (((item.b[k] ?? 0) - (item.a[k] ?? 0)) * to) / now),
      ) as unknown as Point;
    return (
      <>
        <At at={item.a} set={(a) => set({ a })} />
        <At at={item.b} set={(b) => set({ b })} keys={['field-x2', 'field-y2']} />
        <Pair>
          <Num
            label="field-length"
            value={Math.round(now)}
            set={(to) => to >= 5 && set({ b: stretched(to) })}
          />
          <Num
            label="field-thick"
            value={item.thick}
            unit={1}
            set={(thick) => set({ thick: clamp(thick, 2, 200) })}
          />
        </Pair>
      </>
    );
  }
  const turn = <Num label="field-turn" value={item.turn} unit={1} set={(to) => set({ turn: degrees(to) })} />;
  if ('wide' in item)
    return (
      <>
        <Text label="field-name" value={item.name} set={(name) => set({ name })} />
        <At at={item.at} set={(at) => set({ at })} />
        <Pair>
          <Num label="field-wide" value={item.wide} set={(wide) => set({ wide: clamp(wide, 10, 5000) })} />
          <Num label="field-deep" value={item.deep} set={(deep) => set({ deep: clamp(deep, 10, 5000) })} />
        </Pair>
        <Pair>
          <Num
            label="field-height"
            value={item.height}
            set={(height) => set({ height: clamp(height, 10, 1000) })}
          />
          {turn}
        </Pair>
      </>
    );
  if ('width' in item) {
    const gates = [...new Set([...(list.value?.doors.map((door) => door.gate) ?? []), item.gate])].filter(
      Boolean,
    );
    return (
      <>
        <label>
          {say('field-gate')}
          <select value={item.gate} onChange={(event) => set({ gate: event.currentTarget.value })}>
            <option value="">{say('field-gate-none')}</option>
            {gates.map((gate) => (
              <option key={gate}>{gate}</option>
            ))}
          </select>
        </label>
        <At at={item.at} set={(at) => set({ at })} />
        <Pair>
          <Num
            label="field-wide"
            value={item.width}
            set={(width) => set({ width: clamp(width, 40, 1000) })}
          />
          {turn}
        </Pair>
      </>
    );
  }
  if ('booth' in item)
    return (
      <>
        <At at={item.at} set={(at) => set({ at })} />
        {turn}
      </>
    );
  return (
    <>
      <Pair>
        <Text label="field-name" value={item.device} set={(device) => device && set({ device })} />
        <label>
          {say('field-kind')}
          <select value={item.kind} onChange={(event) => set({ kind: event.currentTarget.value })}>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {say(`part-${kind}`)}
              </option>
            ))}
          </select>
        </label>
      </Pair>
      <At at={item.at} set={(at) => set({ at })} />
      <Pair>
        <Num
          label="field-mounted"
          value={item.height}
          set={(height) => set({ height: clamp(height, 0, 2000) })}
        />
        {item.kind === 'camera' && turn}
      </Pair>
      {item.kind === 'camera' && (
        <Num
          label="field-view"
          value={item.view}
          unit={1}
          set={(view) => set({ view: clamp(view, 1, 360) })}
        />
      )}
    </>
  );
}

const Pair = ({ children }: { children: ComponentChildren }) => <div class="pair">{children}</div>;

function At(props: { at: Point; set: (at: Point) => void; keys?: [string, string] }) {
  const [x, y] = props.keys ?? ['field-x', 'field-y'];
  return (
    <Pair>
      <Num label={x} value={props.at[0]} set={(to) => props.set([to, props.at[1]])} />
      <Num label={y} value={props.at[1]} set={(to) => props.set([props.at[0], to])} />
    </Pair>
  );
}

/** A measure as people read it: metres for centimetres, unless `unit` is 1. Done when one leaves it. */
function Num(props: { label: string; value: number; unit?: number; set: (value: number) => void }) {
  const unit = props.unit ?? 100;
  const shown = unit === 1 ? String(props.value) : (props.value / unit).toFixed(2);
  return (
    <label>
      {say(props.label)}
      <input
        key={shown}
        defaultValue={shown}
        inputMode="decimal"
        maxLength={8}
        onChange={(event) => {
          const typed = event.currentTarget.value.trim().replace(',', '.');
          const value = Math.round(Number(typed) * unit);
          if (typed && Number.isFinite(value) && value !== props.value) props.set(value);
          event.currentTarget.value = shown; // what became of it comes from the plan
        }}
      />
    </label>
  );
}

function Text(props: { label: string; value: string; set: (value: string) => void }) {
  return (
    <label>
      {say(props.label)}
      <input
        key={props.value}
        defaultValue={props.value}
        maxLength={40}
        onChange={(event) => props.set(event.currentTarget.value.trim())}
      />
    </label>
  );
}

function Corners({ points, set }: { points: readonly Point[]; set: (points: Point[]) => void }) {
  return (
    <ol class="corners">
      {points.map((point, n) => (
        <li key={n}>
          <span>{say('corner', { n: n + 1 })}</span>
          <At at={point} set={(at) => set(points.map((each, k) => (k === n ? at : each)))} />
          <button
            type="button"
            class="quiet"
            disabled={points.length < 4}
            aria-label={say('corner-remove', { n: n + 1 })}
            onClick={() => set(withoutCorner(points, n))}
          >
            <Icon name="cross" />
          </button>
        </li>
      ))}
    </ol>
  );
}

// ---------------------------------------------------------------- versions

interface Version extends Omit<PlanRow, 'plan'> {
  changes: { what: string; change: 'added' | 'removed' | 'altered'; count: number }[];
}

export function Versions(props: { now: number; looking: PlanRow | null; look: (version: PlanRow) => void }) {
  const rows = useSignal<Version[] | null>(null);
  const more = useSignal(false);
  const fault = useSignal('');
  const load = async (before: number | null) => {
    try {
      const found = await ask<{ versions: Version[]; more: boolean }>(
        `/api/plan/versions?limit=8${before ? `&before=${before}` : ''}`,
      );
      rows.value = before ? [...(rows.value ?? []), ...found.versions] : found.versions;
      more.value = found.more;
      fault.value = '';
    } catch (error) {
      fault.value = words(error);
    }
  };
  useEffect(() => void load(null), [props.now]);
  return (
    <section class="sheet p-versions">
      <h2>{say('plan-versions')}</h2>
      <Fault text={fault.value} />
      {rows.value?.length === 0 && <p class="note">{say('plan-versions-none')}</p>}
      <ol>
        {rows.value?.map((row) => (
          <Row key={row.number} row={row} {...props} />
        ))}
      </ol>
      {more.value && (
        <button type="button" onClick={() => void load(rows.value?.at(-1)?.number ?? null)}>
          {say('more')}
        </button>
      )}
    </section>
  );
}

function Row({
  row,
  now,
  looking,
  look,
}: {
  row: Version;
  now: number;
  looking: PlanRow | null;
  look: (row: PlanRow) => void;
}) {
  const whole = useSignal<PlanRow | null>(null);
  useEffect(() => {
    ask<PlanRow>(`/api/plan/versions/${row.number}`)
      .then((found) => (whole.value = found))
      .catch(() => {}); // its words stand there all the same
  }, [row.number]);
  const told = row.changes.map(({ what, change, count }) =>
    what === 'outline'
      ? say('change-outline-altered')
      : say(`change-${change}`, { what: say(`sort-${what}`), count }),
  );
  return (
    <li class={looking?.number === row.number ? 'current' : ''}>
      {whole.value ? (
        <Picture plan={whole.value.plan} label={say('version-number', { number: row.number })} />
      ) : (
        <i class="p-picture" />
      )}
      <div>
        <b>
          {say('version-number', { number: row.number })}{' '}
          {row.number === now && <small>{say('version-now')}</small>}
        </b>
        <span>{row.reason}</span>
        <small>{told.join(' · ') || say('change-same')}</small>
        <small title={date(row.at_ms)}>
          {row.by} · {date(row.at_ms)} {clock(row.at_ms).slice(0, 5)}
        </small>
        {row.number !== now && (
          <button type="button" disabled={!whole.value} onClick={() => whole.value && look(whole.value)}>
            {say('version-show')}
          </button>
        )}
      </div>
    </li>
  );
}
