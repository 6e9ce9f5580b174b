// Which panel this is: the kiosk's two sizes, and two small ones on which fewer goods fit but fingers are the same.
import { useEffect, useState } from 'preact/hooks';
import { TALL, useFit, WIDE } from '../kiosk/fit';

/** 7" to 10" panels, both ways up, at 4 px a millimetre. */
const SMALL_TALL = { width: 600 / 4, height: 1024 / 4 };
const SMALL_WIDE = { width: 800 / 4, height: 480 / 4 };
/** Fewer pixels than this on the short side and fingers need the small drawing. */
const SMALL_PX = 680;

export type Shape = 'tall' | 'wide' | 'small-tall' | 'small-wide';

function shape(): Shape {
  const lies = innerWidth > innerHeight;
  const small = Math.min(innerWidth, innerHeight) < SMALL_PX;
  if (small) return lies ? 'small-wide' : 'small-tall';
  return lies ? 'wide' : 'tall';
}

export function useShape(): Shape {
  const [now, set] = useState(shape);
  useEffect(() => {
    const look = () => set(shape());
    addEventListener('resize', look);
    return () => removeEventListener('resize', look);
  }, []);
  const small = now.startsWith('small');
  useFit(small ? SMALL_TALL : TALL, small ? SMALL_WIDE : WIDE);
  return now;
}
