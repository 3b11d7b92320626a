/** Sends re-checks. One that was not sent is free for another run to ask for. */

import type { Ledger } from '../../ledger/ledger.ts';
import type { Recheck } from '../recheck.ts';

/**
 * Sends each re-check by `later`. If one cannot be sent, gives back the claims of all that were not, and throws what `later` threw.
 * Without `later` gives all back.
 */
export async function sendRechecks(
  rechecks: readonly Recheck[],
  later: ((recheck: Recheck) => Promise<void>) | undefined,
  ledger: Pick<Ledger, 'settle'> | undefined,
  now: Date,
): Promise<void> {
  const giveBack = async (some: readonly Recheck[]): Promise<void> => {
    for (const { claimed } of some)
      if (claimed !== undefined) await ledger?.settle(claimed.claims, { now, owner: claimed.owner, how: 'released' });
  };
  if (later === undefined) return giveBack(rechecks);
  for (const [index, recheck] of rechecks.entries()) {
    try {
      await later(recheck);
    } catch (error) {
      await giveBack(rechecks.slice(index));
      throw error;
    }
  }
}
