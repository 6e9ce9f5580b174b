// From view to page: the frame, the page of the phase, what lies over it, and the line to the box.
import type { Signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { Action, BoothView } from '../shared/contract';
import { name, type Say, sayer } from '../shared/i18n';
import { GIVEN_UP_AFTER_MS, type Link } from '../shared/link';
import { ComfortSheet, useSheet } from './comfort';
import { useFit } from './fit';
import { Reconnecting, ServerLost, Slow } from './lost';
import { Closed, Declined, Done, Paying, Staff } from './pages_after';
import { Align, Attract, Choose, Present, Shopping } from './pages_before';
import { Icon } from './parts';
import { Idle, Notice } from './slips';
import { hear } from './voice';

export interface PageProps {
  view: BoothView;
  say: Say;
  act: (action: Action) => void;
  /** The box's time now. */
  now: number;
}

const SHOWN_AFTER_MS = 1000;
const VEILED_AFTER_MS = 10_000;
/** An answer that takes this long is said to be on its way… */
const SLOW_AFTER_MS = 2000;

/** A tick per second, and right after each change, for countdowns and the lost line. */
function useNow(): number {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function Kiosk(props: {
  view: Signal<BoothView | null>;
  link: Signal<Link>;
  act: (action: Action) => void;
}) {
  const view = props.view.value;
  const link = props.link.value;
  const now = Math.max(useNow(), link.since);
  const down = link.up ? 0 : now - link.since;
  const waited = link.pending === null || !link.up ? 0 : now - link.asked;
  if (view === null) return <ServerLost language="zh-CN" fresh={down < 3000} paying={false} />;
  const paying = ['paying', 'checking', 'present', 'align'].includes(view.phase);
  return (
    <>
      <Screen
        view={view}
        act={props.act}
        now={Date.now() + link.offset}
        waiting={!link.up || (link.pending !== null && waited <= GIVEN_UP_AFTER_MS)}
      />
      {waited > SLOW_AFTER_MS && (
        <Slow language={view.language} help={waited > GIVEN_UP_AFTER_MS && view.help === null} />
      )}
      {down > SHOWN_AFTER_MS && down <= VEILED_AFTER_MS && <Reconnecting language={view.language} />}
      {down > VEILED_AFTER_MS && <ServerLost language={view.language} fresh={false} paying={paying} />}
    </>
  );
}

/** One view, drawn. Also what the gallery and a console's mirror show. */
export function Screen(props: {
  view: BoothView;
  act: (action: Action) => void;
  now: number;
  waiting: boolean;
}) {
  const { view, act, now, waiting } = props;
  const say = sayer(view.language);
  useRoot(view, waiting);
  const page = { view, say, act, now };
  const asked = view.idle !== null || view.notice !== null;
  const { sale } = view;
  const sheet =
    useSheet(`${view.phase} ${sale?.number} ${sale?.count} ${sale?.total_fen} ${asked}`) && !asked;
  return (
    <>
      <div class={`kiosk phase-${view.phase} ${view.helper ? 'helped' : ''}`} inert={asked || sheet}>
        <Page {...page} />
      </div>
      {view.helper && <Helper {...page} />}
      {sheet && <ComfortSheet {...page} />}
      {view.notice && !view.idle && <Notice {...page} notice={view.notice} />}
      {view.idle && <Idle {...page} idle={view.idle} />}
    </>
  );
}

/** Staff are here from afar: who, and what they did last. */
function Helper({ view, say, act }: PageProps) {
  const { staff, helper } = view;
  return (
    <p class="helper" role="status" aria-live="polite">
      <Icon name="bell" />
      <span>
        {staff?.what !== 'speak' && <b>{say('helping', { by: helper })}</b>}
        {staff && staff.what !== 'here' && (
          <span>
            {say(`staff-${staff.what}`, {
              by: staff.by,
              name: staff.name ? name(staff.name, view.language) : '',
              text: staff.text,
            })}
          </span>
        )}
      </span>
      {staff?.voice && (
        <button type="button" onClick={() => hear(view, act)}>
          <Icon name="sound" /> {say(staff.heard ? 'hear-again' : 'hear')}
        </button>
      )}
    </p>
  );
}

function Page(props: PageProps) {
  const { phase } = props.view;
  switch (phase) {
    case 'attract':
      return <Attract {...props} />;
    case 'shopping':
      return <Shopping {...props} />;
    case 'choose':
      return <Choose {...props} />;
    case 'align':
      return <Align {...props} />;
    case 'present':
      return <Present {...props} />;
    case 'paying':
    case 'checking':
      return <Paying {...props} />;
    case 'declined':
      return <Declined {...props} />;
    case 'staff':
      return <Staff {...props} />;
    case 'done':
      return <Done {...props} />;
    case 'closed':
      return <Closed {...props} />;
    default:
      return phase satisfies never;
  }
}

/** What the whole document has to know: language, comfort, millimetres, which way up. */
function useRoot(view: BoothView, waiting: boolean): void {
  const { comfort, language } = view;
  useLayoutEffect(() => {
    const root = document.documentElement;
    root.lang = language;
    root.classList.toggle('large', comfort.large_text);
    root.classList.toggle('contrast', comfort.high_contrast);
    root.classList.toggle('still', comfort.reduced_motion);
    root.classList.toggle('waiting', waiting);
  }, [language, comfort, waiting]);
  useFit();
}
