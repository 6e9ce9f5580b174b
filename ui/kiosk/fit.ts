// The glass in millimetres: the kiosk is drawn for two panels and scaled to whatever it stands on. A panel smaller than
// these makes fingers' targets smaller in proportion; pixels per millimetre of the glass would not change that.
import { useLayoutEffect } from 'preact/hooks';

interface Drawn {
  width: number;
  height: number;
}
/** Both drawn sizes in millimetres: 21.5" portrait at 4 px a millimetre, 15.6" landscape at 3.8. */
export const TALL: Drawn = { width: 1080 / 4, height: 1920 / 4 };
export const WIDE: Drawn = { width: 1280 / 3.8, height: 800 / 3.8 };

/** Tell the style which way up the panel is and how many pixels a drawn millimetre gets; also with no data at all. */
export function useFit(tall = TALL, wide = WIDE): void {
  useLayoutEffect(() => {
    const fit = () => {
      const lies = innerWidth > innerHeight;
      const drawn = lies ? wide : tall;
      const root = document.documentElement;
      root.classList.toggle('wide', lies);
      root.classList.toggle('small', drawn.width < (lies ? WIDE : TALL).width);
      root.style.setProperty('--mm', `${Math.min(innerWidth / drawn.width, innerHeight / drawn.height)}px`);
    };
    fit();
    addEventListener('resize', fit);
    return () => removeEventListener('resize', fit);
  }, [tall, wide]);
}
