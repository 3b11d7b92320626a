/** The results of this folder: a check, a candidate, an interface's verdict. Plain data, all of it JSON. */

import type { UnprovenTarget } from './destinations.ts';

/** `warn` does not refuse. `unknown` means that it could not be checked, which is never a pass. */
export type CheckResult = 'allow' | 'block' | 'unknown' | 'warn';

/** The checks of a candidate, in the order in which they are reported. */
export type CheckName = 'alive' | 'self' | 'route' | 'zone' | 'capacity' | 'security-group' | 'network-acl' | 'filter';

/** One check, with the rule that decided it in words (`network ACL acl-1 rule 90 denies udp 4789 from 10.0.2.0/24`). */
export interface Check {
  readonly check: CheckName;
  readonly result: CheckResult;
  readonly reason: string;
}

/** Whether mirrored packets stay in the source's zone. */
export type Tier = 'same-zone' | 'other-zone';

/** A target as one source sees it. `eligible` only if every check allows or warns. */
export interface Candidate {
  readonly trafficMirrorTargetId: string;
  readonly eligible: boolean;
  readonly tier: Tier;
  /** How many distinct source interfaces the target has now. */
  readonly sources: number;
  /** Null for targets without a cap. */
  readonly capacity: number | null;
  readonly checks: readonly Check[];
}

/** Why an existing session does not carry the packets it should. */
export type IneffectiveReason =
  | 'TARGET_RESOURCE_GONE'
  | 'FILTER_EMPTY'
  | 'FILTER_ONE_WAY'
  | 'NLB_NO_UDP_4789'
  | 'BLOCKED_SG'
  | 'BLOCKED_NACL'
  | 'NO_ROUTE'
  | 'CROSS_AZ'
  | 'TARGET_WITHDRAWN'
  | 'FILTER_GONE'
  /** Our session, but the configuration now sends this source to another target or through another filter. */
  | 'WRONG_TARGET'
  | 'WRONG_FILTER';

/** Whether an interface's packets reach a sensor. */
export type Verdict =
  | {
      readonly kind: 'mirrored';
      readonly trafficMirrorSessionId: string;
      readonly trafficMirrorTargetId: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'ineffective';
      readonly code: IneffectiveReason;
      readonly reason: string;
      readonly trafficMirrorSessionId: string;
      readonly trafficMirrorTargetId: string;
    }
  /**
   * No session. Remediable with the target that would be selected if this source were alone; a plan, which places all sources together,
   * may choose another. If not remediable, the reason says what refuses each target.
   */
  | {
      readonly kind: 'missing';
      readonly remediable: true;
      readonly trafficMirrorTargetId: string;
      readonly reason: string;
    }
  | { readonly kind: 'missing'; readonly remediable: false; readonly reason: string }
  | { readonly kind: 'exempt'; readonly reason: string }
  /** No sensor of ours sees it either. `trafficMirrorTargetId` is as for `missing`; absent when no target passes. */
  | {
      readonly kind: 'rogue';
      readonly reason: string;
      readonly trafficMirrorSessionId: string;
      readonly trafficMirrorTargetId?: string | undefined;
    }
  | { readonly kind: 'duplicate'; readonly reason: string; readonly trafficMirrorSessionIds: readonly string[] }
  | {
      readonly kind: 'unknown';
      readonly reason: string;
      /** True if the interface is known to have no session to a sensor, and only the targets are in doubt. */
      readonly withoutSession?: true | undefined;
    };

/** What `mirror explain -o json` prints for one interface. An exempt source has no candidates. */
export interface Explanation {
  readonly networkInterfaceId: string;
  /** The instance or task that the interface belongs to, else the interface itself. */
  readonly resourceId: string;
  readonly verdict: { readonly kind: Verdict['kind']; readonly reason?: string };
  /** The target it has, else the one that would be selected for this source alone, given the sessions that exist. */
  readonly selected: string | null;
  /** What the plan for the whole account does with it; null when that is nothing. Absent when no plan was made. */
  readonly planned?: PlannedPlace | null | undefined;
  readonly candidates: readonly Candidate[];
  /** Targets that carry the tag of our sensors and are no candidates, because nothing proves that they are ours. Absent without any. */
  readonly unproven?: readonly UnprovenTarget[] | undefined;
}

/** A source's place in the plan for its whole account, where all sources are placed together. */
export interface PlannedPlace {
  /** The kind of the plan's step, or why there is none. */
  readonly kind: string;
  /** Null when the plan gives it no session. */
  readonly trafficMirrorTargetId: string | null;
  readonly reason: string;
}
