// Pages until the payment leaves: attract, shopping, choose, align, present.
import { useState } from 'preact/hooks';
import type { ChannelView, LineView } from '../shared/contract';
import { name } from '../shared/i18n';
import { Goods, Qr } from '../shared/markup';
import { yuan } from '../shared/money';
import { BarcodeArt, PhoneToPort, PortArt } from './art';
import { Due } from './due';
import type { PageProps } from './kiosk';
import { Help, Icon, Money, Moved, Paper, Ring, Top, Wallet } from './parts';

export function Attract({ view, say, act }: PageProps) {
  const side = say(`side-${view.shop.port_side}`);
  const off = view.channels.filter((c) => !c.available && c.reason !== 'not_configured');
  const notes = [
    ...(view.paper === 'none' ? [say('no-paper-today')] : []),
    ...off.map((c) => say('wallet-off', { wallet: say(c.channel) })),
  ];
  return (
    <>
      <Top view={view} say={say} act={act} step={0} />
      <Paper
        stub={
          <>
            <div class="due mid">
              <div>
                <h1>{say('attract-port', { side })}</h1>
                <p class="wallets">
                  {view.channels
                    .filter((c) => c.available)
                    .map((c) => (
                      <span key={c.channel}>
                        <Wallet channel={c.channel} />
                        {say(c.channel)}
                      </span>
                    ))}
                </p>
              </div>
              <Arrow side={view.shop.port_side} />
            </div>
            <div class="acts">
              <Help say={say} act={act} view={view} />
              <div class="langs">
                {(['zh-CN', 'en'] as const).map((language) => (
                  <button
                    type="button"
                    key={language}
                    class="btn tall"
                    lang={language}
                    aria-current={view.language === language}
                    onClick={() => act({ name: 'language', language })}
                  >
                    {language === 'en' ? 'English' : '中文'}
                  </button>
                ))}
              </div>
            </div>
          </>
        }
      >
        <div class="page">
          <h1 class="big">{say('attract-title')}</h1>
          <p class="lead">{say('attract-lead')}</p>
          {notes.length > 0 && (
            <p class="flag">
              <Icon name="warn" />
              {notes.join(' · ')}
            </p>
          )}
          <BarcodeArt label={say('attract-art')} />
        </div>
      </Paper>
    </>
  );
}

const TURN = { below: '0', above: '180', left: '90', right: '-90' } as const;

export function Arrow({ side }: { side: keyof typeof TURN }) {
  return (
    <svg class="nod w10 arrow" viewBox="0 0 96 112" aria-hidden="true">
      <path d="M48 6v98M10 66l38 38 38-38" transform={`rotate(${TURN[side]} 48 56)`} />
    </svg>
  );
}

// ---------------------------------------------------------------- shopping

export function Shopping(props: PageProps) {
  const { view, say, act } = props;
  const lines = view.sale?.lines ?? [];
  const {
    total_fen: total,
    count,
    saved_fen: saved,
    member_tail: tail,
  } = view.sale ?? { total_fen: 0, count: 0, saved_fen: 0, member_tail: null };
  return (
    <>
      <Top view={view} say={say} act={act} step={1} />
      <Paper
        stub={
          <>
            <Due
              view={view}
              what={say('total', { count })}
              fen={total}
              under={
                <div class="note">
                  {tail && <span>{say('member', { tail })}</span>}
                  {saved > 0 && <span>{say('saved', { amount: yuan(saved) })}</span>}
                </div>
              }
            />
            <div class="acts">
              <Help say={say} act={act} view={view} />
              <button
                type="button"
                class="btn next"
                disabled={lines.length === 0}
                onClick={() => act({ name: 'pay', total_fen: total })}
              >
                {lines.length === 0 ? say('empty-pay') : say('pay')}
                {lines.length > 0 && <Icon name="right" />}
              </button>
            </div>
          </>
        }
      >
        {lines.length === 0 ? <Empty {...props} /> : <Lines {...props} lines={lines} />}
      </Paper>
    </>
  );
}

function Empty({ view, say }: PageProps) {
  return (
    <div class="page">
      <h1>{say('empty-title', { side: say(`side-${view.shop.port_side}`) })}</h1>
      <p>{say('empty-hint')}</p>
      <PortArt label={say('empty-art')} port={say('port')} />
    </div>
  );
}

const PER_PAGE = { tall: 5, wide: 4, tallLarge: 4, wideLarge: 2 } as const;

/** Newest on top and open; the rest one row each; more than fit goes by big page buttons, not by dragging. */
function Lines(props: PageProps & { lines: readonly LineView[] }) {
  const { view, say, lines } = props;
  const [at, setAt] = useState(0);
  const newest = lines[0]?.id ?? 0;
  const [seen, setSeen] = useState(newest);
  if (seen !== newest) {
    setSeen(newest);
    setAt(0);
  }
  const wide = innerWidth > innerHeight;
  const large = view.comfort.large_text;
  const each = PER_PAGE[`${wide ? 'wide' : 'tall'}${large ? 'Large' : ''}`];
  const room = lines.length <= each + 1 ? each + 1 : each;
  const page = lines.slice(at, at + room);
  const open = page.find((line) => line.id === view.sale?.open_line)?.id ?? page[0]?.id;
  return (
    <>
      <ol class="lines" aria-live="polite">
        {page.map((line) => (
          <Line key={line.id} {...props} line={line} open={line.id === open} fresh={line.id === newest} />
        ))}
      </ol>
      {lines.length > room ? (
        <div class="pager">
          <button type="button" class="btn" disabled={at === 0} onClick={() => setAt(Math.max(0, at - room))}>
            <Icon name="up" />
            {say('newer')}
          </button>
          <button
            type="button"
            class="btn"
            disabled={at + room >= lines.length}
            onClick={() => setAt(at + room)}
          >
            <Icon name="down" />
            {at + room < lines.length ? say('more-below', { n: lines.length - at - room }) : say('older')}
          </button>
        </div>
      ) : (
        <div class="foot mono">
          <span>{name(view.shop.name, view.language)}</span>
          <span>{say('sale-number', { number: view.sale?.number ?? '' })}</span>
        </div>
      )}
    </>
  );
}

function Line(props: PageProps & { line: LineView; open: boolean; fresh: boolean }) {
  const { view, say, act, line, open, fresh } = props;
  const { language } = view;
  const title = name(line.name, language);
  const unit = name(line.unit, language);
  const under =
    line.weight_g !== null
      ? say('weighed', { kg: (line.weight_g / 1000).toFixed(3), price: yuan(line.unit_price_fen) })
      : open || line.quantity > 1
        ? say('per', { price: yuan(line.unit_price_fen), unit })
        : '';
  const note = (
    <span class="note">
      {line.member_price && `${say('member-price')} `}
      {under}
      {line.list_price_fen !== null && <s>{say('was', { price: yuan(line.list_price_fen) })}</s>}
      {line.expires !== null && open && ` · ${say('notice-best-before', { date: line.expires })}`}
    </span>
  );
  const css = `line ${open ? 'open' : ''} ${fresh ? 'fresh' : ''}`;
  return (
    <>
      <li class={css}>
        <Goods name={line.picture} />
        <div>
          <div class="name">{title}</div>
          {note}
        </div>
        {!open && (
          <button
            type="button"
            class="qty"
            aria-label={`${title}, ${say('quantity', { n: line.quantity })}`}
            onClick={() => act({ name: 'open_line', line: line.id })}
          >
            ×{line.quantity}
          </button>
        )}
        <Money fen={line.amount_fen} />
        {open && <LineTools {...props} title={title} />}
      </li>
      {line.discounts.map((discount) => (
        <li class={`line off ${open ? 'under-open' : ''}`} key={discount.rule}>
          <div class="name">
            <span class="tag">{say('offer')}</span>
            {name(discount.label, language)}
          </div>
          <Money fen={discount.amount_fen} />
        </li>
      ))}
    </>
  );
}

function LineTools({ say, act, line, title }: PageProps & { line: LineView; title: string }) {
  return (
    <div class="do">
      {line.fixed ? (
        <span />
      ) : (
        <div class="step">
          <button
            type="button"
            aria-label={`${title}: ${say('less')}`}
            disabled={line.quantity <= 1}
            onClick={() => act({ name: 'set_quantity', line: line.id, quantity: line.quantity - 1 })}
          >
            <Icon name="minus" />
          </button>
          <output aria-label={say('quantity', { n: line.quantity })}>{line.quantity}</output>
          <button
            type="button"
            aria-label={`${title}: ${say('more')}`}
            onClick={() => act({ name: 'set_quantity', line: line.id, quantity: line.quantity + 1 })}
          >
            <Icon name="plus" />
          </button>
        </div>
      )}
      <button
        type="button"
        class="btn"
        aria-label={say('remove-name', { name: title })}
        onClick={() => act({ name: 'remove', line: line.id })}
      >
        <Icon name="bin" />
        {say('remove')}
      </button>
    </div>
  );
}

// ---------------------------------------------------------------- paying: choose, align, present

export function Choose({ view, say, act }: PageProps) {
  const total = view.sale?.total_fen ?? 0;
  return (
    <>
      <Top view={view} say={say} act={act} step={2} />
      <Paper
        stub={
          <>
            <Due
              view={view}
              what={say('due', { count: view.sale?.count ?? 0 })}
              fen={total}
              under={<Moved say={say} kind="not-charged" />}
            />
            <div class="acts">
              <Help say={say} act={act} view={view} />
              <button type="button" class="btn tall" onClick={() => act({ name: 'back' })}>
                <Icon name="left" />
                {say('back-to-goods')}
              </button>
            </div>
          </>
        }
      >
        <div class="page">
          <h1>{say('choose-title')}</h1>
          <div class="tiles">
            {view.channels.map((channel) => (
              <Tile key={channel.channel} channel={channel} say={say} act={act} />
            ))}
          </div>
          <div class="or hl">
            <div>
              <strong>{say('choose-or')}</strong>
              {say('choose-or-hint', { side: say(`side-${view.shop.port_side}`) })}
            </div>
            <Arrow side={view.shop.port_side} />
          </div>
        </div>
      </Paper>
    </>
  );
}

function Tile({ channel, say, act }: { channel: ChannelView } & Pick<PageProps, 'say' | 'act'>) {
  const id = channel.channel;
  return (
    <div class="tile-pair">
      <button
        type="button"
        class="tile"
        disabled={!channel.available}
        onClick={() => act({ name: 'choose', channel: id })}
      >
        <span class="mk">
          <Wallet channel={id} />
        </span>
        <strong>{say(id)}</strong>
        <span class="note">
          {channel.available ? say('choose-hint') : say(`wallet-${channel.reason || 'offline'}`)}
        </span>
      </button>
      <button
        type="button"
        class="btn present"
        disabled={!channel.can_present}
        onClick={() => act({ name: 'present', channel: id })}
      >
        <Icon name="phone" />
        {say('choose-present')}
      </button>
    </div>
  );
}

export function Align({ view, say, act, now }: PageProps) {
  const channel = view.payment?.channel ?? 'wechat';
  const again = (view.payment?.tries ?? 1) > 1;
  return (
    <>
      <Top view={view} say={say} act={act} step={2} />
      <Paper
        stub={
          <>
            <Due
              view={view}
              what={say(channel)}
              fen={view.payment?.amount_fen ?? 0}
              under={<Moved say={say} kind="not-charged" />}
              huge
            />
            <div class="acts">
              <Help say={say} act={act} view={view} />
              <button type="button" class="btn tall" onClick={() => act({ name: 'back' })}>
                <Icon name="left" />
                {say('other-way')}
              </button>
            </div>
          </>
        }
      >
        <div class="page">
          <h1>{say('align-title', { side: say(`side-${view.shop.port_side}`) })}</h1>
          <div class="cols">
            <div class="side">
              <div>
                <ol class="how">
                  <li>
                    <div>
                      <b>{say(`align-${channel}-1`)}</b>
                    </div>
                  </li>
                  <li>
                    <div>
                      <b>{say(`align-${channel}-2`)}</b>
                      {say(`align-${channel}-2b`)}
                    </div>
                  </li>
                  <li>
                    <div>
                      <b>{say('align-3')}</b>
                      {say('align-3b')}
                    </div>
                  </li>
                </ol>
                <p>{again ? <mark>{say('align-again')}</mark> : say('align-note')}</p>
              </div>
              {view.deadline && <Ring deadline={view.deadline} now={now} say={say} />}
            </div>
            <PhoneToPort label={say('align-art')} port={say('port')} />
          </div>
        </div>
      </Paper>
    </>
  );
}

export function Present({ view, say, act, now }: PageProps) {
  const wallet = say(view.payment?.channel ?? 'wechat');
  const qr = view.payment?.qr_svg ?? '';
  return (
    <>
      <Top view={view} say={say} act={act} step={2} />
      <Paper
        stub={
          <>
            <Due
              view={view}
              what={wallet}
              fen={view.payment?.amount_fen ?? 0}
              under={<Moved say={say} kind="confirm-first" />}
              huge
            />
            <div class="acts">
              <Help say={say} act={act} view={view} />
              <button
                type="button"
                class="btn tall"
                disabled={!view.payment?.cancellable}
                onClick={() => act({ name: 'back' })}
              >
                <Icon name="left" />
                {say('other-way')}
              </button>
            </div>
          </>
        }
      >
        <div class="page">
          <h1>{say('present-title', { wallet })}</h1>
          <div class="presenting">
            {qr ? (
              <Qr svg={qr} label={say('present-qr')} class="large" />
            ) : (
              <div class="qr large wait">{say('present-wait')}</div>
            )}
          </div>
          <div class="beside">
            <ol class="how">
              <li>
                <b>{say('present-1', { wallet })}</b>
              </li>
              <li>
                <b>{say('present-2')}</b>
              </li>
              <li>
                <b>{say('present-3')}</b>
              </li>
            </ol>
            {view.deadline && <Ring deadline={view.deadline} now={now} say={say} />}
          </div>
        </div>
      </Paper>
    </>
  );
}
