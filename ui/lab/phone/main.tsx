// The shopper's phone on a page of its own, as wide as a phone: code, password, balance, signal.
import { useSignal } from '@preact/signals';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { Balance, masked, PhoneSettings, Prompt, Wallets } from '../../bench/phone';
import { act, code, freshCode, holdPhone, lab, language, startLab, wallet } from '../../bench/state';
import { w } from '../../bench/words';
import { Bars, Qr } from '../../shared/markup';
import { figure } from '../../shared/money';
import '../../bench/bench.css';
import './phone.css';

function Handset() {
  const channel = wallet.value;
  const state = lab.value?.phone[channel];
  useEffect(() => {
    document.documentElement.lang = language.value;
  }, [language.value]);
  return (
    <>
      <header class="bar">
        <a class="brand" href="/">
          {w('bench')}
        </a>
        <button
          type="button"
          class="lang"
          onClick={() => (language.value = language.value === 'en' ? 'zh-CN' : 'en')}
        >
          {w('other')}
        </button>
      </header>
      <main class="phone">
        <h1>{w('phone')}</h1>
        <Wallets />
        {state?.prompt ? <Prompt channel={channel} /> : <Code key={channel} />}
        {state?.offline && <p class="note">{w('noSignal')}</p>}
        {state?.balance_fen === 0 && <p class="note">{w('noMoney')}</p>}
        <Balance channel={channel} />
        <PhoneSettings channel={channel} />
      </main>
    </>
  );
}

/** The code as barcode and QR, new before it runs out. */
function Code() {
  const left = useSignal(0);
  const said = useSignal<'scanned' | 'unseen' | null>(null);
  const channel = wallet.value;
  const shown = code.value?.wallet === channel ? code.value : null;
  const presented = lab.value?.phone[channel].presented_fen ?? null;
  useEffect(() => {
    if (code.value?.wallet !== wallet.value) void freshCode();
    let asking = false;
    const look = setInterval(() => {
      const now = code.value;
      if (!now || asking) return;
      left.value = Math.max(0, Math.ceil(now.valid_s - 5 - (performance.now() - now.made_ms) / 1000));
      if (left.value > 0) return;
      asking = true;
      void freshCode().finally(() => {
        asking = false;
      });
    }, 250);
    return () => clearInterval(look);
  }, []);
  return (
    <>
      <div class="drawn">
        {shown ? <Bars svg={shown.bars_svg} label={w('bars')} /> : <span class="bars" />}
        <span class="digits">{masked(shown?.code)}</span>
        {shown ? <Qr svg={shown.qr_svg} label={w('square')} /> : <span class="qr blank" />}
        <span class="cap">
          {left.value} {w('leftS')}
        </span>
      </div>
      <div class="acts">
        <button
          type="button"
          class="next"
          onClick={() =>
            void holdPhone().then((seen) => {
              said.value = seen ? 'scanned' : 'unseen';
            })
          }
        >
          {w('hold')}
        </button>
        <button type="button" onClick={() => void freshCode()}>
          {w('fresh')}
        </button>
        {presented !== null && (
          <button type="button" class="wide" onClick={() => void act('present', { channel })}>
            {w('screen')} ¥{figure(presented)}
          </button>
        )}
      </div>
      <p class="said" role="status">
        {said.value && w(said.value)}
      </p>
    </>
  );
}

const root = document.getElementById('root');
if (root) {
  startLab();
  render(<Handset />, root);
}
