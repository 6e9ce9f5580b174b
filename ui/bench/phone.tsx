// The shopper's phone: as one station of the bench, and in parts for the page of its own.
import { Qr } from '../shared/markup';
import { figure } from '../shared/money';
import { act, code, freshCode, lab, language, showPhone, view, type Wallet, wallet } from './state';
import { w } from './words';

export function Phone() {
  const prompt = lab.value?.phone[wallet.value].prompt;
  const shown = code.value?.wallet === wallet.value ? code.value : null;
  const presented = view.value?.phase === 'present';
  return (
    <div class="st-phone">
      <div class="phone">
        <Wallets />
        {prompt ? (
          <Prompt channel={wallet.value} />
        ) : (
          <>
            <button type="button" class="code" onClick={() => void showPhone()} aria-label={w('show')}>
              {shown ? <Qr svg={shown.qr_svg} label={w('phone')} /> : <span class="qr blank" />}
              <span class="digits">{masked(shown?.code)}</span>
            </button>
            {presented && (
              <button
                type="button"
                class="next"
                onClick={() => void act('present', { channel: view.value?.payment?.channel ?? wallet.value })}
              >
                {w('screen')}
              </button>
            )}
          </>
        )}
        <Balance channel={wallet.value} />
        <PhoneSettings channel={wallet.value} />
      </div>
      <svg class="art" viewBox="0 0 168 60" aria-hidden="true">
        <path class="paper" d="M34 4h100l8 30H26z" />
        <path class="solid" d="M48 10h72l4 14H44z" />
        <path class="paper" d="M10 34h148v26H10z" />
      </svg>
    </div>
  );
}

/** A code as wallets show it: never whole. */
export function masked(digits: string | undefined): string {
  return digits ? `${digits.slice(0, 4)} •••• ${digits.slice(-4)}` : '•••• •••• ••••';
}

export function Wallets() {
  const names =
    language.value === 'en' ? { wechat: 'WeChat', alipay: 'Alipay' } : { wechat: '微信', alipay: '支付宝' };
  return (
    <div class="wallets">
      {(['wechat', 'alipay'] as const).map((each) => (
        <button
          type="button"
          key={each}
          aria-pressed={wallet.value === each}
          onClick={() => {
            wallet.value = each;
            void freshCode();
          }}
        >
          <i class={each} />
          {names[each]}
        </button>
      ))}
    </div>
  );
}

/** The wallet asks for the password. */
export function Prompt({ channel }: { channel: Wallet }) {
  const prompt = lab.value?.phone[channel].prompt;
  if (!prompt) return null;
  return (
    <div class="prompt" role="alert">
      <span>{w('waitingPassword')}</span>
      <b>¥{figure(prompt.amount_fen)}</b>
      <span class="cap">{prompt.merchant}</span>
      <button type="button" class="next" onClick={() => void act('prompt', { channel, agree: true })}>
        {w('password')}
      </button>
      <button type="button" onClick={() => void act('prompt', { channel, agree: false })}>
        {w('refuse')}
      </button>
    </div>
  );
}

export function Balance({ channel }: { channel: Wallet }) {
  return (
    <dl>
      <dt>{w('balance')}</dt>
      <dd>¥{figure(lab.value?.phone[channel].balance_fen ?? 0)}</dd>
    </dl>
  );
}

export function PhoneSettings({ channel }: { channel: Wallet }) {
  const state = lab.value?.phone[channel];
  const empty = (state?.balance_fen ?? 0) === 0;
  return (
    <div class="settings">
      <label>
        <input
          type="checkbox"
          checked={state?.ask_always ?? false}
          onChange={(e) => void act('phone', { channel, ask_always: e.currentTarget.checked })}
        />
        {w('ask')}
      </label>
      <label>
        <input
          type="checkbox"
          checked={state?.offline ?? false}
          onChange={(e) => void act('phone', { channel, offline: e.currentTarget.checked })}
        />
        {w('offline')}
      </label>
      <button
        type="button"
        onClick={() => void act('phone', { channel, balance_fen: empty ? 1_000_000 : 0 })}
      >
        {w(empty ? 'rich' : 'poor')}
      </button>
    </div>
  );
}
