// How this shopper wants it: larger, stronger, still, quiet. Each switch does one thing; the box forgets them with the visit.
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Comfort } from '../shared/contract';
import type { PageProps } from './kiosk';
import { isStill, machineIsStill } from './motion';

/** Whether the sheet lies over the page. */
export const sheet = signal(false);

/** What opened it gets the focus back; the page below is inert meanwhile and forgets where it was. */
let opener: HTMLElement | null = null;

export function openSheet(from: HTMLElement): void {
  opener = from;
  sheet.value = true;
}

/** Takes the sheet away as soon as something happens to the sale: what was scanned has to be seen. */
export function useSheet(key: string): boolean {
  const was = useRef(key);
  useEffect(() => {
    if (was.current !== key) sheet.value = false;
    was.current = key;
  }, [key]);
  return sheet.value;
}

export function ComfortSheet({ view, say, act }: PageProps) {
  const { comfort } = view;
  const first = useRef<HTMLDivElement>(null);
  const close = () => {
    sheet.value = false;
  };
  useEffect(() => {
    first.current?.querySelector('button')?.focus();
    return () => {
      opener?.focus();
      opener = null;
    };
  }, []);
  const set = (change: Partial<Comfort>) => act({ name: 'comfort', ...comfort, ...change });
  return (
    <div
      class="veil"
      role="dialog"
      aria-modal="true"
      aria-label={say('comfort-title')}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <div class="slip sheet">
        <div class="teeth up" />
        <h1>{say('comfort-title')}</h1>
        <p>{say('comfort-hint')}</p>
        <div class="switches" ref={first}>
          <Switch
            say={say}
            label={say('large-text-long')}
            hint={say('large-text-hint')}
            on={comfort.large_text}
            onFlip={(on) => set({ large_text: on })}
          />
          <Switch
            say={say}
            label={say('contrast')}
            hint={say('contrast-hint')}
            on={comfort.high_contrast}
            onFlip={(on) => set({ high_contrast: on })}
          />
          <Switch
            say={say}
            label={say('still')}
            hint={say('still-hint')}
            on={isStill(comfort)}
            fixed={machineIsStill()}
            onFlip={(on) => set({ reduced_motion: on })}
          />
          <Switch
            say={say}
            label={say('quiet')}
            hint={say('quiet-hint')}
            on={comfort.quiet}
            onFlip={(on) => set({ quiet: on })}
          />
        </div>
        <div class="stack-acts">
          <button type="button" class="btn next" onClick={close}>
            {say('comfort-done')}
          </button>
        </div>
        <div class="teeth" />
      </div>
    </div>
  );
}

/** One line with its knob; `fixed` where the machine itself asks for it. */
function Switch(props: {
  say: PageProps['say'];
  label: string;
  hint: string;
  on: boolean;
  fixed?: boolean;
  onFlip: (on: boolean) => void;
}) {
  const { say, label, hint, on, fixed = false, onFlip } = props;
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={on}
      aria-label={`${label}. ${hint}`}
      disabled={fixed}
      onClick={() => onFlip(!on)}
    >
      <span class="name">{label}</span>
      <span class="note">{hint}</span>
      <span class="state">{say(on ? 'on' : 'off')}</span>
      <span class="knob" />
    </button>
  );
}
