/** The time that an invocation has: its beginning, its clock, and its one deadline. */

import type { Context } from 'aws-lambda';
import { CALL_LIMITS } from '../aws/http/limits.ts';
import type { AwsPorts } from '../aws/ports.ts';
import { startClock } from '../local/run-clock.ts';
import type { RunClock } from '../remediation/apply-plan.ts';

/** An invocation that has begun. */
export interface Invocation {
  /** When it began. */
  readonly now: Date;
  /** Counts from `now`. */
  readonly clock: RunClock;
  /** No change and no sweep is begun after it, to leave time to record and mail before Lambda ends the function. */
  readonly deadline: Date;
}

/**
 * The part of a function's time in which no change begins: for the change that began just before and takes as long as a call may, and then for
 * recording, mailing and answering. One silent or throttled call must not cost the run, which then would neither record nor mail.
 */
const RESERVE_MS = CALL_LIMITS.operationMs + 15_000;

/** Begins an invocation. Call it in the handler's first line: what comes before it is missing from the time that is left. */
export function beginInvocation(context: Pick<Context, 'getRemainingTimeInMillis'>, now: Date): Invocation {
  const remaining = context.getRemainingTimeInMillis();
  const deadline = new Date(now.getTime() + remaining - Math.min(RESERVE_MS, remaining / 2));
  return { now, clock: startClock(), deadline };
}

/** The invocation by AWS's clock, once an answer has shown it: what several machines record is dated alike. */
export function byAwsTime<I extends Invocation>(begun: I, { time }: Pick<AwsPorts, 'time'>): I {
  return { ...begun, now: time(begun.now), deadline: time(begun.deadline) };
}
