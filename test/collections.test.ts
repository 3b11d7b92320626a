import { describe, expect, it } from 'vitest';
import { compareText, groupBy, grouped, ordinal, plural, truncate, uniqueBy } from '../src/collections.ts';

describe('groupBy', () => {
  it('keeps keys in order of first appearance and items in their own order', () => {
    const groups = groupBy(['apple', 'bean', 'avocado', 'beet'], (word) => word[0]);
    expect([...groups]).toEqual([
      ['a', ['apple', 'avocado']],
      ['b', ['bean', 'beet']],
    ]);
  });

  it('is empty for an empty list', () => {
    expect(groupBy([], String).size).toBe(0);
  });
});

describe('uniqueBy', () => {
  it('keeps the first item of each key', () => {
    expect(uniqueBy(['apple', 'bean', 'avocado'], (word) => word[0])).toEqual(['apple', 'bean']);
  });
});

describe('compareText', () => {
  it.each([
    ['a', 'b', -1],
    ['b', 'a', 1],
    ['a', 'a', 0],
    ['Z', 'a', -1],
    ['i-10', 'i-9', -1],
  ])('%s against %s: %i', (a, b, expected) => {
    expect(compareText(a, b)).toBe(expected);
  });
});

describe('grouped', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1_204_000, '1,204,000'],
  ])('%i is %s', (count, expected) => {
    expect(grouped(count)).toBe(expected);
  });
});

describe('plural', () => {
  it.each([
    [plural(1, 'file'), '1 file'],
    [plural(0, 'file'), '0 files'],
    [plural(1204, 'file'), '1,204 files'],
    [plural(2, 'delivery', 'deliveries'), '2 deliveries'],
  ])('%s', (phrase, expected) => {
    expect(phrase).toBe(expected);
  });
});

describe('ordinal', () => {
  it.each([
    [1, '1st'],
    [2, '2nd'],
    [3, '3rd'],
    [4, '4th'],
    [10, '10th'],
    [11, '11th'],
    [12, '12th'],
    [13, '13th'],
    [20, '20th'],
    [21, '21st'],
    [22, '22nd'],
    [23, '23rd'],
    [101, '101st'],
    [111, '111th'],
    [112, '112th'],
    [121, '121st'],
  ])('of %i is %s', (number, expected) => {
    expect(ordinal(number)).toBe(expected);
  });
});

describe('truncate', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['🚨🚨🚨', 3, '🚨🚨🚨'],
    ['🚨🚨🚨🚨', 3, '🚨🚨…'],
    ['', 3, ''],
  ])('cuts %j at %i code points to %j', (text, limit, cut) => {
    expect(truncate(text, limit)).toBe(cut);
  });
});
