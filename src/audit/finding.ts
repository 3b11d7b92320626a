/** A finding: one resource that breaks one rule, with its evidence and its fix. Every finding is made here. */

import { createHash } from 'node:crypto';
import { compareText } from '../collections.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { Evidence } from '../sighting/sighting.ts';
import { type FindingDetail, type ResourceType, SEVERITIES, type Severity } from './rule-answer.ts';
import { type RuleId, severityOf } from './rule-book.ts';

export { type FindingDetail, type ResourceType, SEVERITIES, type Severity } from './rule-answer.ts';
export type { RuleId } from './rule-book.ts';

export type FindingStatus = 'open' | 'resolved' | 'muted';

/** What was done about a finding, or would be. */
export interface FindingRemediation {
  readonly kind: string;
  readonly outcome: 'planned' | 'done' | 'failed' | 'unplaced' | 'not-needed';
  readonly reason?: string | undefined;
  readonly trafficMirrorSessionId?: string | undefined;
  readonly trafficMirrorTargetId?: string | undefined;
}

/** The contract of a finding as a JSON line; times are ISO 8601 UTC. Every text in it may be an attacker's. */
export interface Finding {
  readonly schema: 'mirrorwatch.finding/1';
  /** Stable: same account, region, resource and rule give the same id. */
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
  /** What a program may want besides the sentence: missing keys, interfaces and their verdicts, owner, VPC, name. */
  readonly detail: FindingDetail;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** The newest first: the call that broke the rule comes before the launch. */
  readonly evidence: readonly Evidence[];
  readonly remediation?: FindingRemediation | undefined;
  /** A command to paste. */
  readonly fix: string;
}

/**
 * A resource that was checked against a rule and passed, is gone, or could not be judged. Findings and judgements together are
 * everything an audit looked at: `gone` and `pass` resolve an open finding, `unknown` leaves it open and is named in the report.
 */
export interface Judgement {
  /** The id a finding of the same resource and rule has. */
  readonly id: string;
  readonly rule: RuleId;
  readonly accountId: string;
  readonly region: string;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly result: 'pass' | 'gone' | 'unknown';
  readonly reason: string;
  /** The time of the newest record about it, ISO 8601 UTC; absent when there is no record: then it holds for the time of the audit. */
  readonly seenAt?: string | undefined;
  /** The call that made it so, where a record shows it (the CreateTags that set the missing tag). */
  readonly evidence?: readonly Evidence[] | undefined;
}

/** What an audit decided. */
export interface AuditResult {
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
}

/** The id of the finding on a resource by a rule: always the same, and safe in a file name, a URL and a table key. */
export function findingId(rule: RuleId, accountId: string, region: string, resourceId: string): string {
  return createHash('sha256').update([rule, accountId, region, resourceId].join('\n')).digest('hex').slice(0, 32);
}

/** What a finding is made of. Everything else (schema, id, severity, times) follows from it. */
export interface FindingParts extends Scope {
  readonly rule: RuleId;
  /** @default 'open' */
  readonly status?: FindingStatus | undefined;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly reason: string;
  readonly detail: FindingDetail;
  readonly evidence: readonly Evidence[];
  readonly fix: string;
}

/** What findings are made with: the configured severities, and the time of the look. */
export interface FindingContext {
  readonly severities: Readonly<Partial<Record<RuleId, Severity>>>;
  readonly now: Date;
}

/**
 * Makes a finding. It was first and last seen at the oldest and newest time of its evidence; without evidence, at `now`.
 * Fields are in the order of the contract.
 */
export function makeFinding(parts: FindingParts, { severities, now }: FindingContext): Finding {
  const { rule, status = 'open', accountId, region, resourceType, resourceId, reason, detail, evidence, fix } = parts;
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
    detail,
    firstSeen: times[0] ?? now.toISOString(),
    lastSeen: times.at(-1) ?? now.toISOString(),
    evidence,
    fix,
  };
}

/** The judgement that a finding's resource is gone, or no longer needs the finding. */
export function goneJudgement(finding: Finding, reason: string): Judgement {
  const { id, rule, accountId, region, resourceType, resourceId } = finding;
  return { id, rule, accountId, region, resourceType, resourceId, result: 'gone', reason };
}

/** True when `severity` is at or above `threshold`. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold);
}

/** Orders findings the most urgent first, then by account, region, rule and resource: the same order for any input order. */
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
