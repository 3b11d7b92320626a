/**
 * Builders of inventories for tests. Each builds something complete and healthy; the argument overrides what matters in the test.
 * `anInventory()` is an account in which everything works: one VPC and two zones, each with a subnet, a sensor and its target.
 */

import type { Instance } from '../../src/inventory/instance.ts';
import type { Inventory, Ours } from '../../src/inventory/inventory.ts';
import type {
  EndpointTarget,
  InterfaceTarget,
  Listener,
  LoadBalancer,
  LoadBalancerTarget,
  TrafficMirrorFilter,
  TrafficMirrorSession,
  UnknownTarget,
  VpcEndpoint,
} from '../../src/inventory/mirror.ts';
import type { NetworkAcl, NetworkAclEntry } from '../../src/inventory/network-acl.ts';
import type { NetworkInterface } from '../../src/inventory/network-interface.ts';
import type {
  RouteTable,
  Subnet,
  TransitGatewayVpcAttachment,
  VpcPeeringConnection,
} from '../../src/inventory/route.ts';
import type { IpPermission, SecurityGroup } from '../../src/inventory/security-group.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

/** Fields to override; `undefined` removes a field. */
export type Override<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** An `undefined` override removes the field, because AWS leaves out what it doesn't have. */
function build<T extends object>(defaults: T, overrides: Override<T>): T {
  const merged = { ...defaults, ...overrides };
  for (const key of Object.keys(merged) as (keyof T)[]) if (merged[key] === undefined) delete merged[key];
  return merged as T;
}

/** What is proven to be ours: instances, former targets, and sessions by the targets to which we sent them. */
export function anOurs({
  instanceIds = [],
  formerTargetIds = [],
  sentTo = {},
}: {
  readonly instanceIds?: readonly string[];
  readonly formerTargetIds?: readonly string[];
  readonly sentTo?: Readonly<Record<string, readonly string[]>>;
}): Ours {
  return {
    instanceIds: new Set(instanceIds),
    formerTargetIds: new Set(formerTargetIds),
    sessions: new Map(
      Object.entries(sentTo).map(([id, targetIds]) => [id, { targetIds: new Set(targetIds), isMade: true }]),
    ),
  };
}

/** A running m7i.large `i-1` in subnet-a. */
export function anInstance(overrides: Override<Instance> = {}): Instance {
  return build<Instance>(
    {
      instanceId: 'i-1',
      instanceType: 'm7i.large',
      state: 'running',
      availabilityZone: 'eu-west-1a',
      subnetId: 'subnet-a',
      vpcId: 'vpc-1',
      tags: [],
      networkInterfaceIds: [],
    },
    overrides,
  );
}

/** The primary interface `eni-1` of `i-1`, 10.0.0.5 in subnet-a (zone euw1-az1), group `sg-workload`. */
export function anInterface(overrides: Override<NetworkInterface> = {}): NetworkInterface {
  return build<NetworkInterface>(
    {
      networkInterfaceId: 'eni-1',
      interfaceType: 'interface',
      ownerId: ACCOUNT,
      subnetId: 'subnet-a',
      vpcId: 'vpc-1',
      availabilityZone: 'eu-west-1a',
      availabilityZoneId: 'euw1-az1',
      privateIpAddress: '10.0.0.5',
      groupIds: ['sg-workload'],
      status: 'in-use',
      attachment: {
        instanceId: 'i-1',
        instanceOwnerId: ACCOUNT,
        deviceIndex: 0,
        networkCardIndex: 0,
        status: 'attached',
      },
      tags: [],
    },
    overrides,
  );
}

/** An attachment as device 0 of an instance. */
export function attachedTo(instanceId: string, deviceIndex = 0): NonNullable<NetworkInterface['attachment']> {
  return { instanceId, instanceOwnerId: ACCOUNT, deviceIndex, networkCardIndex: 0, status: 'attached' };
}

/** The interface of a Fargate task: requester-managed, without an instance. */
export function aTaskInterface(overrides: Override<NetworkInterface> = {}): NetworkInterface {
  return anInterface({
    networkInterfaceId: 'eni-task',
    description: `arn:aws:ecs:${REGION}:${ACCOUNT}:attachment/5f0b1b2c-7a4e-4a53-9a3b-1f1f7d0c0001`,
    requesterManaged: true,
    requesterId: '578734482556',
    attachment: { instanceOwnerId: '210987654321', deviceIndex: 1, status: 'attached' },
    ...overrides,
  });
}

/** Allows udp 4789 from 10.0.0.0/8. */
export function aPermission(overrides: Override<IpPermission> = {}): IpPermission {
  return build<IpPermission>(
    {
      ipProtocol: 'udp',
      fromPort: 4789,
      toPort: 4789,
      cidrIps: [],
      cidrIpv6s: [],
      prefixListIds: [],
      userIdGroupPairs: [],
    },
    overrides,
  );
}

/** `sg-sensor`, which allows udp 4789 from 10.0.0.0/8. */
export function aSecurityGroup(overrides: Override<SecurityGroup> = {}): SecurityGroup {
  return build<SecurityGroup>(
    {
      groupId: 'sg-sensor',
      vpcId: 'vpc-1',
      ownerId: ACCOUNT,
      ipPermissions: [aPermission({ cidrIps: ['10.0.0.0/8'] })],
    },
    overrides,
  );
}

/** An ingress entry that allows everything from everywhere. */
export function anAclEntry(overrides: Override<NetworkAclEntry> = {}): NetworkAclEntry {
  return build<NetworkAclEntry>(
    { ruleNumber: 100, egress: false, ruleAction: 'allow', protocol: '-1', cidrBlock: '0.0.0.0/0' },
    overrides,
  );
}

/** The default ACL of vpc-1 with subnet-a and subnet-b: allows everything both ways. */
export function anAcl(overrides: Override<NetworkAcl> = {}): NetworkAcl {
  return build<NetworkAcl>(
    {
      networkAclId: 'acl-1',
      vpcId: 'vpc-1',
      isDefault: true,
      subnetIds: ['subnet-a', 'subnet-b'],
      entries: [
        anAclEntry(),
        anAclEntry({ ruleNumber: 32767, ruleAction: 'deny' }),
        anAclEntry({ egress: true }),
        anAclEntry({ egress: true, ruleNumber: 32767, ruleAction: 'deny' }),
      ],
    },
    overrides,
  );
}

/** `subnet-a`, 10.0.0.0/24 in zone eu-west-1a. */
export function aSubnet(overrides: Override<Subnet> = {}): Subnet {
  return build<Subnet>(
    {
      subnetId: 'subnet-a',
      vpcId: 'vpc-1',
      cidrBlock: '10.0.0.0/24',
      availabilityZone: 'eu-west-1a',
      availabilityZoneId: 'euw1-az1',
    },
    overrides,
  );
}

/** The main route table of vpc-1, with only the local route. */
export function aRouteTable(overrides: Override<RouteTable> = {}): RouteTable {
  return build<RouteTable>(
    {
      routeTableId: 'rtb-1',
      vpcId: 'vpc-1',
      main: true,
      subnetIds: [],
      routes: [{ destinationCidrBlock: '10.0.0.0/16', gatewayId: 'local', state: 'active' }],
    },
    overrides,
  );
}

/** An active peering of vpc-1 with vpc-2. */
export function aPeering(overrides: Override<VpcPeeringConnection> = {}): VpcPeeringConnection {
  return build<VpcPeeringConnection>(
    { vpcPeeringConnectionId: 'pcx-1', status: 'active', requesterVpcId: 'vpc-1', accepterVpcId: 'vpc-2' },
    overrides,
  );
}

/** vpc-1 on tgw-1, without security group referencing. */
export function anAttachment(overrides: Override<TransitGatewayVpcAttachment> = {}): TransitGatewayVpcAttachment {
  return build<TransitGatewayVpcAttachment>(
    { transitGatewayId: 'tgw-1', vpcId: 'vpc-1', state: 'available', subnetIds: ['subnet-a'] },
    overrides,
  );
}

/** `tmt-a`, the interface target `eni-sensor-a`. */
export function aTarget(overrides: Override<InterfaceTarget> = {}): InterfaceTarget {
  return build<InterfaceTarget>(
    {
      trafficMirrorTargetId: 'tmt-a',
      type: 'network-interface',
      networkInterfaceId: 'eni-sensor-a',
      ownerId: ACCOUNT,
      tags: [],
    },
    overrides,
  );
}

/** `tmt-a`, the load balancer `NLB_ARN`. */
export function aBalancerTarget(overrides: Override<LoadBalancerTarget> = {}): LoadBalancerTarget {
  return build<LoadBalancerTarget>(
    {
      trafficMirrorTargetId: 'tmt-a',
      type: 'network-load-balancer',
      networkLoadBalancerArn: NLB_ARN,
      ownerId: ACCOUNT,
      tags: [],
    },
    overrides,
  );
}

/** `tmt-a`, the Gateway Load Balancer endpoint `vpce-1`. */
export function anEndpointTarget(overrides: Override<EndpointTarget> = {}): EndpointTarget {
  return build<EndpointTarget>(
    {
      trafficMirrorTargetId: 'tmt-a',
      type: 'gateway-load-balancer-endpoint',
      gatewayLoadBalancerEndpointId: 'vpce-1',
      ownerId: ACCOUNT,
      tags: [],
    },
    overrides,
  );
}

/** `tmt-a`, of a type that AWS might add one day. */
export function anUnknownTarget(overrides: Override<UnknownTarget> = {}): UnknownTarget {
  return build<UnknownTarget>(
    { trafficMirrorTargetId: 'tmt-a', type: 'unknown', awsType: 'virtual-appliance', ownerId: ACCOUNT, tags: [] },
    overrides,
  );
}

/** `tmf-1`, which accepts everything in both directions. */
export function aFilter(overrides: Override<TrafficMirrorFilter> = {}): TrafficMirrorFilter {
  const all = {
    ruleNumber: 100,
    ruleAction: 'accept',
    sourceCidrBlock: '0.0.0.0/0',
    destinationCidrBlock: '0.0.0.0/0',
  } as const;
  return build<TrafficMirrorFilter>(
    { trafficMirrorFilterId: 'tmf-1', ingressFilterRules: [all], egressFilterRules: [all], tags: [] },
    overrides,
  );
}

/** Our session `tms-1` from eni-1 to tmt-a through tmf-1. */
export function aSession(overrides: Override<TrafficMirrorSession> = {}): TrafficMirrorSession {
  return build<TrafficMirrorSession>(
    {
      trafficMirrorSessionId: 'tms-1',
      trafficMirrorTargetId: 'tmt-a',
      trafficMirrorFilterId: 'tmf-1',
      networkInterfaceId: 'eni-1',
      ownerId: ACCOUNT,
      sessionNumber: 1,
      tags: [{ key: 'mirrorwatch:managed', value: 'true' }],
    },
    overrides,
  );
}

/** An active network load balancer without security groups, with a node in each of the two zones. */
export function aLoadBalancer(overrides: Override<LoadBalancer> = {}): LoadBalancer {
  return build<LoadBalancer>(
    {
      loadBalancerArn: NLB_ARN,
      type: 'network',
      state: 'active',
      vpcId: 'vpc-1',
      availabilityZones: [
        { zoneName: 'eu-west-1a', subnetId: 'subnet-a', privateIpAddress: '10.0.0.200' },
        { zoneName: 'eu-west-1b', subnetId: 'subnet-b', privateIpAddress: '10.0.1.200' },
      ],
    },
    overrides,
  );
}

export const NLB_ARN = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/net/sensors/0123456789abcdef`;

/** The UDP listener on 4789 that mirroring to a network load balancer needs. */
export function aListener(overrides: Override<Listener> = {}): Listener {
  return build<Listener>({ loadBalancerArn: NLB_ARN, protocol: 'UDP', port: 4789 }, overrides);
}

/** A Gateway Load Balancer endpoint in subnet-a. */
export function anEndpoint(overrides: Override<VpcEndpoint> = {}): VpcEndpoint {
  return build<VpcEndpoint>(
    {
      vpcEndpointId: 'vpce-1',
      vpcEndpointType: 'GatewayLoadBalancer',
      state: 'available',
      vpcId: 'vpc-1',
      subnetIds: ['subnet-a'],
    },
    overrides,
  );
}

/** The interface of sensor `a` or another letter: group sg-sensor, on instance `i-sensor-<letter>`. */
export function aSensorInterface(letter = 'a', overrides: Override<NetworkInterface> = {}): NetworkInterface {
  const inB = letter === 'b';
  return anInterface({
    networkInterfaceId: `eni-sensor-${letter}`,
    subnetId: inB ? 'subnet-b' : 'subnet-a',
    availabilityZone: inB ? 'eu-west-1b' : 'eu-west-1a',
    availabilityZoneId: inB ? 'euw1-az2' : 'euw1-az1',
    privateIpAddress: inB ? '10.0.1.100' : '10.0.0.100',
    groupIds: ['sg-sensor'],
    attachment: attachedTo(`i-sensor-${letter}`),
    ...overrides,
  });
}

/** The healthy account: `i-1` with `eni-1` as its only workload, sensors a and b, no session, every list read. */
export function anInventory(overrides: Override<Inventory> = {}): Inventory {
  return build<Inventory>(
    {
      accountId: ACCOUNT,
      region: REGION,
      instances: [
        anInstance({ networkInterfaceIds: ['eni-1'] }),
        anInstance({ instanceId: 'i-sensor-a', instanceType: 'c5.large', networkInterfaceIds: ['eni-sensor-a'] }),
        anInstance({
          instanceId: 'i-sensor-b',
          instanceType: 'c5.large',
          subnetId: 'subnet-b',
          availabilityZone: 'eu-west-1b',
          networkInterfaceIds: ['eni-sensor-b'],
        }),
      ],
      networkInterfaces: [anInterface(), aSensorInterface('a'), aSensorInterface('b')],
      securityGroups: [aSecurityGroup(), aSecurityGroup({ groupId: 'sg-workload', ipPermissions: [] })],
      networkAcls: [anAcl()],
      subnets: [
        aSubnet(),
        aSubnet({
          subnetId: 'subnet-b',
          cidrBlock: '10.0.1.0/24',
          availabilityZone: 'eu-west-1b',
          availabilityZoneId: 'euw1-az2',
        }),
      ],
      routeTables: [aRouteTable()],
      vpcPeeringConnections: [],
      transitGatewayVpcAttachments: [],
      prefixLists: [],
      trafficMirrorTargets: [
        aTarget(),
        aTarget({ trafficMirrorTargetId: 'tmt-b', networkInterfaceId: 'eni-sensor-b' }),
      ],
      trafficMirrorFilters: [aFilter()],
      trafficMirrorSessions: [],
      loadBalancers: [],
      listeners: [],
      vpcEndpoints: [],
    },
    overrides,
  );
}

/** A policy that sends everything to tmt-a and tmt-b through tmf-1. */
export function aPolicy(overrides: Override<MirrorPolicy> = {}): MirrorPolicy {
  return build<MirrorPolicy>(
    {
      mode: 'apply',
      filterId: 'tmf-1',
      targets: [{ id: 'tmt-a' }, { id: 'tmt-b' }],
      localZoneOnly: false,
      interfaces: 'all',
      onUnknown: 'refuse',
      sessionNumber: 1,
      fargate: true,
      sourceEgressAcl: 'warn',
      excludeTags: [],
      trustedOwners: [],
      configHash: '0123456789abcdef',
      cleanup: false,
    },
    overrides,
  );
}

/** The healthy account with three instances without a session, `i-1` to `i-3` with `eni-1` to `eni-3`, besides the sensors. */
export function threeInstances(): Inventory {
  const { instances = [], networkInterfaces = [] } = anInventory();
  return anInventory({
    instances: [
      ...instances.filter(({ instanceId }) => instanceId !== 'i-1'),
      ...[1, 2, 3].map((n) => anInstance({ instanceId: `i-${n}`, networkInterfaceIds: [`eni-${n}`] })),
    ],
    networkInterfaces: [
      ...networkInterfaces.filter(({ networkInterfaceId }) => networkInterfaceId !== 'eni-1'),
      ...[1, 2, 3].map((n) =>
        anInterface({
          networkInterfaceId: `eni-${n}`,
          privateIpAddress: `10.0.0.${10 + n}`,
          attachment: attachedTo(`i-${n}`),
        }),
      ),
    ],
  });
}
