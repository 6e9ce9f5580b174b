// The one place where markup is set as text: our own drawings, and codes that box or lab drew.
import { useState } from 'preact/hooks';
import { drawings } from './goods/drawings';

interface Shown {
  name: string;
  class?: string;
  label?: string;
}

/** What the box calls an uploaded photo. */
const PHOTO = /^[0-9a-f]{32}\.webp$/;

/** A product's picture by name: its photo, or our drawing; a plain pack for what is neither. */
export function Goods(props: Shown) {
  return PHOTO.test(props.name) ? <Photo key={props.name} {...props} /> : <Drawing {...props} />;
}

/** A plain pack stands in where the box has it no more. */
function Photo({ name, class: css = 'pic', label = '' }: Shown) {
  const [gone, setGone] = useState(false);
  if (gone) return <Drawing name="pack" class={css} {...(label && { label })} />;
  return <img class={`goods ${css}`} src={`/pictures/${name}`} alt={label} onError={() => setGone(true)} />;
}

function Drawing({ name, class: css = 'pic', label }: Shown) {
  const inside = drawings[name] ?? drawings.pack ?? '';
  return (
    <svg
      class={`goods ${css}`}
      viewBox="0 0 100 100"
      {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' })}
      dangerouslySetInnerHTML={{ __html: inside }}
    />
  );
}

/** A QR code from the box, always black on white. */
export function Qr({ svg, label, class: css = '' }: { svg: string; label: string; class?: string }) {
  return <div class={`qr ${css}`} role="img" aria-label={label} dangerouslySetInnerHTML={{ __html: svg }} />;
}

/** A barcode from the lab, always black on white. */
export function Bars({ svg, label }: { svg: string; label: string }) {
  return <div class="bars" role="img" aria-label={label} dangerouslySetInnerHTML={{ __html: svg }} />;
}
