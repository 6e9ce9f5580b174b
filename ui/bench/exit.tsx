// The fifth station: bag, gate, door, exit button. Everything drawn is the lab's truth, not the page's guess.
import { useSignal } from '@preact/signals';
import { Goods } from '../shared/markup';
import { isBag, layBag, lift } from './pad';
import { Plan } from './plan';
import { act, goods, lab, language, type Pack, type Site, say, staffMustReset } from './state';
import { w } from './words';

const SHOWN = 6;

export function Exit() {
  const site = lab.value?.site;
  if (!site) return <div class="st-exit" />;
  return (
    <div class="st-exit">
      <div class="hang">
        <div class="panel">
          <iframe src="/gate/?gate=exit" title={w('gateScreen')} />
        </div>
        <Bag site={site} />
      </div>
      <Plan site={site} />
      <Doorway site={site} />
      <div class="beside">
        <button
          type="button"
          class={`exit-button ${site.button ? 'down' : ''} ${site.walker?.waits ? 'next' : ''}`}
          onClick={() => void act('press')}
        >
          <i />
          {w('exitButton')}
        </button>
        <button
          type="button"
          class={`help-button ${site.lamps.call ? 'called' : ''}`}
          onClick={() => void act('help_press')}
        >
          {w('helpButton')}
        </button>
        <p class={`why ${site.door.locked ? '' : 'free'}`} role="status">
          {w(why(site))}
        </p>
      </div>
      {say.value && (
        <p class="refused" role="alert">
          {say.value}
        </p>
      )}
    </div>
  );
}

/** Why the leaf is as it is; after a fire the relay stays open until staff have looked. */
function why(site: Site): `why-${Site['door']['why'] | 'reset'}` {
  return site.door.why === 'relay' && staffMustReset() ? 'why-reset' : `why-${site.door.why}`;
}

/** What is carried: each piece can be put back; what nobody scanned is marked. */
function Bag({ site }: { site: Site }) {
  const over = useSignal(false);
  const unscanned = site.bag.filter((pack) => !isKnown(pack)).length;
  return (
    <fieldset
      class={`bag ${over.value ? 'over' : ''} ${site.walker?.to === 'out' ? 'away' : ''} ${site.on_pad ? 'laid' : ''}`}
      aria-label={w('bag')}
      draggable={site.walker === null && !site.on_pad}
      onDragStart={lift}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        const sku = event.dataTransfer?.getData('text/plain');
        if (sku) void act('take', { sku });
        else if (isBag(event) && site.on_pad) layBag(false);
      }}
    >
      <p class="count">
        <b>
          {w('inBag')} {site.bag.length}
        </b>
        {unscanned > 0 && (
          <span class="not">
            ✕ {unscanned} {w('notScanned')}
          </span>
        )}
      </p>
      <ul>
        {site.bag.slice(-SHOWN).map((pack, n) => (
          <li key={pack.epc || `${pack.sku} ${n}`}>
            <button
              type="button"
              class={isKnown(pack) ? '' : 'not'}
              title={`${w('putBack')}: ${label(pack)}`}
              aria-label={`${w('putBack')}: ${label(pack)}`}
              disabled={site.walker !== null}
              onClick={() => void act('put_back', { epc: pack.epc, sku: pack.sku })}
            >
              <Goods name={picture(pack)} class="goods" />
            </button>
          </li>
        ))}
        {site.bag.length > SHOWN && <li class="more">+{site.bag.length - SHOWN}</li>}
      </ul>
      <svg class="art" viewBox="0 0 120 78" aria-hidden="true">
        <path class="sack" d="M8 2h104l-6 74H14z" />
        <path d="M42 14c0 26 36 26 36 0" />
      </svg>
    </fieldset>
  );
}

/** Scanned, or told of by the pad. */
function isKnown(pack: Pack): boolean {
  return pack.scanned || pack.told;
}

function find(pack: Pack) {
  return goods.value.find((product) => product.sku === pack.sku);
}
function picture(pack: Pack): string {
  return find(pack)?.picture ?? 'pack';
}
function label(pack: Pack): string {
  const product = find(pack);
  return (language.value === 'en' && product?.name_en) || product?.name_zh || pack.sku;
}

/** Pedestals, leaf and lamps; the walker passes between them. */
function Doorway({ site }: { site: Site }) {
  const { door, lamps, siren, walker, reader } = site;
  const rings = siren || lamps.red;
  const y = walker?.y ?? null;
  return (
    <svg
      class={`art doorway ${rings ? 'rings' : ''}`}
      viewBox="0 0 260 400"
      role="img"
      aria-label={w(door.open ? 'leafOpen' : door.locked ? 'leafLocked' : 'leafFree')}
    >
      <path class="paper" d="M74 4h112v26H74z" />
      <text x="130" y="22" text-anchor="middle" class="sign">
        {w('exitSign')}
      </text>
      <g class="lamps">
        <circle cx="94" cy="44" r="7" class={lamps.red ? 'red on' : 'red'} />
        <circle cx="118" cy="44" r="7" class={lamps.amber ? 'amber on' : 'amber'} />
        <circle cx="142" cy="44" r="7" class={lamps.green ? 'green on' : 'green'} />
        <circle cx="166" cy="44" r="7" class={lamps.call ? 'call on' : 'call'} />
      </g>
      <path class="paper" d="M52 60h156v340H52z" />
      <path class={door.open ? 'street' : 'paper2'} d="M64 72h132v328H64z" />
      {door.open ? (
        <>
          <path class="paper2" d="M64 72l-22 20v308h22zM196 72l22 20v308h-22z" />
          <path class="thin" d="M92 330h76M100 344h60" />
          <path d="M116 250h32m-12-12 12 12-12 12" />
        </>
      ) : (
        <>
          <path d="M130 72v328M112 220v40M148 220v40" />
          <g class={door.locked ? 'lock shut' : 'lock'}>
            <path class="paper" d="M116 172h28v24h-28z" />
            <path d={door.locked ? 'M121 172v-8a9 9 0 0 1 18 0v8' : 'M121 172v-8a9 9 0 0 1 17-4'} />
          </g>
        </>
      )}
      <Pedestal x={6} rings={rings} reader={reader} />
      <Pedestal x={214} rings={rings} reader={reader} />
      {rings && (
        <g class="alarm">
          <path d="M44 20 30 8M36 34H16M216 20l14-12M224 34h20" />
        </g>
      )}
      {walker && y !== null && (
        <g class="walker" style={{ transform: `translate(130px, ${place(y)}px) scale(${size(y)})` }}>
          <circle class="paper" cx="0" cy="-92" r="14" />
          <path class="paper" d="M-18-74h36l6 44h-10l-4 30h-20l-4-30h-10z" />
          <path class="sack" d="M14-40h30l-3 28H17z" />
        </g>
      )}
      {walker?.waits && (
        <text x="130" y="150" text-anchor="middle" class="waits">
          {w('waits')}
        </text>
      )}
    </svg>
  );
}

/** −4 m stands in front, +4 m is far out in the street. */
function place(metres: number): number {
  return 470 - (metres + 4) * 18;
}
function size(metres: number): number {
  return 1.25 - (metres + 4) * 0.07;
}

function Pedestal({ x, rings, reader }: { x: number; rings: boolean; reader: Site['reader'] }) {
  return (
    <g class={`pedestal ${rings ? 'red' : ''} ${reader}`} transform={`translate(${x} 0)`}>
      <path class="paper" d="M4 236h32l4 164H0z" />
      <path class="paper" d="M2 236h36v-14H2z" />
      <path class="thin" d="M12 270h16M12 284h16" />
      {reader !== 'cut' && <path class="waves" d="M10 208c6-6 14-6 20 0M4 198c9-10 23-10 32 0" />}
      {reader === 'blind' && <path class="broken" d="M0 190l40 28" />}
      {reader === 'cut' && <path class="broken" d="M6 192l28 24M34 192 6 216" />}
    </g>
  );
}
