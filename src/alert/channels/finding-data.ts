/** A finding as other programs are told of it: in messages of a topic, and as the detail of an event. */

import type { Finding } from '../../audit/finding.ts';
import type { LedgerEntry } from '../../ledger/ledger.ts';
import { inertJson } from '../../report/escape.ts';
import { withResolution } from '../../report/resolution/resolution.ts';
import { threadOf } from '../message.ts';

/** The finding as in the JSON report, with what its opening is. Times are ISO 8601 UTC. */
export type FindingData = Finding & {
  /** The same in all that is told of one opening of the finding, and of no other: a key to leave out repetitions by, and to find the ticket again. */
  readonly thread: string;
  readonly openedAt: string;
  /** Null while the finding is open. */
  readonly resolvedAt: string | null;
  /** How many records were left out, the oldest, as they did not fit. Absent if none were. */
  readonly evidenceLeftOut?: number | undefined;
};

/** The data as JSON of at most `maxBytes` by `bytesOf`, with as much of its evidence as fits. Undefined if it does not fit without any. */
export function findingJson(
  entry: LedgerEntry,
  maxBytes: number,
  bytesOf: (json: string) => number,
): string | undefined {
  const { evidence } = entry.finding;
  for (let kept = evidence.length; ; kept = Math.floor(kept / 2)) {
    const json = inertJson(dataOf(entry, kept));
    if (bytesOf(json) <= maxBytes) return json;
    if (kept === 0) return undefined;
  }
}

function dataOf(entry: LedgerEntry, kept: number): FindingData {
  const { openedAt, resolvedAt } = entry;
  const finding = withResolution(entry.finding, entry);
  const leftOut = finding.evidence.length - kept;
  return {
    ...finding,
    evidence: finding.evidence.slice(0, kept),
    thread: threadOf(entry),
    openedAt: openedAt.toISOString(),
    resolvedAt: resolvedAt?.toISOString() ?? null,
    ...(leftOut > 0 && { evidenceLeftOut: leftOut }),
  };
}
