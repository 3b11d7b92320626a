/** The pace of calls that change something: EC2's token bucket as the caller's own, so that it is rarely told to slow down. */

/** A token bucket. @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html */
export interface Pace {
  /** Resolves when the next call of `key` may go out; calls that wait go out in the order in which they asked. */
  take(key: string): Promise<void>;
}

export interface PaceOptions {
  /** Calls that may go out at once. */
  readonly burst: number;
  /** Calls a second after that. */
  readonly perSecond: number;
  /** Milliseconds; any origin will do. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * EC2 grants mutating calls 50 at once and 5 a second per account, region and action. A little under that leaves room for the
 * account's own automation.
 */
export const MUTATING_PACE: { readonly burst: number; readonly perSecond: number } = { burst: 45, perSecond: 4.5 };

/** Launches are granted 5 at once and 2 a second, whoever makes them. */
export const LAUNCHING_PACE: { readonly burst: number; readonly perSecond: number } = { burst: 4, perSecond: 1.5 };

/**
 * A pace per key (an account and region). Each bucket is held as one number, the time at which it would be full again, so
 * that waiting calls need no queue of their own.
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
