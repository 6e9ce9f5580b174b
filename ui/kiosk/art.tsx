// The kiosk's own drawings: 1 mm ink lines, flat paper fills, one highlighter.
import { Goods } from '../shared/markup';

const BARS = [
  2, 1, 2, 3, 1, 2, 4, 1, 1, 2, 3, 1, 2, 2, 3, 1, 2, 1, 4, 1, 2, 1, 1, 3, 1, 2, 3, 1, 2, 2, 1, 1, 3, 1, 2, 3,
];

/** Bars from a run of widths: ink, gap, ink, gap … */
function bars(unit: number, height: number, width: number, top: number): string {
  let path = '';
  let x = 0;
  for (let n = 0; x < width; n += 1) {
    const wide = (BARS[n % BARS.length] ?? 1) * unit;
    if (n % 2 === 0)
      path += `M${x} ${top}h${Math.min(wide, width - x)}v${height}h-${Math.min(wide, width - x)}z`;
    x += wide;
  }
  return path;
}

/** Goods standing on a big barcode; one highlighter stroke is the beam. */
export function BarcodeArt({ label }: { label: string }) {
  return (
    <div class="art push shelf-art" role="img" aria-label={label}>
      <div class="standing">
        <Goods name="milk" class="g-5" />
        <Goods name="onigiri" class="g-3" />
        <Goods name="tea" class="g-4" />
        <Goods name="noodles" class="g-3" />
      </div>
      <svg viewBox="0 0 888 400" preserveAspectRatio="none" aria-hidden="true">
        <path class="mark none beam-stroke" d="M-34 156l10-10 940-4 6 10-12 84-10 8-928 6-14-12z" />
        <path class="ink none" d={bars(8, 400, 888, 0)} />
      </svg>
    </div>
  );
}

/** One pack turning its barcode to the port. */
export function PortArt({ label, port }: { label: string; port: string }) {
  return (
    <svg class="art push" viewBox="0 0 888 760" role="img" aria-label={label}>
      <path class="mark none beam" d="M330 430h228l70 190H260z" />
      <g class="slide" transform="translate(284 20)">
        <g class="goods sw-3" transform="scale(3.2)">
          <path fill="var(--peach)" d="M18 8h64v104H18z" />
          <path fill="#fffdf8" d="M18 70h64v42H18z" />
          <path d="M32 22h36M32 34h24" />
          <path
            class="ink none"
            d="M26 80h2v24h-2zM31 80h4v24h-4zM38 80h2v24h-2zM43 80h5v24h-5zM51 80h2v24h-2zM56 80h3v24h-3zM62 80h2v24h-2zM67 80h4v24h-4zM73 80h2v24h-2z"
          />
        </g>
      </g>
      <rect class="ink none" x="204" y="620" width="480" height="132" rx="20" />
      <rect class="mark none" x="254" y="644" width="380" height="36" rx="6" />
      <text x="444" y="728" text-anchor="middle" class="cap on-ink">
        {port}
      </text>
    </svg>
  );
}

const QR =
  'M0 0h7v7H0zM1 1v5h5V1zM2 2h3v3H2zM18 0h7v7h-7zM19 1v5h5V1zM20 2h3v3h-3zM0 18h7v7H0zM1 19v5h5v-5zM2 20h3v3H2zM9 0h2v1H9zM13 1h1v2h-1zM9 3h3v1H9zM14 4h2v1h-2zM10 6h1v2h-1zM12 6h2v1h-2zM0 9h2v1H0zM4 9h1v2H4zM7 8h2v2H7zM11 9h3v1h-3zM16 8h1v3h-1zM19 9h2v1h-2zM23 8h2v2h-2zM2 12h3v1H2zM8 12h1v2H8zM10 11h2v2h-2zM14 12h2v1h-2zM18 12h3v1h-3zM22 13h1v2h-1zM0 15h1v2H0zM5 15h2v1H5zM9 16h2v1H9zM13 14h1v3h-1zM16 16h3v1h-3zM20 17h2v1h-2zM24 16h1v2h-1zM9 19h1v2H9zM12 18h2v2h-2zM16 19h1v3h-1zM18 20h3v1h-3zM23 20h2v1h-2zM10 22h3v1h-3zM14 23h2v2h-2zM19 23h2v2h-2zM22 22h1v1h-1zM9 24h2v1H9zM23 24h2v1h-2z';

/** The phone with its payment code slides down to the port; the beam lights while it rests there. */
export function PhoneToPort({ label, port }: { label: string; port: string }) {
  return (
    <svg class="art" viewBox="0 0 384 912" role="img" aria-label={label}>
      <path class="mark none beam" d="M96 640h192l48 140H48z" />
      <g class="slide">
        <g transform="translate(32 56)">
          <rect class="pap" width="320" height="600" rx="44" />
          <rect class="pap thin" x="18" y="18" width="284" height="564" rx="28" />
          <path d="M132 40h56" />
          <path class="ink none" transform="translate(48 92)" d={bars(4, 84, 224, 0)} />
          <path class="ink none" fill-rule="evenodd" transform="translate(60 210) scale(8)" d={QR} />
          <path class="thin" d="M48 470h224M48 506h140" />
        </g>
      </g>
      <rect class="ink" x="0" y="780" width="384" height="132" rx="20" />
      <rect class="mark none" x="40" y="804" width="304" height="36" rx="6" />
      <text x="192" y="888" text-anchor="middle" class="cap on-ink">
        {port}
      </text>
    </svg>
  );
}

/** A phone that waits for six digits; or, busy, dots that go round. */
export function PasswordArt({ label, tail, busy }: { label: string; tail: string; busy: boolean }) {
  return (
    <svg class="art push phone-art" viewBox="0 0 888 860" role="img" aria-label={label}>
      <g transform="translate(244 20)">
        <rect class="pap" width="400" height="760" rx="52" />
        <rect class="pap thin" x="22" y="22" width="356" height="716" rx="34" />
        <path d="M166 50h68" />
        <path class="thin" d="M70 130h260M70 170h160" />
        {busy ? (
          <g class="busy">
            <circle class="ink none" cx="130" cy="330" r="18" />
            <circle class="ink none" cx="200" cy="330" r="18" />
            <circle class="ink none" cx="270" cy="330" r="18" />
          </g>
        ) : (
          <g>
            <rect class="mark" x="52" y="270" width="296" height="92" rx="12" />
            <path class="thin" d="M101 270v92M150 270v92M200 270v92M249 270v92M298 270v92" />
            <g class="typing">
              <circle class="ink none" cx="77" cy="316" r="12" />
              <circle class="ink none" cx="126" cy="316" r="12" />
              <circle class="ink none" cx="175" cy="316" r="12" />
            </g>
          </g>
        )}
        <g class="thin">
          <path d="M52 430h296M52 520h296M52 610h296M150 430v270M249 430v270" />
        </g>
        <text x="200" y="240" text-anchor="middle" class="cap">
          {tail ? `•••• ${tail}` : ''}
        </text>
      </g>
    </svg>
  );
}

/** A roll without paper: this booth rests. */
export function ClosedArt() {
  return (
    <svg class="art push" viewBox="0 0 888 620" aria-hidden="true">
      <path class="pap" d="M150 220h588v360H150z" />
      <path class="ink none" d="M210 270h468v28H210z" />
      <circle cx="666" cy="500" r="22" class="pap" />
      <path d="M210 420h220M210 470h150" class="thin" />
      <g transform="translate(320 20)">
        <circle cx="120" cy="100" r="92" class="pap" />
        <circle cx="120" cy="100" r="34" class="pap" />
      </g>
      <path d="M150 580h588" />
    </svg>
  );
}
