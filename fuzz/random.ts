/** Seeded random numbers: the same seed gives the same cases on every machine. */

/** A source of random choices. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  readonly below: (limit: number) => number;
  /** True once in `times`. */
  readonly once: (times: number) => boolean;
  /** One of the items. Throws RangeError for an empty list. */
  readonly pick: <T>(items: readonly T[]) => T;
}

/** Choices by a seed and the place of a case, so that any case can be made again by itself. */
export function randomFor(seed: number, target: string, index: number): Random {
  let state = [...`${seed} ${target} ${index}`].reduce(
    (hash, character) => Math.imul(hash ^ character.charCodeAt(0), 0x01000193),
    0x811c9dc5,
  );
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    once: (times) => below(times) === 0,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[below(items.length)] as T;
    },
  };
}
