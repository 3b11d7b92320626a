import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryPairs } from './arbitrary-patterns.ts';
import { naiveMatches } from './naive-matcher.ts';

/** What a useful sample must contain, and how often at least, in 1,000 pairs. Rarer means: not tested. */
const WANTED: readonly (readonly [what: string, least: number, has: (pattern: string, event: string) => boolean])[] = [
  ['three fields or more', 250, (pattern) => pattern.split('":[').length > 3],
  ['$or', 50, (pattern) => pattern.includes('"$or"')],
  ['$or below a field', 10, (pattern) => pattern.includes('":{"$or"')],
  ['$or in $or', 2, (pattern) => pattern.split('"$or"').length > 2],
  ['exists: false', 200, (pattern) => pattern.includes('{"exists":false}')],
  ['exists: false beside another test', 50, (pattern) => /\[\{"exists":false\},|,\{"exists":false\}/.test(pattern)],
  ['anything-but', 100, (pattern) => pattern.includes('"anything-but"')],
  ['wildcard', 20, (pattern) => pattern.includes('"wildcard"')],
  ['numeric', 20, (pattern) => pattern.includes('"numeric"')],
  ['cidr', 20, (pattern) => pattern.includes('"cidr"')],
  ['a key with a dot', 50, (pattern) => /"[^"]+\.[^"]+":[[{]/.test(pattern)],
  ['a field named __proto__', 5, (pattern) => pattern.includes('__proto__')],
  ['arrays of objects', 200, (_, event) => event.includes('[{')],
  ['arrays in arrays', 100, (_, event) => event.includes('[[')],
];

describe('arbitraryPairs', () => {
  const pairs = fc
    .sample(arbitraryPairs(4), { numRuns: 1000, seed: 1 })
    .flatMap(({ event, patterns }) => patterns.map((pattern) => ({ pattern, event })));

  it('makes pairs of which about a third match', () => {
    const matched = pairs.filter(({ pattern, event }) => naiveMatches(pattern, event)).length;
    expect(matched / pairs.length).toBeGreaterThan(0.25);
    expect(matched / pairs.length).toBeLessThan(0.45);
  });

  it.each(WANTED)('makes enough pairs with %s', (_, least, has) => {
    const found = pairs.filter(({ pattern, event }) => has(JSON.stringify(pattern), JSON.stringify(event))).length;
    expect((1000 * found) / pairs.length).toBeGreaterThan(least);
  });

  it.each([
    ['matching', true],
    ['missing', false],
  ])('makes pairs %s where forgetting which elements belong together would give another answer', (_, matches) => {
    const torn = pairs.filter(({ pattern, event }) => {
      const apart = fieldsOf(pattern).every(([path, tests]) => naiveMatches({ [path]: tests }, event));
      const together = naiveMatches(pattern, event);
      return together === matches && apart !== together;
    });
    expect(torn.length).toBeGreaterThan(5);
  });
});

/** The fields of a pattern without `$or`, each on its own. */
function fieldsOf(pattern: unknown, path: readonly string[] = []): readonly (readonly [string, unknown])[] {
  if (typeof pattern !== 'object' || pattern === null) return [];
  return Object.entries(pattern).flatMap(([key, value]) => {
    if (Array.isArray(value)) return key === '$or' ? [] : [[[...path, key].join('.'), value] as const];
    return fieldsOf(value, [...path, key]);
  });
}
