// Our own drawings of goods: 2 px ink line, flat fills in oat, peach, sky, cocoa and plum. 100 × 100.

const P = 'fill="#fffdf8"';
const SKY = 'fill="var(--sky)"';
const OAT = 'fill="var(--oat)"';
const PEACH = 'fill="var(--peach)"';
const COCOA = 'fill="var(--cocoa)"';
const PLUM = 'fill="var(--plum)"';

export const drawings: Readonly<Record<string, string>> = {
  milk: `<path ${P} d="M26 38h48v52H26z"/><path ${SKY} d="M26 58h48v20H26z"/><path ${P} d="M26 38l9-18h30l9 18z"/><path ${SKY} d="M35 10h30v10H35z"/><path d="M50 20v18M26 38h48"/><path ${P} d="M50 61c4 5 6 7 6 9a6 6 0 0 1-12 0c0-2 2-4 6-9z"/>`,
  crisps: `<path ${PEACH} d="M25 10h50l-3 8v64l3 8H25l3-8V18z"/><path d="M27 18h46M27 82h46"/><ellipse cx="50" cy="54" rx="16" ry="12" ${P} transform="rotate(-18 50 54)"/><path d="M39 57c6-8 14-10 22-8M43 62c5-6 11-8 17-7M38 30h24"/>`,
  eggs: `<path d="M32 34c0-26 36-26 36 0"/><g ${P}><ellipse cx="28" cy="48" rx="11" ry="15"/><ellipse cx="72" cy="48" rx="11" ry="15"/><ellipse cx="50" cy="46" rx="12" ry="16"/></g><path ${OAT} d="M8 52h84l-6 38H14z"/><path d="M11 64h78"/><path ${P} d="M38 72h24v10H38z"/>`,
  onigiri: `<path ${P} d="M50 14c8 0 12 6 16 13l22 40c6 12 1 23-12 23H24C11 90 6 79 12 67l22-40c4-7 8-13 16-13z"/><path fill="#2b2f33" d="M36 58h28v32H36z"/><path d="M44 30l4 4M56 34l-3 5M30 56l4 3M72 60l-4 3"/>`,
  water: `<path ${SKY} d="M42 18h16v8c0 8 12 10 12 22v36q0 6-6 6H36q-6 0-6-6V48c0-12 12-14 12-22z"/><path ${P} d="M40 8h20v10H40z"/><path ${P} d="M30 54h40v20H30z"/><path d="M36 68l8-8 6 6 6-7 8 9"/>`,
  yogurt: `<path ${P} d="M25 28h50l-6 62H31z"/><path ${PLUM} d="M27.5 50h45l-2 22h-41z"/><path ${PLUM} d="M20 18h60v10H20z"/><circle cx="50" cy="61" r="5" ${P}/><path d="M80 23l6 5"/>`,
  tea: `<path ${COCOA} d="M40 20h20v6l10 8v50q0 6-6 6H36q-6 0-6-6V34l10-8z"/><path ${P} d="M38 8h24v12H38z"/><path ${P} d="M30 46h40v26H30z"/><path ${OAT} d="M50 51c8 4 8 12 0 16-8-4-8-12 0-16z"/><path d="M50 51v16"/>`,
  noodles: `<path d="M60 20L78 4M66 22L86 8"/><path ${P} d="M22 32h56l-8 58H30z"/><path ${PEACH} d="M24.5 50h51l-3 22h-45z"/><path ${OAT} d="M18 22h64v10H18z"/><path d="M36 58c3-4 6 4 9 0s6 4 9 0 6 4 9 0"/>`,
  cola: `<path ${COCOA} d="M30 18h40l4 8v54l-5 10H31l-5-10V26z"/><path d="M30 18h40M26 26h48M26 80h48"/><path ${P} d="M26 44h48v22H26z"/><path d="M34 58c8-12 24 4 32-6"/><path d="M44 12h14"/>`,
  juice: `<path ${PEACH} d="M40 20h20l10 16v48q0 6-6 6H36q-6 0-6-6V36z"/><path ${P} d="M38 8h24v12H38z"/><circle cx="50" cy="58" r="14" ${P}/><path d="M50 44v28M36 58h28M40 48l20 20M60 48L40 68"/>`,
  coffee: `<path ${P} d="M26 32h48l-6 58H32z"/><path ${COCOA} d="M28.500 50h43l-2 20h-39z"/><path ${OAT} d="M22 22h56v10H22z"/><path d="M30 14h40v8H30z"/><ellipse cx="50" cy="60" rx="7" ry="5" ${P} transform="rotate(-30 50 60)"/><path d="M45 63c4-1 6-4 10-6"/>`,
  beer: `<path ${COCOA} d="M43 8h14v20c0 8 11 10 11 22v34q0 6-6 6H38q-6 0-6-6V50c0-12 11-14 11-22z"/><path ${P} d="M42 8h16v8H42z"/><path ${OAT} d="M32 54h36v22H32z"/><path d="M42 65l8-6 8 6-8 6z"/>`,
  bread: `<path ${OAT} d="M14 46c-8-20 10-32 36-32s44 12 36 32v38q0 6-6 6H20q-6 0-6-6z"/><path d="M14 46c10 6 14 0 14-8M86 46c-10 6-14 0-14-8"/><path d="M38 30l6 12M54 28l6 12"/>`,
  cake: `<path ${P} d="M12 56l62-30 16 20v38H12z"/><path ${PEACH} d="M12 56h78V46L74 26z"/><path ${PLUM} d="M12 66h78v8H12z"/><circle cx="62" cy="24" r="8" ${PLUM}/><path d="M66 17c2-5 6-7 10-7"/>`,
  chocolate: `<path ${COCOA} d="M22 8h56v42H22z"/><path d="M40.500 8v42M59.500 8v42M22 29h56"/><path ${PLUM} d="M18 46h64v46H18z"/><path d="M30 62h40M30 74h26"/><path d="M18 46l8-6 8 6 8-6 8 6 8-6 8 6 8-6 8 6"/>`,
  cookies: `<circle cx="50" cy="52" r="38" ${OAT}/><g ${COCOA}><circle cx="38" cy="40" r="5"/><circle cx="60" cy="36" r="5"/><circle cx="66" cy="60" r="5"/><circle cx="44" cy="66" r="5"/></g><path d="M26 56h1M52 52h1M56 74h1"/>`,
  candy: `<path ${PLUM} d="M30 34c18-12 42 4 40 26-14 16-44 8-40-26z"/><path ${P} d="M30 36L10 24l2 20 16 6zM70 60l20 12-20 6-8-12z"/><path d="M40 40c10 0 20 8 20 20M36 50c6 0 12 6 12 12"/>`,
  icecream: `<path ${OAT} d="M30 50h40L50 94z"/><path d="M38 50l18 26M62 50L44 76"/><path ${PEACH} d="M26 50c-8-22 10-40 24-40s32 18 24 40z"/><path d="M34 34c2-8 8-12 14-12"/>`,
  sausage: `<path ${PEACH} d="M18 66C10 40 52 16 76 22c14 4 14 20 2 24-18 6-24 16-28 30-4 12-26 10-32-10z"/><path d="M14 74l-6 10M84 26l10-8M36 48l6 10M52 36l6 10"/>`,
  banana: `<path ${OAT} d="M24 14c2 38 22 58 60 58 6 6 2 14-8 16C40 94 10 64 14 18z"/><path d="M14 18l4-8h6v4M84 72l4 4M30 44c8 18 20 28 38 34"/>`,
  apple: `<path ${PEACH} d="M50 32c-10-10-38-8-36 22 2 22 18 38 28 36 4-1 6-2 8-2s4 1 8 2c10 2 26-14 28-36 2-30-26-32-36-22z"/><path d="M50 32c0-10 2-16 8-22"/><path ${OAT} d="M56 18c8-8 18-6 20-4-4 8-12 10-20 4z"/><path d="M26 50c0-6 4-10 8-12"/>`,
  rice: `<path ${P} d="M24 22h52l8 12v50q0 6-6 6H22q-6 0-6-6V34z"/><path ${SKY} d="M16 48h68v26H16z"/><path d="M24 22l6-12h40l6 12M30 10c6 4 14 4 20 0 6 4 14 4 20 0"/><path ${P} d="M36 64c0-8 28-8 28 0z"/><path d="M32 64h36"/>`,
  sauce: `<path ${COCOA} d="M42 26h16l8 18v40q0 6-6 6H40q-6 0-6-6V44z"/><path ${P} d="M42 8h16v18H42z"/><path ${OAT} d="M34 52h32v22H34z"/><path d="M42 60h16M42 67h10M42 16h16"/>`,
  tissue: `<path ${SKY} d="M10 44h80v44H10z"/><path ${P} d="M32 44c2-16 8-22 18-28 2 8 14 12 18 28z"/><path d="M10 58h80M28 74h28"/><path d="M46 44c0-10 2-14 6-18"/>`,
  soap: `<path ${PLUM} d="M14 50q0-12 12-12h48q12 0 12 12v22q0 12-12 12H26q-12 0-12-12z"/><rect x="28" y="52" width="44" height="18" rx="9" ${P}/><circle cx="70" cy="20" r="8" ${P}/><circle cx="52" cy="26" r="4" ${P}/><circle cx="82" cy="32" r="3" ${P}/>`,
  toothbrush: `<path ${SKY} d="M62 8h10v84H62z"/><path ${P} d="M48 12h14v22H48z"/><path d="M48 18h-6M48 23h-6M48 28h-6"/><path ${PEACH} d="M22 40h16l4 44H18z"/><path ${P} d="M24 30h12v10H24z"/><path d="M20 84h20v8H20z"/>`,
  battery: `<path ${P} d="M18 24h26v66H18z"/><path ${COCOA} d="M18 24h26v20H18z"/><path ${OAT} d="M26 14h10v10H26z"/><path ${P} d="M56 24h26v66H56z"/><path ${COCOA} d="M56 24h26v20H56z"/><path ${OAT} d="M64 14h10v10H64z"/><path d="M31 56v12M25 62h12M63 62h12"/>`,
  umbrella: `<path ${SKY} d="M50 14c26 0 40 18 42 40-8-8-16-8-22 0-6-8-14-8-20 0-6-8-14-8-20 0-6-8-14-8-22 0 2-22 16-40 42-40z"/><path d="M50 8v6M50 54v26c0 12-16 12-16 0"/><path d="M50 14c-12 10-18 24-20 40M50 14c12 10 18 24 20 40"/>`,
  pack: `<path ${OAT} d="M22 14h56v20H22z"/><path ${P} d="M22 34h56v54H22z"/><path d="M34 66v14M40 66v14M46 66v14M54 66v14M60 66v14M66 66v14M36 48h28"/>`,
  unknown: `<path ${OAT} d="M22 14h56v20H22z"/><path ${P} d="M22 34h56v54H22z"/><path d="M34 68v14M40 68v14M46 68v14M54 68v14M60 68v14M66 68v14"/><path d="M42 48c0-10 16-10 16 0 0 6-8 6-8 11M50 63v.5"/>`,
};
