/** The judge is judged: by AWS's published examples, by what AWS's engine was seen to do, and by a second way to see arrays. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryPairs } from './arbitrary-patterns.ts';
import { FACT_EXAMPLES } from './fact-examples.ts';
import { naiveMatches } from './naive-matcher.ts';
import { PUBLISHED_EXAMPLES } from './published-examples.ts';

describe('naiveMatches', () => {
  it.each(PUBLISHED_EXAMPLES)('published: $name', ({ pattern, event, matches }) => {
    expect(naiveMatches(pattern, event)).toBe(matches);
  });

  it.each(FACT_EXAMPLES)('$name', ({ pattern, event, matches }) => {
    expect(naiveMatches(pattern, event)).toBe(matches);
  });

  it.each([null, 'a', 1, true, [], [{ x: 'a' }], undefined])('matches no event that is %j', (event) => {
    expect(naiveMatches({ x: [{ exists: false }] }, event)).toBe(false);
  });

  it.each(['[{"prefix":"a","suffix":"b"}]', '[{"prefx":"a"}]', '[{"prefix":1}]', '[{"cidr":"10.0.0.0"}]'])(
    'throws at a test it does not know: %s',
    (tests) => {
      expect(() => naiveMatches({ x: JSON.parse(tests) }, { x: 'a' })).toThrow(/^not a/);
    },
  );
});
