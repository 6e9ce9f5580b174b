// Pages once a payment is under way: paying, checking, declined, staff, done; and the closed booth.
import { hhmm, hhmmss } from '../shared/clock';
import { name } from '../shared/i18n';
import { Qr } from '../shared/markup';
import { figure, yuan } from '../shared/money';
import { ClosedArt, PasswordArt } from './art';
import { Due } from './due';
import type { PageProps } from './kiosk';
import { Help, Icon, Money, Moved, Paper, Top } from './parts';

export function Paying(props: PageProps) {
  return props.view.phase === 'checking' ? <Checking {...props} /> : <InProgress {...props} />;
}

function InProgress({ view, say, act }: PageProps) {
  const payment = view.payment;
  const wallet = say(payment?.channel ?? 'wechat');
  const asks = payment?.needs_user ?? false;
  return (
    <>
      <Top view={view} say={say} act={act} step={2} />
      <Paper
        stub={
          <>
            <Due
              view={view}
              what={wallet}
              fen={payment?.amount_fen ?? 0}
              under={<Moved say={say} kind="confirm-first" />}
              huge
            />
            <div class="acts">
              <Help say={say} act={act} view={view} />
              <button
                type="button"
                class="btn tall"
                disabled={!payment?.cancellable}
                onClick={() => act({ name: 'back' })}
              >
                {say('cancel-payment')}
              </button>
            </div>
          </>
        }
      >
        <div class="page" role="status">
          <h1>{say(asks ? 'paying-user-title' : 'paying-title')}</h1>
          <p class="lead">{say(asks ? 'paying-user-hint' : 'paying-hint', { wallet })}</p>
          <PasswordArt label={say('paying-art')} tail={payment?.code_tail ?? ''} busy={!asks} />
        </div>
      </Paper>
    </>
  );
}

function Checking({ view, say, act }: PageProps) {
  const payment = view.payment;
  const wallet = say(payment?.channel ?? 'wechat');
  const since = payment?.opened_at_ms ? hhmmss(payment.opened_at_ms, view.shop.utc_offset_minutes) : '';
  return (
    <>
      <Top view={view} say={say} act={act} step={2} />
      <Paper
        stub={
          <>
            <Due
              view={view}
              what={say('checking-now')}
              fen={payment?.amount_fen ?? view.sale?.total_fen ?? 0}
              under={<Moved say={say} kind="never-twice" />}
            />
            <div class="acts one">
              <Help say={say} act={act} view={view} class="btn tall" />
            </div>
          </>
        }
      >
        <div class="page" role="status">
          <h1>{say('checking-title', { wallet })}</h1>
          <p>
            {say('checking-hint')} <mark>{say('checking-dont')}</mark> {say('checking-soon')}
          </p>
          <ul class="checks">
            <li>
              <Icon name="check" />
              {say('checking-code')}
              <span class="mono">{since}</span>
            </li>
            <li>
              <Icon name="check" />
              {say('checking-goods')}
              <span class="mono">{since}</span>
            </li>
            <li class="now">
              <Icon name="clock" />
              {say(payment?.reversing ? 'checking-reversing' : 'checking-asking', { wallet })}
              <span class="mono">{say('checking-times', { n: Math.max(1, payment?.asked ?? 1) })}</span>
            </li>
          </ul>
          <div class="ways two">
            <div class="way col">
              <Icon name="check" />
              <strong>{say('if-paid')}</strong>
              <span class="note">{say('if-paid-hint')}</span>
            </div>
            <div class="way col">
              <Icon name="left" />
              <strong>{say('if-not-paid')}</strong>
              <span class="note">{say('if-not-paid-hint')}</span>
            </div>
          </div>
          <p class="push">{say('checking-number', { number: view.sale?.number ?? '' })}</p>
        </div>
      </Paper>
    </>
  );
}

export function Declined({ view, say, act }: PageProps) {
  const why = view.payment?.declined || 'refused';
  const wallet = say(view.payment?.channel ?? 'wechat');
  return (
    <>
      <Top view={view} say={say} act={act} step={2} />
      <Paper
        stub={
          <>
            <Due
              view={view}
              what={say('due', { count: view.sale?.count ?? 0 })}
              fen={view.sale?.total_fen ?? 0}
              under={<Moved say={say} kind="money-back" />}
            />
            <div class="acts">
              <Help say={say} act={act} view={view} />
              <button type="button" class="btn next" onClick={() => act({ name: 'back' })}>
                {say(why === 'code_invalid' || why === 'closed' ? 'try-again' : 'other-way')}
                <Icon name="right" />
              </button>
            </div>
          </>
        }
      >
        <div class="page" role="alert">
          <p class="kicker">
            <Icon name="warn" />
            {say('declined-title')}
          </p>
          <h1>{say(`declined-${why}`, { wallet })}</h1>
          <p class="lead">{say(`declined-${why}-hint`, { wallet })}</p>
          <ul class="checks push">
            <li>
              <Icon name="check" />
              {say('checking-goods')}
              <span class="mono">{say('sale-number', { number: view.sale?.number ?? '' })}</span>
            </li>
            <li>
              <Icon name="coin" />
              {say('money-back')}
              <span />
            </li>
          </ul>
          <button type="button" class="btn wide-btn" onClick={() => act({ name: 'abandon' })}>
            {say('give-up')}
          </button>
        </div>
      </Paper>
    </>
  );
}

export function Staff({ view, say, act }: PageProps) {
  return (
    <>
      <Top view={view} say={say} act={act} step={2} />
      <Paper
        stub={
          <>
            <Due
              view={view}
              what={say('checking-now')}
              fen={view.sale?.total_fen ?? 0}
              under={<Moved say={say} kind="never-twice" />}
            />
            <div class="acts">
              <Help say={say} act={act} view={view} />
              <button type="button" class="btn tall" onClick={() => act({ name: 'finish' })}>
                {say('notice-ok')}
              </button>
            </div>
          </>
        }
      >
        <div class="page" role="alert">
          <p class="kicker">
            <Icon name="clock" />
            {say('checking-now')}
          </p>
          <h1>{say('staff-title')}</h1>
          <p class="lead">
            <mark>{say('checking-dont')}</mark> {say('staff-hint')}
          </p>
          <p class="ticket">
            {say('staff-number', { number: '' })}
            <b>{view.sale?.number}</b>
          </p>
          <p class="push">{say('staff-sure')}</p>
        </div>
      </Paper>
    </>
  );
}

const SHOWN = 4;

export function Done({ view, say, act, now }: PageProps) {
  const { sale, receipt, payment } = view;
  if (!sale || !receipt) return null;
  const wallet = say(payment?.channel ?? 'wechat');
  const lines = sale.lines.toReversed();
  const shown = lines.length > SHOWN ? lines.slice(0, SHOWN - 1) : lines;
  const rest = lines.slice(shown.length);
  const amount = (line: (typeof lines)[number]) =>
    line.amount_fen + line.discounts.reduce((sum, d) => sum + d.amount_fen, 0);
  const left = view.deadline ? Math.max(0, Math.ceil((view.deadline.ends_at_ms - now) / 1000)) : 0;
  return (
    <>
      <Top view={view} say={say} act={act} step={3} />
      <div class="tongue">
        <div class="slot" />
        <div class="teeth" />
      </div>
      <main class="torn-place">
        <article class="torn">
          <div class="teeth up" />
          <h1>{say('done-title')}</h1>
          <Money fen={sale.total_fen} class="sum paid-sum" />
          <p class="note">
            {say('done-line', { wallet, count: sale.count })}
            {sale.saved_fen > 0 && ` · ${say('saved', { amount: yuan(sale.saved_fen) })}`}
          </p>
          <svg class="stamp" viewBox="0 0 140 140" role="img" aria-label={say('stamp-paid')}>
            <circle cx="70" cy="70" r="66" class="thick" />
            <circle cx="70" cy="70" r="57" />
            <path d="M52 44l12 12 26-24" class="thick" />
            <text x="70" y="88" text-anchor="middle" class={view.language === 'en' ? 'st-en' : 'st-zh'}>
              {say('stamp-paid')}
            </text>
            <text x="70" y="110" text-anchor="middle" class="st-time">
              {hhmm(receipt.paid_at_ms, view.shop.utc_offset_minutes)}
            </text>
          </svg>
          <dl class="receipt">
            {shown.map((line) => (
              <div key={line.id}>
                <dt>
                  {name(line.name, view.language)} ×{line.quantity}
                </dt>
                <dd>{figure(amount(line))}</dd>
              </div>
            ))}
            {rest.length > 0 && (
              <div>
                <dt>{say('more-lines', { n: rest.length })}</dt>
                <dd>{figure(rest.reduce((sum, line) => sum + amount(line), 0))}</dd>
              </div>
            )}
          </dl>
          <div class="keep">
            <Qr svg={receipt.qr_svg} label={say('scan-receipt')} />
            <div>
              <strong>{say('scan-receipt')}</strong>
              <p class="mono">
                {say('sale-number', { number: sale.number })}
                <br />
                {say('receipt-code', { code: receipt.code })}
              </p>
            </div>
          </div>
          <div class="teeth" />
        </article>
      </main>
      <footer class="after">
        <div class="ways">
          <PaperWay view={view} say={say} />
          <div class="way">
            <Icon name="door" />
            <div>
              <strong>{say('exit-title')}</strong>
              <span class="note">
                {view.shop.exit_side === 'ahead'
                  ? say('exit-hint-ahead')
                  : say('exit-hint', { side: say(`side-${view.shop.exit_side}`) })}
              </span>
            </div>
          </div>
        </div>
        <div class="acts">
          <Help say={say} act={act} view={view} />
          <button type="button" class="btn tall" onClick={() => act({ name: 'finish' })}>
            {left > 0 && left < 100 ? say('finish-in', { n: left }) : say('finish')}
          </button>
        </div>
      </footer>
    </>
  );
}

/** What to do about the paper: the one yellow thing of this page, or why there is none. */
function PaperWay({ view, say }: Pick<PageProps, 'view' | 'say'>) {
  const receipt = view.receipt;
  const side = say(`side-${view.shop.slot_side}`);
  switch (receipt?.paper) {
    case 'printing':
      return (
        <div class="way">
          <Icon name="paper" />
          <div>
            <strong>{say('printing')}</strong>
            <span class="note">{say('take-receipt-hint', { side })}</span>
          </div>
        </div>
      );
    case 'printed':
      return (
        <div class="way hl">
          <Icon name="paper" />
          <div>
            <strong>{say('take-receipt')}</strong>
            <span class="note">{say('take-receipt-hint', { side })}</span>
          </div>
        </div>
      );
    case 'unconfirmed':
      return (
        <div class="way hl">
          <Icon name="phone" />
          <div>
            <strong>{say('paper-unconfirmed')}</strong>
            <span class="note">{say('paper-unconfirmed-hint')}</span>
          </div>
        </div>
      );
    default:
      return (
        <div class="way hl">
          <Icon name="phone" />
          <div>
            <strong>{say('paper-none')}</strong>
            <span class="note">{say(`paper-none-${receipt?.reason || 'off'}`)}</span>
          </div>
        </div>
      );
  }
}

export function Closed({ view, say, act }: PageProps) {
  return (
    <>
      <Top view={view} say={say} act={act} step={0} />
      <Paper
        stub={
          <div class="acts one">
            <Help say={say} act={act} view={view} class="btn tall" />
          </div>
        }
      >
        <div class="page">
          <h1 class="big">{say('closed-title')}</h1>
          <p class="lead">{say(`closed-${view.closed_reason || 'maintenance'}`)}</p>
          <ClosedArt />
        </div>
      </Paper>
    </>
  );
}
