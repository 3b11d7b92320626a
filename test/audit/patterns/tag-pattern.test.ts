import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tagPattern } from '../../../src/audit/patterns/tag-pattern.ts';

/** Pieces of JavaScript patterns, and characters that tell engines apart. */
const ATOMS =
  'a|b|.|\\d|\\D|\\w|\\W|\\s|\\S|[ab]|[^a]|[\\s_]|[\\S]|[^\\S]|[^\\s\\d]|[]|[^]|[[]|[\\]^]|[a-c-]|[\\-.]|[&~]|\\u00e9|\\u{1f600}|\\ud83d\\ude00|\\x41|\\cA|\\0|\\/|\\.|\\$|^|$|\\b|\\B|\\p{L}|\\p{Lu}|\\P{L}|\\p{Script=Greek}|[\\p{N}x]|(a)|(?<n>b)|(?:ab)|[(?<x>]|[{2}]|\\t|\\v|-|@| |é|😀|[\\b]|[\\u{1f600}-\\u{1f60f}]'.split(
    '|',
  );
const CHARACTERS = [...'abcA1_ \n\r\t\v\u00a0\u2028\ufeffé😀Ω[]^-.&~/$\0\u0001\b@{2}', '\ud800'];

/** True for a match that begins between the halves of a character: V8 finds `\B` there, though with the flag `u` no match may begin there. */
function isSplit(text: string, index = 0): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(index - 1, index + 1)) && index > 0;
}

describe('tagPattern', () => {
  it('matches what JavaScript matches', () => {
    let compared = 0;
    const piece = fc
      .tuple(
        fc.constantFrom(...ATOMS),
        fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{0,2}?', '{02}', '{00}', '{01,}', '|'),
      )
      .map((parts) => parts.join(''));
    const value = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 5 }),
        fc.array(value, { minLength: 5 }),
        (parts, values) => {
          const pattern = parts.join('');
          const model = modelOf(pattern);
          if (model === undefined) return;
          const compiled = tagPattern(pattern);
          expect(compiled).not.toHaveProperty('problem');
          if (compiled.problem !== undefined) return;
          for (const text of values.filter((each) => !isSplit(each, model.exec(each)?.index)))
            expect([pattern, text, compiled.matches(text)]).toEqual([pattern, text, model.test(text)]);
          compared += values.length;
        },
      ),
      { numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  it.each(['^(\\w+\\s?)*$', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$', '(x+x+)+y', '(.{0,200}.{0,200}){0,5}z'])(
    'matches %s in linear time',
    (pattern) => {
      const compiled = tagPattern(pattern);
      if (compiled.problem !== undefined) throw new Error(compiled.problem);
      expect(compiled.matches(`${'x'.repeat(254)}!`)).toBe(false);
    },
  );

  it.each([
    ['(?=a)b', /looks ahead or behind; list the allowed values/],
    ['(?<!a)b', /looks ahead or behind/],
    ['(a)\\1', /refers back to a group/],
    ['(?<n>a)\\k<n>', /refers back to a group/],
    ['a{2000}', /repeats something more than 1000 times/],
    ['((a{100}){100}){100}', /not supported/],
    ['(a?b?c?d?e?f?g?h?i?j?k?l?m?){900}', /repeats too much|not supported/],
    ['(', /is not a regular expression: unterminated group/],
    ['x'.repeat(2000), /2000 characters long; at most 1000 are allowed/],
  ])('refuses %s and says why', (pattern, problem) => {
    expect(tagPattern(pattern)).toEqual({ problem: expect.stringMatching(problem) });
  });
});

function modelOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}
