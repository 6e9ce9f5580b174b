// Price rules: as sentences, changed together as one version; beside them a basket to try them on before anybody pays.
import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import enRules from '../../src/paybooth/locales/en/rules.ftl?raw';
import zhRules from '../../src/paybooth/locales/zh-CN/rules.ftl?raw';
import { words } from './act';
import { Icon } from './icons';
import { Loaded } from './loaded';
import { BackToGoods } from './product_find';
import { TryBasket } from './rule_basket';
import { RuleForm } from './rule_form';
import { blank, differences, effect, goods, type Rule, same, times, unfit, whole } from './rule_words';
import { Done, Fault, Reason } from './said';
import { ask, change, may, me, Problem, type Seen } from './session';
import { clock, date, language, learn, say } from './words';
import './rules.css';

learn(zhRules, enRules);

interface Version {
  number: number;
  at_ms: number;
  by: string;
  reason: string;
}

interface Rules extends Version {
  source: 'file' | 'console';
  rules: Rule[];
  file_count: number;
}

/** What is written and not saved outlives a look at another page; it is for nobody but who wrote it. */
const kept = signal<{ seen: Seen<Rules>; draft: Rule[]; by: string } | null>(null);
const mine = () => (kept.peek()?.by === me.peek()?.name ? kept.peek() : null);

export function RulesPage() {
  return (
    <Loaded<Rules> path="/api/rules" title={say('rules-page')} kept={mine()?.seen}>
      {(seen) => <Editor first={seen} />}
    </Loaded>
  );
}

function Editor({ first }: { first: Seen<Rules> }) {
  const seen = useSignal(first);
  const draft = useSignal<Rule[]>(mine()?.draft ?? first.found.rules);
  const open = useSignal('');
  const told = useSignal('');
  const edits = may('edit_goods');
  const { found } = seen.value;
  const dirty = !same(draft.value, found.rules);
  useEffect(() => {
    kept.value = dirty ? { seen: seen.value, draft: draft.value, by: me.value?.name ?? '' } : null;
  }, [dirty, draft.value, seen.value]);
  const put = (rules: Rule[]) => {
    told.value = '';
    draft.value = rules;
  };
  const take = (now: Seen<Rules>, saved: boolean) => {
    seen.value = now;
    draft.value = now.found.rules;
    open.value = '';
    told.value = saved ? say('rules-saved') : '';
  };
  const add = (rule: Rule) => {
    put([...draft.value, rule]);
    open.value = rule.id;
  };
  return (
    <>
      <h1>
        {say('rules-page')}{' '}
        <span class="calm">
          {found.number === 0
            ? say('rules-from-file')
            : say('rules-version', { number: found.number, by: found.by, day: date(found.at_ms) })}
        </span>
      </h1>
      <BackToGoods />
      <div class="columns rules">
        <div class="stack">
          <section class="sheet">
            <h2>
              {say('rules-count', { count: draft.value.length })} <small>{say('rules-order')}</small>
            </h2>
            {draft.value.length === 0 && <p class="note">{say('rules-none')}</p>}
            <ul class="rules-list">
              {draft.value.map((rule) => (
                <li key={rule.id} class={unfit(rule) ? 'unfit' : ''}>
                  <Row
                    rule={rule}
                    edits={edits}
                    open={open.value === rule.id}
                    toggle={() => {
                      open.value = open.value === rule.id ? '' : rule.id;
                    }}
                    copy={() => add({ ...rule, id: blank(draft.value).id })}
                    drop={() => put(draft.value.filter((each) => each.id !== rule.id))}
                  />
                  {open.value === rule.id && edits && (
                    <RuleForm
                      rule={rule}
                      change={(now) => put(draft.value.map((each) => (each.id === rule.id ? now : each)))}
                      done={() => {
                        open.value = '';
                      }}
                    />
                  )}
                </li>
              ))}
            </ul>
            {edits && (
              <div class="acts">
                <button type="button" onClick={() => add(blank(draft.value))}>
                  <Icon name="plus" /> {say('rules-add')}
                </button>
              </div>
            )}
          </section>
          <Done text={told.value} />
          {edits && (dirty || found.source === 'console') && (
            <Save key={found.number} seen={seen.value} draft={draft.value} dirty={dirty} took={take} />
          )}
          <Versions now={found.number} take={edits ? (rules) => put(rules) : undefined} />
        </div>
        <TryBasket rules={draft.value} />
      </div>
    </>
  );
}

interface RowProps {
  rule: Rule;
  edits: boolean;
  open: boolean;
  toggle: () => void;
  copy: () => void;
  drop: () => void;
}

function Row({ rule, edits, open, toggle, copy, drop }: RowProps) {
  const { label_zh, label_en } = whole(rule);
  const label = language.value === 'en' ? label_en : label_zh;
  const when = times(rule.window);
  return (
    <div class="rules-row">
      <div>
        <b>{label}</b>
        <p>
          {effect(rule)} · {goods(rule)}
        </p>
        {(when || rule.members_only) && (
          <p class="note">
            {[when, rule.members_only ? say('rule-members') : ''].filter(Boolean).join(' · ')}
          </p>
        )}
        {unfit(rule) && <p class="bad">{say(unfit(rule))}</p>}
      </div>
      {edits && (
        <div class="rules-tools">
          <button type="button" aria-expanded={open} onClick={toggle}>
            {say('rule-edit')}
          </button>
          <button type="button" class="quiet" aria-label={say('rule-copy', { name: label })} onClick={copy}>
            <Icon name="plus" />
          </button>
          <button type="button" class="quiet" aria-label={say('rule-drop', { name: label })} onClick={drop}>
            <Icon name="cross" />
          </button>
        </div>
      )}
    </div>
  );
}

interface SaveProps {
  seen: Seen<Rules>;
  draft: readonly Rule[];
  dirty: boolean;
  took: (now: Seen<Rules>, saved: boolean) => void;
}

function Save({ seen, draft, dirty, took }: SaveProps) {
  const reason = useSignal('');
  const fault = useSignal('');
  const busy = useSignal(false);
  const theirs = useSignal<Seen<Rules> | null>(null);
  const other = theirs.value;
  const save = async (rules: readonly Rule[] | null) => {
    busy.value = true;
    fault.value = '';
    try {
      const body = { rules: rules ? rules.map(whole) : null, reason: reason.value.trim() };
      took(await change<Rules>('PUT', '/api/rules', body, (other ?? seen).version), true);
    } catch (error) {
      fault.value = words(error);
      if (error instanceof Problem && error.status === 412)
        theirs.value = await change<Rules>('GET', '/api/rules').catch(() => null);
    } finally {
      busy.value = false;
    }
  };
  const ready = reason.value.trim() !== '' && !busy.value;
  const { added, removed, changed } = differences((other ?? seen).found.rules, draft);
  return (
    <section class="sheet rules-save">
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void save(draft);
        }}
      >
        {dirty && (
          <p>
            <b>{say('rules-unsaved')}</b>{' '}
            <span class="note">
              {say('rules-differ', { added: added.length, changed: changed.length, removed: removed.length })}
            </span>
          </p>
        )}
        {other && (
          <div class="fault" role="alert">
            {say('rules-quicker', { by: other.found.by, number: other.found.number })}
            <ul>
              {other.found.rules.map((rule) => (
                <li key={rule.id}>
                  {effect(rule)} · {goods(rule)}
                </li>
              ))}
            </ul>
          </div>
        )}
        <Fault text={other ? '' : fault.value} />
        <Reason of={reason} />
        <div class="acts">
          {other && (
            <button type="button" onClick={() => took(other, false)}>
              {say('rules-theirs')}
            </button>
          )}
          {!other && dirty && (
            <button type="button" onClick={() => took(seen, false)}>
              {say('rules-drop')}
            </button>
          )}
          {!other && !dirty && (
            <button type="button" disabled={!ready} onClick={() => void save(null)}>
              {say('rules-file-again', { count: seen.found.file_count })}
            </button>
          )}
          {dirty && (
            <button type="submit" class="next" disabled={!ready || draft.some((rule) => unfit(rule) !== '')}>
              {busy.value ? say('doing') : say(other ? 'rules-mine' : 'rules-save')}
            </button>
          )}
        </div>
      </form>
    </section>
  );
}

interface Listed {
  versions: (Version & { count: number | null })[];
}

function Versions({ now, take }: { now: number; take: ((rules: Rule[]) => void) | undefined }) {
  const found = useSignal<Listed['versions']>([]);
  const fault = useSignal('');
  const back = async (number: number) => {
    fault.value = '';
    try {
      take?.((await ask<Rules>(`/api/rules/versions/${number}`)).rules);
      scrollTo(0, 0);
    } catch (error) {
      fault.value = words(error);
    }
  };
  useEffect(() => {
    ask<Listed>('/api/rules/versions').then(
      ({ versions }) => {
        found.value = versions;
      },
      () => {},
    );
  }, [now]);
  if (found.value.length === 0) return null;
  return (
    <section class="sheet rules-versions">
      <h2>{say('rules-versions')}</h2>
      <Fault text={fault.value} />
      <ol>
        {found.value.map((each) => (
          <li key={each.number}>
            <b>{say('rules-number', { number: each.number })}</b>{' '}
            <span>
              {each.count === null ? say('rules-from-file-short') : say('rules-count', { count: each.count })}
            </span>
            <small>
              {each.by}, {date(each.at_ms)} {clock(each.at_ms)}: {each.reason}
            </small>
            {take && each.number !== now && (
              <button type="button" onClick={() => void back(each.number)}>
                {say('rules-version-take', { number: each.number })}
              </button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
