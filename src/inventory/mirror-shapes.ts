/** How AWS writes targets, filters, sessions, and the load balancers and endpoints behind targets. */

import type {
  FilterPortRange,
  Listener,
  LoadBalancer,
  TrafficMirrorFilter,
  TrafficMirrorFilterRule,
  TrafficMirrorSession,
  TrafficMirrorTarget,
  VpcEndpoint,
} from './mirror.ts';
import { tagsAt } from './network-shapes.ts';
import {
  asObject,
  at,
  id,
  integer,
  listAt,
  listOf,
  need,
  type OptionalField,
  object,
  oneOf,
  type Shape,
  text,
} from './shape.ts';

/** A target as AWS returns it: only `type` says which of the three ids is set. */
interface TargetAnswer {
  readonly trafficMirrorTargetId: string;
  readonly type: string;
  readonly networkInterfaceId?: string | undefined;
  readonly networkLoadBalancerArn?: string | undefined;
  readonly gatewayLoadBalancerEndpointId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly description?: string | undefined;
  readonly tags: TrafficMirrorTarget['tags'];
}

const targetAnswer: Shape<TargetAnswer> = object<TargetAnswer>({
  trafficMirrorTargetId: need('TrafficMirrorTargetId', id),
  type: need('Type', id),
  networkInterfaceId: at('NetworkInterfaceId', id),
  networkLoadBalancerArn: at('NetworkLoadBalancerArn', id),
  gatewayLoadBalancerEndpointId: at('GatewayLoadBalancerEndpointId', id),
  ownerId: at('OwnerId', text),
  description: at('Description', text),
  tags: tagsAt('Tags'),
});

/**
 * A target of any type. One of a type we don't know, or without the id its type needs, is read as `unknown` and keeps its `Type`.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorTarget.html
 */
export const trafficMirrorTargetShape: Shape<TrafficMirrorTarget> = {
  read(value, path) {
    const { type, networkInterfaceId, networkLoadBalancerArn, gatewayLoadBalancerEndpointId, ...fields } =
      targetAnswer.read(value, path);
    if (type === 'network-interface' && networkInterfaceId !== undefined) {
      return { ...fields, type, networkInterfaceId };
    }
    if (type === 'network-load-balancer' && networkLoadBalancerArn !== undefined) {
      return { ...fields, type, networkLoadBalancerArn };
    }
    if (type === 'gateway-load-balancer-endpoint' && gatewayLoadBalancerEndpointId !== undefined) {
      return { ...fields, type, gatewayLoadBalancerEndpointId };
    }
    return { ...fields, type: 'unknown', awsType: type };
  },
  write: (target) => targetAnswer.write(target.type === 'unknown' ? { ...target, type: target.awsType } : target),
};

const portRange: Shape<FilterPortRange> = object<FilterPortRange>({
  fromPort: at('FromPort', integer),
  toPort: at('ToPort', integer),
});

const filterRule: Shape<TrafficMirrorFilterRule> = object<TrafficMirrorFilterRule>({
  trafficMirrorFilterRuleId: at('TrafficMirrorFilterRuleId', id),
  ruleNumber: need('RuleNumber', integer),
  ruleAction: need('RuleAction', oneOf('accept', 'reject')),
  protocol: at('Protocol', integer),
  sourceCidrBlock: at('SourceCidrBlock', text),
  destinationCidrBlock: at('DestinationCidrBlock', text),
  sourcePortRange: at('SourcePortRange', portRange),
  destinationPortRange: at('DestinationPortRange', portRange),
});

/**
 * Both rule lists are required: leaving them out must not make a filter look empty.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorFilter.html
 */
export const trafficMirrorFilterShape: Shape<TrafficMirrorFilter> = object<TrafficMirrorFilter>({
  trafficMirrorFilterId: need('TrafficMirrorFilterId', id),
  ingressFilterRules: need('IngressFilterRules', listOf(filterRule)),
  egressFilterRules: need('EgressFilterRules', listOf(filterRule)),
  tags: tagsAt('Tags'),
});

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorSession.html */
export const trafficMirrorSessionShape: Shape<TrafficMirrorSession> = object<TrafficMirrorSession>({
  trafficMirrorSessionId: need('TrafficMirrorSessionId', id),
  trafficMirrorTargetId: need('TrafficMirrorTargetId', id),
  trafficMirrorFilterId: need('TrafficMirrorFilterId', id),
  networkInterfaceId: need('NetworkInterfaceId', id),
  ownerId: at('OwnerId', text),
  sessionNumber: need('SessionNumber', integer),
  virtualNetworkId: at('VirtualNetworkId', integer),
  packetLength: at('PacketLength', integer),
  description: at('Description', text),
  tags: tagsAt('Tags'),
});

type Zone = LoadBalancer['availabilityZones'][number];

interface NodeAddress {
  readonly privateIPv4Address?: string | undefined;
}

const nodeAddresses: OptionalField<readonly NodeAddress[]> = at(
  'LoadBalancerAddresses',
  listOf(object<NodeAddress>({ privateIPv4Address: at('PrivateIPv4Address', text) })),
);

/** A node has one private address. Internet-facing balancers list only their Elastic IP, so it can be absent. */
const privateIpAddress: OptionalField<string> = {
  read: (from, path) =>
    nodeAddresses.read(from, path)?.find((address) => address.privateIPv4Address !== undefined)?.privateIPv4Address,
  write: (privateIPv4Address, into) => nodeAddresses.write([{ privateIPv4Address }], into),
};

const zoneObject: Shape<Zone> = object<Zone>({
  zoneName: at('ZoneName', text),
  zoneId: at('ZoneId', text),
  subnetId: at('SubnetId', text),
  privateIpAddress,
});

/** A zone as the ELBv2 API writes it, or only its name as the older ELB API does. */
const zoneShape: Shape<Zone> = {
  read: (value, path) => (typeof value === 'string' ? { zoneName: value } : zoneObject.read(value, path)),
  write: zoneObject.write,
};

const CROSS_ZONE = 'load_balancing.cross_zone.enabled';

/** `Attributes` as DescribeLoadBalancerAttributes returns them; the snapshot keeps them with the balancer's own fields. */
const crossZone: OptionalField<boolean> = {
  read(from, path) {
    const attributes = at('Attributes', listOf({ read: asObject, write: (value) => value })).read(from, path);
    const attribute = attributes?.find(({ Key }) => Key === CROSS_ZONE);
    return attribute === undefined ? undefined : attribute.Value === 'true';
  },
  write(value, into) {
    into.Attributes = [{ Key: CROSS_ZONE, Value: String(value) }];
  },
};

const securityGroupIds: OptionalField<readonly string[]> = {
  ...at('SecurityGroups', listOf(id)),
  read(from, path) {
    const ids = at('SecurityGroups', listOf(id)).read(from, path);
    // A balancer created with groups always keeps at least one, so an empty list means it was created without.
    return ids?.length === 0 ? undefined : ids;
  },
};

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html */
export const loadBalancerShape: Shape<LoadBalancer> = object<LoadBalancer>({
  loadBalancerArn: need('LoadBalancerArn', id),
  type: at('Type', text),
  state: at('State.Code', text),
  vpcId: at('VpcId', text),
  availabilityZones: listAt('AvailabilityZones', zoneShape),
  securityGroupIds,
  crossZone,
});

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html */
export const listenerShape: Shape<Listener> = object<Listener>({
  loadBalancerArn: need('LoadBalancerArn', id),
  protocol: at('Protocol', text),
  port: at('Port', integer),
});

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html */
export const vpcEndpointShape: Shape<VpcEndpoint> = object<VpcEndpoint>({
  vpcEndpointId: need('VpcEndpointId', id),
  vpcEndpointType: at('VpcEndpointType', text),
  state: at('State', text),
  vpcId: at('VpcId', text),
  subnetIds: listAt('SubnetIds', id),
});
