/** Claims what is due, so that no two runs mail the same. */

import { messageOf, PipelineError } from '../errors.ts';
import type { Claim, Ledger, LedgerEntry } from '../ledger/ledger.ts';
import { alertClaim, type DueAlert } from './digest.ts';

/** What claims are made with. */
export interface ClaimPorts {
  readonly ledger: Pick<Ledger, 'claim' | 'settle' | 'entries'>;
  /** Whose the claims are: an id of this run alone, so that a duplicate of its event does not mail as well. */
  readonly owner: string;
}

/** Longer than a run may take to mail. A claim left behind by a crash becomes free after this time. */
const LEASE_SECONDS = 900;

/** What this run alone may mail now, and what another run has claimed. */
export interface ClaimedDue {
  /** With the entries as they are now. */
  readonly alerts: readonly DueAlert[];
  /** Ids of due findings that another run has claimed. */
  readonly busy: readonly string[];
}

/**
 * Claims what is due, and reads it again: another run may have mailed it just before, or recorded that it is over. `dueOf` tells what is due
 * of the entries as they are then.
 */
export async function claimDue(
  ports: ClaimPorts,
  due: readonly DueAlert[],
  dueOf: (entries: readonly LedgerEntry[]) => readonly DueAlert[],
  now: Date,
): Promise<ClaimedDue> {
  const claims = due.map((each) => alertClaim(each, now));
  const keys = new Set((await claimAll(ports, claims, now)).map(({ key }) => key));
  const isClaimed = (each: DueAlert): boolean => keys.has(alertClaim(each, now).key);
  const [mine, others] = [due.filter(isClaimed), due.filter((each) => !isClaimed(each))];
  const busy = others.map(({ entry }) => entry.finding.id);
  if (mine.length === 0) return { alerts: [], busy };
  const held = mine.map((each) => alertClaim(each, now));
  return releasingOnFault(ports, held, now, async () => {
    const ids = mine.map(({ entry }) => entry.finding.id);
    const alerts = dueOf(await ports.ledger.entries({ ids })).filter(isClaimed);
    const still = new Set(alerts.map((each) => alertClaim(each, now).key));
    const over = held.filter(({ key }) => !still.has(key));
    if (over.length > 0) await ports.ledger.settle(over, { now, owner: ports.owner, how: 'released' });
    return { alerts, busy };
  });
}

/** Claims those that are free. If that fails, releases what may have been claimed, and throws. */
export async function claimAll(ports: ClaimPorts, claims: readonly Claim[], now: Date): Promise<readonly Claim[]> {
  if (claims.length === 0) return [];
  const claiming = { now, leaseSeconds: LEASE_SECONDS, owner: ports.owner };
  return releasingOnFault(ports, claims, now, () => ports.ledger.claim(claims, claiming));
}

/** Does `work`. If it throws, releases the claims, and throws the same. */
export async function releasingOnFault<T>(
  ports: ClaimPorts,
  claims: readonly Claim[],
  now: Date,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    await release(ports, claims, now, cause);
    throw cause;
  }
}

/** Releases claims after something failed with `cause`. If that fails too, the error names both faults; the lease frees the claims. */
export async function release(
  { ledger, owner }: ClaimPorts,
  claims: readonly Claim[],
  now: Date,
  cause: unknown,
): Promise<void> {
  if (claims.length === 0) return;
  try {
    await ledger.settle(claims, { now, owner, how: 'released' });
  } catch (fault) {
    throw new PipelineError(
      'alert-failed',
      `sending a mail failed: ${messageOf(cause)}; releasing its claims failed too: ${messageOf(fault)}`,
      {
        cause: new AggregateError([cause, fault], 'mailing failed, and so did releasing the claims'),
        retryable: true,
      },
    );
  }
}
