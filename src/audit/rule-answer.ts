/** What a rule says of one resource, before it becomes a finding or a judgement; and the words findings are made of. */

import type { Evidence } from '../sighting/sighting.ts';

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** Ascending, for comparing and sorting. */
export const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

/** CloudFormation's names where it has one. */
export type ResourceType =
  | 'AWS::EC2::Instance'
  | 'AWS::ECS::Task'
  | 'AWS::EC2::NetworkInterface'
  | 'AWS::EC2::TrafficMirrorSession'
  | 'AWS::EC2::SecurityGroup'
  | 'AWS::IAM::User'
  | 'AWS::S3::Object'
  | 'AWS::Account';

/** `detail` of a finding: the named parts that reports group by, and whatever else a rule reports. JSON values only. */
export interface FindingDetail {
  /** The resource's Name tag. */
  readonly name?: string | undefined;
  /** The value of an Owner tag, else who caused the finding. */
  readonly owner?: string | undefined;
  /** The actor whose call caused the finding: who deleted the tag, not who launched the instance. */
  readonly causedBy?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  /** Required tags that are absent or wrong, for `instance-untagged`. */
  readonly missingTags?: readonly string[] | undefined;
  /** Interfaces with their verdict, for the mirror rules. */
  readonly interfaces?:
    | readonly { readonly networkInterfaceId: string; readonly verdict: string; readonly reason: string }[]
    | undefined;
  /** The sessions that break the rule, for `mirror-rogue`. */
  readonly trafficMirrorSessionIds?: readonly string[] | undefined;
  /** Why an exempted finding is muted, by whom and until when. */
  readonly exemption?: { readonly reason: string; readonly owner: string; readonly expires: string } | undefined;
  /** Set while the finding is younger than the grace: it is checked again at this time and not mailed before. */
  readonly pendingUntil?: string | undefined;
  readonly [name: string]: unknown;
}

/**
 * What a rule says of one resource. `fail` becomes an open finding and `exempt` a muted one; `pass`, `gone` and `unknown` become
 * judgements. Evidence is the newest first, and empty where no record shows how the state came about.
 */
export type RuleAnswer = FindingAnswer | JudgementAnswer;

export interface FindingAnswer {
  readonly result: 'fail' | 'exempt';
  readonly reason: string;
  readonly detail: FindingDetail;
  readonly evidence: readonly Evidence[];
  readonly fix: string;
}

export interface JudgementAnswer {
  readonly result: 'pass' | 'gone' | 'unknown';
  readonly reason: string;
  readonly evidence?: readonly Evidence[] | undefined;
}

/** What a mirror rule knows besides the resource. */
export interface MirrorContext {
  readonly region: string;
  /** The calls about the resource's mirroring, the newest first. */
  readonly evidence: readonly Evidence[];
}
