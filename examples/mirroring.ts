/** Mirroring in the example account: sensors, targets that work and targets that don't, and the existing sessions. */

import { type Machine, type MachineParts, machine, tagList } from './fleet.ts';
import { ACCOUNT_ID, GROUPS, REGION, SUBNETS, VPC, ZONES, zoneId } from './network.ts';
import type { Seeded } from './seeded.ts';

/** The filter in the example's configuration: everything, in both directions. */
export const FILTER_ID = 'tmf-0a000000000000001';

/** Targets, in the order of the example's configuration. */
export const TARGETS = {
  /** Works. */
  a1: 'tmt-0a000000000000001',
  /** Full: ten of ten sources. */
  a2: 'tmt-0a000000000000002',
  /** Its security group opens UDP 4790-4800. */
  a3: 'tmt-0a000000000000003',
  /** The network ACL of its subnet denies UDP 4789. */
  a4: 'tmt-0a000000000000004',
  /** Works for sources with the app security group. */
  b1: 'tmt-0b000000000000001',
  /** Works for sources in a prefix list, which covers zones a and b. */
  b2: 'tmt-0b000000000000002',
  /** Its sensor is stopped. */
  b3: 'tmt-0b000000000000003',
  /** Its sensor was terminated. */
  b4: 'tmt-0b000000000000004',
  /** A large sensor for a hundred sources. Its network ACL denies zone b. */
  c1: 'tmt-0c000000000000001',
  /** Its security group names the wrong prefix list. */
  c2: 'tmt-0c000000000000002',
  /** Works for ten sources. */
  c3: 'tmt-0c000000000000003',
  /** A Network Load Balancer that admits only the database group. */
  nlb: 'tmt-0f000000000000001',
} as const;

/** A target by its zone and number, or `nlb`. */
export type TargetName = keyof typeof TARGETS;

/** Neither in the configuration nor among the targets that the account can see. */
export const ROGUE_TARGET = 'tmt-0bad00000000bad00';

const NLB_ARN = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT_ID}:loadbalancer/net/sensors/0a1b2c3d4e5f6071`;

const SENSORS: readonly (readonly [TargetName, Omit<MachineParts, 'name'>])[] = [
  ['a1', { subnet: 'sensor-a', host: 11, groups: [GROUPS.sensorOpen] }],
  ['a2', { subnet: 'sensor-a', host: 12, groups: [GROUPS.sensorOpen] }],
  ['a3', { subnet: 'sensor-a', host: 13, groups: [GROUPS.sensorShut] }],
  ['a4', { subnet: 'quarantine', host: 14, groups: [GROUPS.sensorOpen] }],
  ['b1', { subnet: 'sensor-b', host: 11, groups: [GROUPS.sensorReference] }],
  ['b2', { subnet: 'sensor-b', host: 12, groups: [GROUPS.sensorPrefixList] }],
  ['b3', { subnet: 'sensor-b', host: 13, groups: [GROUPS.sensorOpen], state: 'stopped' }],
  ['b4', { subnet: 'sensor-b', host: 14, groups: [GROUPS.sensorOpen], state: 'terminated' }],
  ['c1', { subnet: 'sensor-c', host: 11, groups: [GROUPS.sensorOpen], type: 'c5.18xlarge' }],
  ['c2', { subnet: 'sensor-c', host: 12, groups: [GROUPS.sensorWrongList] }],
  ['c3', { subnet: 'sensor-c', host: 13, groups: [GROUPS.sensorOpen] }],
];

/** The sensor behind each target that is an interface. */
export function sensors(random: Seeded): ReadonlyMap<TargetName, Machine> {
  return new Map(
    SENSORS.map(([target, parts]) => [
      target,
      machine(random, { type: 'c6i.2xlarge', launched: '2026-01-12T09:00:00Z', ...parts, name: `sensor-${target}` }),
    ]),
  );
}

/** One session: its interface, its target, and what differs from the defaults. */
export interface SessionParts {
  readonly id: string;
  readonly eniId: string;
  readonly target: TargetName | 'rogue';
  readonly number?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A session as DescribeTrafficMirrorSessions returns it. */
export function describeSession({ id, eniId, target, number = 1, tags = {} }: SessionParts, index: number): object {
  return {
    TrafficMirrorSessionId: id,
    TrafficMirrorTargetId: target === 'rogue' ? ROGUE_TARGET : TARGETS[target],
    TrafficMirrorFilterId: FILTER_ID,
    NetworkInterfaceId: eniId,
    OwnerId: ACCOUNT_ID,
    SessionNumber: number,
    VirtualNetworkId: 4_000_001 + index,
    Tags: tagList(tags),
  };
}

/** Targets, filter and load balancer, by their keys in a snapshot. */
export function mirrorLists(sensors: ReadonlyMap<TargetName, Machine>): Record<string, readonly object[]> {
  const interfaces = [...sensors].map(([target, { name, primary }]) => ({
    TrafficMirrorTargetId: TARGETS[target],
    Type: 'network-interface',
    NetworkInterfaceId: primary.id,
    OwnerId: ACCOUNT_ID,
    Tags: tagList({ Name: name }),
  }));
  const balanced = {
    TrafficMirrorTargetId: TARGETS.nlb,
    Type: 'network-load-balancer',
    NetworkLoadBalancerArn: NLB_ARN,
    OwnerId: ACCOUNT_ID,
    Tags: tagList({ Name: 'sensors-nlb' }),
  };
  return {
    TrafficMirrorTargets: [...interfaces, balanced],
    TrafficMirrorFilters: [filter()],
    LoadBalancers: [balancer()],
    Listeners: [
      {
        ListenerArn: `${NLB_ARN.replace('loadbalancer/', 'listener/')}/1`,
        LoadBalancerArn: NLB_ARN,
        Protocol: 'UDP',
        Port: 4789,
      },
    ],
  };
}

function filter(): object {
  const rule = (direction: 'ingress' | 'egress', end: string): object => ({
    TrafficMirrorFilterRuleId: `tmfr-0a00000000000000${end}`,
    TrafficMirrorFilterId: FILTER_ID,
    TrafficDirection: direction,
    RuleNumber: 100,
    RuleAction: 'accept',
    SourceCidrBlock: '0.0.0.0/0',
    DestinationCidrBlock: '0.0.0.0/0',
  });
  return {
    TrafficMirrorFilterId: FILTER_ID,
    Description: 'everything, both ways',
    IngressFilterRules: [rule('ingress', '1')],
    EgressFilterRules: [rule('egress', '2')],
    NetworkServices: ['amazon-dns'],
    Tags: tagList({ Name: 'everything' }),
  };
}

function balancer(): object {
  return {
    LoadBalancerArn: NLB_ARN,
    LoadBalancerName: 'sensors',
    Type: 'network',
    Scheme: 'internal',
    State: { Code: 'active' },
    VpcId: VPC.shop,
    SecurityGroups: [GROUPS.balancer],
    AvailabilityZones: ZONES.map((zone) => ({
      ZoneName: `${REGION}${zone}`,
      ZoneId: zoneId(zone),
      SubnetId: SUBNETS[`sensor-${zone}`].subnetId,
      LoadBalancerAddresses: [{ PrivateIPv4Address: `${SUBNETS[`sensor-${zone}`].prefix}.50` }],
    })),
  };
}
