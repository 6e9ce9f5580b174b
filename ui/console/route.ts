// Which page an address leads to. Pages are addresses of their own, so each can be sent to somebody.
import { computed, signal } from '@preact/signals';

export const PAGES = [
  'now',
  'incidents',
  'booths',
  'sales',
  'money',
  'devices',
  'goods',
  'plan',
  'reports',
  'people',
  'audit',
  'settings',
  'me',
] as const;
export type Page = (typeof PAGES)[number];

export interface Place {
  page: Page;
  /** What of the page: a sale, an incident, a booth; empty for all of it. */
  id: string;
  query: string;
}

const ROOT = '/console/';

/** Where an address leads; what it does not know is the first page. */
export function placeOf(path: string, query = '', hash = ''): Place {
  // addresses as they were sent before pages had their own
  const old = /^#(?:([1-9]\d{0,15})|(people|me|list))$/.exec(hash);
  if (old?.[1]) return { page: 'incidents', id: old[1], query: '' };
  if (old?.[2]) return { page: old[2] === 'list' ? 'incidents' : (old[2] as Page), id: '', query: '' };
  const [name = '', id = ''] = path.startsWith(ROOT) ? path.slice(ROOT.length).split('/') : [];
  const page = PAGES.find((each) => each === name) ?? 'now';
  return { page, id: /^[\w.:-]{1,48}$/.test(decodeURIComponent(id)) ? decodeURIComponent(id) : '', query };
}

export const place = signal<Place>(read());
export const query = computed(() => new URLSearchParams(place.value.query));

function read(): Place {
  return placeOf(location.pathname, location.search, location.hash);
}

/** The address of a page. */
export function to(page: Page, id: string | number = '', filter: Record<string, string> = {}): string {
  const kept = Object.entries(filter).filter(([, value]) => value !== '');
  const asked = kept.length ? `?${new URLSearchParams(kept)}` : '';
  return `${ROOT}${page === 'now' ? '' : page}${id === '' ? '' : `/${encodeURIComponent(id)}`}${asked}`;
}

/** Turn to an address; `replace`: the page before is not worth coming back to. */
export function go(address: string, replace = false): void {
  if (address === location.pathname + location.search) return; // a row and the link in it: one step back
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  turn();
}

function turn(): void {
  const next = read();
  const other = next.page !== place.peek().page || next.id !== place.peek().id;
  place.value = next;
  if (other) scrollTo(0, 0);
}

/** Follow links within the console without loading it anew, and the browser's own way back. */
export function followLinks(): () => void {
  const click = (event: MouseEvent) => {
    const link = (event.target as Element).closest?.('a');
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || link.origin !== location.origin || link.target || link.hasAttribute('download'))
      return;
    if (!link.pathname.startsWith(ROOT)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  };
  document.addEventListener('click', click);
  addEventListener('popstate', turn);
  addEventListener('hashchange', turn);
  return () => {
    document.removeEventListener('click', click);
    removeEventListener('popstate', turn);
    removeEventListener('hashchange', turn);
  };
}
