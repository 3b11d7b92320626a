/** The parts of Traffic Mirroring: targets, filters and sessions, and the load balancers and endpoints behind targets. */

import type { Tag } from '../sighting/sighting.ts';

/**
 * A traffic mirror target. `type` says what is behind it, and each type names exactly that one thing.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorTarget.html
 */
export type TrafficMirrorTarget = InterfaceTarget | LoadBalancerTarget | EndpointTarget | UnknownTarget;

interface TargetFields {
  readonly trafficMirrorTargetId: string;
  readonly ownerId?: string | undefined;
  readonly description?: string | undefined;
  readonly tags: readonly Tag[];
}

/** A target that is a sensor's own network interface. */
export interface InterfaceTarget extends TargetFields {
  readonly type: 'network-interface';
  readonly networkInterfaceId: string;
}

/** A target with sensors behind a Network Load Balancer. */
export interface LoadBalancerTarget extends TargetFields {
  readonly type: 'network-load-balancer';
  readonly networkLoadBalancerArn: string;
}

/** A target with sensors behind a Gateway Load Balancer endpoint. */
export interface EndpointTarget extends TargetFields {
  readonly type: 'gateway-load-balancer-endpoint';
  readonly gatewayLoadBalancerEndpointId: string;
}

/**
 * A target of a type we don't know, or one that doesn't name what is behind it. It exists and can be configured, but every check
 * of it answers `unknown`.
 */
export interface UnknownTarget extends TargetFields {
  readonly type: 'unknown';
  /** `Type` as AWS wrote it. */
  readonly awsType: string;
}

/** The interface behind a target; undefined unless it is an interface target. */
export function targetInterfaceId(target: TrafficMirrorTarget): string | undefined {
  return target.type === 'network-interface' ? target.networkInterfaceId : undefined;
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorFilterRule.html */
export interface TrafficMirrorFilterRule {
  readonly trafficMirrorFilterRuleId?: string | undefined;
  readonly ruleNumber: number;
  readonly ruleAction: 'accept' | 'reject';
  /** IANA protocol number; undefined means every protocol. */
  readonly protocol?: number | undefined;
  readonly sourceCidrBlock?: string | undefined;
  readonly destinationCidrBlock?: string | undefined;
  /** Undefined means every port. */
  readonly sourcePortRange?: FilterPortRange | undefined;
  readonly destinationPortRange?: FilterPortRange | undefined;
}

/**
 * Ports, both ends inclusive.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorPortRange.html
 */
export interface FilterPortRange {
  readonly fromPort?: number | undefined;
  readonly toPort?: number | undefined;
}

/** Which packets a session mirrors: each direction has its own ordered rules. */
export interface TrafficMirrorFilter {
  readonly trafficMirrorFilterId: string;
  readonly ingressFilterRules: readonly TrafficMirrorFilterRule[];
  readonly egressFilterRules: readonly TrafficMirrorFilterRule[];
  readonly tags: readonly Tag[];
}

/** A session. It has no state field: one can exist and carry nothing. */
export interface TrafficMirrorSession {
  readonly trafficMirrorSessionId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly networkInterfaceId: string;
  readonly ownerId?: string | undefined;
  /** 1 to 32766. Of the sessions whose filter matches a packet, the lowest number gets it. */
  readonly sessionNumber: number;
  readonly virtualNetworkId?: number | undefined;
  readonly packetLength?: number | undefined;
  readonly description?: string | undefined;
  readonly tags: readonly Tag[];
}

/** A load balancer; only network load balancers can be behind a target. */
export interface LoadBalancer {
  readonly loadBalancerArn: string;
  readonly type?: string | undefined;
  /** `active`, `provisioning`, `active_impaired`, `failed`. */
  readonly state?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly availabilityZones: readonly {
    readonly zoneName?: string | undefined;
    readonly zoneId?: string | undefined;
    readonly subnetId?: string | undefined;
    readonly privateIpAddress?: string | undefined;
  }[];
  /** Undefined when the balancer was created without any: none can be added later. */
  readonly securityGroupIds?: readonly string[] | undefined;
  /** `load_balancing.cross_zone.enabled`; undefined when it was not read. */
  readonly crossZone?: boolean | undefined;
}

/** A listener of a load balancer. */
export interface Listener {
  readonly loadBalancerArn: string;
  readonly protocol?: string | undefined;
  readonly port?: number | undefined;
}

/** A VPC endpoint; only Gateway Load Balancer endpoints matter here. */
export interface VpcEndpoint {
  readonly vpcEndpointId: string;
  readonly vpcEndpointType?: string | undefined;
  readonly state?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly subnetIds: readonly string[];
}
