/** Sends re-checks. One that was not sent is free for another run to ask for. */

import type { Ledger } from '../../ledger/ledger.ts';
import type { Recheck } from '../recheck.ts';

/**
 * Sends each re-check by `later`. If one cannot be sent, gives back the claims of all that were not, and throws what `later` threw.
 */
export async function sendRechecks(
  rechecks: readonly Recheck[],
  later: (recheck: Recheck) => Promise<void>,
  ledger: Pick<Ledger, 'settle'> | undefined,
  now: Date,
): Promise<void> {
  for (const [index, recheck] of rechecks.entries()) {
    try {
      await later(recheck);
    } catch (error) {
      for (const { claimed } of rechecks.slice(index))
        if (claimed !== undefined) await ledger?.settle(claimed.claims, { now, owner: claimed.owner, how: 'released' });
      throw error;
    }
  }
}
