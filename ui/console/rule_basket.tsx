// Try a basket: the code that prices real ones says what these goods would cost under the rules as they stand here.
import { useSignal } from '@preact/signals';
import { yuan } from '../shared/money';
import { useAnswer } from './answer';
import { Find, nameOf, Picked } from './product_find';
import { type Rule, unfit, whole } from './rule_words';
import { Fault } from './said';
import { ask } from './session';
import { called, language, say } from './words';

interface Wanted {
  sku: string;
  quantity: number;
  /** Of what is weighed. */
  grams: number | null;
}

interface Priced {
  at: string;
  lines: {
    sku: string;
    name_zh: string;
    name_en: string;
    quantity: number;
    grams: number | null;
    unit_fen: number;
    amount_fen: number;
    rule: string;
    off_fen: number;
  }[];
  refused: { sku: string; why: string }[];
  outcomes: { rule: string; outcome: string; off_fen: number }[];
  listed_fen: number;
  off_fen: number;
  total_fen: number;
}

const KILO = 1000;

export function TryBasket({ rules }: { rules: readonly Rule[] }) {
  const wanted = useSignal<Wanted[]>([]);
  const member = useSignal(false);
  const at = useSignal('');
  const fit = rules.filter((rule) => unfit(rule) === '').map(whole);
  const wish = { rules: fit, lines: wanted.value, member: member.value, at: at.value || null };
  const { found, fault } = useAnswer(wanted.value.length > 0 ? wish : null, (asked) =>
    ask<Priced>('/api/rules/try', asked),
  );
  const put = (sku: string, part: Partial<Wanted>) => {
    wanted.value = wanted.value.map((each) => (each.sku === sku ? { ...each, ...part } : each));
  };
  return (
    <section class="sheet try">
      <h2>
        {say('rules-try')} <small>{say('rules-try-hint')}</small>
      </h2>
      <div class="fields">
        <Find
          many
          pick={({ sku, weighed }) => {
            const had = wanted.value.find((each) => each.sku === sku);
            if (had) put(sku, weighed ? {} : { quantity: Math.min(99, had.quantity + 1) });
            else wanted.value = [...wanted.value, { sku, quantity: 1, grams: weighed ? KILO : null }];
          }}
        />
        {wanted.value.length > 0 && (
          <Picked of={wanted.value} drop="rules-try-remove" left={(rest) => (wanted.value = rest)}>
            {(each) => <Count wanted={each} put={(part) => put(each.sku, part)} />}
          </Picked>
        )}
        <div class="pair">
          <label>
            {say('rules-try-at')}
            <input
              type="datetime-local"
              value={at.value}
              onInput={(event) => (at.value = event.currentTarget.value)}
            />
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={member.value}
              onChange={(event) => (member.value = event.currentTarget.checked)}
            />
            {say('rules-try-member')}
          </label>
        </div>
      </div>
      <Fault text={fault.value} />
      {wanted.value.length === 0 && <p class="note">{say('rules-try-empty')}</p>}
      {found.value && <Slip priced={found.value} rules={fit} />}
    </section>
  );
}

function Count({ wanted, put }: { wanted: Wanted; put: (part: Partial<Wanted>) => void }) {
  const weighed = wanted.grams !== null;
  const most = weighed ? 99_999 : 99;
  return (
    <label class="try-count">
      <input
        inputMode="numeric"
        maxLength={weighed ? 5 : 2}
        aria-label={say(weighed ? 'rules-try-grams' : 'rules-try-pieces', { name: nameOf(wanted.sku) })}
        value={weighed ? (wanted.grams ?? '') : wanted.quantity}
        onInput={(event) => {
          const number = Math.min(most, Number(event.currentTarget.value.replace(/\D/g, '')));
          if (number > 0) put(weighed ? { grams: number } : { quantity: number });
        }}
      />
      {weighed ? 'g' : '×'}
    </label>
  );
}

function Slip({ priced, rules }: { priced: Priced; rules: readonly Rule[] }) {
  const labels = new Map(
    rules.map((rule) => [rule.id, language.value === 'en' ? rule.label_en : rule.label_zh]),
  );
  const idle = priced.outcomes.filter((each) => each.outcome !== 'took');
  return (
    <div class="try-slip" aria-live="polite">
      <table>
        {priced.lines.map((line) => (
          <tbody key={line.sku}>
            <tr>
              <td>
                {called(line)} <small>{line.grams === null ? `× ${line.quantity}` : `${line.grams} g`}</small>
              </td>
              <td>{yuan(line.amount_fen)}</td>
            </tr>
            {line.rule && (
              <tr class="off">
                <td>{labels.get(line.rule)}</td>
                <td>{yuan(line.off_fen)}</td>
              </tr>
            )}
          </tbody>
        ))}
        <tbody>
          {priced.refused.map(({ sku, why }) => (
            <tr key={sku} class="refused">
              <td>{nameOf(sku)}</td>
              <td>{say(`notice-${why}`, { code: sku, name: nameOf(sku) })}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          {priced.off_fen !== 0 && (
            <tr>
              <th scope="row">{say('rules-try-off')}</th>
              <td>{yuan(priced.off_fen)}</td>
            </tr>
          )}
          <tr class="total">
            <th scope="row">{say('rules-try-total')}</th>
            <td>{yuan(priced.total_fen)}</td>
          </tr>
        </tfoot>
      </table>
      {idle.length > 0 && (
        <>
          <h3>{say('rules-try-idle')}</h3>
          <ul class="try-idle">
            {idle.map(({ rule, outcome }) => (
              <li key={rule}>
                <b>{labels.get(rule)}</b> {say(`rules-try-${outcome}`)}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
