// The exit seen from above: shop on the left, street on the right; whoever walks is where the lab says.
import type { Site } from './state';
import { w } from './words';

/** Where the leaf stands, in metres along the way out; the pedestals stand at -1 and +1. */
export const LEAF_M = -0.6;
const POSTS_M = [-1, 1];
const REACH_PX = 44;

function x(metres: number): number {
  return 16 + (metres + 4) * 34;
}

export function Plan({ site }: { site: Site }) {
  const { door, reader, walker } = site;
  const rings = site.siren || site.lamps.red;
  const leaf = x(LEAF_M);
  const free = door.locked ? 'locked' : 'free';
  return (
    <svg
      class={`art plan ${rings ? 'rings' : ''} ${reader}`}
      viewBox="0 0 304 100"
      role="img"
      aria-label={w('plan')}
    >
      <path class="inside" d={`M0 4H${leaf}V96H0z`} />
      <path class="outside" d={`M${leaf} 4H304V96H${leaf}z`} />
      {POSTS_M.map((metres) => (
        <circle key={metres} class="reach" cx={x(metres)} cy="50" r={REACH_PX} />
      ))}
      <path class="wall" d={`M${leaf} 4V28M${leaf} 72V96`} />
      <path class={`leaf ${free}`} d={door.open ? `M${leaf} 28l38-16` : `M${leaf} 28V72`} />
      {POSTS_M.map((metres) => (
        <path key={metres} class="post" d={`M${x(metres) - 4} 8h8v8h-8zM${x(metres) - 4} 84h8v8h-8z`} />
      ))}
      <path class="thin" d="M0 4H304M0 96H304" />
      <text x="8" y="20" class="faint">
        {w('planShop')}
      </text>
      <text x="296" y="20" text-anchor="end" class="faint">
        {w('planStreet')}
      </text>
      {site.back.length > 0 && (
        <text x="8" y="88">
          {w('planBack')} {site.back.length}
        </text>
      )}
      {site.out.length > 0 && (
        <text x="296" y="88" text-anchor="end">
          {w('planOut')} {site.out.length}
        </text>
      )}
      {walker && walker.y !== null && (
        <g class="who" style={{ transform: `translate(${x(walker.y)}px, 50px)` }}>
          <circle r="9" />
          <path d="M-5 8h14v12H-5z" />
        </g>
      )}
    </svg>
  );
}
