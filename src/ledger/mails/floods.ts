/** The ledger's part in flood control: how many findings are new in a window, and which are held back until it ends. */

/** More new findings than this within a window are a flood. A ledger counts exactly up to this number. */
export const MOST_AT_ONCE = 50;

/** Counts new findings and remembers those that are held back. Another run, in another process, continues from it. */
export interface FloodLog {
  /**
   * Counts findings as new in the window that ends then, and returns how many distinct ones have been counted in it: exactly up to
   * `MOST_AT_ONCE`, and some number above that if there are more. Counting a finding again changes nothing.
   */
  countNew(windowEnd: Date, findingIds: readonly string[]): Promise<number>;
  /** Remembers findings as held back until then. */
  hold(until: Date, findingIds: readonly string[]): Promise<void>;
  /** The findings that were held back until `now` or an earlier time, in no order. */
  heldUntil(now: Date): Promise<readonly string[]>;
  /** Forgets that these findings were held back until `now` or an earlier time. */
  release(now: Date, findingIds: readonly string[]): Promise<void>;
}
