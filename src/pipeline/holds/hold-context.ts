/** What decides how long a run's findings are held back: which of them have a grace period, and what the ledger knows of them. */

import type { Finding } from '../../audit/finding.ts';
import { repairsOf } from '../../audit/rule-book.ts';
import type { Ledger, LedgerEntry, LedgerQuery } from '../../ledger/ledger.ts';
import type { Assessment } from '../assess.ts';
import { type HoldContext, isUnrecorded } from './hold-findings.ts';

/** The run. */
export interface HeldRun extends Pick<HoldContext, 'now' | 'graceSeconds'> {
  readonly assessment: Assessment;
  /** True for a sweep. */
  readonly complete: boolean;
  /** @default false */
  readonly rechecked?: boolean | undefined;
}

/** The context before anything was handed over or done. Reads the ledger at most once. */
export async function holdContext(
  findings: readonly Finding[],
  run: HeldRun,
  ledger: Pick<Ledger, 'entries'> | undefined,
): Promise<HoldContext> {
  const { assessment, now, graceSeconds, rechecked = false } = run;
  const ofScopes = new Set(assessment.scopes.flatMap(({ audited }) => audited.findings.map(({ id }) => id)));
  // People hear of a suspect at once.
  const withGrace = new Set(
    findings.flatMap(({ id, detail }) => (ofScopes.has(id) && detail.guardDutyFindingId === undefined ? [id] : [])),
  );
  const known = await knownEntries(findings, run, withGrace, ledger);
  return { now, graceSeconds, withGrace, rechecked, known, awaited: [], outcomes: [] };
}

/**
 * The ledger's entries of the open findings that a repair may resolve or that may still be in their grace period, by id. A sweep shares its
 * reading of what is in sight, which lacks what was resolved: it has no records that would have to be told from those before.
 */
async function knownEntries(
  findings: readonly Finding[],
  run: HeldRun,
  withGrace: ReadonlySet<string>,
  ledger: Pick<Ledger, 'entries'> | undefined,
): Promise<ReadonlyMap<string, LedgerEntry>> {
  const mayBeHeld = (finding: Finding): boolean =>
    finding.status === 'open' &&
    (repairsOf(finding.rule).length > 0 || (withGrace.has(finding.id) && mayBeYoung(finding, run)));
  const ids = findings.filter(mayBeHeld).map(({ id }) => id);
  if (ledger === undefined || ids.length === 0) return new Map();
  const { assessment, complete } = run;
  const queries: readonly LedgerQuery[] = complete
    ? assessment.scopes.map(({ scope }) => ({ inSight: scope }))
    : [{ ids }];
  const entries = await Promise.all(queries.map((query) => ledger.entries(query)));
  return new Map(entries.flat().map((entry) => [entry.finding.id, entry]));
}

function mayBeYoung(finding: Finding, { now, graceSeconds }: HeldRun): boolean {
  const { evidence } = finding;
  const youngest = now.getTime() - graceSeconds * 1000;
  const isYoung =
    evidence.length === 0 ||
    isUnrecorded(finding) ||
    evidence.some(({ eventTime }) => Date.parse(eventTime) > youngest);
  return graceSeconds > 0 && isYoung;
}
