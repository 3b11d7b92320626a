/** Which sources may have lost a deleted session, by what the ledger knows: CloudTrail's record of a deletion names only the session. */

import type { Finding } from '../audit/finding.ts';
import type { LedgerEntry } from './ledger.ts';

/**
 * The sources that may have lost a deleted session: those whose finding says we created that session for them, otherwise those
 * that had no finding open before the deletion.
 */
export function sourcesThatLost(
  sessionId: string,
  deletedAt: Date,
  open: readonly Finding[],
  known: ReadonlyMap<string, LedgerEntry>,
): readonly string[] {
  const certain = open.filter(({ id }) => known.get(id)?.finding.remediation?.trafficMirrorSessionId === sessionId);
  const possible = open.filter(({ id }) => {
    const entry = known.get(id);
    return entry === undefined || entry.finding.status === 'resolved' || entry.openedAt >= deletedAt;
  });
  return (certain.length > 0 ? certain : possible).flatMap(({ detail }) =>
    (detail.interfaces ?? [])
      .filter(({ verdict }) => verdict === 'missing' || verdict === 'rogue')
      .map(({ networkInterfaceId }) => networkInterfaceId),
  );
}
