/** What decides how long a run's findings are held back: which of them have a grace period, and what the ledger knows of them. */

import type { Finding } from '../../audit/finding.ts';
import { repairsOf } from '../../audit/rule-book.ts';
import type { Ledger, LedgerEntry } from '../../ledger/ledger.ts';
import type { Assessment } from '../assess.ts';
import type { HoldContext } from './hold-findings.ts';

/** The run. */
export interface HeldRun extends Pick<HoldContext, 'now' | 'graceSeconds'> {
  readonly assessment: Assessment;
  /** True for a sweep. */
  readonly complete: boolean;
  /** @default false */
  readonly rechecked?: boolean | undefined;
}

/** The context before anything was handed over or done. Reads the ledger at most once, in a sweep at most twice. */
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
  const known = ledger === undefined ? new Map() : await knownEntries(findings, run, withGrace, ledger);
  return { now, graceSeconds, withGrace, rechecked, known, awaited: [], outcomes: [] };
}

/**
 * The ledger's entries of the open findings that a repair may resolve or that have a grace period, by id. How old a finding's records are
 * says nothing by itself: those from before it was last resolved did not lead to this opening.
 *
 * A sweep shares its reading of what is in sight, which lacks what was resolved, and then reads what is not in it and has records. A
 * finding without any counts from its opening, whatever was before.
 */
async function knownEntries(
  findings: readonly Finding[],
  { assessment, complete, graceSeconds }: HeldRun,
  withGrace: ReadonlySet<string>,
  ledger: Pick<Ledger, 'entries'>,
): Promise<ReadonlyMap<string, LedgerEntry>> {
  const hasGrace = ({ id }: Finding): boolean => graceSeconds > 0 && withGrace.has(id);
  const mayBeHeld = findings.filter(
    (finding) => finding.status === 'open' && (repairsOf(finding.rule).length > 0 || hasGrace(finding)),
  );
  if (mayBeHeld.length === 0) return new Map();
  if (!complete) return entriesOf(mayBeHeld, ledger);
  const inSight = await Promise.all(assessment.scopes.map(({ scope }) => ledger.entries({ inSight: scope })));
  const known = byId(inSight.flat());
  const mayBeReopened = mayBeHeld.filter(
    (finding) => !known.has(finding.id) && hasGrace(finding) && finding.evidence.length > 0,
  );
  return new Map([...known, ...(await entriesOf(mayBeReopened, ledger))]);
}

async function entriesOf(
  findings: readonly Finding[],
  ledger: Pick<Ledger, 'entries'>,
): Promise<ReadonlyMap<string, LedgerEntry>> {
  return findings.length === 0 ? new Map() : byId(await ledger.entries({ ids: findings.map(({ id }) => id) }));
}

function byId(entries: readonly LedgerEntry[]): ReadonlyMap<string, LedgerEntry> {
  return new Map(entries.map((entry) => [entry.finding.id, entry]));
}
