import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, firstMatchTable } from '../../src/net/first-match.ts';

const END = 2 ** 32 - 1;

describe('firstMatchTable', () => {
  it('decides as a walk through the rules in order would', () => {
    const edge = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: END - 12, max: END }));
    const rule = fc.tuple(edge, edge).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), edge, (ranges, address) => {
        const rules = ranges.map((range, index) => ({ range, decision: index }));
        const walked = rules.find(({ range }) => range.first <= address && address <= range.last)?.decision ?? 'none';
        expect(decide(firstMatchTable<number | 'none'>(rules, 'none'), address)).toBe(walked);
      }),
      { numRuns: 500 },
    );
  });

  it('falls back everywhere when there are no rules', () => {
    const table = firstMatchTable<string>([], 'otherwise');
    expect([0, 1, END].map((address) => decide(table, address))).toEqual(['otherwise', 'otherwise', 'otherwise']);
  });
});
