import { describe, expect, it } from 'vitest';
import { grouped, plural } from '../../src/collections.ts';
import { bytesWords, durationWords, percent } from '../../src/report/words.ts';

describe('figures in words', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [61, '1 min 1 s'],
    [3600, '1 h'],
    [3601, '1 h'],
    [90_061, '1 d 1 h'],
    [7_776_000, '90 d'],
  ])('%i seconds are %s', (seconds, words) => {
    expect(durationWords(seconds)).toBe(words);
  });

  it.each([
    [null, '–'],
    [0, '0 %'],
    [1, '100 %'],
    [0.9999, '99.9 %'],
    [0.57, '57 %'],
    [486 / 500, '97.2 %'],
  ])('a share of %s is %s', (ratio, words) => {
    expect(percent(ratio)).toBe(words);
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [12_884_901_888, '12,884,901,888'],
  ])('%i is grouped as %s', (count, words) => {
    expect(grouped(count)).toBe(words);
  });

  it.each([
    [1, '1 byte'],
    [999, '999 bytes'],
    [1500, '1.5 kB'],
    [12_884_901_888, '13 GB'],
  ])('%i bytes are %s', (bytes, words) => {
    expect(bytesWords(bytes)).toBe(words);
  });

  it('says 1 launch and 2 launches', () => {
    expect([plural(1, 'launch', 'launches'), plural(2, 'launch', 'launches')]).toEqual(['1 launch', '2 launches']);
  });
});
