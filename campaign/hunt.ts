/** Looks for the seed that catches a mutation: one that fails with it and passes without it. */

import { type Built, buildAll } from './build.ts';
import { modeOf, scheduleOf } from './make-schedule.ts';
import { themeOf } from './make-themes.ts';
import { MUTATIONS, type Mutation, type MutationName, mutatedCopy } from './mutations.ts';
import { runnerOf } from './pool.ts';

/** How a mutation was caught. */
export interface Catch {
  readonly name: MutationName;
  /** Undefined if no seed of the range caught it. */
  readonly seed: number | undefined;
  readonly invariant: string | undefined;
  readonly what: string | undefined;
  readonly tried: number;
}

/** Runs seeds from the mutation's own on, at most `most`, until one breaks an invariant that holds without the mutation. */
export async function hunt(name: MutationName, plain: Built, most: number): Promise<Catch> {
  const copy = mutatedCopy(name);
  try {
    const mutated = await buildAll(copy.root);
    const [withIt, withoutIt] = [runnerOf(mutated), runnerOf(plain)];
    const { seed: from, modes, operation, theme }: Mutation = MUTATIONS[name];
    try {
      for (let seed = from, tried = 1; tried <= most; seed += 1) {
        if (theme !== undefined && themeOf(seed) !== theme) continue;
        if (!modes.includes(modeOf(seed)) || !isAimedAt(seed, operation)) continue;
        tried += 1;
        const { violations } = await withIt.run({ seed });
        if (violations.length === 0) continue;
        const without = new Set((await withoutIt.run({ seed })).violations.map(({ invariant }) => invariant));
        const found = violations.find(({ invariant }) => !without.has(invariant));
        if (found !== undefined) return { name, seed, ...found, tried };
      }
      return { name, seed: undefined, invariant: undefined, what: undefined, tried: most };
    } finally {
      withIt.stop();
      withoutIt.stop();
      mutated.remove();
    }
  } finally {
    copy.remove();
  }
}

function isAimedAt(seed: number, operation: string | undefined): boolean {
  const { faults } = scheduleOf(seed);
  return operation === undefined || ('aims' in faults && operation in faults.aims);
}

/** One line about a catch. */
export function describeCatch({ name, seed, invariant, what, tried }: Catch): string {
  if (seed === undefined) return `${name}: NOT caught by ${tried} seeds (${MUTATIONS[name].meaning})`;
  return `${name}: caught by seed ${seed} after ${tried}: ${invariant}: ${what}`;
}
