import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { RULES } from '../../../src/audit/rules/registry.ts';
import { RULE_CHECKS } from './rule-checks.ts';

describe('the built-in rules', () => {
  it.each(RULE_CHECKS)('$name', ({ check }) => check());
});

/** A cell of the registry, and the values that the same cell has for other rules. */
interface Cell {
  readonly id: string;
  readonly cell: string;
  readonly value: unknown;
  readonly others: readonly unknown[];
}

const CELLS: readonly Cell[] = Object.entries(RULES).flatMap(([id, rule]) =>
  Object.entries(rule).map(([cell, value]) => {
    const others = Object.values(RULES).map((other): unknown => Reflect.get(other, cell));
    return { id, cell, value, others: distinct(others.filter((other) => !isDeepStrictEqual(other, value))) };
  }),
);

function distinct(values: readonly unknown[]): readonly unknown[] {
  return values.filter((value, index) => values.findIndex((other) => isDeepStrictEqual(other, value)) === index);
}

/** True when a check fails now. A check that throws anything fails. */
function isNoticed(): boolean {
  return RULE_CHECKS.some(({ check }) => {
    try {
      check();
      return false;
    } catch {
      return true;
    }
  });
}

describe('a registry with one damaged cell', () => {
  const intact = Object.entries(RULES).map(([id, rule]) => [id, rule, { ...rule }] as const);
  afterEach(() => {
    for (const [id, rule, cells] of intact) {
      Reflect.set(RULES, id, rule);
      for (const [cell, value] of Object.entries(cells)) Reflect.set(rule, cell, value);
    }
  });

  it.each(Object.keys(RULES))('fails a check without the rule %s', (id) => {
    Reflect.deleteProperty(RULES, id);
    expect(isNoticed()).toBe(true);
  });

  it.each(CELLS)('fails a check without $cell of $id', ({ id, cell }) => {
    Reflect.deleteProperty(Reflect.get(RULES, id), cell);
    expect(isNoticed()).toBe(true);
  });

  it.each(CELLS)('fails a check with another rule’s $cell for $id', ({ id, cell, others }) => {
    expect(others.length).toBeGreaterThan(0);
    const undetected = others.filter((other) => {
      Reflect.set(Reflect.get(RULES, id), cell, other);
      return !isNoticed();
    });
    expect(undetected).toEqual([]);
  });

  it('is intact again afterwards', () => {
    expect(isNoticed()).toBe(false);
  });
});
