/** What others recorded while a repair was made, as far as their clocks were ahead of ours. */

import type { Finding } from '../../audit/finding.ts';
import type { Ledger, LedgerEntry } from '../../ledger/ledger.ts';
import type { RunClock } from '../../remediation/apply-plan.ts';

/** A look takes about as long from its first call to its record: what was recorded so soon after a repair was seen before it. */
const JUST_ANSWERED_MS = 2000;

/** The run that made the repair. */
export interface RepairingRun {
  readonly now: Date;
  readonly clock: Pick<RunClock, 'elapsedMs'>;
}

/**
 * What the ledger knew of the findings before the repairs, by id, with newer entries where another run recorded its look while they were
 * made. An entry is taken only if it is dated after our present, so its clock is ahead of ours, and if the repair has just been answered,
 * so the look began before it. Reads the ledger once, and not at all if nothing was repaired.
 */
export async function knownAfterRepair(
  known: ReadonlyMap<string, LedgerEntry>,
  findings: readonly Finding[],
  { now, clock }: RepairingRun,
  ledger: Pick<Ledger, 'entries'>,
): Promise<ReadonlyMap<string, LedgerEntry>> {
  const isFresh = ({ status, remediation }: Finding): boolean =>
    status === 'resolved' &&
    remediation?.answeredAt !== undefined &&
    now.getTime() + clock.elapsedMs() - Date.parse(remediation.answeredAt) < JUST_ANSWERED_MS;
  const ids = findings.filter(isFresh).map(({ id }) => id);
  if (ids.length === 0) return known;
  const entries = await ledger.entries({ ids });
  const present = now.getTime() + clock.elapsedMs();
  const ahead = entries.filter(({ finding }) => Date.parse(finding.lastSeen) > present);
  return ahead.length === 0 ? known : new Map([...known, ...ahead.map((entry) => [entry.finding.id, entry] as const)]);
}
