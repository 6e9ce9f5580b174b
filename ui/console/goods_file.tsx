// A whole price list as one file: chosen or dropped, looked at line by line, then taken.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { yuan } from '../shared/money';
import { words } from './act';
import { Icon } from './icons';
import { to } from './route';
import { Done, Fault, Reason } from './said';
import { change, Problem, save } from './session';
import { called, say } from './words';

interface Named {
  sku: string;
  name_zh: string;
  name_en: string;
  price_fen: number | null;
}
interface Look {
  version: string;
  products: number;
  added_count: number;
  changed_count: number;
  removed_count: number;
  fault_count: number;
  priced_count: number;
  added: Named[];
  changed: (Omit<Named, 'price_fen'> & { fields: { name: string; was: string; now: string }[] })[];
  removed: Named[];
  faults: { line: number; what: string }[];
}
interface File {
  name: string;
  text: string;
}

export function GoodsFile() {
  const file = useSignal<File | null>(null);
  const look = useSignal<Look | null>(null);
  const [fault, told, reason] = [useSignal(''), useSignal(''), useSignal('')];
  const busy = useSignal(false);
  const remove = useSignal(false);
  const over = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  const run = async (work: () => Promise<void>) => {
    busy.value = true;
    fault.value = '';
    try {
      await work();
    } catch (error) {
      fault.value =
        error instanceof Problem && error.status === 412 ? say('goods-file-quicker') : words(error);
      if (error instanceof Problem && error.status === 412) await compare();
    } finally {
      busy.value = false;
    }
  };
  const compare = async () => {
    look.value = (await change<Look>('POST', '/api/catalogue/preview', file.value?.text ?? '')).found;
  };
  const choose = (chosen: globalThis.File | undefined) =>
    chosen &&
    run(async () => {
      look.value = null;
      told.value = '';
      remove.value = false;
      file.value = { name: chosen.name, text: await chosen.text() };
      await compare();
    });
  const take = () =>
    run(async () => {
      const asked = new URLSearchParams({ reason: reason.value.trim(), remove: String(remove.value) });
      const path = `/api/catalogue/import?${asked}`;
      const { found } = await change<Look>('POST', path, file.value?.text ?? '', `"${look.value?.version}"`);
      told.value = say('goods-file-taken', { count: found.products });
      look.value = file.value = null;
      reason.value = '';
    });
  return (
    <>
      <h1>
        {say('goods-file-title')} <span class="calm">{say('goods-file-hint')}</span>
      </h1>
      <section
        class={`sheet drop ${over.value ? 'over' : ''}`}
        aria-label={say('goods-file-choose')}
        onDragOver={(event) => {
          event.preventDefault();
          over.value = true;
        }}
        onDragLeave={() => (over.value = false)}
        onDrop={(event) => {
          event.preventDefault();
          over.value = false;
          void choose(event.dataTransfer?.files[0]);
        }}
      >
        <input
          ref={field}
          type="file"
          accept=".csv,text/csv"
          class="unseen"
          tabIndex={-1}
          aria-label={say('goods-file-choose')}
          onChange={(event) => void choose(event.currentTarget.files?.[0])}
          onClick={(event) => (event.currentTarget.value = '')} // the same file again is a new look
        />
        <p>{file.value ? <b>{file.value.name}</b> : say('goods-file-drop')}</p>
        <div class="acts">
          <button type="button" class={look.value ? '' : 'strong'} onClick={() => field.current?.click()}>
            {say(file.value ? 'goods-file-other' : 'goods-file-choose')}
          </button>
          <button type="button" onClick={() => void save('/api/catalogue.csv', 'catalogue.csv')}>
            {say('goods-file-export')}
          </button>
          <a class="button" href={to('goods')}>
            {say('goods-file-back')}
          </a>
        </div>
      </section>
      {busy.value && <p role="status">{say('doing')}</p>}
      <Fault text={fault.value} />
      <Done text={told.value} />
      {look.value && (
        <>
          <section class="sheet will">
            <h2>{say('goods-file-will')}</h2>
            <p class={`st ${look.value.fault_count ? 'bad' : ''}`}>
              <Icon name={look.value.fault_count ? 'alert' : 'check'} /> <b>{sentence(look.value)}</b>
            </p>
            {look.value.fault_count === 0 && anything(look.value) && (
              <form
                class="fields"
                onSubmit={(event) => {
                  event.preventDefault();
                  void take();
                }}
              >
                {look.value.removed_count > 0 && (
                  <label class="check">
                    <input
                      type="checkbox"
                      checked={remove.value}
                      onChange={(event) => (remove.value = event.currentTarget.checked)}
                    />
                    {say('goods-file-remove', { count: look.value.removed_count })}
                  </label>
                )}
                <Reason of={reason} />
                <p class="note">{say('goods-effect')}</p>
                <button
                  type="submit"
                  class="next"
                  disabled={
                    busy.value || !reason.value.trim() || (look.value.removed_count > 0 && !remove.value)
                  }
                >
                  {say('goods-file-take')}
                </button>
              </form>
            )}
          </section>
          <Lists look={look.value} />
        </>
      )}
    </>
  );
}

const anything = (look: Look) => look.added_count + look.changed_count + look.removed_count > 0;

function sentence(look: Look): string {
  if (look.fault_count) return say('goods-file-faults', { count: look.fault_count });
  if (!anything(look)) return say('goods-file-same', { count: look.products });
  return say('goods-file-does', {
    added: look.added_count,
    changed: look.changed_count,
    priced: look.priced_count,
    removed: look.removed_count,
  });
}

function Lists({ look }: { look: Look }) {
  return (
    <>
      {look.faults.length > 0 && (
        <section class="sheet">
          <h2>{say('goods-file-wrong')}</h2>
          <ul class="sums">
            {look.faults.map((each) => (
              <li key={`${each.line} ${each.what}`}>
                <code>{say('goods-file-line', { line: each.line })}</code>
                <span>{each.what}</span>
              </li>
            ))}
          </ul>
          <More count={look.fault_count} shown={look.faults.length} />
        </section>
      )}
      {look.changed.length > 0 && (
        <section class="sheet">
          <h2>
            {say('goods-file-changed')} <b>{look.changed_count}</b>
          </h2>
          <div class="scroll">
            <table class="diff">
              <thead>
                <tr>
                  {['goods-file-product', 'goods-file-field', 'goods-file-was', 'goods-file-now'].map(
                    (key) => (
                      <th key={key} scope="col">
                        {say(key)}
                      </th>
                    ),
                  )}
                </tr>
              </thead>
              <tbody>
                {look.changed.flatMap((each) =>
                  each.fields.map((field) => (
                    <tr
                      key={`${each.sku} ${field.name}`}
                      class={field.name.includes('price') ? 'priced' : ''}
                    >
                      <th scope="row">
                        {called(each)} <small>{each.sku}</small>
                      </th>
                      <td>{say(`goods-file-field-${field.name}`)}</td>
                      <td>
                        <del>{field.was}</del>
                      </td>
                      <td>
                        <ins>{field.now}</ins>
                      </td>
                    </tr>
                  )),
                )}
              </tbody>
            </table>
          </div>
          <More count={look.changed_count} shown={look.changed.length} />
        </section>
      )}
      <Names title="goods-file-added" count={look.added_count} rows={look.added} />
      <Names title="goods-file-removed" count={look.removed_count} rows={look.removed} />
    </>
  );
}

function Names({ title, count, rows }: { title: string; count: number; rows: readonly Named[] }) {
  if (rows.length === 0) return null;
  return (
    <section class="sheet">
      <h2>
        {say(title)} <b>{count}</b>
      </h2>
      <ul class="sums">
        {rows.map((each) => (
          <li key={each.sku}>
            <span>
              {called(each)} <small>{each.sku}</small>
            </span>
            <span class="figure">{each.price_fen === null ? say('no-price') : yuan(each.price_fen)}</span>
          </li>
        ))}
      </ul>
      <More count={count} shown={rows.length} />
    </section>
  );
}

function More({ count, shown }: { count: number; shown: number }) {
  return count > shown ? <p class="note">{say('goods-file-more', { count: count - shown })}</p> : null;
}
