/** The judge is judged: by AWS's published examples, by what AWS's engine was seen to do, and by a second reading of arrays. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryPairs } from './arbitrary-patterns.ts';
import { named } from './examples.ts';
import { FACT_EXAMPLES } from './fact-examples.ts';
import { naiveMatches } from './naive-matcher.ts';
import { PUBLISHED_EXAMPLES } from './published-examples.ts';

describe('naiveMatches', () => {
  it.each(named(PUBLISHED_EXAMPLES))('published: %s', (_, { pattern, event, matches }) => {
    expect(naiveMatches(pattern, event)).toBe(matches);
  });

  it.each(named(FACT_EXAMPLES))('%s', (_, { pattern, event, matches }) => {
    expect(naiveMatches(pattern, event)).toBe(matches);
  });

  it.each([null, 'a', 1, true, [], [{ x: 'a' }], undefined])('matches no event that is %j', (event) => {
    expect(naiveMatches({ x: [{ exists: false }] }, event)).toBe(false);
  });

  it.each(['[{"prefix":"a","suffix":"b"}]', '[{"prefx":"a"}]', '[{"prefix":1}]', '[{"cidr":"10.0.0.0"}]'])(
    'throws on a test it does not know: %s',
    (tests) => {
      expect(() => naiveMatches({ x: JSON.parse(tests) }, { x: 'a' })).toThrow(/^not a/);
    },
  );

  it('holds, without exists: false, when all fields hold in one choice of an element for every array', () => {
    let matched = 0;
    let compared = 0;
    const pairs = arbitraryPairs(8).filter(({ event }) => worldCount(event) < 300);
    fc.assert(
      fc.property(pairs, ({ event, patterns }) => {
        const worlds = worldsOf(event, []);
        for (const pattern of patterns.filter((one) => !JSON.stringify(one).includes('"exists":false'))) {
          const matches = worlds.some((world) => holdsIn(world, pattern, []));
          expect([pattern, naiveMatches(pattern, event)]).toEqual([pattern, matches]);
          compared++;
          if (matches) matched++;
        }
      }),
      { numRuns: 1500 },
    );
    expect(compared).toBeGreaterThan(3000);
    expect(matched / compared).toBeGreaterThan(0.15);
  });
});

/** The leaves that are left when every array is reduced to one of its objects or inner arrays. Its plain values stay. */
type World = readonly (readonly [path: string, value: unknown])[];

function worldsOf(value: unknown, path: readonly string[]): readonly World[] {
  if (!isNested(value)) return [[[path.join('.'), value]]];
  if (!Array.isArray(value))
    return Object.entries(value)
      .map(([key, member]) => worldsOf(member, [...path, key]))
      .reduce<readonly World[]>((all, some) => all.flatMap((one) => some.map((other) => [...one, ...other])), [[]]);
  const plain = value.filter((element) => !isNested(element)).flatMap((element) => worldsOf(element, path).flat());
  const choices = value.filter(isNested).flatMap((element) => worldsOf(element, path));
  return (choices.length === 0 ? [[]] : choices).map((world) => [...plain, ...world]);
}

function worldCount(value: unknown): number {
  if (!isNested(value)) return 1;
  if (!Array.isArray(value))
    return Object.values(value).reduce<number>((count, member) => count * worldCount(member), 1);
  return Math.max(
    1,
    value.filter(isNested).reduce<number>((count, element) => count + worldCount(element), 0),
  );
}

/** Whether a pattern holds in a world, where no array is left to choose from. */
function holdsIn(world: World, pattern: unknown, path: readonly string[]): boolean {
  if (!isNested(pattern)) throw new Error(`not a pattern: ${JSON.stringify(pattern)}`);
  return Object.entries(pattern).every(([key, value]) => {
    const inner = [...path, key];
    if (!Array.isArray(value)) return holdsIn(world, value, inner);
    if (key === '$or') return value.some((alternative) => holdsIn(world, alternative, path));
    return world.some(([name, leaf]) => name === inner.join('.') && naiveMatches({ x: value }, { x: leaf }));
  });
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
