/** Flood control: of many new findings within a quarter of an hour, the first are mailed and the others held back until it ends. */

import type { Claim, Ledger } from '../ledger/ledger.ts';
import { type FloodLog, MOST_AT_ONCE } from '../ledger/mails/floods.ts';
import type { DueAlert } from './digest.ts';

const WINDOW_MS = 15 * 60 * 1000;
/** Longer than a run may take to mail. */
const LEASE_SECONDS = 900;

/** The end of the quarter of an hour that `now` is in. */
export function windowEnd(now: Date): Date {
  return new Date((Math.floor(now.getTime() / WINDOW_MS) + 1) * WINDOW_MS);
}

/** True when so many new findings are one event: their mail counts them instead of showing each. */
export function isBurst(newFindings: number): boolean {
  return newFindings > MOST_AT_ONCE;
}

/** What the gate works with. */
export interface GatePorts {
  readonly ledger: Pick<Ledger, 'claim'> & FloodLog;
  readonly owner: string;
}

/** What may be mailed now, and what waits. */
export interface Gated {
  readonly alerts: readonly DueAlert[];
  /** New findings that wait until `heldUntil`. They are still due then. */
  readonly held: readonly DueAlert[];
  readonly heldUntil?: Date | undefined;
  /** Says that new findings of this window were mailed. To be settled with the mail, or released without one. */
  readonly first: readonly Claim[];
}

/**
 * Lets everything pass that is not new, and new findings as long as the window, over all deliveries, has at most 50 of them, or none has
 * been mailed in it yet: a burst is one mail at once. The others are remembered as held back before this returns. Two reads or writes
 * of a few KB, whatever is open. A delivery that comes again counts its findings once.
 */
export async function throughGate(due: readonly DueAlert[], { ledger, owner }: GatePorts, now: Date): Promise<Gated> {
  const fresh = due.filter(({ stage }) => stage === 'notified');
  if (fresh.length === 0) return { alerts: due, held: [], first: [] };
  const end = windowEnd(now);
  const ids = fresh.map(({ entry }) => entry.finding.id);
  const counted = await ledger.countNew(end, ids);
  const mailedIn: Claim = { kind: 'digest', key: `burst:${new Date(end.getTime() - WINDOW_MS).toISOString()}` };
  const first = await ledger.claim([mailedIn], { now, leaseSeconds: LEASE_SECONDS, owner });
  if (counted <= MOST_AT_ONCE || first.length > 0) return { alerts: due, held: [], first };
  await ledger.hold(end, ids);
  return { alerts: due.filter(({ stage }) => stage !== 'notified'), held: fresh, heldUntil: end, first: [] };
}
