// What a visitor can break, at any time; pressed means broken now.
import type { ComponentChildren } from 'preact';
import { act, lab, resetFire, staffMustReset, wallet } from './state';
import { w } from './words';

export function Mischief() {
  const state = lab.value;
  const site = state?.site;
  const cut = state?.network !== 'up';
  const out = state?.printer.out ?? false;
  const off = state?.power !== 'on';
  const starting = state?.power === 'starting';
  const armed = state?.faults.some((f) => f.name === 'reply_lost') ?? false;
  const blind = site?.reader === 'blind';
  const pulled = site?.reader === 'cut';
  const loose = site?.board === 'cut';
  return (
    <section class="sheet faults">
      <div class="head">
        <h2>{w('faults')}</h2>
        <span class="cap">{w('faults2')}</span>
      </div>
      <ul>
        <Tile
          on={cut}
          name={w(cut ? 'plug' : 'cut')}
          note={w('cut2')}
          press={() => act('network', { state: cut ? 'up' : 'cut' })}
        >
          <path class="paper" d="M6 20h26v24H6z" />
          <path d={cut ? 'M32 26h6M32 38h6M6 32H0' : 'M32 26h28M32 38h28M6 32H0'} />
          <path class="paper" d="M60 16h20v32H60z" />
          <path d="M80 32h8" />
        </Tile>
        <Tile
          on={armed}
          name={w('lost')}
          note={w(armed ? 'armed' : 'lost2')}
          press={() => act('fault', armed ? { clear: true } : { channel: wallet.value, name: 'reply_lost' })}
        >
          <path class="paper" d="M8 14h44v28H30L18 54V42H8z" />
          <path d="M60 20l20 20M80 20L60 40" />
          <path d="M18 24h24M18 32h14" />
        </Tile>
        <Tile
          on={out}
          name={w(out ? 'addPaper' : 'noPaper')}
          note={w('noPaper2')}
          press={() => act('printer', { paper_mm: out ? 50_000 : 0 })}
        >
          <circle class="paper" cx="34" cy="34" r="24" stroke-dasharray={out ? '4 5' : ''} />
          <circle class="paper2" cx="34" cy="34" r="8" />
          {!out && <path class="paper" d="M58 34v24h16V34M58 58l4-4 4 4 4-4 4 4M34 10h24c10 0 16 8 16 24" />}
        </Tile>
        <Tile
          on={off}
          name={starting ? w('starting') : w(off ? 'powerOn' : 'power')}
          note={w('power2')}
          disabled={starting}
          press={() => act('power', { on: off })}
        >
          <path class="paper" d="M22 6h44v52H22z" />
          <path class="paper2" d="M34 14h20v36H34z" />
          <path class="solid" d={off ? 'M36 32h16v16H36z' : 'M36 16h16v16H36z'} />
        </Tile>
        <Tile
          on={site?.fire ?? false}
          name={w(site?.fire ? 'fireOut' : 'fire')}
          note={w('fire2')}
          press={() => act('fire', { on: !site?.fire })}
        >
          <path
            class="flame"
            d="M44 6c4 14 20 18 20 34a20 20 0 0 1-40 0c0-8 4-12 8-16 2 6 4 8 8 8 0-10-2-16 4-26z"
          />
          <path class="ember" d="M44 38c4 4 8 8 8 12a8 8 0 0 1-16 0c0-4 4-8 8-12z" />
        </Tile>
        <Tile
          on={site ? !site.mains : false}
          name={w(site?.mains === false ? 'mainsOn' : 'mains')}
          note={w('mains2')}
          press={() => act('mains', { on: !site?.mains })}
        >
          <path class="paper" d="M52 4 26 36h16l-6 24 26-34H46z" />
          {site?.mains === false && <path d="M14 8l60 50" />}
        </Tile>
        <Tile
          on={blind}
          name={w(blind ? 'uncover' : 'blind')}
          note={w('blind2')}
          press={() => act('reader', { state: blind ? 'on' : 'blind' })}
        >
          <path class="paper" d="M30 22h28l4 38H26z" />
          <path d={blind ? 'M20 4l48 14' : 'M32 14c8-6 16-6 24 0M26 6c12-8 24-8 36 0'} />
        </Tile>
        <Tile
          on={pulled}
          name={w(pulled ? 'plug' : 'reader')}
          note={w('reader2')}
          press={() => act('reader', { state: pulled ? 'on' : 'cut' })}
        >
          <path class="paper" d="M8 12h40v36H8z" />
          <path class="thin" d="M16 22h24M16 30h16" />
          <path d={pulled ? 'M48 38h6M70 38h18M58 30v16h10V30z' : 'M48 38h40'} />
        </Tile>
        <Tile
          on={loose}
          name={w(loose ? 'boardOn' : 'board')}
          note={w('board2')}
          press={() => act('board', { state: loose ? 'on' : 'cut' })}
        >
          <path class="paper" d="M14 14h60v36H14z" />
          <path class="paper2" d="M22 22h10v14H22zM39 22h10v14H39zM56 22h10v14H56z" />
          <path d={loose ? 'M44 50v4' : 'M44 50v12'} />
          <path d="M22 43h44" class="thin" />
        </Tile>
        <Tile on={false} name={w('clear')} note={w('clear2')} disabled={starting} press={mend}>
          <path d="M26 40a20 20 0 1 0 2-20M26 8v14h14" />
        </Tile>
      </ul>
    </section>
  );
}

/** Everything as it was; then the box, which starts into a whole shop; then staff look where a fire was. */
async function mend(): Promise<void> {
  const burnt = lab.value?.site?.fire || staffMustReset();
  await act('network', { state: 'up' });
  await act('fault', { clear: true });
  await act('printer', { paper_mm: 50_000 });
  await act('fire', { on: false });
  await act('mains', { on: true });
  await act('reader', { state: 'on' });
  await act('board', { state: 'on' });
  if (lab.value?.power === 'off') await act('power', { on: true });
  if (burnt) await resetFire();
}

function Tile(props: {
  on: boolean;
  name: string;
  note: string;
  disabled?: boolean;
  press: () => Promise<unknown>;
  children: ComponentChildren;
}) {
  return (
    <li>
      <button
        type="button"
        aria-pressed={props.on}
        disabled={props.disabled}
        onClick={() => void props.press()}
      >
        <svg class="art" viewBox="0 0 88 64" aria-hidden="true">
          {props.children}
        </svg>
        <b>{props.name}</b>
        <small>{props.note}</small>
      </button>
    </li>
  );
}
