/** What Traffic Mirroring itself consists of: targets, filters and sessions, and the load balancers behind targets. */

import type { Tag } from '../sighting/sighting.ts';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorTarget.html */
export interface TrafficMirrorTarget {
  readonly trafficMirrorTargetId: string;
  readonly type: 'network-interface' | 'network-load-balancer' | 'gateway-load-balancer-endpoint';
  /** Exactly one of the three is set, as `type` says. */
  readonly networkInterfaceId?: string | undefined;
  readonly networkLoadBalancerArn?: string | undefined;
  readonly gatewayLoadBalancerEndpointId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly description?: string | undefined;
  readonly tags: readonly Tag[];
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorFilterRule.html */
export interface TrafficMirrorFilterRule {
  readonly trafficMirrorFilterRuleId?: string | undefined;
  readonly ruleNumber: number;
  readonly ruleAction: 'accept' | 'reject';
  /** IANA number; undefined is every protocol. */
  readonly protocol?: number | undefined;
  readonly sourceCidrBlock?: string | undefined;
  readonly destinationCidrBlock?: string | undefined;
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
  readonly ownerId?: string | undefined;
  /** 1 to 32766; the lowest whose filter matches a packet gets it. */
  readonly sessionNumber: number;
  readonly virtualNetworkId?: number | undefined;
  readonly packetLength?: number | undefined;
  readonly description?: string | undefined;
  readonly tags: readonly Tag[];
}

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
  /** Undefined when the balancer was created without any, and so can never have one. */
  readonly securityGroupIds?: readonly string[] | undefined;
  /** `load_balancing.cross_zone.enabled`, where it was read. */
  readonly crossZone?: boolean | undefined;
}

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
