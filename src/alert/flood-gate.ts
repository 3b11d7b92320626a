/** Flood control: of many new findings within a quarter of an hour, the first are mailed and the others held back until it ends. */

import type { Claim, Ledger } from '../ledger/ledger.ts';
import { type FloodLog, MOST_AT_ONCE } from '../ledger/mails/floods.ts';
import type { DueAlert } from './digest.ts';

const WINDOW_MS = 15 * 60 * 1000;
/** Longer than a run may take to mail. */
const LEASE_SECONDS = 900;

/** More mails about new findings than this within a window are a flood too, however few findings each of them has. */
export const MAILS_AT_ONCE = 6;

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
  /** The claim on one of the window's mails. To be settled with the mail, or released without one. */
  readonly place: readonly Claim[];
}

/**
 * Lets everything pass that is not new. Of new findings, the first `MAILS_AT_ONCE` deliveries of a window may be mailed, as long as the
 * window has at most 50 new findings over all deliveries. The first one may have any number: a burst is one mail at once. The others are
 * remembered as held back before this returns. Ten reads and writes of a few KB at most, whatever is open. A delivery that comes again
 * counts its findings once.
 */
export async function throughGate(due: readonly DueAlert[], ports: GatePorts, now: Date): Promise<Gated> {
  const fresh = due.filter(({ stage }) => stage === 'notified');
  if (fresh.length === 0) return { alerts: due, held: [], place: [] };
  const { ledger } = ports;
  const end = windowEnd(now);
  const ids = fresh.map(({ entry }) => entry.finding.id);
  const counted = await ledger.countNew(end, ids);
  const place = await placeIn(end, isBurst(counted) ? 1 : MAILS_AT_ONCE, ports, now);
  if (place.length > 0) return { alerts: due, held: [], place };
  await ledger.hold(end, ids);
  return { alerts: due.filter(({ stage }) => stage !== 'notified'), held: fresh, heldUntil: end, place: [] };
}

/** Claims one of the first `places` mails of a window; empty if all are taken. Asks for one after the other: most windows have one mail. */
async function placeIn(end: Date, places: number, { ledger, owner }: GatePorts, now: Date): Promise<readonly Claim[]> {
  for (let number = 1; number <= places; number += 1) {
    const claim: Claim = { kind: 'digest', key: `burst:${end.toISOString()}:${number}` };
    const taken = await ledger.claim([claim], { now, leaseSeconds: LEASE_SECONDS, owner });
    if (taken.length > 0) return taken;
  }
  return [];
}
