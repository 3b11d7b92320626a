/** Everything that fuzzing ever found, run again. */

import { describe, expect, it } from 'vitest';
import { casesOf, corpusOf, faultOf } from '../../fuzz/cases.ts';
import { randomFor } from '../../fuzz/random.ts';
import { TARGETS } from '../../fuzz/targets.ts';

describe.each(Object.keys(TARGETS))('the fuzz target %s', (name) => {
  it.each([...corpusOf(name)])('handles %s', (_, input) => {
    for (let feeding = 0; feeding < 20; feeding += 1)
      expect(faultOf(name, { input, random: () => randomFor(1, name, feeding) })).toBeUndefined();
  });

  it('handles its seeds as they are', () => {
    for (const input of TARGETS[name]?.seeds() ?? [])
      expect(faultOf(name, { input, random: () => randomFor(1, name, 0) })).toBeUndefined();
  });

  it('makes the same cases of the same seed', () => {
    const [one, other] = [casesOf(name, 7), casesOf(name, 7)];
    for (let index = 0; index < 20; index += 1) expect(one(index).input).toBe(other(index).input);
  });
});
