/** Decides which mails are due: new findings, reminders and all-clears, what waits for the digest, and when a flood becomes one mail. */

import { atLeast, byUrgency, type Severity } from '../audit/finding.ts';
import { groupBy } from '../collections.ts';
import type { AlertStage, Claim, LedgerEntry } from '../ledger/ledger.ts';
import { isStillToBeTold } from '../ledger/sight/to-be-told.ts';
import { namedCause } from './wording.ts';

/** Which findings are mailed immediately. The others wait for the digest. */
export interface AlertPolicy {
  /** Findings of this severity and above are mailed with the delivery that reported them. @default 'medium' */
  readonly immediate: Severity;
}

/** A finding to mail, and why. The stage is part of the claim that prevents a second mail. */
export interface DueAlert {
  readonly entry: LedgerEntry;
  readonly stage: AlertStage;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The mails due at `now`, the most urgent first, at most one for each entry.
 *
 * - `notified`: open, severe enough, past its grace period, and not mailed since it was opened;
 * - `reminded-day`, `reminded-week`: still open a day or a week after it was mailed. If the daily reminder was missed, a week-old
 *   finding gets the weekly one only;
 * - `resolved`: it was mailed and is now resolved. A finding that we repaired before it was mailed counts too if someone had broken
 *   the mirroring (deleted a session, closed a port) or GuardDuty suspects the resource: people should know, even with nothing left to do.
 *
 * Muted findings are never due. Neither is a pending one (`detail.pendingUntil`): it is checked again at that time.
 */
export function dueAlerts(entries: readonly LedgerEntry[], policy: AlertPolicy, now: Date): readonly DueAlert[] {
  return entries
    .toSorted((a, b) => byUrgency(a.finding, b.finding))
    .flatMap((entry) => {
      const stage = dueStage(entry, policy, now);
      return stage === undefined ? [] : [{ entry, stage }];
    });
}

function dueStage(entry: LedgerEntry, policy: AlertPolicy, now: Date): AlertStage | undefined {
  const { finding, notified, resolvedAt } = entry;
  if (finding.status === 'muted') return undefined;
  if (finding.status === 'resolved' || resolvedAt !== null) {
    return isStillToBeTold(entry) ? 'resolved' : undefined;
  }
  if (!notified.notified) {
    return atLeast(finding.severity, policy.immediate) && !isPending(finding.detail.pendingUntil, now)
      ? 'notified'
      : undefined;
  }
  const openMs = now.getTime() - notified.notified.getTime();
  if (openMs >= 7 * DAY_MS) return notified['reminded-week'] ? undefined : 'reminded-week';
  return openMs >= DAY_MS && !notified['reminded-day'] ? 'reminded-day' : undefined;
}

/** True for a finding that is checked again at `pendingUntil` before anybody is told. A time that cannot be parsed delays nothing: an early mail is better than none. */
export function isPending(pendingUntil: string | undefined, now: Date): boolean {
  return pendingUntil !== undefined && new Date(pendingUntil).getTime() > now.getTime();
}

/**
 * The claim that keeps two runs from mailing a finding at the same stage at once. Its mail tells of the resolution, or of the finding
 * as it is now; by a clock that is behind, of its opening.
 */
export function alertClaim({ entry, stage }: DueAlert, now: Date): Claim {
  const { finding, openedAt, resolvedAt } = entry;
  const of = stage === 'resolved' ? (resolvedAt ?? openedAt) : openedAt > now ? openedAt : now;
  return { kind: 'alert', key: `${finding.id}:${stage}`, of };
}

/** Findings of one severity and rule that are proven to have the same cause, or whose cause is not proven. */
export interface AlertGroup {
  /** Undefined when the cause is not proven. */
  readonly actor: string | undefined;
  readonly entries: readonly LedgerEntry[];
}

/** Entries grouped by severity, rule and proven actor. Groups and their members start with the most urgent; of equals, the larger group comes first. */
export function groupEntries(entries: readonly LedgerEntry[]): readonly AlertGroup[] {
  const sorted = entries.toSorted((a, b) => byUrgency(a.finding, b.finding));
  const groups = groupBy(sorted, ({ finding }) =>
    JSON.stringify([finding.severity, finding.rule, namedCause(finding)]),
  );
  return [...groups.values()]
    .flatMap((members) => (members[0] ? [{ actor: namedCause(members[0].finding), entries: members }] : []))
    .toSorted((a, b) => severityOrder(a, b) || b.entries.length - a.entries.length);
}

function severityOrder(a: AlertGroup, b: AlertGroup): number {
  const [first, second] = [a.entries[0], b.entries[0]];
  if (!first || !second || first.finding.severity === second.finding.severity) return 0;
  return atLeast(first.finding.severity, second.finding.severity) ? -1 : 1;
}
