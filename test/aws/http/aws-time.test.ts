import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awsTime } from '../../../src/aws/http/aws-time.ts';

const T = Date.parse('2026-11-22T12:00:00.000Z');
const header = (ms: number): string => new Date(ms).toUTCString();

/** What a moment of this machine becomes after one answer, of which AWS's clock was `aheadMs` ahead. */
function offsetAt(aheadMs: number, latencyMs = 40): number {
  const time = awsTime();
  time.answered(header(T + aheadMs + latencyMs / 2), T, T + latencyMs);
  return time.of(new Date(T)).getTime() - T;
}

describe("AWS's clock", () => {
  it("is this machine's before any answer, and as long as answers have no date", () => {
    const time = awsTime();
    time.answered(undefined, T, T);
    time.answered('yesterday', T, T);
    expect(time.of(new Date(T))).toEqual(new Date(T));
  });

  it.each([
    ['a second apart', 1000],
    ['a second apart the other way', -1000],
    ['days apart, where AWS refuses our signatures', 3 * 86_400_000],
    ['six minutes apart', -360_000],
  ])("is this machine's where they are %s", (_, aheadMs) => {
    expect(offsetAt(aheadMs)).toBe(0);
  });

  it.each([
    ['ahead', 20_000],
    ['behind', -20_000],
    ['four minutes ahead', 240_000],
  ])('is followed to a second and the time of a call where it is %s', (_, aheadMs) => {
    expect(Math.abs(offsetAt(aheadMs) - aheadMs)).toBeLessThanOrEqual(1040);
  });

  it('is never overshot, and narrowed down by every answer', () => {
    const call = fc.record({ atMs: fc.integer({ min: 0, max: 60_000 }), latencyMs: fc.integer({ min: 1, max: 900 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: -290_000, max: 290_000 }),
        fc.array(call, { minLength: 1, maxLength: 12 }),
        (aheadMs, calls) => {
          const time = awsTime();
          let error = Number.POSITIVE_INFINITY;
          for (const { atMs, latencyMs } of calls) {
            time.answered(header(T + atMs + aheadMs + latencyMs / 2), T + atMs, T + atMs + latencyMs);
            const offset = time.of(new Date(T)).getTime() - T;
            expect(Math.sign(offset) * Math.sign(aheadMs)).toBeGreaterThanOrEqual(0);
            expect(Math.abs(offset)).toBeLessThanOrEqual(Math.abs(aheadMs));
            if (offset === 0) continue;
            expect(Math.abs(aheadMs - offset)).toBeLessThanOrEqual(error);
            error = Math.abs(aheadMs - offset);
          }
        },
      ),
    );
  });

  it('is found anew when the clock of this machine was set', () => {
    const time = awsTime();
    time.answered(header(T + 60_000), T, T + 40);
    time.answered(header(T + 100_000), T + 100_000, T + 100_040);
    expect(time.of(new Date(T))).toEqual(new Date(T));
  });
});
