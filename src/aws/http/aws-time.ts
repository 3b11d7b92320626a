/** The time by AWS's clock, from the dates of its answers: the clocks of two machines that write the same ledger may differ. */

/** What is known of the difference between this machine's clock and AWS's. */
export interface AwsTime {
  /** Notes the `Date` header of an answer, and when this machine sent the request and had the answer, in milliseconds since 1970. */
  answered(dateHeader: string | undefined, sentAtMs: number, answeredAtMs: number): void;
  /**
   * A moment by AWS's clock, given by this machine's. The same as long as the answers do not show that the clocks differ by two seconds or more:
   * a `Date` has whole seconds. A difference of more than five minutes is not believed, since AWS would refuse our signatures.
   */
  of(date: Date): Date;
}

const HEADER_PRECISION_MS = 1000;
const LEAST_MS = 2000;
/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const MOST_MS = 5 * 60_000;

/** Begins without any difference. */
export function awsTime(): AwsTime {
  /** AWS's clock is ahead of this machine's by at least `from` and at most `to` milliseconds. */
  let ahead = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  return {
    answered(dateHeader, sentAtMs, answeredAtMs) {
      const dateMs = Date.parse(dateHeader ?? '');
      if (Number.isNaN(dateMs)) return;
      const seen = { from: dateMs - answeredAtMs, to: dateMs + HEADER_PRECISION_MS - sentAtMs };
      const both = { from: Math.max(ahead.from, seen.from), to: Math.min(ahead.to, seen.to) };
      // Where they contradict each other, this machine's clock was set in between.
      ahead = both.from <= both.to ? both : seen;
    },
    of(date) {
      const { from, to } = ahead;
      const nearest = from > 0 ? from : Math.min(to, 0);
      const isBelieved = Math.abs(nearest) >= LEAST_MS && Math.abs(nearest) <= MOST_MS;
      return isBelieved ? new Date(date.getTime() + nearest) : date;
    },
  };
}
