/** What a fuzz target is, and how it tells a fault of ours from a good refusal. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipelineError } from '../../src/errors.ts';
import type { Random } from '../random.ts';

/** A place where somebody else's words come in. */
export interface Target {
  /** Good input to make cases of. Read once. */
  readonly seeds: () => readonly string[];
  /** Runs the code on a case. Throws for a fault; `random` chooses how the case is fed. */
  readonly check: (input: string, random: Random) => void;
}

const ROOT = join(import.meta.dirname, '../..');

/** The texts of the files in a folder of the repository. */
export function textsIn(folder: string, ending = '.json'): readonly string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(ending))
    .toSorted()
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
}

/** The text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What `run` returns; undefined if it refused the input with one of our errors. Any other error is a fault and is thrown. */
export function refusedOr<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof PipelineError) return undefined;
    throw error;
  }
}

/** Throws if the two differ as JSON. */
export function same(what: string, one: unknown, other: unknown): void {
  const [a, b] = [one, other].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${what} differs: ${String(a).slice(0, 300)} and ${String(b).slice(0, 300)}`);
}
