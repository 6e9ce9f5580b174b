// The floor plan: drawn by owners and technicians, looked at by everybody; every save is a version that can come back.
import { batch, signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import enPlan from '../../src/paybooth/locales/en/plan.ftl?raw';
import zhPlan from '../../src/paybooth/locales/zh-CN/plan.ftl?raw';
import { words } from './act';
import { Icon, type IconName } from './icons';
import { shop } from './live';
import { Loaded } from './loaded';
import { Board, TOOLS, type Tool } from './plan_canvas';
import { Picture } from './plan_draw';
import { Things } from './plan_marks';
import {
  area,
  begin,
  bounds,
  did,
  doubled,
  type History,
  moved,
  type Plan,
  type PlanRow,
  type Point,
  type Ref,
  redo,
  same,
  things,
  turned,
  undo,
  without,
} from './plan_model';
import { Panel, Versions } from './plan_panel';
import { Done, Fault, Reason } from './said';
import { change, may, me, Problem, type Seen } from './session';
import { learn, say } from './words';
import './plan.css';

learn(zhPlan, enPlan);

const ICONS: Record<Tool, IconName> = {
  select: 'pointer',
  several: 'several',
  wall: 'wall',
  shelf: 'shelf',
  door: 'door',
  booth: 'booth',
  device: 'plug',
  camera: 'camera',
  zone: 'zone',
};
const LETTERS: Record<string, Tool> = {
  v: 'select',
  m: 'several',
  w: 'wall',
  s: 'shelf',
  d: 'door',
  b: 'booth',
  e: 'device',
  c: 'camera',
  z: 'zone',
};
const ARROWS: Record<string, Point> = {
  ArrowLeft: [-10, 0],
  ArrowRight: [10, 0],
  ArrowUp: [0, -10],
  ArrowDown: [0, 10],
};

/** What is drawn and not saved outlives a look at another page; it is for nobody but who drew it. */
const kept = signal<{ seen: Seen<PlanRow>; history: History; by: string } | null>(null);
const mine = () => (kept.peek()?.by === me.peek()?.name ? kept.peek() : null);

export default function PlanPage() {
  return (
    <Loaded<PlanRow> path="/api/plan" title={say('nav-plan')} kept={mine()?.seen}>
      {(seen) => <Editor first={seen} />}
    </Loaded>
  );
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null;
}

function Editor({ first }: { first: Seen<PlanRow> }) {
  const seen = useSignal(first);
  const history = useSignal<History>(mine()?.history ?? begin(first.found.plan));
  const pulling = useSignal<Plan | null>(null);
  const chosen = useSignal<readonly Ref[]>([]);
  const tool = useSignal<Tool>('select');
  const looking = useSignal<PlanRow | null>(null);
  const told = useSignal('');
  const edits = may('edit_plan') && !looking.value;
  const plan = looking.value?.plan ?? pulling.value ?? history.value.now;
  const row = seen.value.found;
  const spare = (shop.value?.booths.map((each) => each.booth) ?? []).filter(
    (each) => !plan.booths.some((booth) => booth.booth === each),
  );
  const dirty = !same(history.value.now, row.plan);

  const done = (next: Plan) =>
    batch(() => {
      pulling.value = null;
      told.value = '';
      history.value = did(history.value, next);
    });
  /** The same again of what is chosen, which then is what is chosen. */
  const double = (now: Plan) => {
    const made = doubled(now, chosen.value);
    if (!made) return;
    done(made[0]);
    chosen.value = made[1];
  };
  const step = (to: (history: History) => History) =>
    batch(() => {
      history.value = to(history.value);
      chosen.value = [];
    });
  /** Everything from here on is over this version. */
  const take = (found: PlanRow, version: string) =>
    batch(() => {
      seen.value = { found, version };
      history.value = begin(found.plan);
      chosen.value = [];
    });
  // somebody saved, and nothing of ours is at stake: show it
  const newest = shop.value?.plan ?? row.number;
  useEffect(() => {
    if (newest <= seen.peek().found.number || !same(history.peek().now, seen.peek().found.plan)) return;
    void change<PlanRow>('GET', '/api/plan').then(
      ({ found, version }) => take(found, version),
      () => {},
    );
  }, [newest]);
  useEffect(() => {
    kept.value = dirty ? { seen: seen.value, history: history.value, by: me.value?.name ?? '' } : null;
  }, [dirty, history.value, seen.value]);
  useEffect(() => {
    if (!dirty) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', stay);
    return () => removeEventListener('beforeunload', stay);
  }, [dirty]);
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (typing(event.target) || !edits) return;
      const key = event.key.toLowerCase();
      const refs = chosen.value;
      const now = history.value.now;
      const act = (next: Plan) => {
        event.preventDefault();
        done(next);
      };
      if (event.ctrlKey || event.metaKey) {
        if (key === 'z' || key === 'y') {
          event.preventDefault();
          step(key === 'y' || event.shiftKey ? redo : undo);
        } else if (key === 'd' && refs.length > 0) {
          event.preventDefault();
          double(now);
        } else if (key === 'a') {
          event.preventDefault();
          chosen.value = things(now);
        }
        return;
      }
      const arrow = ARROWS[event.key];
      if (arrow && refs.length > 0)
        act(moved(now, refs, event.shiftKey ? [arrow[0] * 10, arrow[1] * 10] : arrow));
      else if ((key === 'delete' || key === 'backspace') && refs.length > 0) {
        chosen.value = [];
        act(without(now, refs));
      } else if (key === 'r') act(turned(now, refs, event.shiftKey ? 15 : 90));
      else if (key === 'escape') {
        if (tool.value === 'select') chosen.value = [];
        tool.value = 'select';
      } else if (LETTERS[key]) tool.value = LETTERS[key];
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
  const size = bounds(plan);
  const metres = (cm: number) => (cm / 100).toFixed(1);
  return (
    <>
      <h1>
        {say(row.number === 0 ? 'plan-title-none' : 'plan-title')}{' '}
        <span class="calm">
          {row.number === 0
            ? say('plan-hint-none')
            : say('plan-hint', {
                width: metres(size.w - 2 * plan.thick),
                depth: metres(size.h - 2 * plan.thick),
                area: Math.round(area(plan.outline)),
                number: row.number,
                by: row.by,
              })}{' '}
          {!may('edit_plan') && say('plan-look')}
        </span>
      </h1>
      <div class="columns plan">
        <section class="sheet p-sheet">
          {edits && (
            <Tools
              tool={tool.value}
              choose={(next) => {
                tool.value = next;
                if (next !== 'select' && next !== 'several') chosen.value = [];
              }}
              back={history.value.past.length > 0 ? () => step(undo) : null}
              forth={history.value.future.length > 0 ? () => step(redo) : null}
            />
          )}
          {edits && (
            <p class="p-tell" role="status">
              {say(tool.value === 'booth' && spare.length === 0 ? 'tell-booth-none' : `tell-${tool.value}`)}
            </p>
          )}
          {looking.value && (
            <p class="p-tell" role="status">
              <b>{say('version-looking', { number: looking.value.number })}</b>
            </p>
          )}
          <Board
            plan={plan}
            chosen={chosen}
            tool={tool}
            edits={edits}
            spare={spare}
            show={(next) => (pulling.value = next)}
            done={done}
          />
          <Things plan={plan} chosen={chosen} several={tool.value === 'several'} />
          <p class="note keys">{edits && say('plan-keys')}</p>
        </section>
        <div class="stack">
          {looking.value ? (
            <Back
              row={looking.value}
              now={seen.value}
              leave={() => (looking.value = null)}
              took={(found, version) => {
                looking.value = null;
                take(found, version);
                told.value = say('plan-saved', { number: found.number });
              }}
            />
          ) : (
            <>
              {may('edit_plan') && dirty && (
                <Save
                  plan={history.value.now}
                  count={history.value.past.length || 1}
                  seen={seen.value}
                  drop={() => take(row, seen.value.version)}
                  took={(found, version, mine) => {
                    take(found, version);
                    told.value = mine ? say('plan-saved', { number: found.number }) : '';
                  }}
                />
              )}
              <Done text={told.value} />
              <Panel plan={plan} chosen={chosen} edits={edits} done={done} double={() => double(plan)} />
            </>
          )}
          <Versions
            now={row.number}
            looking={looking.value}
            look={(version) => {
              chosen.value = [];
              tool.value = 'select';
              looking.value = version;
            }}
          />
        </div>
      </div>
    </>
  );
}

function Tools(props: {
  tool: Tool;
  choose: (tool: Tool) => void;
  back: (() => void) | null;
  forth: (() => void) | null;
}) {
  return (
    <div class="p-tools" role="toolbar" aria-label={say('tools')}>
      {TOOLS.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={props.tool === each}
          onClick={() => props.choose(each)}
        >
          <Icon name={ICONS[each]} />
          <span>{say(`tool-${each}`)}</span>
        </button>
      ))}
      <span class="push" />
      <button
        type="button"
        disabled={!props.back}
        onClick={() => props.back?.()}
        aria-label={say('plan-undo')}
        title={say('plan-undo')}
      >
        <Icon name="undo" />
      </button>
      <button
        type="button"
        class="redo"
        disabled={!props.forth}
        onClick={() => props.forth?.()}
        aria-label={say('plan-redo')}
        title={say('plan-redo')}
      >
        <Icon name="undo" />
      </button>
    </div>
  );
}

function Save(props: {
  plan: Plan;
  count: number;
  seen: Seen<PlanRow>;
  drop: () => void;
  /** What is the newest now; `mine`: it is what was drawn here. */
  took: (found: PlanRow, version: string, mine: boolean) => void;
}) {
  const reason = useSignal('');
  const fault = useSignal('');
  const busy = useSignal(false);
  const theirs = useSignal<Seen<PlanRow> | null>(null);
  const save = async (over: Seen<PlanRow>) => {
    busy.value = true;
    fault.value = '';
    try {
      const body = { plan: props.plan, reason: reason.value.trim() };
      const { found, version } = await change<PlanRow>('PUT', '/api/plan', body, over.version);
      props.took(found, version, true);
    } catch (error) {
      fault.value = words(error);
      if (error instanceof Problem && error.status === 412) {
        const now = await change<PlanRow>('GET', '/api/plan').catch(() => null);
        if (now) theirs.value = now;
      }
    } finally {
      busy.value = false;
    }
  };
  const other = theirs.value;
  return (
    <section class="sheet p-save">
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void save(other ?? props.seen);
        }}
      >
        <p>
          <b>{say('plan-unsaved', { count: props.count })}</b>{' '}
          <span class="note">{say('plan-unsaved-hint')}</span>
        </p>
        {other && (
          <div class="fault" role="alert">
            {say('plan-quicker', { by: other.found.by, number: other.found.number })}
            <Picture plan={other.found.plan} label={say('version-number', { number: other.found.number })} />
          </div>
        )}
        <Fault text={other ? '' : fault.value} />
        <Reason of={reason} />
        <div class="acts">
          {other ? (
            <button type="button" onClick={() => props.took(other.found, other.version, false)}>
              {say('plan-theirs')}
            </button>
          ) : (
            <button type="button" onClick={props.drop}>
              {say('plan-drop')}
            </button>
          )}
          <button type="submit" class="next" disabled={busy.value || !reason.value.trim()}>
            {busy.value
              ? say('doing')
              : say(other ? 'plan-mine' : 'plan-save', { number: (other ?? props.seen).found.number + 1 })}
          </button>
        </div>
      </form>
    </section>
  );
}

function Back(props: {
  row: PlanRow;
  now: Seen<PlanRow>;
  leave: () => void;
  took: (found: PlanRow, version: string) => void;
}) {
  const reason = useSignal(say('version-reason', { number: props.row.number }));
  const fault = useSignal('');
  const busy = useSignal(false);
  const back = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    try {
      const body = { plan: props.row.plan, reason: reason.value.trim() };
      const { found, version } = await change<PlanRow>('PUT', '/api/plan', body, props.now.version);
      props.took(found, version);
    } catch (error) {
      fault.value = words(error);
      busy.value = false;
    }
  };
  return (
    <section class="sheet p-save">
      <form class="fields" onSubmit={(event) => void back(event)}>
        <p>
          <b>{say('version-number', { number: props.row.number })}</b>{' '}
          <span class="note">
            {props.row.by}: {props.row.reason}
          </span>
        </p>
        <Fault text={fault.value} />
        {may('edit_plan') && <Reason of={reason} />}
        <div class="acts">
          <button type="button" onClick={props.leave}>
            {say('version-leave')}
          </button>
          {may('edit_plan') && (
            <button type="submit" class="next" disabled={busy.value || !reason.value.trim()}>
              {busy.value ? say('doing') : say('version-back')}
            </button>
          )}
        </div>
      </form>
    </section>
  );
}
