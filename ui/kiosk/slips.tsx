// What lies over the paper: notices, "still there?".

import { hhmmss } from '../shared/clock';
import type { IdleView, NoticeKind, NoticeView } from '../shared/contract';
import { name } from '../shared/i18n';
import { Goods } from '../shared/markup';
import type { PageProps } from './kiosk';
import { Icon, Moved, Ring } from './parts';

/** Notices where staff are the next step. */
const ASK_STAFF: ReadonlySet<NoticeKind> = new Set([
  'unknown_barcode',
  'price_missing',
  'age_restricted',
  'label_price_mismatch',
  'ledger_full',
]);
/** Notices about a wallet's code: say that no money moved. */
const ABOUT_MONEY: ReadonlySet<NoticeKind> = new Set([
  'payment_code_early',
  'collection_code',
  'union_pay',
  'ecny',
  'wallet_unavailable',
  'code_seen',
  'total_changed',
  'ledger_full',
]);

export function Notice(props: PageProps & { notice: NoticeView }) {
  const { view, say, act, notice } = props;
  const wallet = say(view.payment?.channel ?? 'wechat');
  const dismiss = () => act({ name: 'dismiss', notice: notice.id });
  const ask = () => {
    act({ name: 'help', on: true });
    dismiss();
  };
  const staff = ASK_STAFF.has(notice.kind);
  return (
    <div class="veil" role="alertdialog" aria-modal="true" aria-label={say(`notice-${notice.kind}`)}>
      <div class="slip">
        <div class="teeth up" />
        <div class="ask">
          <div>
            <h1>{say(`notice-${notice.kind}`)}</h1>
            <p>{say(`notice-${notice.kind}-hint`, { wallet })}</p>
          </div>
          <Goods name={notice.kind === 'resumed' || notice.kind === 'voided' ? 'pack' : 'unknown'} />
        </div>
        {(notice.code || notice.name || notice.date) && (
          <p class="facts mono">
            <span>
              {notice.name ? name(notice.name, view.language) : say('notice-barcode', { code: notice.code })}
            </span>
            <span>
              {notice.date
                ? say('notice-best-before', { date: notice.date })
                : hhmmss(notice.at_ms, view.shop.utc_offset_minutes)}
            </span>
          </p>
        )}
        {ABOUT_MONEY.has(notice.kind) && (
          <Moved
            say={say}
            kind={view.phase === 'paying' || view.phase === 'checking' ? 'never-twice' : 'not-charged'}
          />
        )}
        <div class="stack-acts">
          {notice.kind === 'resumed' ? (
            <>
              <button type="button" class="btn next" onClick={dismiss}>
                {say('notice-continue')}
              </button>
              <button type="button" class="btn tall" onClick={() => act({ name: 'abandon' })}>
                {say('notice-start-over')}
              </button>
            </>
          ) : staff ? (
            <>
              <button type="button" class="btn next" onClick={ask}>
                <Icon name="bell" />
                {say('notice-ask')}
              </button>
              <button type="button" class="btn tall" onClick={dismiss}>
                {say('notice-go-on')}
              </button>
            </>
          ) : (
            <button type="button" class="btn next" onClick={dismiss}>
              {say('notice-ok')}
            </button>
          )}
        </div>
        <div class="teeth" />
      </div>
    </div>
  );
}

export function Idle({ say, act, now, idle }: PageProps & { idle: IdleView }) {
  return (
    <div class="veil" role="alertdialog" aria-modal="true" aria-label={say('idle-title')}>
      <div class="slip">
        <div class="teeth up" />
        <div class="ask">
          <div>
            <h1>{say('idle-title')}</h1>
            <p>{say('idle-hint')}</p>
          </div>
          <Ring deadline={idle} now={now} say={say} />
        </div>
        <div class="stack-acts">
          <button type="button" class="btn next" onClick={() => act({ name: 'touch' })}>
            {say('idle-stay')}
          </button>
          <button type="button" class="btn tall" onClick={() => act({ name: 'abandon' })}>
            {say('idle-leave')}
          </button>
        </div>
        <div class="teeth" />
      </div>
    </div>
  );
}
