/** An account as an older snapshot shows it, and which calls may be in what it shows or not. */

import { type Inventory, LONGEST_LOOK_MS } from '../../inventory/inventory.ts';

/**
 * An account as it was read at an earlier time. Every call on it since then is expected among the recorded ones: what came between the
 * look and the first record would be taken for what the look showed.
 */
export interface OlderAccount {
  readonly inventory: Inventory;
  /** When reading it began. */
  readonly readAt: Date;
}

/**
 * How long EC2 may take to show a change: AWS advises to wait for up to five minutes.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
 */
const VISIBLE_AFTER_MS = 5 * 60_000;

/** The time, in milliseconds since 1970, whose calls a look may show or not. It shows every call before and none after. */
export interface LookWindow {
  readonly from: number;
  readonly to: number;
}

/** The window of a look that began at `readAt`. */
export function windowOf({ readAt }: Pick<OlderAccount, 'readAt'>): LookWindow {
  const at = readAt.getTime();
  return { from: at - VISIBLE_AFTER_MS, to: at + LONGEST_LOOK_MS };
}
