// What every page is made of: the frame, money, icons, the countdown.
import type { ComponentChildren } from 'preact';
import type { Action, BoothView, DeadlineView } from '../shared/contract';
import type { Say } from '../shared/i18n';
import { figure } from '../shared/money';
import { openSheet } from './comfort';

const ICONS = {
  bell: 'M4 18h16M6 18a6 6 0 0 1 12 0M12 12V9M10 8.5h4M3 21h18',
  right: 'M5 12h14M13 6l6 6-6 6',
  left: 'M19 12H5M11 6l-6 6 6 6',
  plus: 'M5 12h14M12 5v14',
  minus: 'M5 12h14',
  bin: 'M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13',
  check: 'M4 13l5 5L20 6',
  clock: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7v5l3 2',
  coin: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M8.5 7l3.5 5 3.5-5M12 12v5M9 13h6',
  cross: 'M6 6l12 12M18 6L6 18',
  up: 'M5 15l7-7 7 7',
  down: 'M5 9l7 7 7-7',
  paper: 'M3 5h18M6 5v14l2-1.5 2 1.5 2-1.5 2 1.5 2-1.5 2 1.5V5M9 10h6',
  door: 'M5 21V3h9v18M3 21h18M11 12v.5M16 12h5M19 9l3 3-3 3',
  phone: 'M7 2h10v20H7zM11 19h2',
  sound: 'M4 9v6h4l6 5V4L8 9zM17 8.5a5 5 0 0 1 0 7M19.5 6a9 9 0 0 1 0 12',
  warn: 'M12 3l10 18H2zM12 10v5M12 18v.5',
} as const;

export function Icon({ name }: { name: keyof typeof ICONS }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}

/** An amount: small currency sign, tabular figures, a real minus. */
export function Money({ fen, class: css = 'money' }: { fen: number; class?: string }) {
  return (
    <span class={css}>
      {fen < 0 ? '−' : ''}
      <i>¥</i>
      {figure(fen)}
    </span>
  );
}

export function Wallet({ channel }: { channel: 'wechat' | 'alipay' }) {
  return (
    <svg class={channel} viewBox="0 0 10 10" aria-hidden="true">
      <circle class="dot" cx="5" cy="5" r="5" />
    </svg>
  );
}

/** Has money moved? Always said, always in the same place. */
export function Moved({
  say,
  kind,
}: {
  say: Say;
  kind: 'not-charged' | 'confirm-first' | 'never-twice' | 'money-back';
}) {
  return (
    <div class={`moved ${kind === 'never-twice' ? 'wait' : ''}`}>
      <Icon name={kind === 'never-twice' ? 'clock' : 'coin'} />
      {say(kind)}
    </div>
  );
}

export function Help({
  say,
  act,
  view,
  class: css = 'btn help',
}: {
  say: Say;
  act: (a: Action) => void;
  view: BoothView;
  class?: string;
}) {
  return (
    <button
      type="button"
      class={css}
      aria-pressed={view.help !== null}
      onClick={() => act({ name: 'help', on: view.help === null })}
    >
      <Icon name={view.help ? 'cross' : 'bell'} />
      {say(view.help ? 'help-cancel' : 'help')}
    </button>
  );
}

/** Steps on the counter and the tools at the right. `step` 0 shows the shop's name instead. */
export function Top(props: { view: BoothView; say: Say; act: (a: Action) => void; step: 0 | 1 | 2 | 3 }) {
  const { view, say, act, step } = props;
  const { comfort, language } = view;
  return (
    <header class="top">
      <Where {...props} />
      <div class="tools">
        <button type="button" aria-haspopup="dialog" onClick={(event) => openSheet(event.currentTarget)}>
          {say('comfort-open')}
        </button>
        <button
          type="button"
          aria-pressed={comfort.large_text}
          onClick={() => act({ name: 'comfort', ...comfort, large_text: !comfort.large_text })}
        >
          {say('large-text')}
        </button>
        {step !== 0 && (
          <button
            type="button"
            lang={language === 'en' ? 'zh-CN' : 'en'}
            onClick={() => act({ name: 'language', language: language === 'en' ? 'zh-CN' : 'en' })}
          >
            {say('other-language')}
          </button>
        )}
      </div>
    </header>
  );
}

const STEPS = ['step-scan', 'step-pay', 'step-receipt'];

/** Whose shop this is, or how far the shopper got; while somebody is called, that. */
function Where({ view, say, step }: { view: BoothView; say: Say; step: number }) {
  const english = view.language === 'en';
  if (view.help) return <HelpStrip seen={view.help.state === 'seen'} say={say} />;
  if (step === 0)
    return (
      <div class="shop">
        {english ? view.shop.name.en : view.shop.name.zh}
        <small>{english ? view.shop.tagline.en : view.shop.tagline.zh}</small>
      </div>
    );
  return (
    <ol class="steps">
      {STEPS.map((key, n) => (
        <li
          key={key}
          class={n + 1 < step ? 'past' : n + 1 === step ? 'now' : ''}
          aria-current={n + 1 === step ? 'step' : undefined}
        >
          {say(key)}
        </li>
      ))}
    </ol>
  );
}

/** Called, and then: somebody is coming. */
function HelpStrip({ seen, say }: { seen: boolean; say: Say }) {
  return (
    <div class="help-strip" role="status">
      <Icon name={seen ? 'check' : 'bell'} />
      <div>
        <strong>{say(seen ? 'help-seen' : 'help-calling')}</strong>
        <span>{say(seen ? 'help-seen-hint' : 'help-calling-hint')}</span>
      </div>
    </div>
  );
}

/** The paper out of the slot: what is printed above the perforation, the stub with money and the one action below. */
export function Paper({ children, stub }: { children: ComponentChildren; stub: ComponentChildren }) {
  return (
    <main class="paper">
      <section class="roll">{children}</section>
      <footer class="stub-wrap">
        <div class="perf" />
        <div class="stub">{stub}</div>
      </footer>
    </main>
  );
}

/** Seconds left, as a ring. The box decides; this only draws. */
export function Ring({
  deadline,
  now,
  say,
}: {
  deadline: Pick<DeadlineView, 'ends_at_ms' | 'total_ms'>;
  now: number;
  say: Say;
}) {
  const left = Math.max(0, Math.ceil((deadline.ends_at_ms - now) / 1000));
  const total = Math.max(1, deadline.total_ms / 1000);
  return (
    <div class="ring" role="timer" aria-label={say('seconds-left', { n: left })}>
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle class="track" cx="50" cy="50" r="44" />
        <circle
          class="left"
          cx="50"
          cy="50"
          r="44"
          pathLength={total}
          stroke-dasharray={`${Math.min(left, total)} ${total}`}
        />
      </svg>
      <div>
        <b>{left}</b>
        <span>{say('seconds')}</span>
      </div>
    </div>
  );
}
