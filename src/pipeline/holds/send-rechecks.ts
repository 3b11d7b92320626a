/** Sends re-checks. One that was not sent is free for another run to ask for. */

import type { Ledger } from '../../ledger/ledger.ts';
import type { Recheck } from '../recheck.ts';
import { keepSent } from './lease-to-send.ts';

/**
 * Sends each re-check by `later`, and keeps its claim until it is due: if it is lost then, any other run may ask for another. If one cannot be sent, gives back the claims of all that were not, and throws what `later` threw.
 * Without `later` gives all back.
 */
export async function sendRechecks(
  rechecks: readonly Recheck[],
  later: ((recheck: Recheck) => Promise<void>) | undefined,
  ledger: Pick<Ledger, 'claim' | 'settle'> | undefined,
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
    const { claimed, delaySeconds } = recheck;
    if (claimed !== undefined)
      await keepSent(claimed.claims, { ledger, now, owner: claimed.owner, seconds: delaySeconds });
  }
}
