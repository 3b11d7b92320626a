/** Reads a view from the address. Anybody may have written the address: what the page does not offer is left out, and said. */

import { visible } from '../../escape.ts';
import { KEYS, type View } from './view.ts';

/** Whether the page offers a value for a part of a view. */
export type Offered = (key: keyof View, value: string) => boolean;

/** A view from an address, and what was left out of it, in words. */
export interface ReadView {
  readonly view: View;
  readonly ignored: readonly string[];
}

const MOST_ADDRESS = 2000;
/** The longest search, which the search field allows too. */
export const MOST_SEARCH = 200;
const MOST_NAMED = 5;
const MOST_SHOWN = 40;
/** Parts of a view that list several values, with commas between them. */
const LISTS: ReadonlySet<string> = new Set(['severity', 'status']);

/** The view that a hash such as `#severity=high&sort=-seen` describes; null for none and for that of a heading, which are not ours. */
export function readView(hash: string, defaults: View, offered: Offered): ReadView | null {
  if (!hash.includes('=')) return null;
  const given = new URLSearchParams(hash.slice(1, MOST_ADDRESS));
  const view: Record<keyof View, string> = { ...defaults };
  const ignored: string[] = hash.length > MOST_ADDRESS ? [`all behind ${MOST_ADDRESS} characters`] : [];
  const keep = (key: keyof View, value: string): boolean => {
    if (offered(key, value)) return true;
    ignored.push(`${key} “${shown(value)}”`);
    return false;
  };
  for (const key of new Set(given.keys())) {
    const value = given.get(key) ?? '';
    if (!isKey(key)) ignored.push(`“${shown(key)}”`);
    else if (key === 'q') view.q = value.slice(0, MOST_SEARCH);
    else if (value === '') view[key] = value;
    else if (!LISTS.has(key)) {
      if (keep(key, value)) view[key] = value;
    } else {
      const kept = value.split(',').filter((one) => keep(key, one));
      if (kept.length > 0) view[key] = kept.join(',');
    }
  }
  return { view, ignored };
}

/** `This report does not have these, so they are ignored: region “mars-1”.` Empty when nothing was ignored. */
export function ignoredWords(ignored: readonly string[]): string {
  const named = ignored.slice(0, MOST_NAMED).join(', ');
  const more = ignored.length > MOST_NAMED ? ` and ${ignored.length - MOST_NAMED} more` : '';
  return ignored.length === 0
    ? ''
    : `The address asks for what this report does not have, which is ignored: ${named}${more}.`;
}

function isKey(key: string): key is keyof View {
  return (KEYS as readonly string[]).includes(key);
}

function shown(text: string): string {
  return visible(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);
}
