// Five stations on one ink line, captions under them, journal and mischief below.
import { useSignal } from '@preact/signals';
import { Goods } from '../shared/markup';
import { figure } from '../shared/money';
import { Phone } from './phone';
import {
  act,
  goods,
  journal,
  lab,
  language,
  type Product,
  scanProduct,
  showPhone,
  view,
  wallet,
} from './state';
import { sentence, w } from './words';

type Station = 'shelf' | 'kiosk' | 'phone' | 'paper';

/** Whose turn it is. */
function turn(): Station {
  const phase = view.value?.phase;
  if (phase === 'done') return 'paper';
  if (phase && ['choose', 'align', 'present', 'paying', 'checking'].includes(phase)) return 'phone';
  if (phase === 'declined' || phase === 'staff' || view.value?.notice) return 'kiosk';
  return (view.value?.sale?.count ?? 0) > 0 ? 'kiosk' : 'shelf';
}

export function Bench() {
  return (
    <>
      <header class="bar">
        <a class="brand" href="/">
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M4 2h12v15l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5-2 1.5zM7.5 6h5M7.5 9.5h3" />
          </svg>
          Paybooth
        </a>
        <nav>
          <a href="/kiosk/">{w('full')}</a>
          <a href="/console/">{w('console')}</a>
          <a href="/lab/">{w('behind')}</a>
          <a href="/lab/phone/">{w('phonePage')}</a>
        </nav>
        <button
          type="button"
          class="lang"
          onClick={() => (language.value = language.value === 'en' ? 'zh-CN' : 'en')}
        >
          {w('other')}
        </button>
      </header>
      <main>
        <section class="say">
          <h1>
            {w('title')} <span class="calm">{w('calm')}</span>
          </h1>
          <Watch />
        </section>
        <section class="stage">
          <Shelf />
          <KioskFrame />
          <Phone />
          <Printer />
        </section>
        <Captions />
        <div class="under">
          <Journal />
          <Mischief />
        </div>
      </main>
    </>
  );
}

/** One line that says how the shop is. */
function Watch() {
  const state = lab.value;
  const last = journal.value[0];
  const bad = state?.power !== 'on' ? w(state?.power === 'starting' ? 'starting' : 'off') : null;
  return (
    <p class={`watch ${bad ? 'bad' : ''}`} role="status">
      <span class="cap">{w('says')}</span>
      <b>{bad ?? (last ? sentence(last.kind, last.fact) : w('well'))}</b>
    </p>
  );
}

function Shelf() {
  const typed = useSignal('');
  return (
    <div class="st-shelf">
      <ul class="shelf">
        {goods.value.map((product) => (
          <li key={product.sku}>
            <Pack product={product} />
          </li>
        ))}
      </ul>
      <form
        class="typed"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.value.trim()) void act('scan', { code: typed.value.trim() });
          typed.value = '';
        }}
      >
        <input
          value={typed.value}
          onInput={(e) => (typed.value = e.currentTarget.value)}
          placeholder={w('typeCode')}
          aria-label={w('typeCode')}
        />
        <button type="submit">{w('scan')}</button>
      </form>
    </div>
  );
}

function Pack({ product }: { product: Product }) {
  const label = language.value === 'en' ? product.name_en || product.name_zh : product.name_zh;
  return (
    <button
      type="button"
      title={label}
      aria-label={`${label} ${product.price_fen === null ? '' : figure(product.price_fen)}`}
      onClick={() => void scanProduct(product)}
    >
      <Goods name={product.picture} class="goods" />
      <b>
        {product.price_fen === null ? '?' : `${figure(product.price_fen)}${product.weighed ? '/kg' : ''}`}
      </b>
    </button>
  );
}

function KioskFrame() {
  return (
    <div class="st-kiosk">
      <div class="screen">
        <iframe src="/kiosk/" title={w('kiosk')} />
      </div>
      <svg class="art stand" viewBox="0 0 280 64" aria-hidden="true">
        <path class="paper" d="M122 0h36v52h-36z" />
        <path class="paper" d="M84 52h112v12H84z" />
      </svg>
    </div>
  );
}

function Printer() {
  const printer = lab.value?.printer;
  const sheet = printer?.sheets.at(-1);
  return (
    <div class="st-print">
      <div class={`roll ${sheet ? 'has' : ''}`}>
        {sheet && (
          <a
            href={`/lab/api/sheets/${sheet.number}.png`}
            target="_blank"
            rel="noreferrer"
            key={sheet.number}
            class="sheet-link"
          >
            <img src={`/lab/api/sheets/${sheet.number}.png`} alt={w('paper')} />
          </a>
        )}
      </div>
      <svg class="art" viewBox="0 0 208 110" aria-hidden="true">
        <path class="paper" d="M14 20 30 0h148l16 20v90H14z" />
        <path d="M14 20h180" />
        <path class="solid" d="M40 8h128v5H40z" />
        <path class="thin" d="M30 86h56M30 96h36" />
        <circle cx="172" cy="90" r="6" class={printer?.out ? 'lamp bad' : 'lamp'} />
        {printer?.out && <path d="M80 40h48v34H80zM80 40l48 34M128 40l-48 34" />}
      </svg>
    </div>
  );
}

function Captions() {
  const now = turn();
  const order: Station[] = ['shelf', 'kiosk', 'phone', 'paper'];
  const at = order.indexOf(now);
  const phase = view.value?.phase;
  const ready = phase === 'choose' || phase === 'align';
  return (
    <ol class="caps">
      {order.map((station, n) => (
        <li key={station} aria-current={station === now ? 'step' : undefined}>
          <b class={`no ${n < at ? 'done' : n === at ? 'cur' : ''}`}>{n < at ? '✓' : n + 1}</b>
          <span>
            {w(station)}
            <small>{w(`${station}2`)}</small>
          </span>
          {station === 'phone' && (
            <button
              type="button"
              class={`go ${ready ? 'next' : ''}`}
              disabled={!ready}
              onClick={() => void showPhone()}
            >
              {ready ? w('show') : (view.value?.sale?.count ?? 0) > 0 ? w('pay') : w('scanFirst')}
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}

const clock = new Intl.DateTimeFormat('zh-CN', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 1,
  hour12: false,
});

function Journal() {
  const books = lab.value?.books;
  return (
    <section class="sheet journal">
      <div class="head">
        <h2>{w('journal')}</h2>
        <span class="cap">{w('journal2')}</span>
      </div>
      <ol>
        {journal.value.map((entry, n) => (
          <li key={entry.seq} class={n === 0 ? 'fresh' : ''}>
            <code>{entry.seq}</code>
            <time>{clock.format(entry.at_ms)}</time>
            <span>{sentence(entry.kind, entry.fact)}</span>
            <code class="kind">{entry.kind}</code>
            <code class="dim">
              {entry.hash.slice(0, 4)} ← {journal.value[n + 1]?.hash.slice(0, 4) ?? '····'}
            </code>
          </li>
        ))}
      </ol>
      {books && (
        <p class="books">
          <span class="cap">{w('bank')}</span>
          {(['wechat', 'alipay'] as const).map((each) => (
            <span key={each}>
              <i class={each} />
              {w('charged')} ¥{figure(books[each].charged_fen)} · {w('back')} ¥
              {figure(books[each].given_back_fen)}
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

function Mischief() {
  const state = lab.value;
  const cut = state?.network !== 'up';
  const out = state?.printer.out ?? false;
  const off = state?.power !== 'on';
  const armed = state?.faults.some((f) => f.name === 'reply_lost') ?? false;
  const channel = wallet.value;
  return (
    <section class="sheet faults">
      <div class="head">
        <h2>{w('faults')}</h2>
        <span class="cap">{w('faults2')}</span>
      </div>
      <ul>
        <li>
          <button
            type="button"
            aria-pressed={cut}
            onClick={() => void act('network', { state: cut ? 'up' : 'cut' })}
          >
            <svg class="art" viewBox="0 0 88 64" aria-hidden="true">
              <path class="paper" d="M6 20h26v24H6z" />
              <path d={cut ? 'M32 26h6M32 38h6M6 32H0' : 'M32 26h28M32 38h28M6 32H0'} />
              <path class="paper" d="M60 16h20v32H60z" />
              <path d="M80 32h8" />
            </svg>
            <b>{w(cut ? 'plug' : 'cut')}</b>
            <small>{w('cut2')}</small>
          </button>
        </li>
        <li>
          <button
            type="button"
            aria-pressed={armed}
            onClick={() => void act('fault', armed ? { clear: true } : { channel, name: 'reply_lost' })}
          >
            <svg class="art" viewBox="0 0 88 64" aria-hidden="true">
              <path class="paper" d="M8 14h44v28H30L18 54V42H8z" />
              <path d="M60 20l20 20M80 20L60 40" />
              <path d="M18 24h24M18 32h14" />
            </svg>
            <b>{w('lost')}</b>
            <small>{armed ? w('armed') : w('lost2')}</small>
          </button>
        </li>
        <li>
          <button
            type="button"
            aria-pressed={out}
            onClick={() => void act('printer', { paper_mm: out ? 50_000 : 0 })}
          >
            <svg class="art" viewBox="0 0 88 64" aria-hidden="true">
              <circle class="paper" cx="34" cy="34" r="24" stroke-dasharray={out ? '4 5' : ''} />
              <circle class="paper2" cx="34" cy="34" r="8" />
              {!out && (
                <path class="paper" d="M58 34v24h16V34M58 58l4-4 4 4 4-4 4 4M34 10h24c10 0 16 8 16 24" />
              )}
            </svg>
            <b>{w(out ? 'addPaper' : 'noPaper')}</b>
            <small>{w('noPaper2')}</small>
          </button>
        </li>
        <li>
          <button
            type="button"
            aria-pressed={off}
            disabled={state?.power === 'starting'}
            onClick={() => void act('power', { on: off })}
          >
            <svg class="art" viewBox="0 0 88 64" aria-hidden="true">
              <path class="paper" d="M22 6h44v52H22z" />
              <path class="paper2" d="M34 14h20v36H34z" />
              <path class="solid" d={off ? 'M36 32h16v16H36z' : 'M36 16h16v16H36z'} />
            </svg>
            <b>{state?.power === 'starting' ? w('starting') : w(off ? 'powerOn' : 'power')}</b>
            <small>{w('power2')}</small>
          </button>
        </li>
      </ul>
    </section>
  );
}
