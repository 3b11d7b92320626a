import { describe, expect, it } from 'vitest';
import { CALL_LIMITS, MOST_SILENT_ATTEMPTS } from '../../src/aws/http/limits.ts';
import { beginInvocation, byAwsTime } from '../../src/lambda/invocation.ts';
import { at } from '../support/sightings.ts';

/** When nothing is begun any more, and when Lambda ends a function with so much time, in milliseconds from its beginning. */
const timesOf = (remainingMs: number): { readonly deadline: number; readonly end: number } => {
  const { deadline } = beginInvocation({ getRemainingTimeInMillis: () => remainingMs }, at(0));
  return { deadline: deadline.getTime() - at(0).getTime(), end: remainingMs };
};

describe('beginInvocation', () => {
  const { deadline, end } = timesOf(300_000);

  it('leaves time to record and mail after a change that began at the last moment and was throttled as long as a call may be', () => {
    expect(end - (deadline + CALL_LIMITS.operationMs)).toBeGreaterThanOrEqual(10_000);
  });

  it('leaves time for a silent call at the last moment, whether it makes a change or records it', () => {
    const silent = MOST_SILENT_ATTEMPTS * CALL_LIMITS.answerMs;
    expect(end - (deadline + silent)).toBeGreaterThanOrEqual(10_000);
  });

  it('leaves most of the time for changes, and in a short function half of it', () => {
    expect(deadline).toBeGreaterThanOrEqual(0.7 * end);
    expect(timesOf(60_000).deadline).toBe(30_000);
    expect(timesOf(0).deadline).toBe(0);
  });
});

describe('byAwsTime', () => {
  it("moves an invocation and its deadline to AWS's clock, so that it has as much time as before", () => {
    const begun = beginInvocation({ getRemainingTimeInMillis: () => 300_000 }, at(0));
    const moved = byAwsTime(begun, { time: (date) => new Date(date.getTime() + 20_000) });
    expect(moved.now.getTime() - begun.now.getTime()).toBe(20_000);
    expect(moved.deadline.getTime() - begun.deadline.getTime()).toBe(20_000);
    expect(moved.clock).toBe(begun.clock);
  });
});
