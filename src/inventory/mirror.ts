/** What Traffic Mirroring itself consists of: targets, filters and sessions, and the load balancers behind targets. */

import type { Tag } from '../sighting/sighting.ts';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorTarget.html */
export interface TrafficMirrorTarget {
  readonly trafficMirrorTargetId: string;
  readonly type: 'network-interface' | 'network-load-balancer' | 'gateway-load-balancer-endpoint';
  /** Exactly one of the three is set, as `type` says. */
  readonly networkInterfaceId?: string;
  readonly networkLoadBalancerArn?: string;
  readonly gatewayLoadBalancerEndpointId?: string;
  readonly ownerId?: string;
  readonly description?: string;
  readonly tags: readonly Tag[];
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorFilterRule.html */
export interface TrafficMirrorFilterRule {
  readonly trafficMirrorFilterRuleId?: string;
  readonly ruleNumber: number;
  readonly ruleAction: 'accept' | 'reject';
  /** IANA number; undefined is every protocol. */
  readonly protocol?: number;
  readonly sourceCidrBlock?: string;
  readonly destinationCidrBlock?: string;
}

export interface TrafficMirrorFilter {
  readonly trafficMirrorFilterId: string;
  readonly ingressFilterRules: readonly TrafficMirrorFilterRule[];
  readonly egressFilterRules: readonly TrafficMirrorFilterRule[];
  readonly tags: readonly Tag[];
}

/** A session has no state field: that it exists does not say that it carries anything. */
export interface TrafficMirrorSession {
  readonly trafficMirrorSessionId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly networkInterfaceId: string;
  readonly ownerId?: string;
  /** 1 to 32766; the lowest whose filter matches a packet gets it. */
  readonly sessionNumber: number;
  readonly virtualNetworkId?: number;
  readonly packetLength?: number;
  readonly description?: string;
  readonly tags: readonly Tag[];
}

export interface LoadBalancer {
  readonly loadBalancerArn: string;
  readonly type?: string;
  /** `active`, `provisioning`, `active_impaired`, `failed`. */
  readonly state?: string;
  readonly vpcId?: string;
  readonly availabilityZones: readonly {
    readonly zoneName?: string;
    readonly zoneId?: string;
    readonly subnetId?: string;
    readonly privateIpAddress?: string;
  }[];
  /** Undefined when the balancer was created without any, and so can never have one. */
  readonly securityGroupIds?: readonly string[];
  /** `load_balancing.cross_zone.enabled`, where it was read. */
  readonly crossZone?: boolean;
}

export interface Listener {
  readonly loadBalancerArn: string;
  readonly protocol?: string;
  readonly port?: number;
}

/** A VPC endpoint; only Gateway Load Balancer endpoints matter here. */
export interface VpcEndpoint {
  readonly vpcEndpointId: string;
  readonly vpcEndpointType?: string;
  readonly state?: string;
  readonly vpcId?: string;
  readonly subnetIds: readonly string[];
}
