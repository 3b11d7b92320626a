import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../src/config/spelling.ts';

/** Every text that one mistake away: the definition, by brute force over a small alphabet. */
function oneMistakeFrom(text: string): ReadonlySet<string> {
  const letters = ['a', 'b'];
  const results = new Set<string>();
  for (let at = 0; at <= text.length; at += 1) {
    const [before, after] = [text.slice(0, at), text.slice(at)];
    for (const letter of letters) results.add(before + letter + after);
    if (after === '') continue;
    results.add(before + after.slice(1));
    for (const letter of letters) results.add(before + letter + after.slice(1));
    if (after.length > 1) results.add(before + (after[1] ?? '') + (after[0] ?? '') + after.slice(2));
  }
  results.delete(text);
  return results;
}

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['eu-west-1', 'eu-west-1', 0],
    ['eu-wset-1', 'eu-west-1', 1],
    ['RunInstance', 'RunInstances', 1],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('from %j to %j is %i', (one, other, distance) => {
    expect(editDistance(one, other)).toBe(distance);
    expect(editDistance(other, one)).toBe(distance);
  });

  it('is 1 for exactly the texts that one mistake leads to', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 5 });
    fc.assert(
      fc.property(short, short, (one, other) => {
        expect(editDistance(one, other) === 1).toBe(oneMistakeFrom(one).has(other));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('nearest', () => {
  it('finds the closest names only, at most three, in order', () => {
    expect(nearest('eu-west-9', ['eu-west-3', 'eu-west-2', 'eu-west-1', 'eu-west-8', 'eu-east-1'])).toEqual([
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
    ]);
    expect(nearest('runinstances', ['RunInstances', 'StopInstances'])).toEqual(['RunInstances']);
    expect(nearest('eu-west-9', ['eu-west-1', 'eu-west-1'])).toEqual(['eu-west-1']);
  });

  it('finds nothing for a name that is far from all, and forgives less in a short name', () => {
    expect(nearest('something', ['RunInstances'])).toEqual([]);
    expect(nearest('ab', ['xy'])).toEqual([]);
    expect(nearest('ec', ['ec2'])).toEqual(['ec2']);
  });
});

describe('didYouMean', () => {
  it('asks for one name or several, or says nothing', () => {
    expect(didYouMean('RunInstance', ['RunInstances'])).toBe('; did you mean RunInstances?');
    expect(didYouMean('eu-west-9', ['eu-west-1', 'eu-west-2', 'eu-west-3'])).toBe(
      '; did you mean eu-west-1, eu-west-2 or eu-west-3?',
    );
    expect(didYouMean('x', [])).toBe('');
  });
});
