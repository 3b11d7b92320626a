/** Finds what a misspelt name was probably meant to be. */

import { compareText } from '../collections.ts';

/** How many suggestions are worth reading. */
const MOST_SUGGESTIONS = 3;

/**
 * The known names closest to a name, nearest first and at most three, all at the same distance; empty if none is close. A name
 * differs by at most two mistakes (a letter more, less, swapped or wrong), by one if it is short; case counts as no mistake.
 */
export function nearest(name: string, known: Iterable<string>): readonly string[] {
  const wanted = name.toLowerCase();
  const limit = wanted.length <= 4 ? 1 : 2;
  const close = [...new Set(known)]
    .filter((each) => Math.abs(each.length - wanted.length) <= limit)
    .map((each) => ({ each, distance: editDistance(wanted, each.toLowerCase(), limit) }))
    .filter(({ distance }) => distance <= limit);
  const least = Math.min(...close.map(({ distance }) => distance));
  return close
    .filter(({ distance }) => distance === least)
    .map(({ each }) => each)
    .toSorted(compareText)
    .slice(0, MOST_SUGGESTIONS);
}

/** `; did you mean eu-west-1 or eu-west-2?`, or nothing if no known name is close. Meant to follow a sentence without a full stop. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const close = nearest(name, known);
  const last = close.at(-1);
  if (last === undefined) return '';
  const before = close.slice(0, -1);
  return `; did you mean ${before.length === 0 ? last : `${before.join(', ')} or ${last}`}?`;
}

/**
 * The number of letters to insert, delete, replace or swap with their neighbour to get from one text to the other (the
 * Damerau-Levenshtein distance in which no letter is changed twice).
 *
 * @param limit beyond it, infinity stands for every distance: most words differ from each other in their first letters
 * @see https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance
 */
export function editDistance(one: string, other: string, limit = Number.POSITIVE_INFINITY): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    if (Math.min(...current, ...last) > limit) return Number.POSITIVE_INFINITY;
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}
