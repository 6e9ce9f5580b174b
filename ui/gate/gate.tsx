// From view to page: the page of the phase, the line to the box, and the kiosk of this gate's booth while it takes money.
import type { Signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { Kiosk } from '../kiosk/kiosk';
import { Icon } from '../kiosk/parts';
import type { Action, BoothView, GateAction, GateView } from '../shared/contract';
import type { Language } from '../shared/fluent';
import { GIVEN_UP_AFTER_MS, type Link, type Linked } from '../shared/link';
import { Alarm, Hold, PayElsewhere, PutBackNow, Ready, Released, Repair, Starting, Thanks } from './pages';
import type { PageProps } from './parts';
import { type Shape, useShape } from './shape';
import { sayer, spoken } from './words';

const SHOWN_AFTER_MS = 1000;
const LOST_AFTER_MS = 5000;
const SLOW_AFTER_MS = 2000;

export function Gate(props: {
  view: Signal<GateView | null>;
  link: Signal<Link>;
  till: Signal<Linked<BoothView, Action> | null>;
  act: (action: GateAction) => void;
}) {
  const [tick, setTick] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setTick(performance.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const view = props.view.value;
  const link = props.link.value;
  const till = props.till.value;
  const now = Math.max(tick, link.since);
  const down = link.up ? 0 : now - link.since;
  const waited = link.pending === null || !link.up ? 0 : now - link.asked;
  if (till) return <Kiosk view={till.view} link={till.link} act={till.act} />;
  if (view === null) return <Lost language="zh-CN" fresh={down < 3000} />;
  if (down > LOST_AFTER_MS) return <Lost language={view.language} fresh={false} />;
  return (
    <>
      <Screen view={view} act={props.act} waiting={!link.up || (waited > 0 && waited <= GIVEN_UP_AFTER_MS)} />
      {waited > SLOW_AFTER_MS && (
        <Word language={view.language} key_={waited > GIVEN_UP_AFTER_MS ? 'slow-help' : 'slow'} />
      )}
      {down > SHOWN_AFTER_MS && <Word language={view.language} key_="reconnecting" />}
    </>
  );
}

function Word({ language, key_ }: { language: Language; key_: string }) {
  return (
    <div class="reconnecting" role="status">
      <Icon name={key_ === 'slow-help' ? 'bell' : 'clock'} />
      {sayer(language)(key_)}
    </div>
  );
}

/** One view, drawn. Also what the gallery shows. */
export function Screen({
  view,
  act,
  waiting,
}: {
  view: GateView;
  act: (action: GateAction) => void;
  waiting: boolean;
}) {
  const shape = useShape();
  useRoot(view.language, waiting);
  return (
    <>
      <Page view={view} act={act} shape={shape} say={sayer(view.language)} />
      <p class="spoken" role="status" aria-live="assertive" key={view.voice_id}>
        {spoken(view, view.language)}
      </p>
    </>
  );
}

function Page(props: PageProps) {
  const { phase, put_back } = props.view;
  switch (phase) {
    case 'ready':
      return <Ready {...props} />;
    case 'thanks':
      return <Thanks {...props} />;
    case 'hold':
      return <Hold {...props} />;
    case 'repair':
      return put_back ? <PutBackNow {...props} /> : <Repair {...props} />;
    case 'paying':
      return <PayElsewhere {...props} />;
    case 'alarm':
      return put_back ? <PutBackNow {...props} /> : <Alarm {...props} />;
    case 'released':
      return <Released {...props} />;
    case 'starting':
      return <Starting {...props} />;
    default:
      return phase satisfies never;
  }
}

/** The box cannot be reached: both languages, and the one thing that still holds. */
export function Lost({ language, fresh }: { language: Language; fresh: boolean }) {
  const shape: Shape = useShape();
  useRoot(language, false);
  if (fresh) return <div class="kiosk" />;
  return <Starting view={null} shape={shape} language={language} />;
}

/** What the whole document has to know. A kiosk that was here before leaves its comforts behind. */
function useRoot(language: Language, waiting: boolean): void {
  useLayoutEffect(() => {
    const root = document.documentElement;
    root.lang = language;
    root.classList.remove('large', 'contrast', 'still');
    root.classList.toggle('waiting', waiting);
  }, [language, waiting]);
}
