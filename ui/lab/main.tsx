// Behind the scenes: every fault of the wallets, the printer's troubles, and what the bank wrote down.
import { useSignal } from '@preact/signals';
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { act, lab, language, start, type Wallet } from '../bench/state';
import { w } from '../bench/words';
import { figure } from '../shared/money';
import '../bench/bench.css';
import './lab.css';

const PRINTER = [
  ['paper_mm', 0, 50_000],
  ['cover_open', true, false],
  ['mute', true, false],
  ['off', true, false],
] as const;

function Lab() {
  const state = lab.value;
  if (!state) return <p class="loading">…</p>;
  return (
    <>
      <header class="bar">
        <a class="brand" href="/">
          Paybooth
        </a>
        <nav>
          <a href="/">{w('bench')}</a>
          <a href="/lab/phone/">{w('phonePage')}</a>
          <a href="/kiosk/">{w('full')}</a>
        </nav>
        <button
          type="button"
          class="lang"
          onClick={() => (language.value = language.value === 'en' ? 'zh-CN' : 'en')}
        >
          {w('other')}
        </button>
      </header>
      <main class="lab">
        <h1>{w('behind')}</h1>
        {(['wechat', 'alipay'] as const).map((channel) => (
          <Gateway key={channel} channel={channel} />
        ))}
        <section class="sheet">
          <div class="head">
            <h2>ESC/POS</h2>
            <span class="cap">{Math.round(state.printer.paper_mm / 1000)} m</span>
          </div>
          <div class="menu">
            {PRINTER.map(([name, bad, good]) => {
              const on = name === 'paper_mm' ? state.printer.out : Boolean(state.printer[name as 'off']);
              return (
                <button
                  type="button"
                  key={name}
                  aria-pressed={on}
                  onClick={() => void act('printer', { [name]: on ? good : bad })}
                >
                  <b>{name === 'paper_mm' ? 'paper_out' : name}</b>
                </button>
              );
            })}
            <button type="button" onClick={() => void act('printer', { out_after_bytes: 400 })}>
              <b>out_after_400_bytes</b>
            </button>
          </div>
        </section>
      </main>
    </>
  );
}

function Gateway({ channel }: { channel: Wallet }) {
  const at = useSignal('charge');
  const state = lab.value;
  if (!state) return null;
  const books = state.books[channel];
  return (
    <section class="sheet">
      <div class="head">
        <h2>
          <i class={channel} />
          {channel === 'wechat' ? 'WeChat Pay APIv3' : 'Alipay gateway.do'}
        </h2>
        <span class="cap">
          {w('charged')} ¥{figure(books.charged_fen)} · {w('back')} ¥{figure(books.given_back_fen)} ·{' '}
          {books.orders}
        </span>
      </div>
      <label class="at">
        {w('at')}
        <select value={at.value} onChange={(e) => (at.value = e.currentTarget.value)}>
          {state.fault_at.places.map((place) => (
            <option key={place}>{place}</option>
          ))}
        </select>
      </label>
      <div class="menu">
        {Object.entries(state.fault_menu).map(([name, what]) => {
          const place = state.fault_at.for.includes(name) ? at.value : '';
          const armed = state.faults.find((f) => f.channel === channel && f.name === name && f.at === place);
          return (
            <button
              type="button"
              key={name}
              aria-pressed={armed !== undefined}
              onClick={() =>
                void act('fault', {
                  channel,
                  name,
                  at: at.value,
                  times: armed ? armed.times + 1 : 1,
                  seconds: name === 'clock_skew' ? 900 : 15,
                })
              }
            >
              <b>
                {name}
                {armed ? ` ×${armed.times}` : ''}
              </b>
              <small>{what}</small>
            </button>
          );
        })}
        <button type="button" class="clear" onClick={() => void act('fault', { clear: true })}>
          <b>{w('clear')}</b>
        </button>
      </div>
    </section>
  );
}

const root = document.getElementById('root');
if (root) {
  start();
  render(<Lab />, root);
}
