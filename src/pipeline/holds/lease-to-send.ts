/** How long a run claims what it is about to send: briefly, so that what a dying run never sent is soon free for another. */

import type { Claim, Ledger } from '../../ledger/ledger.ts';

/** A run that has claimed a message sends it within this time, or has died: its retry comes after a minute. */
const SENDING_SECONDS = 30;

/** How long a message is claimed before it is sent, if it is to be claimed for `seconds` after that. */
export function leaseToSend(seconds: number): number {
  return Math.min(seconds, SENDING_SECONDS);
}

/** Keeps the claims of a message that was sent for `seconds`. Throws what the ledger throws: the message may then be sent twice. */
export async function keepSent(claims: readonly Claim[], { ledger, now, owner, seconds }: KeepSent): Promise<void> {
  if (leaseToSend(seconds) < seconds) await ledger?.claim(claims, { now, leaseSeconds: seconds, owner });
}

/** Whose claims are kept, and how long. */
export interface KeepSent {
  readonly ledger: Pick<Ledger, 'claim'> | undefined;
  readonly now: Date;
  readonly owner: string;
  readonly seconds: number;
}
