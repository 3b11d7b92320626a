/** What calls change about Traffic Mirroring: sessions, filters and targets. */

import type { Tag } from '../tags.ts';

/** CreateTrafficMirrorSession. Exact. */
export interface SessionCreated {
  readonly kind: 'session-created';
  readonly trafficMirrorSessionId: string;
  readonly networkInterfaceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly sessionNumber: number;
  readonly ownerId?: string | undefined;
  readonly virtualNetworkId?: number | undefined;
  readonly packetLength?: number | undefined;
  readonly description?: string | undefined;
  readonly tags: readonly Tag[];
}

/** A session as an answer of AWS describes it. */
export type RecordedSession = Omit<SessionCreated, 'kind'>;

/**
 * ModifyTrafficMirrorSession: the fields that the request names, as they are after. The record lacks their values before.
 */
export interface SessionModified {
  readonly kind: 'session-modified';
  readonly trafficMirrorSessionId: string;
  readonly trafficMirrorTargetId?: string | undefined;
  readonly trafficMirrorFilterId?: string | undefined;
  readonly sessionNumber?: number | undefined;
  /** The whole session after the call, if the answer has it. */
  readonly session?: RecordedSession | undefined;
}

/** DeleteTrafficMirrorSession. The record lacks everything but the id. */
export interface SessionDeleted {
  readonly kind: 'session-deleted';
  readonly trafficMirrorSessionId: string;
  /** What the session was. Known only when we deleted it ourselves. */
  readonly session?: RecordedSession | undefined;
}

/** What one call did to a session. */
export type SessionChange = SessionCreated | SessionModified | SessionDeleted;

/** A filter rule's fields as a call names them; absent fields weren't named. */
export interface RecordedFilterRule {
  readonly trafficMirrorFilterRuleId: string;
  readonly ruleNumber?: number | undefined;
  readonly ruleAction?: 'accept' | 'reject' | undefined;
  readonly protocol?: number | undefined;
  readonly sourceCidrBlock?: string | undefined;
  readonly destinationCidrBlock?: string | undefined;
  readonly sourcePortRange?: RecordedPorts | undefined;
  readonly destinationPortRange?: RecordedPorts | undefined;
}

/** A filter rule's ports, both ends inclusive. */
export interface RecordedPorts {
  readonly fromPort?: number | undefined;
  readonly toPort?: number | undefined;
}

/** A filter rule's field that a call can take away. */
export type RemovableRuleField =
  | 'protocol'
  | 'sourceCidrBlock'
  | 'destinationCidrBlock'
  | 'sourcePortRange'
  | 'destinationPortRange';

/** CreateTrafficMirrorFilterRule. Exact. */
export interface FilterRuleCreated {
  readonly kind: 'filter-rule-created';
  readonly trafficMirrorFilterId: string;
  readonly direction: 'ingress' | 'egress';
  readonly rule: RecordedFilterRule;
}

/** ModifyTrafficMirrorFilterRule: the named fields as they are after, and those that were removed. The record lacks the values before. */
export interface FilterRuleModified {
  readonly kind: 'filter-rule-modified';
  readonly rule: RecordedFilterRule;
  readonly direction?: 'ingress' | 'egress' | undefined;
  readonly removed: readonly RemovableRuleField[];
  /** The complete rule after the call, where the answer shows it. */
  readonly after?: Omit<FilterRuleCreated, 'kind'> | undefined;
}

/** DeleteTrafficMirrorFilterRule. The record lacks filter, direction and rule. */
export interface FilterRuleDeleted {
  readonly kind: 'filter-rule-deleted';
  readonly trafficMirrorFilterRuleId: string;
}

/** CreateTrafficMirrorFilter. Exact. */
export interface FilterCreated {
  readonly kind: 'filter-created';
  readonly trafficMirrorFilterId: string;
}

/** DeleteTrafficMirrorFilter. The record lacks its rules. */
export interface FilterDeleted {
  readonly kind: 'filter-deleted';
  readonly trafficMirrorFilterId: string;
}

/** CreateTrafficMirrorTarget. Exact. Exactly one of the three resources is set, if the record says. */
export interface TargetCreated {
  readonly kind: 'target-created';
  readonly trafficMirrorTargetId: string;
  readonly networkInterfaceId?: string | undefined;
  readonly networkLoadBalancerArn?: string | undefined;
  readonly gatewayLoadBalancerEndpointId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly tags: readonly Tag[];
}

/** DeleteTrafficMirrorTarget. The record lacks what was behind it. */
export interface TargetDeleted {
  readonly kind: 'target-deleted';
  readonly trafficMirrorTargetId: string;
}
