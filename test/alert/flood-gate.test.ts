import { describe, expect, it } from 'vitest';
import { isBurst, windowEnd } from '../../src/alert/flood-gate.ts';

describe('isBurst', () => {
  it.each([
    [50, false],
    [51, true],
  ])('%i new findings: %s', (count, expected) => {
    expect(isBurst(count)).toBe(expected);
  });
});

describe('windowEnd', () => {
  it.each([
    ['2026-11-20T12:00:00Z', '2026-11-20T12:15:00.000Z'],
    ['2026-11-20T12:14:59.999Z', '2026-11-20T12:15:00.000Z'],
    ['2026-11-20T12:15:00Z', '2026-11-20T12:30:00.000Z'],
  ])('%s is in the window that ends at %s', (time, expected) => {
    expect(windowEnd(new Date(time)).toISOString()).toBe(expected);
  });
});
