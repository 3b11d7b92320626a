/** What made-up logs of years are put together with. */

/** Numbers that follow from a seed. */
export function randomFrom(seed: number): {
  readonly below: (limit: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
} {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return {
    below,
    pick: (from) => {
      const one = from[below(from.length)];
      if (one === undefined) throw new Error('nothing to pick from');
      return one;
    },
  };
}
