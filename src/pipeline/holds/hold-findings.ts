/** Until when a finding is not mailed: its grace period and the wait for its repair, counted from facts that no later run changes. */

import type { Finding, FindingDetail } from '../../audit/finding.ts';
import { repairsOf, ruleOf } from '../../audit/rule-book.ts';
import { RECORDS_DISAGREE } from '../../causes/cause-of.ts';
import type { LedgerEntry } from '../../ledger/ledger.ts';
import { resolvedBeforeAt } from '../../ledger/open-spans.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { PlanStep } from '../../remediation/plan.ts';
import { awaitingRepair, canResolve, repairDue } from '../../remediation/settle-findings.ts';

/** What decides how long the findings of a run are held back. */
export interface HoldContext {
  readonly now: Date;
  readonly graceSeconds: number;
  /** The ids of the findings that have a grace period. */
  readonly withGrace: ReadonlySet<string>;
  /** False for a run that nobody follows up: what it finds without a record is as old as can be. */
  readonly rechecked: boolean;
  /** What the ledger knows of the findings, by id, before this run is recorded. */
  readonly known: ReadonlyMap<string, LedgerEntry>;
  /** Steps that were handed to another function, or that the next run retries here. */
  readonly awaited: readonly PlanStep[];
  /** What was done in this run. */
  readonly outcomes: readonly Outcome[];
}

/** A record may be dated that much later than the look that it led to: the function's clock and AWS's are not the same. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * The findings, with `detail.pendingUntil` set for those that are not to be mailed yet.
 *
 * - The grace period begins with the newest record that led to the opening, otherwise with the opening itself: also where the records
 *   and the account do not agree, or all of them are from before the finding was last resolved, since what led to it is then not recorded
 *   yet.
 * - The wait for a repair begins with the first hand-over since the opening, and ends when the repair has answered for good or is
 *   overdue. It is kept in `detail.repairAwaited`. No later run puts it off, and it begins anew only if the finding is reopened.
 */
export function holdFindings(findings: readonly Finding[], context: HoldContext): readonly Finding[] {
  const waiting = new Set(awaitingRepair(findings, context.awaited));
  return findings.map((finding) =>
    finding.status === 'open' ? held(finding, waiting.has(finding.id), context) : finding,
  );
}

function held(finding: Finding, isAwaited: boolean, context: HoldContext): Finding {
  const { now, known } = context;
  const entry = known.get(finding.id);
  const answeredAt = isAwaited ? undefined : answerTo(finding, context);
  const before = openingIn(entry)?.finding.detail.repairAwaited;
  const repairAwaited = waitFor(before, { isAwaited, answeredAt }, context);
  // An answer of this run came after it began, and is the end of the wait all the same.
  const overdue = answeredAt === undefined && repairAwaited !== undefined ? Date.parse(repairAwaited.until) : undefined;
  const ends = [graceEnd(finding, entry, context), overdue];
  const until = Math.max(0, ...ends.flatMap((end) => end ?? []));
  const pendingUntil = until > now.getTime() ? new Date(until).toISOString() : undefined;
  const { detail } = finding;
  if (pendingUntil === detail.pendingUntil && repairAwaited === detail.repairAwaited) return finding;
  return { ...finding, detail: { ...detail, ...(repairAwaited && { repairAwaited }), pendingUntil } };
}

/** The entry, if the finding is open in it: what is muted or resolved has no bearing on the next opening. */
function openingIn(entry: LedgerEntry | undefined): LedgerEntry | undefined {
  return entry?.finding.status === 'open' ? entry : undefined;
}

/** The end of the grace period, in milliseconds. Undefined without one. */
function graceEnd(
  finding: Finding,
  entry: LedgerEntry | undefined,
  { now, graceSeconds, withGrace, rechecked }: HoldContext,
): number | undefined {
  if (!withGrace.has(finding.id)) return undefined;
  const opening = openingIn(entry);
  const opened =
    opening === undefined ? Math.min(Date.parse(finding.lastSeen), now.getTime()) : opening.openedAt.getTime();
  const before = opening === undefined ? entry?.resolvedAt : resolvedBeforeAt(opening);
  const since = before?.getTime() ?? Number.NEGATIVE_INFINITY;
  const led = [...finding.evidence, ...(opening?.finding.evidence ?? [])]
    .map(({ eventTime }) => Date.parse(eventTime))
    .filter((time) => time > since && time <= opened + CLOCKS_DIFFER_MS);
  // The records end in another state, so what led to the opening is in none of them.
  if (led.length > 0 && rechecked && isUnrecorded(finding) && (opening === undefined || isUnrecorded(opening.finding)))
    led.push(opened);
  if (led.length === 0 && !rechecked) return Date.parse(opening?.finding.detail.pendingUntil ?? '') || undefined;
  if (led.length === 0 && !isOfSomethingMissing(finding)) return undefined;
  return Math.max(...(led.length === 0 ? [opened] : led)) + graceSeconds * 1000;
}

/** True if the records do not explain the finding: what led to it is not among them. */
function isUnrecorded({ cause }: Finding): boolean {
  return cause.kind === 'unknown' && cause.reason === RECORDS_DISAGREE;
}

/** True if somebody may be about to add what is missing. A session that is there may be an attacker's, so it has to be seen in a record. */
function isOfSomethingMissing({ rule }: Finding): boolean {
  return ruleOf(rule)?.judges === 'instance' || repairsOf(rule).includes('create-session');
}

/** When the repair of the finding answered for good in this run, the last time. Undefined if it did not. */
function answerTo(finding: Finding, { now, outcomes }: HoldContext): string | undefined {
  const own = outcomes.filter(({ step }) => canResolve(finding, step));
  return own
    .map(({ at = now }) => at.toISOString())
    .toSorted()
    .at(-1);
}

/** The wait for the finding's repair after this run. Undefined if it was never handed over. */
function waitFor(
  before: FindingDetail['repairAwaited'],
  { isAwaited, answeredAt }: { readonly isAwaited: boolean; readonly answeredAt: string | undefined },
  { now, awaited }: HoldContext,
): FindingDetail['repairAwaited'] {
  if (isAwaited) return before ?? { since: now.toISOString(), until: repairDue(now, awaited.length).toISOString() };
  if (answeredAt === undefined) return before;
  if (before === undefined) return { since: answeredAt, until: answeredAt };
  return before.until <= answeredAt ? before : { ...before, until: answeredAt };
}
