// Five stations on one ink line, captions under them, journal and mischief below.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Goods } from '../shared/markup';
import { figure } from '../shared/money';
import { Exit } from './exit';
import { Mischief } from './mischief';
import { Pad } from './pad';
import { Phone } from './phone';
import { LEAF_M } from './plan';
import { act, goods, journal, lab, language, type Product, scanProduct, showPhone, view } from './state';
import { sentence, w } from './words';

type Station = 'shelf' | 'kiosk' | 'phone' | 'paper' | 'exit';
const STATIONS: Station[] = ['shelf', 'kiosk', 'phone', 'paper', 'exit'];

/** Whose turn it is. */
function turn(): Station {
  const phase = view.value?.phase;
  const site = lab.value?.site;
  const carries = (site?.bag.length ?? 0) > 0;
  if (site?.walker) return 'exit';
  if (phase === 'done') return carries ? 'exit' : 'paper';
  if (phase && ['choose', 'align', 'present', 'paying', 'checking'].includes(phase)) return 'phone';
  if (phase === 'declined' || phase === 'staff' || view.value?.notice) return 'kiosk';
  if ((view.value?.sale?.count ?? 0) > 0) return 'kiosk';
  return carries ? 'exit' : 'shelf';
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
          <a href={`/console/#as=${lab.value?.staff?.Bo ?? ''}`}>{w('console')}</a>
          <a href={`/console/incidents#as=${lab.value?.staff?.Amy ?? ''}`}>{w('incidents')}</a>
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
        <Strip />
        <div class="under">
          <Journal />
          <Mischief />
        </div>
      </main>
    </>
  );
}

/** Stations and captions; on a narrow screen a strip that follows the story. */
function Strip() {
  const strip = useRef<HTMLDivElement>(null);
  const now = turn();
  useEffect(() => {
    const box = strip.current;
    const station = box?.querySelector('.stage')?.children[STATIONS.indexOf(now)];
    if (!box || !(station instanceof HTMLElement) || box.scrollWidth <= box.clientWidth) return;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const left = station.offsetLeft - (box.clientWidth - station.offsetWidth) / 2;
    box.scrollTo({ left, behavior: still ? 'auto' : 'smooth' });
  }, [now]);
  return (
    <div class="strip" ref={strip}>
      <section class="stage">
        <Shelf />
        <KioskFrame />
        <Phone />
        <Printer />
        <Exit />
      </section>
      <Captions now={now} />
    </div>
  );
}

/** What stands above every line of the journal. */
function trouble(): string | null {
  const state = lab.value;
  if (state?.site?.fire) return w('burning');
  if (state?.power !== 'on') return w(state?.power === 'starting' ? 'starting' : 'off');
  return state.site?.siren ? w('rings') : null;
}

/** One line that says how the shop is. */
function Watch() {
  const last = journal.value[0];
  const bad = trouble();
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
    <>
      <button
        type="button"
        title={label}
        aria-label={`${label} ${product.price_fen === null ? '' : figure(product.price_fen)}`}
        draggable
        onDragStart={(event) => event.dataTransfer?.setData('text/plain', product.sku)}
        onClick={() => void scanProduct(product)}
      >
        <Goods name={product.picture} class="goods" />
        <b>
          {product.price_fen === null ? '?' : `${figure(product.price_fen)}${product.weighed ? '/kg' : ''}`}
        </b>
      </button>
      <button
        type="button"
        class="take"
        title={`${w('take')}: ${label}`}
        aria-label={`${w('take')}: ${label}`}
        onClick={() => void act('take', { sku: product.sku })}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M4 7h12l-1 10H5zM7 7c0-5 6-5 6 0" />
        </svg>
      </button>
    </>
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
      <Pad />
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

function Captions({ now }: { now: Station }) {
  const at = STATIONS.indexOf(now);
  const phase = view.value?.phase;
  const ready = phase === 'choose' || phase === 'align';
  return (
    <ol class="caps">
      {STATIONS.map((station, n) => (
        <li key={station} aria-current={station === now ? 'step' : undefined}>
          <b class={`no ${n < at ? 'done' : n === at ? 'cur' : ''}`}>{n < at ? '✓' : n + 1}</b>
          {station === 'phone' ? (
            <span>
              {w(station)}
              <button
                type="button"
                class={`go ${ready ? 'next' : ''}`}
                disabled={!ready}
                onClick={() => void showPhone()}
              >
                {ready ? w('show') : (view.value?.sale?.count ?? 0) > 0 ? w('pay') : w('scanFirst')}
              </button>
            </span>
          ) : (
            <div class="two">
              <span>
                {w(station)}
                <small>{w(`${station}2`)}</small>
              </span>
              {station === 'exit' && <Feet next={now === 'exit'} />}
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}

/** Out with the bag, round again before the leaf, and in again. */
function Feet({ next }: { next: boolean }) {
  const site = lab.value?.site;
  const walker = site?.walker;
  if (walker) {
    const turns = walker.to === 'out' && walker.y !== null && walker.y <= LEAF_M;
    return (
      <div class="feet">
        <button type="button" class="go" disabled={!turns} onClick={() => void act('walk', { to: 'back' })}>
          {w(turns ? 'turnBack' : 'walking')}
        </button>
      </div>
    );
  }
  const outside = (site?.out.length ?? 0) > 0;
  return (
    <div class="feet">
      {outside && (
        <button type="button" class="go" onClick={() => void act('walk', { to: 'back' })}>
          {w('walkBack')}
        </button>
      )}
      <button
        type="button"
        class={`go ${next ? 'next' : ''}`}
        disabled={!site}
        onClick={() => void act('walk', { to: 'out' })}
      >
        {w(site?.bag.length ? 'walkOut' : 'walkEmpty')}
      </button>
    </div>
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
