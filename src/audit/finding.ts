/** A finding: one resource that breaks one rule, with what proves it and how to mend it. */

import { createHash } from 'node:crypto';
import type { Evidence } from '../sighting/sighting.ts';

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** Ascending, for comparing and sorting. */
export const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

/** The built-in rules; a configured watch rule is `custom:NAME`. */
export type RuleId =
  | 'instance-untagged'
  | 'instance-unmirrored'
  | 'mirror-ineffective'
  | 'mirror-rogue'
  | 'mirror-duplicate'
  | 'mirror-orphan'
  | 'log-integrity'
  | 'security-group-open'
  | 'iam-user-after-hours'
  | `custom:${string}`;

export type FindingStatus = 'open' | 'resolved' | 'muted';

export type ResourceType =
  | 'AWS::EC2::Instance'
  | 'AWS::ECS::Task'
  | 'AWS::EC2::NetworkInterface'
  | 'AWS::EC2::TrafficMirrorSession'
  | 'AWS::EC2::SecurityGroup'
  | 'AWS::IAM::User'
  | 'AWS::S3::Object'
  | 'AWS::Account';

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
  /** The newest first: the call that made the state so comes before the launch. */
  readonly evidence: readonly Evidence[];
  readonly remediation?: FindingRemediation | undefined;
  /** A command to paste. */
  readonly fix: string;
}

/** `detail`: the named parts that reports group by, and whatever else a rule has to say. JSON values only. */
export interface FindingDetail {
  /** The resource's Name tag. */
  readonly name?: string | undefined;
  /** The value of an Owner tag, else who caused the finding. */
  readonly owner?: string | undefined;
  /** The name of the actor whose call made the state so: who deleted the tag, not who launched. */
  readonly causedBy?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  /** Required tags that are absent or wrong, for `instance-untagged`. */
  readonly missingTags?: readonly string[] | undefined;
  /** Interfaces with their verdict, for the mirror rules. */
  readonly interfaces?: readonly {
    readonly networkInterfaceId: string;
    readonly verdict: string;
    readonly reason: string;
  }[];
  /** Why it is muted, by whom and until when, for an exempted finding. */
  readonly exemption?: { readonly reason: string; readonly owner: string; readonly expires: string };
  /** Set while the finding is younger than the grace: it is looked at again then, and not mailed before. */
  readonly pendingUntil?: string | undefined;
  readonly [name: string]: unknown;
}

/**
 * A resource that was checked against a rule and passed, is gone, or could not be judged. With the findings these are all that
 * was looked at: `gone` and `pass` resolve what was open before, `unknown` leaves it as it is and is named in the report.
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
  /** The time of the newest record about it, ISO 8601 UTC; absent when no record was, and it speaks of the time of the look. */
  readonly seenAt?: string | undefined;
  /** What made it so, where a record shows it (the CreateTags that settled it). */
  readonly evidence?: readonly Evidence[] | undefined;
}

/** What an audit decided. */
export interface AuditResult {
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
}

/** The id of the finding on a resource by a rule: the same for ever, and safe in a file name, a URL and a table key. */
export function findingId(rule: RuleId, accountId: string, region: string, resourceId: string): string {
  return createHash('sha256').update([rule, accountId, region, resourceId].join('\n')).digest('hex').slice(0, 32);
}

/** True when `severity` is at or above `threshold`. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold);
}

/** Orders findings the most urgent first, then by account, region, rule and resource: the same order for any input order. */
export function byUrgency(a: Finding, b: Finding): number {
  const severity = SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);
  if (severity !== 0) return severity;
  for (const field of ['accountId', 'region', 'rule', 'resourceId'] as const) {
    if (a[field] !== b[field]) return a[field] < b[field] ? -1 : 1;
  }
  return 0;
}
