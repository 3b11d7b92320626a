/** Finds members of JSON objects by their names, in bytes that are not parsed. */

import { isSpace } from '../../cloudtrail/scanner/json-walk.ts';

const QUOTE = 0x22;
const DOT = 0x2e;
const COLON = 0x3a;

/** Where names were found: the first `count` places. The lists are used again for the next record. */
export interface KeyPlaces {
  count: number;
  /** Which of the names it is. */
  readonly names: number[];
  /** The positions behind its closing quote. */
  readonly ends: number[];
  /** Where the value begins. */
  readonly values: number[];
}

/** No places yet. */
export function noPlaces(): KeyPlaces {
  return { count: 0, names: [], ends: [], values: [] };
}

/**
 * A search for names of letters, digits and `_:@-`, all at once. It finds every place, in order and however deep, where one of them is the
 * name of a member, or the last part of a name with dots, unless the bytes spell it with escapes. It may find places that are none.
 *
 * Each name ends with a quote, so no more than one byte in as many as the shortest name has is looked at (Horspool's way).
 */
export function searchFor(names: readonly string[]): (bytes: Uint8Array, found: KeyPlaces) => void {
  const needles = names.map((name) => Buffer.from(`"${name}"`));
  const shortest = Math.min(...names.map(({ length }) => length + 1));
  const shifts = shiftsOf(needles, shortest);
  const lastLetters = new Uint8Array(256);
  for (const needle of needles) lastLetters[needle.at(-2) ?? 0] = 1;
  return (bytes, found) => {
    const { length } = bytes;
    let at = shortest - 1;
    found.count = 0;
    while (at < length) {
      const shift = shifts[bytes[at] as number] as number;
      if (shift === 0) {
        if (lastLetters[bytes[at - 1] as number] === 1) addPlaces(found, bytes, at, needles);
        at += shortest;
      } else at += shift;
    }
  };
}

/** Adds the names that end at a closing quote: more than one if they have the same end behind a dot. */
function addPlaces(found: KeyPlaces, bytes: Uint8Array, quote: number, needles: readonly Uint8Array[]): void {
  for (let name = 0; name < needles.length; name += 1) {
    if (!endsWith(bytes, quote, needles[name] as Uint8Array)) continue;
    const colon = pastSpace(bytes, quote + 1);
    if (bytes[colon] !== COLON) return;
    found.names[found.count] = name;
    found.ends[found.count] = quote + 1;
    found.values[found.count] = pastSpace(bytes, colon + 1);
    found.count += 1;
  }
}

/** How far the next closing quote of a name is at least, by a byte that may be in it; 0 for a quote. */
function shiftsOf(needles: readonly Uint8Array[], shortest: number): Uint8Array {
  const shifts = new Uint8Array(256).fill(shortest);
  for (const needle of needles)
    for (let back = shortest - 1; back >= 0; back -= 1) {
      const byte = needle.at(-1 - back) ?? QUOTE;
      shifts[byte] = Math.min(back, shifts[byte] ?? back);
    }
  return shifts;
}

/** True if the name in quotes ends at a closing quote. A dot may be in place of the opening one. */
function endsWith(bytes: Uint8Array, end: number, needle: Uint8Array): boolean {
  const last = needle.length - 1;
  for (let back = 1; back < last; back += 1) if (bytes[end - back] !== needle[last - back]) return false;
  const first = bytes[end - last];
  return first === QUOTE || first === DOT;
}

function pastSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}
