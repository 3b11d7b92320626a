/** Rate limits for mutating calls: we keep a copy of EC2's token buckets and rarely get throttled. */

/** A token bucket. @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html */
export interface Pace {
  /** Resolves when the next call of `key` may start. Waiting calls start in order. */
  take(key: string): Promise<void>;
}

/** One bucket's size and rate, and the clock. */
export interface PaceOptions {
  /** Calls that may start at once. */
  readonly burst: number;
  /** Calls a second after that. */
  readonly perSecond: number;
  /** In milliseconds, from any origin. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * EC2 allows a burst of 50 mutating calls and then 5 a second, per account, region and action. We stay below that to leave room
 * for the account's own automation.
 */
export const MUTATING_PACE: { readonly burst: number; readonly perSecond: number } = { burst: 45, perSecond: 4.5 };

/** EC2 allows an account a burst of 5 launches and then 2 a second. */
export const LAUNCHING_PACE: { readonly burst: number; readonly perSecond: number } = { burst: 4, perSecond: 1.5 };

/**
 * A token bucket per key (account, region and action). A bucket is one number, the time at which it will be full again, so
 * waiting calls need no queue.
 */
export function tokenBucket({ burst, perSecond, now, sleep }: PaceOptions): Pace {
  const interval = 1000 / perSecond;
  const fullAt = new Map<string, number>();
  return {
    async take(key) {
      const at = now();
      const full = Math.max(fullAt.get(key) ?? at, at) + interval;
      fullAt.set(key, full);
      const wait = Math.round(full - at - burst * interval);
      if (wait > 0) await sleep(wait);
    },
  };
}
