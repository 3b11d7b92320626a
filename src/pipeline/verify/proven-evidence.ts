/** Keeps of findings only the evidence whose records are in files that are proven. */

import type { Cause } from '../../audit/cause.ts';
import type { FindingEvidence } from '../../audit/finding.ts';
import { plural } from '../../collections.ts';
import { asList, asObject, parseJson } from '../../delivery/shape.ts';
import type { LedgerEntry } from '../../ledger/ledger.ts';
import type { Rejected } from '../../report/report.ts';

/** A recorded call that something cites. */
type Cited = Pick<FindingEvidence, 'eventID' | 'eventName' | 'eventTime'> & Pick<Partial<FindingEvidence>, 'logFile'>;

/** Collects the proven records, then judges what cites them. */
export interface EvidenceProof {
  /** The time of the oldest cited record; undefined if none is cited. */
  readonly oldest: Date | undefined;
  /** Notes the cited records of a proven file. `bytes` are those that were hashed. */
  readonly add: (path: string, bytes: Buffer) => void;
  /** The entries with the evidence that is proven, and what was left out of each. */
  readonly kept: () => { readonly entries: readonly LedgerEntry[]; readonly rejected: readonly Rejected[] };
}

const UNPROVEN_CAUSE: Cause = {
  kind: 'unknown',
  reason: 'the record of the call is in no log file that is proven',
};

/** Starts to prove the evidence of these entries. Only files that they name are parsed, or all if some name none. */
export function startEvidence(entries: readonly LedgerEntry[]): EvidenceProof {
  const cited = new Map<string, Cited>();
  const files = new Set<string>();
  let namesAll = true;
  let oldest = Number.POSITIVE_INFINITY;
  for (const one of entries.flatMap(citedBy)) {
    cited.set(one.eventID, one);
    oldest = Math.min(oldest, Date.parse(one.eventTime));
    if (one.logFile === undefined) namesAll = false;
    else files.add(fileNameOf(one.logFile));
  }
  const proven = new Set<string>();
  return {
    oldest: Number.isFinite(oldest) ? new Date(oldest) : undefined,
    add: (path, bytes) => {
      if (namesAll && !files.has(fileNameOf(path))) return;
      for (const id of idsIn(bytes, cited)) proven.add(id);
    },
    kept: () => {
      const kept = entries.map((entry) => withProven(entry, proven));
      return { entries: kept.map(({ entry }) => entry), rejected: kept.flatMap(({ rejected }) => rejected) };
    },
  };
}

const fileNameOf = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

function citedBy({ finding }: LedgerEntry): readonly Cited[] {
  const { cause, evidence } = finding;
  return [...evidence, ...('calls' in cause ? cause.calls : [])];
}

/** The cited records that a file holds, as they are cited. */
function idsIn(bytes: Buffer, cited: ReadonlyMap<string, Cited>): readonly string[] {
  const records = asList(asObject(parseJson(bytes.toString('utf8'))?.value)?.Records) ?? [];
  return records.flatMap((entry) => {
    const record = asObject(entry);
    const one = typeof record?.eventID === 'string' ? cited.get(record.eventID) : undefined;
    const isSame =
      one !== undefined && one.eventName === record?.eventName && sameTime(one.eventTime, record?.eventTime);
    return isSame ? [one.eventID] : [];
  });
}

const sameTime = (one: string, other: unknown): boolean =>
  typeof other === 'string' && Date.parse(one) === Date.parse(other);

function withProven(
  entry: LedgerEntry,
  proven: ReadonlySet<string>,
): { readonly entry: LedgerEntry; readonly rejected: readonly Rejected[] } {
  const { finding } = entry;
  const { cause } = finding;
  const evidence = finding.evidence.filter(({ eventID }) => proven.has(eventID));
  const isCauseProven = !('calls' in cause) || cause.calls.every(({ eventID }) => proven.has(eventID));
  const dropped = finding.evidence.length - evidence.length;
  if (dropped === 0 && isCauseProven) return { entry, rejected: [] };
  const reason = `${plural(dropped, 'record')} of its evidence ${dropped === 1 ? 'is' : 'are'} in no log file that is proven, and ${dropped === 1 ? 'was' : 'were'} left out (${finding.rule})`;
  const kept = { ...finding, evidence, cause: isCauseProven ? cause : UNPROVEN_CAUSE };
  return { entry: { ...entry, finding: kept }, rejected: [{ path: finding.resourceId, reason }] };
}
