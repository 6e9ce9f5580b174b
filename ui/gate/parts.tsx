// What every page of the exit's screen is made of: its head, its goods, its choices.
import type { ComponentChildren } from 'preact';
import { Icon, Money, Paper } from '../kiosk/parts';
import type { GateAction, GateItem, GateView } from '../shared/contract';
import { name, type Say } from '../shared/fluent';
import { Goods } from '../shared/markup';
import { yuan } from '../shared/money';
import type { Shape } from './shape';

export interface PageProps {
  view: GateView;
  say: Say;
  act: (action: GateAction) => void;
  shape: Shape;
}

/** Rows of goods that fit under a title; the rest is counted. */
const ROWS: Record<Shape, number> = { tall: 5, wide: 4, 'small-tall': 3, 'small-wide': 3 };

export function pieces(items: readonly GateItem[]): number {
  return items.reduce((sum, item) => sum + item.count, 0);
}

/** The paper out of its slot, the head above it. A small panel that lies down has no room for a head. */
export function Frame(props: PageProps & { children: ComponentChildren; stub: ComponentChildren }) {
  const { view, say, act, shape } = props;
  const headless = shape === 'small-wide';
  return (
    <div class={`kiosk gate phase-${view.phase}`}>
      {!headless && (
        <header class="top">
          {view.help ? (
            <Called seen={view.help.state === 'seen'} say={say} />
          ) : (
            <div class="shop">
              {say('exit')}
              <small>{name(view.shop, view.language)}</small>
            </div>
          )}
          <div class="tools">
            <LanguageButton view={view} say={say} act={act} />
          </div>
        </header>
      )}
      <Paper
        stub={
          <>
            {headless && view.help && <Called seen={view.help.state === 'seen'} say={say} />}
            {props.stub}
          </>
        }
      >
        {props.children}
      </Paper>
    </div>
  );
}

/** Called, and then: somebody is coming. */
function Called({ seen, say }: { seen: boolean; say: Say }) {
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

function LanguageButton({ view, say, act, class: css }: Omit<PageProps, 'shape'> & { class?: string }) {
  const other = view.language === 'en' ? 'zh-CN' : 'en';
  return (
    <button type="button" class={css} lang={other} onClick={() => act({ name: 'language', language: other })}>
      {say('other-language')}
    </button>
  );
}

/** Help and what stands beside it; the language too where there is no head. */
export function Acts({ children, ...props }: PageProps & { children?: ComponentChildren }) {
  const { view, say, act, shape } = props;
  const called = view.help !== null;
  const headless = shape === 'small-wide';
  return (
    <div class={`acts ${children || headless ? '' : 'one'} ${headless ? 'both' : ''}`}>
      <button
        type="button"
        class="btn help"
        aria-pressed={called}
        onClick={() => act({ name: 'help', on: !called })}
      >
        <Icon name={called ? 'cross' : 'bell'} />
        {say(called ? 'help-cancel' : 'help')}
      </button>
      {headless && <LanguageButton view={view} say={say} act={act} class="btn" />}
      {children}
    </div>
  );
}

function title(item: GateItem, { view, say }: PageProps): string {
  return item.name.zh || item.name.en ? name(item.name, view.language) : say('no-name');
}

/** Goods as lines on the paper; one alone gets its picture large. */
export function GoodsList(props: PageProps & { plain?: boolean }) {
  const { view, say, shape } = props;
  const [first] = view.items;
  if (first && view.items.length === 1 && !props.plain) return <One {...props} item={first} />;
  // an alarm says two things before its goods, a page that waits says more after them
  const most = ROWS[shape] - (view.phase === 'repair' ? 0 : 1);
  const fit = view.items.length <= most ? most : most - 1;
  const shown = view.items.slice(0, fit);
  const more = view.items.length - shown.length;
  return (
    <ul class="taken">
      {shown.map((item, n) => (
        <li key={`${item.sku} ${n}`}>
          <Goods name={item.picture || 'pack'} class="pic" />
          <span class="name">
            {title(item, props)}
            {item.count > 1 && <small>{say('count', { n: item.count })}</small>}
          </span>
          <Price {...props} item={item} />
        </li>
      ))}
      {more > 0 && (
        <li class="more">
          <span class="dots" aria-hidden="true" />
          <span class="name">{say('more-goods', { n: more, count: pieces(view.items) })}</span>
        </li>
      )}
    </ul>
  );
}

function One({ item, ...props }: PageProps & { item: GateItem }) {
  return (
    <div class="one-item">
      <div class="well">
        <Goods name={item.picture || 'pack'} class="portrait" label={title(item, props)} />
      </div>
      <div class="named">
        <span class="name">
          {title(item, props)}
          {item.count > 1 && <small>{props.say('count', { n: item.count })}</small>}
        </span>
        <Price {...props} item={item} large />
      </div>
    </div>
  );
}

function Price({ item, say, large }: PageProps & { item: GateItem; large?: boolean }) {
  if (item.price_fen === null) return <span class="note price">{say('no-price')}</span>;
  const fen = item.price_fen * item.count;
  return <Money fen={fen} class={large ? `sum ${fen >= 1_000_000 ? 'long' : ''}` : 'money'} />;
}

/** Pay, put back or help: what is offered is what the box can do now. */
export function Choices(props: PageProps) {
  const { view, say, act } = props;
  const { pay_booth, pay_here, due_fen } = view;
  const amount = yuan(due_fen);
  const pay = say(pay_here ? 'pay-here' : 'pay-at', { amount, booth: pay_booth });
  return (
    <>
      <div class="moved">
        <Icon name="coin" />
        {say('not-charged', { count: pieces(view.items) })}
      </div>
      {pay_booth === '' ? (
        <p class="note none-here">{say('pay-none')}</p>
      ) : (
        <button type="button" class="btn next" onClick={() => act({ name: 'pay_here' })}>
          {pay}
          <Icon name="right" />
        </button>
      )}
      <Acts {...props}>
        <button type="button" class="btn tall stack" onClick={() => act({ name: 'put_back' })}>
          <b>{say('put-back-do')}</b>
          <span class="note">{say('put-back-do-hint')}</span>
        </button>
      </Acts>
    </>
  );
}

/** They said they will put it back; who changes their mind can still pay. */
export function Return(props: PageProps) {
  const { view, say, act } = props;
  return (
    <>
      <div class="moved">
        <Icon name="coin" />
        {say('not-charged', { count: pieces(view.items) })}
      </div>
      <Acts {...props}>
        {view.pay_booth !== '' && (
          <button type="button" class="btn tall" onClick={() => act({ name: 'pay_here' })}>
            {say('put-back-else', { amount: yuan(view.due_fen) })}
          </button>
        )}
      </Acts>
    </>
  );
}
