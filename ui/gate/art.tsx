// The exit's drawings: a door that slides, a button as large as a hand, a shelf to the right.
import { Goods } from '../shared/markup';

/** The door, its sign over it; open it shows the street. */
function Door({ open, x, sign }: { open: boolean; x: number; sign: string }) {
  return (
    <g transform={`translate(${x} 0)`}>
      <path class="pap" d="M0 96h440v604H0z" />
      {open && <path class="street none" d="M22 118h396v582H22z" />}
      {open && (
        <path class="thin" d="M22 560h396M180 560L120 700M270 560l60 140M150 300v260M120 300h60v-60h-60z" />
      )}
      <path class="well-fill" d={open ? 'M22 118h64v582H22z' : 'M22 118h194v582H22z'} />
      <path class="well-fill" d={open ? 'M354 118h64v582h-64z' : 'M224 118h194v582H224z'} />
      <path d={open ? 'M70 390v70M370 390v70' : 'M198 380v90M242 380v90'} />
      {!open && <path class="thin" d="M60 560h70M60 590h40M270 230h90M270 260h60" />}
      <path class="pap" d="M80 18h280v56H80z" />
      <text x="220" y="58" text-anchor="middle" class="cap sign">
        {sign}
      </text>
    </g>
  );
}

/** The red button on its plate, its name over it. */
function Button({ x, y, label }: { x: number; y: number; label: string }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <path class="mark none" d="M-26-22l304-6 8 14-6 300-12 12-298-4-8-16z" />
      <path class="pap" d="M0 0h252v270H0z" />
      <text x="126" y="56" text-anchor="middle" class="cap sign">
        {label}
      </text>
      <circle class="pap" cx="126" cy="164" r="86" />
      <circle class="red" cx="126" cy="164" r="68" />
    </g>
  );
}

/** A hand that presses: one finger out, the others folded. */
function Hand({ x, y }: { x: number; y: number }) {
  return (
    <g transform={`translate(${x} ${y}) rotate(-24)`}>
      <g class="press">
        <path
          class="pap"
          d="M-30 0a30 30 0 0 1 60 0v128c4-22 50-20 50 6v8c6-18 48-14 48 10v8c8-14 42-8 42 14v70c0 60-36 98-92 98H20c-46 0-66-22-84-58l-44-92c-14-30 18-54 42-28l36 40z"
        />
        <path d="M30 128v52M80 142v44M128 160v36" />
        <path class="ink" d="M-22 352h164v120H-22z" />
      </g>
    </g>
  );
}

function Arrow({ d }: { d: string }) {
  return <path class="hint" d={d} />;
}

/** Nothing bought: press, and the door opens. */
export function PressArt({ label, sign, button }: { label: string; sign: string; button: string }) {
  return (
    <svg
      class="scene"
      viewBox="0 0 900 760"
      preserveAspectRatio="xMidYMax meet"
      role="img"
      aria-label={label}
    >
      <Door open={false} x={20} sign={sign} />
      <Button x={560} y={130} label={button} />
      <Hand x={716} y={330} />
      <path class="floor" d="M-400 700h1700" />
    </svg>
  );
}

/** The door is open; with a bag where somebody bought. */
export function OpenArt({ label, sign, bag }: { label: string; sign: string; bag: boolean }) {
  return (
    <svg
      class="scene"
      viewBox="0 0 900 760"
      preserveAspectRatio="xMidYMax meet"
      role="img"
      aria-label={label}
    >
      <Door open x={230} sign={sign} />
      <path class="floor" d="M-400 700h1700" />
      {bag ? (
        <g class="leaves">
          <g transform="translate(320 380)">
            <path class="pap" d="M66 96V36l22-26h44l22 26v60z" />
            <path class="tea" d="M166 96V50l16-14h30l16 14v46z" />
            <path class="oat" d="M10 90h240l-22 230H32z" />
            <path d="M84 126c0 70 92 70 92 0" />
          </g>
        </g>
      ) : (
        <Arrow d="M450 620V330M350 430l100-104 100 104" />
      )}
    </svg>
  );
}

/** The shelf for goods that stay, to the right of the screen. */
export function ShelfArt({
  label,
  board,
  goods,
}: {
  label: string;
  board: string;
  goods: readonly string[];
}) {
  return (
    <div class="to-shelf" role="img" aria-label={label}>
      <div class="given">
        {goods.slice(0, 3).map((each, n) => (
          <Goods key={`${each} ${n}`} name={each || 'pack'} class="gives" />
        ))}
      </div>
      <svg class="way-arrow" viewBox="0 0 220 200" aria-hidden="true">
        <Arrow d="M10 100h190M120 16l84 84-84 84" />
      </svg>
      <svg class="board" viewBox="0 0 400 640" aria-hidden="true">
        <path class="pap" d="M10 110h380v520H10z" />
        <path class="mark" d="M10 20h380v90H10z" />
        <text x="200" y="82" text-anchor="middle" class="cap sign">
          {board}
        </text>
        <path d="M10 300h380M10 470h380" />
        <path class="thin" d="M30 320h340M30 490h340" />
        <path class="oat" d="M60 224h70v76H60zM290 386h60v84h-60z" />
        <path class="tea" d="M150 300V200l20-24h26l20 24v100z" />
      </svg>
    </div>
  );
}

/** Another booth has the goods on its screen. */
export function BoothArt({ label, booth }: { label: string; booth: string }) {
  return (
    <svg
      class="scene"
      viewBox="0 0 900 760"
      preserveAspectRatio="xMidYMax meet"
      role="img"
      aria-label={label}
    >
      <path class="ink" d="M400 60h420v520H400z" />
      <path class="pap none" d="M424 84h372v472H424z" />
      <text x="610" y="330" text-anchor="middle" class="cap numeral">
        {booth}
      </text>
      <path class="mark" d="M460 440h300v76H460z" />
      <path class="thin" d="M460 380h300" />
      <path class="pap" d="M570 580h80v92h-80zM500 672h220v28H500z" />
      <path class="floor" d="M-400 700h1700" />
      <Arrow d="M70 330h230M206 232l98 98-98 98" />
    </svg>
  );
}

/** Fire: a person on the way out, to be read across the room. */
export function RunArt() {
  return (
    <svg class="scene run" viewBox="0 0 900 620" preserveAspectRatio="xMidYMax meet" aria-hidden="true">
      <path class="on-ok" d="M560 20h290v580H560z" />
      <path class="ok-ground none" d="M590 50h230v550H590z" />
      <circle class="on-ok none" cx="452" cy="96" r="58" />
      <path
        class="limb"
        d="M410 200L330 380M410 200l120 40 60-60M400 210l-110 20-40 90M335 376l110 60 20 150M332 378l-60 100-130 10"
      />
      <path class="limb thinner" d="M40 300h120M20 380h80" />
      <path class="limb thinner" d="M-300 602h1600" />
    </svg>
  );
}

/** Three dots that wait for the bank. */
export function WaitArt({ label }: { label: string }) {
  return (
    <svg
      class="scene wait"
      viewBox="0 0 900 420"
      preserveAspectRatio="xMidYMid meet"
      role="img"
      aria-label={label}
    >
      <path class="pap" d="M60 120h220v240H60zM60 120l110-80 110 80" />
      <path d="M100 160v150M145 160v150M195 160v150M240 160v150M60 330h220" />
      <g class="busy">
        <circle class="ink none" cx="380" cy="240" r="18" />
        <circle class="ink none" cx="450" cy="240" r="18" />
        <circle class="ink none" cx="520" cy="240" r="18" />
      </g>
      <path class="pap" d="M620 70h190v290H620z" />
      <path class="mark" d="M650 290h130v40H650z" />
      <path class="thin" d="M650 120h130M650 160h130M650 200h90" />
      <path class="floor" d="M-400 380h1700" />
    </svg>
  );
}
