/** A finding: one resource that breaks one rule, with its evidence and its fix. Every finding is made here. */

import { createHash } from 'node:crypto';
import { compareText } from '../collections.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { Evidence } from '../sighting/sighting.ts';
import { CAUSE_NOT_EXAMINED, type Cause, type EvidenceRole } from './cause.ts';
import { type FindingDetail, type ResourceType, SEVERITIES, type Severity } from './rule-answer.ts';
import { type RuleId, severityOf } from './rule-book.ts';

export { type FindingDetail, type ResourceType, SEVERITIES, type Severity } from './rule-answer.ts';
export type { RuleId } from './rule-book.ts';

/** A record that belongs to a finding, and why. A record of somebody who helped is never listed. */
export interface FindingEvidence extends Evidence {
  readonly role: EvidenceRole;
}

/** The evidence with its roles, newest first. Evidence without a role is context. */
export function withRoles(
  evidence: readonly (Evidence & { readonly role?: EvidenceRole | undefined })[],
): readonly FindingEvidence[] {
  return evidence.map((each) => ({ ...each, role: each.role ?? 'context' })).toSorted(newestFirst);
}

export type FindingStatus = 'open' | 'resolved' | 'muted';

/** What we did about a finding, or would do. */
export interface FindingRemediation {
  readonly kind: string;
  /** When AWS answered, ISO 8601 UTC. Absent until it has. */
  readonly answeredAt?: string | undefined;
  readonly outcome: 'planned' | 'done' | 'failed' | 'unplaced' | 'not-needed';
  readonly reason?: string | undefined;
  readonly trafficMirrorSessionId?: string | undefined;
  readonly trafficMirrorTargetId?: string | undefined;
}

/** How a finding ended. */
export interface FindingResolution {
  /**
   * `call`: by recorded calls, which are its evidence of the role `resolution`. `repair`: by us. `look`: a later look at the resource found it
   * over, and no record says by whom. `time`: no such call was recorded for long enough. `configuration`: it is no longer judged. `unknown`:
   * no record says how, as when a user was given another name.
   */
  readonly kind: 'call' | 'repair' | 'look' | 'time' | 'configuration' | 'unknown';
  /** When, ISO 8601 UTC. */
  readonly at: string;
  /** Who made the calls; absent for every other kind. */
  readonly by?: string | undefined;
}

/** A finding as printed in JSON lines. Times are ISO 8601 UTC. An attacker may have chosen any text in it. */
export interface Finding {
  readonly schema: 'mirrorwatch.finding/1';
  /** Stable: the same account, region, resource and rule always give the same id. */
  readonly id: string;
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly status: FindingStatus;
  readonly accountId: string;
  readonly region: string;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  /** One sentence. */
  readonly reason: string;
  /** What the records prove to be the cause. */
  readonly cause: Cause;
  /** Who launched the instance, if a record shows it. Rarely the cause. */
  readonly launchedBy?: string | undefined;
  /** The value of the resource's Owner tag; absent without one. Never the caller. */
  readonly owner?: string | undefined;
  /** What made us look, in words without a person's name: `a look at the whole account`, `RunInstances at 2026-03-17T08:02:11Z`. */
  readonly seenBecause?: string | undefined;
  /** The facts behind the sentence, for programs: missing keys, interfaces and their verdicts, VPC, name. */
  readonly detail: FindingDetail;
  /**
   * The first moment at which the finding is known to be there: when the account was read, or without an account, the time of the
   * oldest record that decides it. Later observations keep the earliest.
   */
  readonly firstSeen: string;
  /** The last such moment: the newest look, or the newest record that decides it. The ledger dates an observation by it. */
  readonly lastSeen: string;
  /** Newest first. */
  readonly evidence: readonly FindingEvidence[];
  readonly remediation?: FindingRemediation | undefined;
  /** A command to paste, with every value quoted; or words that say why none can help, which begin with "No command". Empty if there is nothing to do. */
  readonly fix: string;
  /** In reports: how it ended, of a resolved finding and of a muted one that was closed. Absent for others, and in the ledger. */
  readonly resolution?: FindingResolution | undefined;
}

/**
 * A resource that was checked against a rule and passed, is gone, or could not be judged. Findings and judgements together are
 * everything an audit looked at. `gone` and `pass` resolve an open finding; `unknown` leaves it open and is listed in the report.
 */
export interface Judgement {
  /** The same id that a finding on this resource by this rule has. */
  readonly id: string;
  readonly rule: RuleId;
  readonly accountId: string;
  readonly region: string;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly result: 'pass' | 'gone' | 'unknown';
  readonly reason: string;
  /**
   * When it was so, ISO 8601 UTC: when the account was read, or without an account, the time of the newest record that decides it.
   * @default the time of the observation
   */
  readonly seenAt?: string | undefined;
  /**
   * When records last show each tag of an all-clear, ISO 8601 UTC, ordered by key: one that was set before may have been removed since by a
   * call whose record was not read. Absent if they show all of them at `seenAt`, or the account was read.
   */
  readonly shownTags?: readonly (readonly [key: string, at: string])[] | undefined;
  /** Present if the finding is closed with `gone` although nobody may have fixed it: the configuration no longer judges it, or time passed. */
  readonly closedBy?: 'configuration' | 'time' | undefined;
  /** Records about it. Those of the role `resolution` are proven to have fixed it: the CreateTags that set the missing tag, for example. */
  readonly evidence?: readonly FindingEvidence[] | undefined;
}

/** What an audit decided about each resource. */
export interface AuditResult {
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
}

/** The id of a rule's finding on a resource. Always the same, and safe in file names, URLs and table keys. */
export function findingId(rule: RuleId, accountId: string, region: string, resourceId: string): string {
  return createHash('sha256').update([rule, accountId, region, resourceId].join('\n')).digest('hex').slice(0, 32);
}

/** The parts a finding is made from. Its schema, id, severity and times follow from these. */
export interface FindingParts extends Scope {
  readonly rule: RuleId;
  /** @default 'open' */
  readonly status?: FindingStatus | undefined;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly reason: string;
  /** @default not examined */
  readonly cause?: Cause | undefined;
  readonly launchedBy?: string | undefined;
  readonly owner?: string | undefined;
  readonly seenBecause?: string | undefined;
  readonly detail: FindingDetail;
  /** Evidence without a role is context. */
  readonly evidence: readonly (Evidence & { readonly role?: EvidenceRole | undefined })[];
  readonly fix: string;
  /** @default the time of the oldest evidence, or without any the time of the audit */
  readonly firstSeen?: string | undefined;
  /** @default the time of the newest evidence, or without any the time of the audit */
  readonly lastSeen?: string | undefined;
}

/** What all findings of a run share: the configured severities and the time of the audit. */
export interface FindingContext {
  readonly severities: Readonly<Partial<Record<RuleId, Severity>>>;
  readonly now: Date;
}

/**
 * Makes a finding, with its fields in the documented order. One that rests on a look at the account needs `firstSeen` and `lastSeen`;
 * for one that rests on recorded calls alone, they follow from its evidence.
 */
export function makeFinding(parts: FindingParts, { severities, now }: FindingContext): Finding {
  const { rule, status = 'open', accountId, region, resourceType, resourceId, reason, detail, evidence, fix } = parts;
  const { cause = CAUSE_NOT_EXAMINED, launchedBy, owner, seenBecause } = parts;
  const times = evidence.map(({ eventTime }) => eventTime).toSorted();
  return {
    schema: 'mirrorwatch.finding/1',
    id: findingId(rule, accountId, region, resourceId),
    rule,
    severity: severityOf(rule, severities),
    status,
    accountId,
    region,
    resourceType,
    resourceId,
    reason,
    cause,
    launchedBy,
    owner,
    seenBecause,
    detail,
    firstSeen: parts.firstSeen ?? times[0] ?? now.toISOString(),
    lastSeen: parts.lastSeen ?? times.at(-1) ?? now.toISOString(),
    evidence: withRoles(evidence),
    fix,
  };
}

/** Orders evidence, the newest first; of the same moment, by event id. */
export function newestFirst(a: Evidence, b: Evidence): number {
  return compareText(b.eventTime, a.eventTime) || compareText(b.eventID, a.eventID);
}

/** True for an open finding that is not mailed yet at that time. A time that cannot be parsed holds nothing back. */
export function isHeldBack({ status, detail }: Pick<Finding, 'status' | 'detail'>, now: Date): boolean {
  return status === 'open' && detail.pendingUntil !== undefined && Date.parse(detail.pendingUntil) > now.getTime();
}

/** The judgement that a finding's resource is gone, or no longer needs the finding. `seenAt` is when that was so. */
export function goneJudgement(finding: Finding, reason: string, seenAt: Date): Judgement {
  const { id, rule, accountId, region, resourceType, resourceId } = finding;
  return {
    id,
    rule,
    accountId,
    region,
    resourceType,
    resourceId,
    result: 'gone',
    reason,
    seenAt: seenAt.toISOString(),
  };
}

/** The judgement that closes a finding because the configuration no longer judges it. */
export function closedJudgement(finding: Finding, at: Date): Judgement {
  const reason = 'the configuration no longer judges it, which says nothing about the resource';
  return { ...goneJudgement(finding, reason, at), closedBy: 'configuration' };
}

/** The moment after a finding was last seen. Of two facts of the same moment the ledger believes the worse one. */
export function justAfter(lastSeen: string): Date {
  return new Date(Date.parse(lastSeen) + 1);
}

/** True when `severity` is at or above `threshold`. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold);
}

/** Orders findings by urgency, most urgent first, then by account, region, rule and resource. The input order does not matter. */
export function byUrgency(a: Finding, b: Finding): number {
  const severity = SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);
  if (severity !== 0) return severity;
  return (
    compareText(a.accountId, b.accountId) ||
    compareText(a.region, b.region) ||
    compareText(a.rule, b.rule) ||
    compareText(a.resourceId, b.resourceId)
  );
}
