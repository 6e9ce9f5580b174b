// The barcode tester: scan or type, and see what a booth would make of it.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { yuan } from '../shared/money';
import { words } from './act';
import { Icon } from './icons';
import { to } from './route';
import { Fault } from './said';
import { ask } from './session';
import { called, say } from './words';

interface Trial {
  kind: string;
  wallet: string;
  keys: string[];
  batch: string | null;
  expires: string | null;
  serial: string | null;
  weight_g: number | null;
  price_fen: number | null;
  right: string;
  product: { sku: string; name_zh: string; name_en: string } | null;
  refusal: string;
  amount_fen: number | null;
}

const AIM = /^\][A-Za-z][0-9A-Za-z]/;

export function Tester() {
  const found = useSignal<Trial | null>(null);
  const fault = useSignal('');
  const field = useRef<HTMLInputElement>(null);
  const test = async (event: Event) => {
    event.preventDefault();
    const text = field.current?.value ?? '';
    if (text.trim() === '') return;
    const aim = AIM.exec(text);
    fault.value = '';
    try {
      const scan = aim ? { text: text.slice(3), symbology: aim[0] } : { text };
      found.value = await ask<Trial>('/api/barcodes/try', scan);
      // the next scan replaces this one; and a payment code does not stay on the screen
      if (found.value.kind === 'payment' && field.current) field.current.value = '';
      field.current?.select();
    } catch (error) {
      fault.value = words(error);
    }
  };
  return (
    <section class="sheet tester">
      <h2>
        {say('tester')} <small>{say('tester-hint')}</small>
      </h2>
      <form class="find" onSubmit={(event) => void test(event)}>
        <Icon name="scan" />
        <input
          ref={field}
          maxLength={512}
          autocomplete="off"
          aria-label={say('tester-field')}
          placeholder={say('tester-field')}
        />
        <button type="submit">{say('tester-go')}</button>
      </form>
      <Fault text={fault.value} />
      {found.value && <Result it={found.value} />}
    </section>
  );
}

function Result({ it }: { it: Trial }) {
  const sells = it.refusal === '';
  const facts: [string, string | null][] = [
    ['wallet', it.wallet && say(`tester-${it.wallet}`)],
    ['right', it.right],
    ['keys', it.keys.join(' ')],
    ['expires', it.expires],
    ['batch', it.batch],
    ['serial', it.serial],
    ['weight', it.weight_g === null ? null : `${it.weight_g} g`],
    ['label', it.price_fen === null ? null : yuan(it.price_fen)],
  ];
  return (
    <div class="result" role="status">
      <p class={`st ${sells ? 'ok' : 'warn'}`}>
        <Icon name={sells ? 'check' : 'alert'} />
        <b>
          {sells ? say('tester-sells', { amount: yuan(it.amount_fen ?? 0) }) : say(`notice-${it.refusal}`)}
        </b>
      </p>
      <p>
        {say(`tester-kind-${it.kind}`)}
        {it.product && (
          <>
            {' · '}
            <a href={to('goods', it.product.sku)}>{called(it.product)}</a>
          </>
        )}
      </p>
      <dl>
        {facts
          .filter(([, value]) => value)
          .map(([key, value]) => (
            <div key={key}>
              <dt>{say(`tester-${key}`)}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
      </dl>
    </div>
  );
}
