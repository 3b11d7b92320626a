/** Makes, runs and shrinks the cases of a target. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutate } from './mutate.ts';
import { type Random, randomFor } from './random.ts';
import { TARGETS } from './targets.ts';
import type { Target } from './targets/target.ts';

/** A case that takes longer is a fault. */
export const HANG_MS = 2000;
const CORPUS = join(import.meta.dirname, 'corpus');

/** A case by its number. The same for the same seed and corpus. */
export interface Case {
  readonly input: string;
  readonly random: () => Random;
}

/** The target of this name. Throws RangeError if there is none. */
export function targetOf(name: string): Target {
  const target = TARGETS[name];
  if (target === undefined) throw new RangeError(`no target ${name}; there are ${Object.keys(TARGETS).join(', ')}`);
  return target;
}

/** Everything that ever failed in a target, by file name. */
export function corpusOf(name: string): ReadonlyMap<string, string> {
  const folder = join(CORPUS, name);
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder).toSorted();
  return new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

/** Makes the cases of a target. */
export function casesOf(name: string, seed: number): (index: number) => Case {
  const seeds = [...targetOf(name).seeds(), ...corpusOf(name).values()];
  return (index) => {
    const random = randomFor(seed, name, index);
    return { input: mutate(random.pick(seeds), seeds, random), random: () => randomFor(seed, `${name} feeding`, index) };
  };
}

/** What is wrong with a case: an error that is not ours, a difference, or time. Undefined if nothing is. */
export function faultOf(name: string, { input, random }: Case): string | undefined {
  const started = process.cpuUsage();
  try {
    targetOf(name).check(input, random());
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}`.slice(0, 2000) : String(error);
  }
  // The processor's time: on a busy machine the clock measures the others too.
  const { user, system } = process.cpuUsage(started);
  const tookMs = (user + system) / 1000;
  return tookMs > HANG_MS ? `took ${Math.round(tookMs)} ms of the processor's time` : undefined;
}

/** The shortest input found that still fails, in a bounded number of tries. */
export function shrunk(name: string, failing: Case): string {
  let best = failing.input;
  let tries = 600;
  for (let size = Math.ceil(best.length / 2); size >= 1 && tries > 0; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < best.length && tries > 0; ) {
      tries -= 1;
      const shorter = best.slice(0, at) + best.slice(at + size);
      if (faultOf(name, { ...failing, input: shorter }) === undefined) at += size;
      else best = shorter;
    }
  return best;
}
