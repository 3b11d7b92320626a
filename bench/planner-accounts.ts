/** Accounts that make planning expensive, each in its own way: 200 sensors, and sources with an interface each and no session. */

import type { Inventory } from '../src/inventory/inventory.ts';
import type { NetworkAcl } from '../src/inventory/network-acl.ts';
import type { NetworkInterface } from '../src/inventory/network-interface.ts';
import type { PrefixList } from '../src/inventory/prefix-list.ts';
import type { RouteTable } from '../src/inventory/route.ts';
import type { SecurityGroup } from '../src/inventory/security-group.ts';
import {
  anAcl,
  anAclEntry,
  anInstance,
  anInterface,
  anInventory,
  aPeering,
  aPermission,
  aRouteTable,
  aSecurityGroup,
  aSensorInterface,
  aSubnet,
  aTarget,
  attachedTo,
} from '../test/support/inventories.ts';

/** How many targets each account has. Half of them take 100 sources, half take 10. */
export const TARGETS = 200;

/** What makes an account large: the parts that differ between the shapes. */
interface Shape {
  readonly subnets: number;
  readonly groups: number;
  /** How many groups each sensor is in; hardly any two sensors are in the same ones. */
  readonly groupsPerSensor: number;
  readonly group: (group: number, sources: readonly NetworkInterface[]) => SecurityGroup;
  /** The ACLs of the subnets with these ids. */
  readonly acls: (subnetIds: readonly string[]) => readonly NetworkAcl[];
  /** The route tables of the subnets with these ids, if the sensors are in a VPC of their own. */
  readonly routeTables?: (subnetIds: readonly string[]) => readonly RouteTable[];
  readonly prefixLists?: readonly PrefixList[];
}

/** Rules for whole subnets. */
const PLAIN: Shape = {
  subnets: 60,
  groups: 50,
  groupsPerSensor: 1,
  group: (group) =>
    withBlocks(
      group,
      blocks(20, (rule) => `10.${(group * 7 + rule * 3) % 60}.0.0/16`),
    ),
  acls: (subnetIds) => [
    anAcl({
      subnetIds,
      entries: [...blocks(20, (rule) => `10.${rule}.${rule}.0/24`).map(denial), anAclEntry({ ruleNumber: 5000 })],
    }),
  ],
};

/** The shapes by name. Their figures are the most that AWS allows, or a little more. */
export const SHAPES = {
  plain: PLAIN,
  /** Rules for parts of subnets, so hardly any two sources are equivalent. */
  scattered: {
    ...PLAIN,
    group: (group) =>
      withBlocks(
        group,
        blocks(60, (rule) => `10.${rule}.${(group * 5 + rule * 3) % 251}.${(group * 16) % 256}/20`),
      ),
  },
  /** Every source has a rule of its own in four of the 50 groups. */
  'own /32 per source': {
    ...PLAIN,
    groupsPerSensor: 5,
    group: (group, sources) =>
      withBlocks(
        group,
        sources.filter((_, index) => (index + 50 - group) % 50 < 4).map((source) => `${source.privateIpAddress}/32`),
      ),
  },
  '500 groups': {
    ...PLAIN,
    groups: 500,
    groupsPerSensor: 5,
    group: (group) =>
      withBlocks(
        group,
        blocks(60, (rule) => `10.${(group + rule) % 60}.${(group * 3) % 256}.0/22`),
      ),
  },
  '2,000-entry ACLs': {
    ...PLAIN,
    acls: (subnetIds) =>
      subnetIds.map((subnetId, subnet) =>
        anAcl({
          networkAclId: `acl-${subnet}`,
          subnetIds: [subnetId],
          entries: [
            ...blocks(1998, (rule) => `10.${rule % 60}.${(rule * 7 + subnet) % 256}.${(rule * 8) % 256}/29`).map(
              denial,
            ),
            anAclEntry({ ruleNumber: 5000 }),
            anAclEntry({ egress: true }),
          ],
        }),
      ),
  },
  '200-rule groups': {
    ...PLAIN,
    groupsPerSensor: 5,
    group: (group) =>
      withBlocks(
        group,
        blocks(200, (rule) => `10.${rule % 60}.${(group * 5 + rule) % 256}.${(group * 16) % 256}/26`),
      ),
  },
  '1,000-route tables': {
    ...PLAIN,
    subnets: 120,
    routeTables: (subnetIds) =>
      subnetIds.map((subnetId, subnet) =>
        aRouteTable({
          routeTableId: `rtb-${subnet}`,
          main: false,
          subnetIds: [subnetId],
          routes: [
            { destinationCidrBlock: '10.0.0.0/8', gatewayId: 'local', state: 'active' },
            ...blocks(998, (route) => `172.16.${route % 256}.${(route >> 8) * 16}/28`).map((destinationCidrBlock) => ({
              destinationCidrBlock,
              natGatewayId: 'nat-1',
              state: 'active',
            })),
            { destinationCidrBlock: '172.31.0.0/16', vpcPeeringConnectionId: 'pcx-1', state: 'active' },
          ],
        }),
      ),
  },
  'prefix lists of 1,000': {
    ...PLAIN,
    groupsPerSensor: 5,
    group: (group) =>
      aSecurityGroup({
        groupId: `sg-${group}`,
        ipPermissions: [aPermission({ prefixListIds: [`pl-${group % 20}`, `pl-${(group * 7 + 3) % 20}`] })],
      }),
    prefixLists: Array.from({ length: 20 }, (_, list) => ({
      prefixListId: `pl-${list}`,
      cidrs: blocks(1000, (entry) => `10.${(entry + list) % 60}.${(entry * 11 + list) % 256}.${(entry * 16) % 256}/28`),
    })),
  },
} as const satisfies Record<string, Shape>;

/** The name of a shape. */
export type ShapeName = keyof typeof SHAPES;

/** An account, with its sources and its targets by id. */
export interface PlannerAccount {
  readonly inventory: Inventory;
  readonly sources: readonly NetworkInterface[];
  readonly targetIds: readonly string[];
}

/** The account of a shape with this many sources. Subnets are spread over three zones. */
export function plannerAccount(name: ShapeName, count: number): PlannerAccount {
  const shape: Shape = SHAPES[name];
  const place = (index: number) => ({
    subnetId: `subnet-${index % shape.subnets}`,
    availabilityZone: `eu-west-1${'abc'[(index % shape.subnets) % 3]}`,
    availabilityZoneId: `euw1-az${((index % shape.subnets) % 3) + 1}`,
  });
  const subnets = Array.from({ length: shape.subnets }, (_, index) =>
    aSubnet({ ...place(index), cidrBlock: `10.${index}.0.0/16` }),
  );
  const sources = Array.from({ length: count }, (_, index) =>
    anInterface({
      networkInterfaceId: `eni-${index.toString(16).padStart(17, '0')}`,
      ...place(index),
      privateIpAddress: `10.${index % shape.subnets}.${(index * 7) % 251}.${index % 256}`,
      groupIds: groupsOf(index, 2, shape),
      attachment: attachedTo(`i-${index}`),
    }),
  );
  const sensors = Array.from({ length: TARGETS }, (_, index) =>
    aSensorInterface('x', {
      networkInterfaceId: `eni-t${index}`,
      ...place(index),
      ...sensorPlace(index, shape),
      groupIds: groupsOf(index, shape.groupsPerSensor, shape),
      attachment: attachedTo(`i-t${index}`),
    }),
  );
  const targets = sensors.map(({ networkInterfaceId }, index) =>
    aTarget({ trafficMirrorTargetId: `tmt-${index}`, networkInterfaceId }),
  );
  const subnetIds = subnets.map(({ subnetId }) => subnetId);
  const inventory = anInventory({
    instances: [...sources, ...sensors].map(({ attachment, networkInterfaceId }, index) =>
      anInstance({
        instanceId: attachment?.instanceId,
        networkInterfaceIds: [networkInterfaceId],
        ...(index >= count && { instanceType: index % 2 === 0 ? 'c5.large' : 'c5.24xlarge' }),
      }),
    ),
    networkInterfaces: [...sources, ...sensors],
    securityGroups: Array.from({ length: shape.groups }, (_, group) => shape.group(group, sources)),
    networkAcls: [
      ...shape.acls(subnetIds),
      ...(shape.routeTables === undefined ? [] : [anAcl({ networkAclId: 'acl-far', subnetIds: ['subnet-far'] })]),
    ],
    subnets,
    routeTables: shape.routeTables?.(subnetIds) ?? [aRouteTable()],
    vpcPeeringConnections: [aPeering()],
    prefixLists: shape.prefixLists ?? [],
    trafficMirrorTargets: targets,
  });
  return { inventory, sources, targetIds: targets.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId) };
}

/** The groups of an interface; those of a sensor that is in several are a set of its own. */
function groupsOf(index: number, count: number, { groups }: Shape): string[] {
  const round = Math.floor(index / groups);
  return blocks(count, (nth) => `sg-${(index * (nth + 1) + nth * (round + 1)) % groups}`);
}

/** A sensor's address, and its own VPC where packets are routed to it. */
function sensorPlace(index: number, { subnets, routeTables }: Shape): Partial<NetworkInterface> {
  return routeTables === undefined
    ? { privateIpAddress: `10.${index % subnets}.255.${index % 256}` }
    : { privateIpAddress: `172.31.0.${index}`, subnetId: 'subnet-far', vpcId: 'vpc-2' };
}

function blocks(count: number, block: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => block(index));
}

function withBlocks(group: number, cidrIps: readonly string[]): SecurityGroup {
  const userIdGroupPairs = [{ groupId: `sg-${group + 1}` }];
  return aSecurityGroup({ groupId: `sg-${group}`, ipPermissions: [aPermission({ cidrIps, userIdGroupPairs })] });
}

function denial(cidrBlock: string, rule: number): NetworkAcl['entries'][number] {
  return anAclEntry({ ruleNumber: 10 + rule, ruleAction: 'deny', cidrBlock });
}
