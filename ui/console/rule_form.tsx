// One price rule as a form: what it does first, then only what that needs; for which goods, when, and what signs say.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Icon } from './icons';
import { Find, nameOf } from './product_find';
import {
  DAY_MINUTES,
  effect,
  hour,
  KINDS,
  type Kind,
  proposal,
  type Rule,
  type Span,
  unfit,
  weekday,
} from './rule_words';
import { say } from './words';

interface RuleFormProps {
  rule: Rule;
  change: (rule: Rule) => void;
  done: () => void;
}

const PICTURED: Record<Kind, string> = { percent: '%', nth_percent: '½', nth_free: '+1', bundle: '¥' };

export function RuleForm({ rule, change, done }: RuleFormProps) {
  const set = (part: Partial<Rule>) => change({ ...rule, ...part });
  const wrong = unfit(rule);
  const words = proposal(rule);
  return (
    <form
      class="fields rule-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) done();
      }}
    >
      <fieldset class="rule-kinds">
        <legend>{say('rule-what')}</legend>
        {KINDS.map((kind) => (
          <label key={kind} class={rule.kind === kind ? 'is' : ''}>
            <input
              type="radio"
              name={`kind-${rule.id}`}
              checked={rule.kind === kind}
              onChange={() =>
                set({ kind, n: Math.max(2, rule.n), percent: kind === 'nth_percent' ? 50 : rule.percent })
              }
            />
            <b aria-hidden="true">{PICTURED[kind]}</b>
            {say(`rule-kind-${kind}`)}
          </label>
        ))}
      </fieldset>
      <div class="pair">
        {rule.kind !== 'percent' && (
          <Whole label={say(`rule-n-${rule.kind}`)} value={rule.n} set={(n) => set({ n })} most={2} />
        )}
        {rule.kind === 'bundle' && <Yuan value={rule.price} set={(price) => set({ price })} />}
        {(rule.kind === 'percent' || rule.kind === 'nth_percent') && (
          <Whole
            label={say('rule-percent')}
            value={rule.percent}
            set={(percent) => set({ percent })}
            most={2}
          />
        )}
      </div>
      <p class={wrong ? 'bad' : 'note'} role={wrong ? 'alert' : undefined}>
        {wrong ? say(wrong) : effect(rule)}
      </p>
      <Goods skus={rule.skus} set={(skus) => set({ skus })} />
      <When span={rule.window} set={(window) => set({ window })} />
      <label class="check">
        <input
          type="checkbox"
          checked={rule.members_only}
          onChange={(event) => set({ members_only: event.currentTarget.checked })}
        />
        {say('rule-members')}
      </label>
      <div class="pair">
        <label>
          {say('rule-label-zh')}
          <input
            value={rule.label_zh}
            placeholder={words.zh}
            maxLength={60}
            onInput={(event) => set({ label_zh: event.currentTarget.value })}
          />
        </label>
        <label>
          {say('rule-label-en')}
          <input
            value={rule.label_en}
            placeholder={words.en}
            maxLength={60}
            onInput={(event) => set({ label_en: event.currentTarget.value })}
          />
        </label>
      </div>
      <div class="acts">
        <button type="submit" disabled={wrong !== ''}>
          {say('rule-close')}
        </button>
      </div>
    </form>
  );
}

function Whole(props: { label: string; value: number; set: (value: number) => void; most: number }) {
  return (
    <label>
      {props.label}
      <input
        inputMode="numeric"
        maxLength={props.most}
        value={Number.isNaN(props.value) ? '' : props.value}
        onInput={(event) => {
          const text = event.currentTarget.value.trim();
          props.set(/^\d+$/.test(text) ? Number(text) : Number.NaN);
        }}
      />
    </label>
  );
}

const AMOUNT = /^\d{1,6}(\.\d{1,2})?$/;

function Yuan({ value, set }: { value: number | null; set: (fen: number | null) => void }) {
  const typed = useSignal(value === null ? '' : (value / 100).toFixed(2));
  return (
    <label>
      {say('rule-price')}
      <input
        inputMode="decimal"
        maxLength={9}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          const text = typed.value.trim();
          set(AMOUNT.test(text) ? Math.round(Number(text) * 100) : null);
        }}
      />
    </label>
  );
}

function Goods({ skus, set }: { skus: string[]; set: (skus: string[]) => void }) {
  return (
    <fieldset class="rule-goods">
      <legend>{say('rule-goods')}</legend>
      {skus.length === 0 && <p class="note">{say('rule-all-goods-hint')}</p>}
      <ul class="chips">
        {skus.map((sku) => (
          <li key={sku}>
            <button
              type="button"
              class="chip"
              aria-label={say('rule-goods-less', { name: nameOf(sku) })}
              onClick={() => set(skus.filter((each) => each !== sku))}
            >
              {nameOf(sku)} <Icon name="cross" />
            </button>
          </li>
        ))}
      </ul>
      <Find many pick={({ sku }) => !skus.includes(sku) && set([...skus, sku])} />
    </fieldset>
  );
}

const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

function When({ span, set }: { span: Span; set: (span: Span) => void }) {
  const open = useSignal(false);
  const limited =
    span.from_date ||
    span.to_date ||
    span.weekdays.length > 0 ||
    span.from_minute !== 0 ||
    span.to_minute !== DAY_MINUTES;
  useEffect(() => {
    open.value = Boolean(limited);
  }, []);
  const put = (part: Partial<Span>) => set({ ...span, ...part });
  return (
    <details class="rule-when" open={open.value}>
      <summary>{say('rule-when')}</summary>
      <div class="pair">
        <label>
          {say('rule-first-day')}
          <input
            type="date"
            value={span.from_date ?? ''}
            onInput={(event) => put({ from_date: event.currentTarget.value || null })}
          />
        </label>
        <label>
          {say('rule-last-day')}
          <input
            type="date"
            value={span.to_date ?? ''}
            onInput={(event) => put({ to_date: event.currentTarget.value || null })}
          />
        </label>
      </div>
      <fieldset class="rule-days">
        <legend>{say('rule-weekdays')}</legend>
        {[0, 1, 2, 3, 4, 5, 6].map((day) => {
          const on = span.weekdays.includes(day);
          return (
            <button
              key={day}
              type="button"
              aria-pressed={on}
              onClick={() =>
                put({ weekdays: on ? span.weekdays.filter((each) => each !== day) : [...span.weekdays, day] })
              }
            >
              {weekday(day)}
            </button>
          );
        })}
      </fieldset>
      <div class="pair">
        <label>
          {say('rule-from-hour')}
          <input
            type="time"
            value={hour(span.from_minute)}
            onInput={(event) => put({ from_minute: minutes(event.currentTarget.value || '00:00') })}
          />
        </label>
        <label>
          {say('rule-to-hour')}
          <input
            type="time"
            value={hour(span.to_minute % DAY_MINUTES)}
            onInput={(event) =>
              put({ to_minute: minutes(event.currentTarget.value || '00:00') || DAY_MINUTES })
            }
          />
        </label>
      </div>
      {span.to_minute < span.from_minute && <p class="note">{say('rule-over-midnight')}</p>}
    </details>
  );
}
