/** How findings ended: by a call, our repair, a look, time, or the configuration. */

import type { Finding, FindingResolution } from '../../audit/finding.ts';
import { isOnCalls } from '../../audit/rule-book.ts';
import type { LedgerEntry } from '../../ledger/ledger.ts';
import { isClosedByConfiguration, isClosedByTime } from '../../ledger/sight/closed.ts';

/** When and by whom the ledger has a finding resolved. */
export type KnownEnd = Pick<LedgerEntry, 'resolvedAt' | 'resolvedBy'>;

const NO_END: KnownEnd = { resolvedAt: null };

/** The finding with how it ended, if it did. Without a ledger, its own evidence tells. */
export function withResolution(finding: Finding, known: KnownEnd = NO_END): Finding {
  const hasEnded =
    finding.status === 'resolved' || (finding.status === 'muted' && finding.detail.closedBy !== undefined);
  return hasEnded ? { ...finding, resolution: resolutionOf(finding, known) } : finding;
}

function resolutionOf(finding: Finding, known: KnownEnd): FindingResolution {
  const { rule, evidence, remediation, lastSeen } = finding;
  const { resolvedBy } = known;
  const at = known.resolvedAt?.toISOString() ?? lastSeen;
  if (isClosedByConfiguration(known)) return { kind: 'configuration', at };
  if (isClosedByTime(known)) return { kind: 'time', at };
  const calls = evidence.filter(({ role }) => role === 'resolution');
  const [newest] = calls;
  if (newest !== undefined) return { kind: 'call', at: newest.eventTime, by: actorsOf(calls) };
  // A row of an older version has a name, and no record.
  if (resolvedBy !== undefined) return { kind: 'call', at, by: resolvedBy };
  if (remediation?.outcome === 'done') return { kind: 'repair', at: remediation.answeredAt ?? at };
  return { kind: isOnCalls(rule) ? 'unknown' : 'look', at };
}

/** `erin`, or `dana and erin`, the oldest call first. */
function actorsOf(newestFirst: Finding['evidence']): string | undefined {
  const actors = [
    ...new Set(
      newestFirst
        .toReversed()
        .map(({ actor }) => actor)
        .filter((actor) => actor !== ''),
    ),
  ];
  return actors.length === 0 ? undefined : actors.join(' and ');
}
