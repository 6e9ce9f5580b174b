// The money on the stub: what is due, and how its sum counts to a new value.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { BoothView } from '../shared/contract';
import { between, isStill } from './motion';
import { Money } from './parts';

/** What is due, with the sum at the right edge. */
export function Due(props: {
  view: BoothView;
  what: ComponentChildren;
  under: ComponentChildren;
  fen: number;
  huge?: boolean;
}) {
  return (
    <div class="due">
      <div>
        <div class="what">{props.what}</div>
        {props.under}
      </div>
      <Total
        fen={props.fen}
        comfort={props.view.comfort}
        class={`sum ${props.huge ? 'huge' : ''} ${Math.abs(props.fen) >= 1_000_000 ? 'long' : ''}`}
      />
    </div>
  );
}

/** The true sum stands in the page at once, for ears and tests; only a copy over it counts, and goes when it is there. */
export function Total({
  fen,
  comfort,
  class: css,
}: {
  fen: number;
  comfort: BoothView['comfort'];
  class: string;
}) {
  const [shown, show] = useState(fen);
  const still = isStill(comfort);
  useEffect(() => {
    if (still || shown === fen) {
      show(fen);
      return;
    }
    const begun = performance.now();
    let frame = 0;
    const count = (now: number) => {
      const next = between(shown, fen, now - begun);
      show(next);
      if (next !== fen) frame = requestAnimationFrame(count);
    };
    frame = requestAnimationFrame(count);
    return () => cancelAnimationFrame(frame);
    // not on `shown`: that is what counts
  }, [fen, still]);
  const counts = shown !== fen && !still;
  return (
    <output aria-live="polite" class={counts ? 'counts' : ''}>
      <Money fen={fen} class={css} />
      {counts && (
        <span class="count" aria-hidden="true">
          <Money fen={shown} class={css} />
        </span>
      )}
    </output>
  );
}
