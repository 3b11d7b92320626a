/** Which resolved findings people still have to be told of: the ledger keeps these in sight, and the alerts mail them. */

import { provenCalls } from '../../audit/cause.ts';
import { atLeast } from '../../audit/finding.ts';
import { isDrift } from '../../audit/mirroring/touched-interfaces.ts';
import { isOnCalls, ruleOf } from '../../audit/rule-book.ts';
import { compareText } from '../../collections.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import type { LedgerEntry } from '../ledger.ts';
import { resolvedBeforeAt } from '../open-spans.ts';
import { isClosedByTime } from './closed.ts';

/** The detail type of GuardDuty's events. */
export const GUARDDUTY_FINDING = 'GuardDuty Finding';

/**
 * True for a resolved finding whose resolution has not been mailed although people heard of it, or should have: a mail about this opening
 * went out, or it is an unreported incident. Not if it is about a call and only time has passed.
 */
export function isStillToBeTold(entry: LedgerEntry): boolean {
  const { finding, notified, resolvedAt } = entry;
  const isResolved = finding.status === 'resolved' || (finding.status === 'open' && resolvedAt !== null);
  if (!isResolved || notified.resolved !== undefined || wasOverInTime(entry)) return false;
  return notified.notified !== undefined || isUnreportedIncident(entry);
}

/**
 * True for a finding that Security Hub shows as active, and that is resolved or muted, by whatever: nobody else takes it off there.
 */
export function isToArchive({ finding, activeInHub, resolvedAt }: LedgerEntry): boolean {
  return activeInHub === true && (finding.status !== 'open' || resolvedAt !== null);
}

/**
 * True for an incident (see `incidentBehind`), a finding by a rule that is always mailed, or one for which we changed a session that is not
 * proven to be ours, if we repaired it before any mail went out. It still deserves a mail.
 */
export function isUnreportedIncident(entry: LedgerEntry): boolean {
  const { finding, notified } = entry;
  const { rule, remediation, cause } = finding;
  if (notified.notified) return false;
  if (isOnCalls(rule)) return endedByCall(entry);
  if (remediation?.outcome !== 'done') return false;
  return (
    ruleOf(rule)?.mailedAfterRepair === true ||
    (finding.detail.unprovenSessionIds?.length ?? 0) > 0 ||
    provenCalls(cause).some((call) => isDrift(call, rule)) ||
    incidentBehind(entry) !== undefined
  );
}

/** True for a finding about a call that no other call ended, nor the configuration: time has passed, which is no news. */
function wasOverInTime({ finding, resolvedBy }: LedgerEntry): boolean {
  return isOnCalls(finding.rule) && (resolvedBy === undefined || isClosedByTime({ resolvedBy }));
}

/**
 * True for a finding about a call that another call ended before anybody was told: who made the first is worth knowing all the same, unless
 * it matters so little that it would have waited for a digest.
 */
function endedByCall({ finding }: LedgerEntry): boolean {
  return atLeast(finding.severity, 'medium') && finding.evidence.some(({ role }) => role === 'resolution');
}

/**
 * The latest call that broke working mirroring, or the latest GuardDuty finding, since the finding was last resolved. It happened
 * before we looked and opened the finding. Undefined when there is neither: a new instance that is not mirrored yet is not an incident.
 */
export function incidentBehind(entry: LedgerEntry): Evidence | undefined {
  const since = resolvedBeforeAt(entry)?.getTime() ?? Number.NEGATIVE_INFINITY;
  const { evidence, rule } = entry.finding;
  return evidence
    .filter(
      (each) => secondAfter(each.eventTime) > since && (isDrift(each, rule) || each.eventName === GUARDDUTY_FINDING),
    )
    .toSorted((a, b) => compareText(b.eventTime, a.eventTime))[0];
}

/** The end of an event's second, in milliseconds: CloudTrail's times are in whole seconds, and our own are not. */
function secondAfter(eventTime: string): number {
  return new Date(eventTime).getTime() + 1000;
}
