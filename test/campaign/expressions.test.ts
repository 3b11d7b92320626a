import { describe, expect, it } from 'vitest';
import { type Attributes, conditionHolds, ExpressionError } from '../../campaign/aws/expressions.ts';
import { updated } from '../../campaign/aws/updates.ts';

const ITEM: Attributes = {
  pk: { S: 'claim#a' },
  owner: { S: 'run-1' },
  settled: { BOOL: false },
  leaseUntil: { N: '100' },
  map: { M: { inner: { N: '7' } } },
  names: { SS: ['a', 'b'] },
};
const VALUES: Attributes = {
  ':a': { S: 'claim#a' },
  ':b': { S: 'claim#b' },
  ':no': { BOOL: false },
  ':9': { N: '9' },
  ':100': { N: '100' },
  ':200': { N: '200' },
};
const NAMES = { '#owner': 'owner' };

const holds = (text: string, item: Attributes | undefined = ITEM): boolean =>
  conditionHolds({ text, names: NAMES, values: VALUES }, item);

describe('conditionHolds', () => {
  it.each([
    ['attribute_not_exists(pk)', false],
    ['attribute_exists(#owner)', true],
    ['attribute_not_exists(pk) OR settled = :no AND leaseUntil <= :100', true],
    ['attribute_not_exists(pk) OR settled = :no AND leaseUntil < :100', false],
    // Numbers compare as numbers, not as text.
    ['leaseUntil > :9', true],
    ['leaseUntil BETWEEN :9 AND :200', true],
    ['pk BETWEEN :a AND :b AND NOT (pk = :b)', true],
    ['pk IN (:b, :a)', true],
    ['begins_with(pk, :a) AND map.inner < :9', true],
    ['size(names) < :9', true],
    // Values of different types are never equal, and an absent one equals nothing.
    ['pk = :9', false],
    ['missing = :9', false],
    ['missing <> :9', true],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it('holds without a condition, and of an absent item only what asks for its absence', () => {
    expect(conditionHolds({ text: undefined, names: {}, values: {} }, undefined)).toBe(true);
    expect(conditionHolds({ text: 'attribute_not_exists(pk)', names: {}, values: {} }, undefined)).toBe(true);
    expect(conditionHolds({ text: 'pk = :a', names: {}, values: VALUES }, undefined)).toBe(false);
  });

  it.each(['pk = ', 'pk = :unknown', 'pk ~ :a', 'pk = :a AND', '(pk = :a'])('refuses %s', (text) => {
    expect(() => holds(text)).toThrow(ExpressionError);
  });
});

describe('updated', () => {
  it('sets, counts, removes and adds to sets', () => {
    const text = 'SET #owner = :b, hits = if_not_exists(hits, :9) + :100 REMOVE settled ADD leaseUntil :9, names :more';
    const values = { ...VALUES, ':more': { SS: ['c'] } };
    const { settled: _, ...kept } = ITEM;
    expect(updated(ITEM, { text, names: NAMES, values })).toEqual({
      ...kept,
      owner: { S: 'claim#b' },
      hits: { N: '109' },
      leaseUntil: { N: '109' },
      names: { SS: ['a', 'b', 'c'] },
    });
  });
});
