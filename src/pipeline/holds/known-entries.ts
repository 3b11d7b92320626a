/** Reads what the ledger knows of the findings that a run may have to hold back. */

import type { Finding } from '../../audit/finding.ts';
import { repairsOf } from '../../audit/rule-book.ts';
import type { Ledger, LedgerEntry } from '../../ledger/ledger.ts';
import type { HoldContext } from './hold-findings.ts';

/**
 * The ledger's entries of the open findings that a repair may resolve or that may still be in their grace period, by id. One read, and
 * none if there is no such finding.
 */
export async function knownEntries(
  findings: readonly Finding[],
  ledger: Pick<Ledger, 'entries'> | undefined,
  context: Pick<HoldContext, 'now' | 'graceSeconds' | 'withGrace'>,
): Promise<ReadonlyMap<string, LedgerEntry>> {
  const ids = findings
    .filter((finding) => finding.status === 'open' && (isRepairable(finding) || mayBeYoung(finding, context)))
    .map(({ id }) => id);
  if (ledger === undefined || ids.length === 0) return new Map();
  return new Map((await ledger.entries({ ids })).map((entry) => [entry.finding.id, entry]));
}

function isRepairable({ rule }: Finding): boolean {
  return repairsOf(rule).length > 0;
}

function mayBeYoung(
  { id, evidence }: Finding,
  { now, graceSeconds, withGrace }: Pick<HoldContext, 'now' | 'graceSeconds' | 'withGrace'>,
): boolean {
  if (graceSeconds === 0 || !withGrace.has(id)) return false;
  const youngest = now.getTime() - graceSeconds * 1000;
  return evidence.length === 0 || evidence.some(({ eventTime }) => Date.parse(eventTime) > youngest);
}
