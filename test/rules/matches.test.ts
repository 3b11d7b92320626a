/**
 * The matcher against AWS's published examples, against what AWS's engine was seen to do, and against an independent naive matcher.
 *
 * `MIRRORWATCH_PATTERN_PAIRS` says how many random pairs are compared, `MIRRORWATCH_PATTERN_SEED` which ones; a failure names its seed.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/rules/compile-pattern.ts';
import { matches } from '../../src/rules/match.ts';
import { arbitraryPairs } from './arbitrary-patterns.ts';
import { countingReads } from './counting-reads.ts';
import { named } from './examples.ts';
import { FACT_EXAMPLES } from './fact-examples.ts';
import { HOSTILE_PAIRS, type HostilePair, MANY_ORS } from './hostile-pairs.ts';
import { naiveMatches } from './naive-matcher.ts';
import { PUBLISHED_EXAMPLES } from './published-examples.ts';
import { REFUSED_PATTERNS } from './refused-patterns.ts';

const PAIRS = Number(process.env.MIRRORWATCH_PATTERN_PAIRS ?? 100_000);
const SEED = Number(process.env.MIRRORWATCH_PATTERN_SEED ?? Date.now() % 2 ** 31);
const PATTERNS_PER_EVENT = 8;

/** How long a hostile pair may take on one processor. */
const HOSTILE_CPU_MS = 100;
/** How often each part of a hostile event may be read. An exponential matcher needs thousands of times more. */
const READS_PER_PART = 30;

type Pattern = Parameters<typeof matches>[0];

function compiled(value: unknown): Pattern {
  const result = compilePattern(value);
  if ('problems' in result) throw new Error(`refused ${JSON.stringify(value)}: ${JSON.stringify(result.problems)}`);
  return result.pattern;
}

describe('matches', () => {
  it.each(named(PUBLISHED_EXAMPLES))('published: %s', (_, { pattern, event, matches: expected }) => {
    expect(matches(compiled(pattern), event)).toBe(expected);
  });

  it.each(named(FACT_EXAMPLES))('%s', (_, { pattern, event, matches: expected }) => {
    expect(matches(compiled(pattern), event)).toBe(expected);
  });

  it.each([null, 'a', 1, true, [], [{ x: 'a' }], undefined])('matches no event that is %j', (event) => {
    expect(matches(compiled({ x: [{ exists: false }] }), event)).toBe(false);
  });

  it(`answers as the naive matcher does on ${PAIRS} random pairs`, { timeout: 600_000 }, () => {
    let compared = 0;
    let matched = 0;
    fc.assert(
      fc.property(arbitraryPairs(PATTERNS_PER_EVENT), ({ event, patterns }) => {
        for (const pattern of patterns) {
          const expected = naiveMatches(pattern, event);
          if (matches(compiled(pattern), event) !== expected)
            throw new Error(`${JSON.stringify(pattern)} must${expected ? '' : ' not'} match ${JSON.stringify(event)}`);
          compared++;
          if (expected) matched++;
        }
      }),
      { seed: SEED, numRuns: Math.ceil(PAIRS / PATTERNS_PER_EVENT) },
    );
    expect(compared).toBeGreaterThanOrEqual(PAIRS);
    expect(matched / compared, `seed ${SEED}`).toBeGreaterThan(0.15);
    expect(matched / compared, `seed ${SEED}`).toBeLessThan(0.6);
  });

  it('changes neither the pattern nor the event', () => {
    fc.assert(
      fc.property(arbitraryPairs(2), ({ event, patterns }) => {
        const before = JSON.stringify([event, patterns]);
        const answers = patterns.map((pattern) => matches(compiled(pattern), event));
        expect(JSON.stringify([event, patterns])).toBe(before);
        expect(patterns.map((pattern) => matches(compiled(pattern), event))).toEqual(answers);
      }),
    );
  });

  it('gives one answer whatever the order of the keys', () => {
    fc.assert(
      fc.property(arbitraryPairs(4), ({ event, patterns }) => {
        for (const pattern of patterns) {
          const turned = matches(compiled(reversed(pattern, true)), reversed(event, false));
          expect([pattern, turned]).toEqual([pattern, matches(compiled(pattern), event)]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('matches, on hostile pairs', () => {
  it.each(named(HOSTILE_PAIRS))('answers quickly: %s', (_, { pattern, event, matches: expected }) => {
    const ready = compiled(pattern);
    expect(matches(ready, event)).toBe(expected);
    expect(leastCpuMs(() => matches(ready, event))).toBeLessThan(HOSTILE_CPU_MS);
  });

  it.each(named(HOSTILE_PAIRS))('reads no part of the event often: %s', (_, { pattern, event, matches: expected }) => {
    const { copy, parts, reads } = countingReads(event);
    expect(matches(compiled(pattern), copy)).toBe(expected);
    expect(reads() / parts).toBeLessThan(READS_PER_PART);
  });

  it(`refuses or answers quickly: ${MANY_ORS.name}`, () => {
    expect(leastCpuMs(() => refusedOrRight(MANY_ORS))).toBeLessThan(HOSTILE_CPU_MS);
    expect(refusedOrRight(MANY_ORS)).toBe(true);
  });

  it('refuses or compiles a pattern of 10,000 levels', () => {
    const text = `${'{"a":'.repeat(10_000)}["x"]${'}'.repeat(10_000)}`;
    const event = JSON.parse(text);
    expect(refusedOrRight({ name: 'deep', pattern: JSON.parse(text), event, matches: true })).toBe(true);
  });
});

describe('compilePattern', () => {
  it.each(named(REFUSED_PATTERNS))('refuses %s', (_, { pattern, paths }) => {
    const found = problemPaths(pattern);
    expect(found.length).toBeGreaterThan(0);
    expect(found, `expected ${paths.join(' or ')}`).toSatisfy((all: readonly string[]) =>
      all.some((path) => paths.some((wanted) => isAtOrBelow(path, wanted))),
    );
  });

  it.each(named(REFUSED_PATTERNS))('reports a sentence for %s', (_, { pattern }) => {
    const result = compilePattern(JSON.parse(pattern));
    const problems = 'problems' in result ? result.problems : [];
    for (const { message } of problems) expect(message.trim()).not.toBe('');
  });

  it('reports every problem at once, and only those', () => {
    const pattern =
      '{"eventName":"CreateUser","eventSource":["iam.amazonaws.com"],"detail":{"port":[{"numeric":["==",22]},{"prefix":"2"}],"name":[{"prefx":"a"},{"suffix":1}]},"$or":[{"a":["b"]},{"c":[]}]}';
    const wanted = ['eventName', 'detail.port[0]', 'detail.name[0]', 'detail.name[1].suffix', '$or[1].c'];
    const found = problemPaths(pattern);
    for (const path of wanted)
      expect(found).toSatisfy((all: readonly string[]) => all.some((one) => isAtOrBelow(one, path)));
    for (const path of found)
      expect(wanted).toSatisfy((all: readonly string[]) => all.some((one) => isAtOrBelow(path, one)));
  });

  it.each([
    ['a field asked for twice', '{"a":["x"],"$or":[{"a":["y"]},{"b":["z"]}],"c":"x"}', ['c', '$or[0].a']],
    [
      'a field asked for twice with nothing that can be read',
      '{"a":["x"],"$or":[{"a":[["y"]]},{"b":["z"]}]}',
      ['$or[0].a[0]', '$or[0].a'],
    ],
    ['too many combinations', `{"c":"x",${manyAlternatives()}}`, ['c', '']],
  ])('reports %s together with other problems', (_, pattern, paths) => {
    expect(problemPaths(pattern)).toEqual(expect.arrayContaining(paths));
  });

  it('says once that a pattern has too many conditions, where they begin', () => {
    const fields = Array.from({ length: 5000 }, (_, index) => [`f${index}`, ['x']] as const);
    expect(problemPaths(JSON.stringify(Object.fromEntries(fields)))).toEqual(['f2000']);
  });

  it('says what is written in two ways where both have one path', () => {
    const result = compilePattern(JSON.parse('{"a.b":["x"],"a":{"b":["y"]}}'));
    const message = 'is asked for twice, with and without dots in a name; AWS would keep one of them';
    expect(result).toEqual({ problems: [{ path: 'a.b', message }] });
  });

  it.each([undefined, 1, 'a', Number.NaN, () => 'a', Symbol('a'), 1n])('refuses %o without throwing', (value) => {
    expect(compilePattern(value)).toHaveProperty('problems');
  });

  it('never throws, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, event) => {
        const result = compilePattern(value);
        if ('pattern' in result) expect(matches(result.pattern, event)).toBe(naiveMatches(value, event));
        else expect(result.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Four `$or` of ten alternatives each. */
function manyAlternatives(): string {
  const alternatives = (field: string) =>
    Array.from({ length: 10 }, (_, index) => `{"${field}${index}":[1]}`).join(',');
  return ['p', 'q', 'r', 's'].map((field) => `"${field}":{"$or":[${alternatives(field)}]}`).join(',');
}

function problemPaths(pattern: string): readonly string[] {
  const result = compilePattern(JSON.parse(pattern));
  return 'problems' in result ? result.problems.map(({ path }) => path) : [];
}

function isAtOrBelow(path: string, wanted: string): boolean {
  return path === wanted || (wanted !== '' && (path.startsWith(`${wanted}.`) || path.startsWith(`${wanted}[`)));
}

function refusedOrRight({ pattern, event, matches: expected }: HostilePair): boolean {
  const result = compilePattern(pattern);
  return 'problems' in result ? result.problems.length > 0 : matches(result.pattern, event) === expected;
}

/** Processor time of the fastest of three runs: other work on the machine does not count. */
function leastCpuMs(work: () => unknown): number {
  const runs = [1, 2, 3].map(() => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...runs);
}

/** The same JSON with the keys of every object in the opposite order. Lists of tests and alternatives are reversed too, arrays of events are not. */
function reversed(value: unknown, lists: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value))
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, member]) => [key, reversed(member, lists && !OPERANDS.has(key))]),
    );
  const items = value.map((item) => reversed(item, lists));
  return lists ? items.toReversed() : items;
}

/** Operators whose list has an order. */
const OPERANDS: ReadonlySet<string> = new Set(['numeric']);
