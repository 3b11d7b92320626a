/**
 * What is said of a record's bytes against what the matcher says of the parsed record.
 *
 * `MIRRORWATCH_PATTERN_PAIRS` says how many random pairs are compared, `MIRRORWATCH_PATTERN_SEED` which ones; a failure names its seed.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askedFields } from '../../../src/rules/candidates.ts';
import { compilePattern } from '../../../src/rules/compile-pattern.ts';
import { eventOfRecord } from '../../../src/rules/event-of-record.ts';
import { recordFilter } from '../../../src/rules/filter/record-filter.ts';
import { matches } from '../../../src/rules/match.ts';
import { arbitraryPairs } from '../arbitrary-patterns.ts';
import { drawsOf, hostileText } from './hostile-records.ts';

const PAIRS = Number(process.env.MIRRORWATCH_PATTERN_PAIRS ?? 100_000);
const SEED = Number(process.env.MIRRORWATCH_PATTERN_SEED ?? Date.now() % 2 ** 31);
const PATTERNS_PER_EVENT = 8;

function patternOf(value: unknown) {
  const compiled = compilePattern(value);
  if ('problems' in compiled) throw new Error(`refused ${JSON.stringify(value)}: ${JSON.stringify(compiled.problems)}`);
  return compiled.pattern;
}

type Pattern = ReturnType<typeof patternOf>;

/** Whether a record may match, by its bytes; undefined for a pattern that has nothing to ask of them. */
function mayMatch(pattern: Pattern, below: 'detail' | '', record: string): boolean | undefined {
  const asked = askedFields(pattern, below);
  return asked === undefined ? undefined : recordFilter(asked)(Buffer.from(record));
}

/** What is true of the parsed record; a text that is not JSON matches nothing. */
function doesMatch(pattern: Pattern, below: 'detail' | '', record: string): boolean {
  try {
    const parsed = JSON.parse(Buffer.from(record).toString()) as Readonly<Record<string, unknown>>;
    return matches(pattern, below === '' ? parsed : eventOfRecord(parsed));
  } catch (fault) {
    if (fault instanceof SyntaxError) return false;
    throw fault;
  }
}

describe('recordFilter', () => {
  it(`refuses no record that matches, of ${PAIRS} random pairs`, { timeout: 600_000 }, () => {
    const seen = { asked: 0, matching: 0, missing: 0, refused: 0 };
    const pairs = fc.tuple(arbitraryPairs(PATTERNS_PER_EVENT), fc.nat(2 ** 30), fc.boolean());
    fc.assert(
      fc.property(pairs, ([{ event, patterns }, spelling, isForEvent]) => {
        const text = hostileText(event, drawsOf(spelling));
        const below = isForEvent ? 'detail' : '';
        for (const one of patterns) {
          const pattern = patternOf(isForEvent ? { detail: one } : one);
          const answer = mayMatch(pattern, below, text);
          if (answer === undefined) continue;
          const expected = doesMatch(pattern, below, text);
          if (expected && !answer) throw new Error(`${JSON.stringify(one)} matches ${text}`);
          seen.asked += 1;
          if (expected) seen.matching += 1;
          else seen.missing += 1;
          if (!answer) seen.refused += 1;
        }
      }),
      { seed: SEED, numRuns: Math.ceil((1.6 * PAIRS) / PATTERNS_PER_EVENT) },
    );
    expect(seen.asked, `seed ${SEED}`).toBeGreaterThanOrEqual(PAIRS);
    expect(seen.matching / seen.asked, `seed ${SEED}`).toBeGreaterThan(0.15);
    // Lists and escapes are left to the parse, and these events have many.
    expect(seen.refused / seen.missing, `seed ${SEED}`).toBeGreaterThan(0.25);
  });

  const REFUSED: readonly (readonly [string, object, string])[] = [
    ['another value', { readOnly: [false] }, '{"readOnly":true}'],
    ['another value behind spaces', { readOnly: [false] }, '{ "readOnly" :\n true }'],
    ['no value', { errorCode: [{ prefix: 'Access' }] }, '{"eventName":"A"}'],
    ['null', { errorCode: [{ prefix: 'Access' }] }, '{"errorCode":null}'],
    ['a value of another type', { errorCode: ['22'] }, '{"errorCode":22}'],
    ['an object', { errorCode: ['x'] }, '{"errorCode":{}}'],
    ['an address elsewhere', { sourceIPAddress: [{ cidr: '10.0.0.0/8' }] }, '{"sourceIPAddress":"AWS Internal"}'],
    ['another text with escapes', { userAgent: ['a"b'] }, '{"userAgent":"a\\"c"}'],
    ['the name as a value', { a: [true] }, '{"b":"a","c":true}'],
    ['the name in a text', { readOnly: [false] }, '{"userAgent":"\\"readOnly\\":false","readOnly":true}'],
    ['the end of a name', { Only: [false] }, '{"readOnly":false}'],
    ['every value of a repeated name', { a: [1] }, '{"a":2,"a":3}'],
    [
      'a field further down',
      { userIdentity: { type: [{ 'anything-but': 'Role' }] } },
      '{"userIdentity":{"type":"Role"}}',
    ],
    [
      'the same name in another object',
      { userIdentity: { type: [{ 'anything-but': ['AssumedRole'] }] } },
      '{"userIdentity":{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"type":"Role"}}},"resources":[{"type":"x"}]}',
    ],
    ['all alternatives', { $or: [{ a: [1] }, { b: [1] }] }, '{"a":2,"b":2}'],
    ['one of several fields', { a: [1], b: [{ exists: false }], c: [3] }, '{"a":1,"c":4}'],
    ["EventBridge's region", { region: ['us-east-1'], detail: { a: [1] } }, '{"awsRegion":"eu-west-1","a":1}'],
  ];
  it.each(REFUSED)('refuses %s', (_, pattern, record) => {
    const below = 'detail' in pattern ? 'detail' : '';
    expect(doesMatch(patternOf(pattern), below, record)).toBe(false);
    expect(mayMatch(patternOf(pattern), below, record)).toBe(false);
  });

  const PASSED: readonly (readonly [string, object, string])[] = [
    ['a value', { readOnly: [false] }, '{"readOnly":false}'],
    ['an escaped name', { readOnly: [false] }, '{"read\\u004fnly":false}'],
    ['an escaped value', { errorCode: ['Denied'] }, '{"errorCode":"D\\u0065nied"}'],
    ['a number in another spelling', { a: [{ numeric: ['=', 100] }] }, '{"a":1e2}'],
    ['the last of a repeated name', { a: [1] }, '{"a":2,"a":1}'],
    ['a list', { a: [1] }, '{"a":[[2],1]}'],
    ['objects in a list', { a: { b: [1] } }, '{"a":[{"b":2},{"b":1}]}'],
    ['names with dots', { userIdentity: { type: ['Root'] } }, '{"userIdentity.type":"Root"}'],
    ['names with dots in the middle', { a: { b: { c: [1] } } }, '{"a.b":{"c":1}}'],
    ['names with dots at the end', { a: { b: { c: [1] } } }, '{"a":{"b.c":1}}'],
    ['one of the alternatives', { $or: [{ a: [1] }, { b: [1] }] }, '{"a":2,"b":1}'],
    ['a null that is asked for', { a: [null] }, '{"a":null}'],
    ['an empty text', { a: [''] }, '{"a":""}'],
    ['text beyond ASCII', { a: ['é😀'] }, '{"a":"é😀"}'],
    ['a prototype as a name', { __proto__x: [1], ['__proto__']: [1] }, '{"__proto__x":1,"__proto__":1}'],
    ["EventBridge's region", { region: ['eu-west-1'], detail: { a: [1] } }, '{"awsRegion":"eu-west-1","a":1}'],
  ];
  it.each(PASSED)('passes %s', (_, pattern, record) => {
    const below = 'detail' in pattern ? 'detail' : '';
    expect(doesMatch(patternOf(pattern), below, record)).toBe(true);
    expect(mayMatch(patternOf(pattern), below, record)).toBe(true);
  });

  it.each([
    ['an addendum, which need not repeat the request', '{"a":2,"addendum":{"reason":"UPDATED_DATA"}}'],
    ['text that ends in a value', '{"a":'],
    ['text that ends in a string', '{"a":"x'],
    ['a value that is none', '{"a":falsch}'],
    ['an escaped letter anywhere', '{"a":2,"b":"\\u0061"}'],
  ])('is unsure of %s', (_, record) => {
    expect(mayMatch(patternOf({ a: [1] }), '', record)).toBe(true);
  });

  it('refuses no record whose account is not known, since a rule is then asked as if it were met', () => {
    const pattern = patternOf({ recipientAccountId: ['111122223333'], readOnly: [false] });
    expect(mayMatch(pattern, '', '{"readOnly":false}')).toBe(true);
    expect(mayMatch(pattern, '', '{"readOnly":false,"recipientAccountId":""}')).toBe(true);
    expect(mayMatch(pattern, '', '{"readOnly":false,"recipientAccountId":"444455556666"}')).toBe(false);
  });

  it('asks nothing of the bytes where an alternative has only what may be missing, or names that can be escaped otherwise', () => {
    expect(askedFields(patternOf({ errorCode: [{ exists: false }] }))).toBeUndefined();
    expect(askedFields(patternOf({ $or: [{ a: [1] }, { b: [{ exists: false }] }] }))).toBeUndefined();
    expect(askedFields(patternOf({ 'a/b': [1] }))).toBeUndefined();
    expect(askedFields(patternOf({ a: { '': [1] } }))).toBeUndefined();
    expect(askedFields(patternOf({ ['a'.repeat(300)]: [1] }))).toBeUndefined();
    expect(askedFields(patternOf({ eventTime: [{ prefix: '2026' }] }))).toBeUndefined();
    expect(askedFields(patternOf({ 'detail-type': ['x'] }), 'detail')).toBeUndefined();
  });

  it.each([
    ['values', { a: [1] }, `{${Array.from({ length: 60_000 }, () => '"a":2').join(',')}}`],
    ['values elsewhere', { b: { a: [2] } }, `{${Array.from({ length: 60_000 }, () => '"a":2').join(',')}}`],
    ['names', { aaaaaaaa: [1] }, `{"x":"${'a'.repeat(500_000)}"}`],
    ['open brackets', { b: { a: [2] } }, `${'{"a":2,"c":'.repeat(40_000)}1${'}'.repeat(40_000)}`],
    ['spaces', { a: [1] }, `{"a"${' '.repeat(250_000)}:${' '.repeat(250_000)}2}`],
    ['an open text', { a: [1] }, `{"a":"${'\\"'.repeat(250_000)}`],
  ])('takes time in proportion to a record of half a megabyte full of %s', (_, pattern, record) => {
    const bytes = Buffer.from(record);
    const asked = askedFields(patternOf(pattern)) ?? [];
    const filter = recordFilter(asked);
    const begin = process.cpuUsage();
    filter(bytes);
    const { user, system } = process.cpuUsage(begin);
    expect((user + system) / 1000).toBeLessThan(300);
  });
});
