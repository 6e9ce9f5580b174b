// The pad under the console: the whole bag laid down is all lines at once. By button, or by dragging the bag there.
import { useSignal } from '@preact/signals';
import { act, lab } from './state';
import { w } from './words';

const BAG = 'application/x-bag';

/** What is dragged is the whole bag, not one pack. */
export function lift(event: DragEvent): void {
  event.dataTransfer?.setData(BAG, 'bag');
}

export function isBag(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes(BAG) ?? false;
}

export function layBag(on: boolean): void {
  void act('pad', { on });
}

export function Pad() {
  const over = useSignal(false);
  const site = lab.value?.site;
  const on = site?.on_pad ?? false;
  const count = site?.bag.length ?? 0;
  return (
    <fieldset
      class={`pad ${on ? 'on' : ''} ${over.value ? 'over' : ''}`}
      aria-label={w('pad')}
      draggable={on}
      onDragStart={lift}
      onDragOver={(event) => {
        if (!isBag(event)) return;
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        if (isBag(event)) layBag(true);
      }}
    >
      <button
        type="button"
        disabled={!site || site.walker !== null || !(on || count)}
        onClick={() => layBag(!on)}
      >
        {w(on ? 'padOff' : 'padOn')}
      </button>
      <div class="plate">
        <svg class="art" viewBox="0 0 84 48" role="img" aria-label={w(on ? 'padFull' : 'padEmpty')}>
          <path class="thin" d="M-8 43h10" />
          <path class="paper top" d="M2 39l8-6h64l8 6v8H2z" />
          <path d="M2 39h80" />
          {on ? (
            <>
              <path class="sack" d="M22 4h40l-3 32H25z" />
              <path d="M34 4c0 11 16 11 16 0" />
              <text x="42" y="29" text-anchor="middle">
                {count}
              </text>
              <path class="waves" d="M14 28c-5-6-5-13 0-19M70 28c5-6 5-13 0-19" />
            </>
          ) : (
            <path class="waves" d="M34 27c5-5 11-5 16 0M28 20c8-8 20-8 28 0" />
          )}
        </svg>
      </div>
    </fieldset>
  );
}
