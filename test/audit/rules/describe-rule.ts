/** The tests of one rule: each check on the rule as it is, then on the rule with one damaged cell, which a check must notice. */

import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { BuiltInRuleId } from '../../../src/audit/rule-book.ts';
import { RULES } from '../../../src/audit/rules/registry.ts';
import { hasEveryCell, type RuleExpectation, ruleChecks } from './rule-checks.ts';

/** Registers the tests of a rule. This is all that a rule's test file calls. */
export function describeRule(id: BuiltInRuleId, expected: RuleExpectation): void {
  const checks = ruleChecks(id, expected);
  /** True when a check of what a cell means fails now. */
  const isNoticed = (): boolean =>
    checks.some(({ check }) => {
      try {
        check();
        return false;
      } catch {
        return true;
      }
    });

  describe(`the rule ${id}`, () => {
    it('has every cell', () => hasEveryCell(id));
    it.each(checks)('$name', ({ check }) => check());
  });

  describe(`the rule ${id}, damaged, fails a check`, () => {
    const rule = RULES[id];
    const intact = { ...rule };
    afterEach(() => {
      Reflect.set(RULES, id, rule);
      for (const [cell, value] of Object.entries(intact)) Reflect.set(rule, cell, value);
    });

    it('when it is not in the registry', () => {
      Reflect.deleteProperty(RULES, id);
      expect(isNoticed()).toBe(true);
    });

    // Without a cell that says no or none, the rule means the same. The next test still swaps it.
    const telling = cellsOf(id).filter(({ cell, value }) => !meansNone(cell, value));
    it.each(telling)('without its $cell (a cell that says no or none is only swapped)', ({ cell }) => {
      Reflect.deleteProperty(rule, cell);
      expect(isNoticed()).toBe(true);
    });

    it.each(cellsOf(id))('with another rule’s $cell, whichever it is', ({ cell, others }) => {
      expect(others.length).toBeGreaterThan(0);
      const unnoticed = others.filter((other) => {
        Reflect.set(rule, cell, other);
        return !isNoticed();
      });
      expect(unnoticed).toEqual([]);
    });

    it('but not once it is intact again', () => {
      expect(isNoticed()).toBe(false);
    });
  });
}

/** A cell of a rule, and the values that the same cell has for other rules. */
interface Cell {
  readonly cell: string;
  readonly value: unknown;
  readonly others: readonly unknown[];
}

function cellsOf(id: BuiltInRuleId): readonly Cell[] {
  return Object.entries(RULES[id]).map(([cell, value]) => {
    const all = Object.values(RULES).map((other): unknown => Reflect.get(other, cell));
    const others = all.filter(
      (other, index) =>
        !isDeepStrictEqual(other, value) && all.findIndex((each) => isDeepStrictEqual(each, other)) === index,
    );
    return { cell, value, others };
  });
}

function meansNone(cell: string, value: unknown): boolean {
  return value === false || (cell === 'countedIn' && value === null);
}
