/** A rule's answer about one resource, before it becomes a finding or a judgement, and the vocabulary of findings. */

import type { Evidence } from '../sighting/sighting.ts';
import type { EvidenceRole } from './cause.ts';
import type { Decided } from './known-tags.ts';

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** From the least to the most severe, for comparing and sorting. */
export const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

/** CloudFormation's name for the type, if it has one. `Other`, as Security Hub has it, is whatever a rule of the configuration names. */
export type ResourceType =
  | 'AWS::EC2::Instance'
  | 'AWS::ECS::Task'
  | 'AWS::EC2::NetworkInterface'
  | 'AWS::EC2::TrafficMirrorSession'
  | 'AWS::EC2::SecurityGroup'
  | 'AWS::IAM::User'
  | 'AWS::S3::Object'
  | 'AWS::Account'
  | 'Other';

/** What people call a resource of each type. */
export const RESOURCE_NOUNS = {
  'AWS::EC2::Instance': 'instance',
  'AWS::ECS::Task': 'task',
  'AWS::EC2::NetworkInterface': 'interface',
  'AWS::EC2::TrafficMirrorSession': 'mirror session',
  'AWS::EC2::SecurityGroup': 'security group',
  'AWS::IAM::User': 'user',
  'AWS::S3::Object': 'log file',
  'AWS::Account': 'account',
  Other: 'resource',
} as const satisfies Record<ResourceType, string>;

/** A finding's `detail`: the fields that reports group by, and any others a rule reports. JSON values only. */
export interface FindingDetail {
  /** The resource's Name tag. */
  readonly name?: string | undefined;
  /** The group that launched it or was given it, by the tag that Auto Scaling sets. */
  readonly autoScalingGroupName?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  /** The required tags that are missing or have a wrong value, for `instance-untagged`. */
  readonly missingTags?: readonly string[] | undefined;
  /** Interfaces with their verdict, for the mirror rules. */
  readonly interfaces?:
    | readonly { readonly networkInterfaceId: string; readonly verdict: string; readonly reason: string }[]
    | undefined;
  /** The sessions that break the rule, for `mirror-rogue`. */
  readonly trafficMirrorSessionIds?: readonly string[] | undefined;
  /** Those of them that carry our tag: they pass themselves off as ours, or somebody else redirected them. */
  readonly disguisedSessionIds?: readonly string[] | undefined;
  /** Sessions that we changed or deleted for their tag, although nothing proves that we made them. */
  readonly unprovenSessionIds?: readonly string[] | undefined;
  /** Why the finding is muted, who decided it, and until when. */
  readonly exemption?:
    | {
        readonly reason: string;
        readonly owner: string;
        readonly expires: string;
        /** Present if the finding is repaired all the same. */
        readonly still?: 'repair' | undefined;
      }
    | undefined;
  /** What closed a finding that reports show as muted: the configuration, which no longer judges it, or time, while it was exempted. */
  readonly closedBy?: string | undefined;
  /** Set during the grace period and while a repair is awaited: the finding is re-checked at this time and not mailed before. */
  readonly pendingUntil?: string | undefined;
  /**
   * Since when, and until when at the latest, mails about the finding wait for its repair, ISO 8601 UTC: from the first hand-over after
   * the finding was opened, until the repair has answered for good or is overdue. Absent if it was never handed over.
   */
  readonly repairAwaited?: { readonly since: string; readonly until: string } | undefined;
  /** The rule's heading, of a finding of the configuration's own rule. Absent if that has none but its name. */
  readonly ruleTitle?: string | undefined;
  /** How many calls a finding about calls is about: at most ten of them are its evidence. Absent for other findings. */
  readonly eventCount?: number | undefined;
  /** True if there may have been more calls than that. */
  readonly eventCountIsMinimum?: true | undefined;
  /** An instance or task whose mirroring could not be judged, as an example. */
  readonly unjudgedSource?: string | undefined;
  readonly [name: string]: unknown;
}

/**
 * A rule's answer about one resource. `fail` becomes an open finding and `exempt` a muted one; `pass`, `gone` and `unknown` become
 * judgements. Evidence is newest first, and empty if no record explains the state.
 */
export type RuleAnswer = FindingAnswer | JudgementAnswer;

export interface FindingAnswer {
  readonly result: 'fail' | 'exempt';
  readonly reason: string;
  readonly detail: FindingDetail;
  readonly evidence: readonly Evidence[];
  readonly fix: string;
  /** The records that decide the answer. Absent if it rests on a look at the account. */
  readonly decided?: Decided | undefined;
}

export interface JudgementAnswer {
  readonly result: 'pass' | 'gone' | 'unknown';
  readonly reason: string;
  /** Only evidence of the role `resolution` names who fixed it; without a role it is context. */
  readonly evidence?: readonly (Evidence & { readonly role?: EvidenceRole | undefined })[] | undefined;
  /** The records that decide the answer. Absent if it rests on a look at the account. */
  readonly decided?: Decided | undefined;
  /** When records last show each tag, if not all of them at the same time. */
  readonly shownTags?: readonly (readonly [key: string, at: Date])[] | undefined;
}

/** The context in which a mirror rule judges a resource. */
export interface MirrorContext {
  readonly region: string;
  /** The calls that concern the resource's mirroring, newest first. */
  readonly evidence: readonly Evidence[];
}
