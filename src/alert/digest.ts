/** Decides what is mailed at once, what is reminded of, what waits for the digest, and when a flood becomes one mail. */

import { atLeast, byUrgency, type Severity } from '../audit/finding.ts';
import { isDrift } from '../audit/touched-interfaces.ts';
import { groupBy } from '../collections.ts';
import type { AlertStage, Claim, LedgerEntry } from '../ledger/ledger.ts';
import type { Evidence } from '../sighting/sighting.ts';
import { actorOf } from './wording.ts';

/** What goes out at once; the rest is in the digest. */
export interface AlertPolicy {
  /** Findings from this severity up are mailed with their delivery. @default 'medium' */
  readonly immediate: Severity;
}

/** A finding to be mailed, and as what. The stage is part of the claim that keeps it from being mailed twice. */
export interface DueAlert {
  readonly entry: LedgerEntry;
  readonly stage: AlertStage;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The mails that are due at `now` for these entries, the most urgent first; each entry at most once.
 *
 * - `notified`: open, severe enough, past its grace, and not mailed since it was opened;
 * - `reminded-day`, `reminded-week`: still open that long after it was mailed (a week that passed unnoticed gives one reminder);
 * - `resolved`: it was mailed, and is over; or it was repaired before it was mailed, but somebody had broken it (deleted a session,
 *   closed a port) or GuardDuty suspects the resource: people hear of that also when nothing is left to do.
 *
 * Muted findings are never due, and neither is one that is pending (`detail.pendingUntil`): it is looked at again then.
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
    return (notified.notified || isUntoldNews(entry)) && !notified.resolved ? 'resolved' : undefined;
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

/** True for what somebody undid, or GuardDuty suspects, and we put in order before it was mailed: the cause alone is news. */
export function isUntoldNews({ finding, notified, openedAt }: LedgerEntry): boolean {
  const { remediation, evidence } = finding;
  return !notified.notified && remediation?.outcome === 'done' && newsIn(evidence, openedAt) !== undefined;
}

/** What a person did, or GuardDuty said, that opened the finding at `openedAt`; the newest. */
export function newsIn(evidence: readonly Evidence[], openedAt: Date): Evidence | undefined {
  return evidence
    .filter((each) => new Date(each.eventTime) >= openedAt && (isDrift(each) || each.eventName === SUSPICION))
    .toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : -1))[0];
}

/** The detail type of GuardDuty's events. */
const SUSPICION = 'GuardDuty Finding';

/** A time that cannot be read holds nothing back: a mail too early is better than none. */
function isPending(pendingUntil: string | undefined, now: Date): boolean {
  return pendingUntil !== undefined && new Date(pendingUntil).getTime() > now.getTime();
}

/** More new findings than this within a window are one event and one mail. */
export const BURST_FINDINGS = 50;
const BURST_WINDOW_MS = 15 * 60 * 1000;

/**
 * True when more than 50 findings are new within 15 minutes: `due` of this delivery, and `openedElsewhere` that others opened
 * meanwhile. How long ago they were opened does not matter, old ones that a first sweep mails are as much of a flood.
 */
export function isBurst(due: number, openedElsewhere = 0): boolean {
  return due + openedElsewhere > BURST_FINDINGS;
}

/** The quarter of an hour a time lies in, as part of a claim's key: one burst mail goes out in each. */
export function burstWindow(now: Date): string {
  return new Date(Math.floor(now.getTime() / BURST_WINDOW_MS) * BURST_WINDOW_MS).toISOString();
}

/** The claim that keeps a finding from being mailed twice at the same stage. */
export function alertClaim({ entry, stage }: DueAlert): Claim {
  return { kind: 'alert', key: `${entry.finding.id}:${entry.generation}:${stage}` };
}

/** Findings of one severity and rule that one actor brought about. */
export interface AlertGroup {
  readonly actor: string;
  readonly entries: readonly LedgerEntry[];
}

/** Entries by who did it, severity and rule; groups and their members the most urgent first, the larger group before the smaller. */
export function groupEntries(entries: readonly LedgerEntry[]): readonly AlertGroup[] {
  const sorted = entries.toSorted((a, b) => byUrgency(a.finding, b.finding));
  const groups = groupBy(sorted, ({ finding }) => JSON.stringify([finding.severity, finding.rule, actorOf(finding)]));
  return [...groups.values()]
    .flatMap((members) => (members[0] ? [{ actor: actorOf(members[0].finding), entries: members }] : []))
    .toSorted((a, b) => severityOrder(a, b) || b.entries.length - a.entries.length);
}

function severityOrder(a: AlertGroup, b: AlertGroup): number {
  const [first, second] = [a.entries[0], b.entries[0]];
  if (!first || !second || first.finding.severity === second.finding.severity) return 0;
  return atLeast(first.finding.severity, second.finding.severity) ? -1 : 1;
}
