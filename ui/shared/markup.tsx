// The one place where markup is set as text: our own drawings, and codes that box or lab drew.
import { drawings } from './goods/drawings';

/** A product's drawing by name; a plain pack for a name we have not drawn. */
export function Goods({ name, class: css = 'pic', label }: { name: string; class?: string; label?: string }) {
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
