/** The port of freshness: when each account and region spoke, kept from one delivery to the next. */

import type { Scope } from '../../inventory/inventory.ts';
import type { Heard } from './heard.ts';
import type { Spoken } from './spoken.ts';

/** An account and region with when it spoke. */
export interface ScopeSpoken extends Scope {
  readonly spoken: Spoken;
}

/** An account and region whose silence was a finding and which spoke again, with what was known before. */
export interface Resumed extends ScopeSpoken {
  /** The newest record now. */
  readonly record: Date;
}

/** What there is to do after something was heard. */
export interface Hearing {
  /** Those whose silence was a finding. */
  readonly resumed: readonly Resumed[];
  /** True if silence was not judged for `JUDGE_EVERY_MS`: then `takeJudging` is worth its call. */
  readonly isDue: boolean;
}

/** How often silence is judged at most, however many deliveries and sweeps there are. */
export const JUDGE_EVERY_MS: number = 30 * 60_000;

/**
 * When accounts and regions spoke. Of each is kept what `Spoken` has, however much it says; hearing the same again changes nothing, and the
 * order does not matter but for the length of silences, which are what they seemed to be.
 */
export interface FreshnessLog {
  /**
   * Notes what was heard. One read for a hundred accounts and regions, and for each at most one
   * conditional write in ten minutes or for an hour that is new.
   */
  hear(heard: readonly Heard[], now: Date): Promise<Hearing>;
  /** Every account and region that was ever heard, in no order. One page of a query holds 1,700. */
  freshness(): Promise<readonly ScopeSpoken[]>;
  /** True for one caller in `JUDGE_EVERY_MS`, who then has to judge the silence of all. One read, and one write if so. */
  takeJudging(now: Date): Promise<boolean>;
  /** Notes that their silence is a finding since `now`, for those that have not spoken after `spoken`. */
  nameSilent(scopes: readonly ScopeSpoken[], now: Date): Promise<void>;
}

/** True if the last judging at `last` (milliseconds since 1970) is long enough ago. A clock that was ahead holds nothing up for longer. */
export function isJudgingDue(last: number | undefined, now: Date): boolean {
  return last === undefined || Math.abs(now.getTime() - last) >= JUDGE_EVERY_MS;
}

/** What is known with the silence as a finding; the same if it spoke since `seen` or is named already. */
export function withName(spoken: Spoken, seen: Spoken, now: Date): Spoken {
  return spoken.record > seen.record || spoken.named !== undefined ? spoken : { ...spoken, named: now.getTime() };
}
