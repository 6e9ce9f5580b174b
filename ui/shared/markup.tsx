// The one place where markup is set as text: our own drawings, and QR codes that the box drew.
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
