/** The cells of an account as it stands, and the look-ups from one resource to the others that its verdict depends on. */

import { groupBy } from '../collections.ts';
import type { Instance } from '../inventory/instance.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { TrafficMirrorFilter, TrafficMirrorSession, TrafficMirrorTarget } from '../inventory/mirror.ts';
import { targetInterfaceId } from '../inventory/mirror.ts';
import type { NetworkAcl } from '../inventory/network-acl.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { RouteTable, Subnet } from '../inventory/route.ts';
import type { IpPermission, SecurityGroup } from '../inventory/security-group.ts';
import type { RecordedPermission } from '../sighting/changes/network.ts';
import { type Cell, type CellKind, type CellValues, entryPart, permissionPart } from './cells.ts';

/** An inventory indexed by id. */
export interface AccountCells {
  readonly inventory: Inventory;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly networkInterfaces: ReadonlyMap<string, NetworkInterface>;
  readonly securityGroups: ReadonlyMap<string, SecurityGroup>;
  readonly networkAcls: ReadonlyMap<string, NetworkAcl>;
  readonly routeTables: ReadonlyMap<string, RouteTable>;
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly sessions: ReadonlyMap<string, TrafficMirrorSession>;
  readonly targets: ReadonlyMap<string, TrafficMirrorTarget>;
  readonly filters: ReadonlyMap<string, TrafficMirrorFilter>;
  /** The id of each subnet's network ACL, and of its own route table. */
  readonly aclOf: ReadonlyMap<string, string>;
  readonly tableOf: ReadonlyMap<string, string>;
  /** By VPC, its main route table. */
  readonly mainTables: ReadonlyMap<string | undefined, RouteTable>;
  readonly interfacesOn: ReadonlyMap<string | undefined, readonly NetworkInterface[]>;
  readonly sessionsOn: ReadonlyMap<string, readonly TrafficMirrorSession[]>;
  readonly targetsAt: ReadonlyMap<string | undefined, readonly TrafficMirrorTarget[]>;
  /** The interfaces of load balancers and endpoints. */
  readonly serviceInterfaceIds: readonly string[];
}

/** Indexes an inventory. Lists that were not read are empty. */
export function accountCells(inventory: Inventory): AccountCells {
  const { networkAcls = [], routeTables = [] } = inventory;
  return {
    inventory,
    instances: byId(inventory.instances, (it) => it.instanceId),
    networkInterfaces: byId(inventory.networkInterfaces, (it) => it.networkInterfaceId),
    securityGroups: byId(inventory.securityGroups, (it) => it.groupId),
    networkAcls: byId(networkAcls, (it) => it.networkAclId),
    routeTables: byId(routeTables, (it) => it.routeTableId),
    subnets: byId(inventory.subnets, (it) => it.subnetId),
    sessions: byId(inventory.trafficMirrorSessions, (it) => it.trafficMirrorSessionId),
    targets: byId(inventory.trafficMirrorTargets, (it) => it.trafficMirrorTargetId),
    filters: byId(inventory.trafficMirrorFilters, (it) => it.trafficMirrorFilterId),
    aclOf: new Map(networkAcls.flatMap(({ subnetIds, networkAclId }) => subnetIds.map((id) => [id, networkAclId]))),
    tableOf: new Map(routeTables.flatMap(({ subnetIds, routeTableId }) => subnetIds.map((id) => [id, routeTableId]))),
    mainTables: new Map(routeTables.filter(({ main }) => main).map((table) => [table.vpcId, table])),
    interfacesOn: groupBy(inventory.networkInterfaces ?? [], ({ attachment }) => attachment?.instanceId),
    sessionsOn: groupBy(inventory.trafficMirrorSessions ?? [], ({ networkInterfaceId }) => networkInterfaceId),
    targetsAt: groupBy(inventory.trafficMirrorTargets ?? [], targetInterfaceId),
    serviceInterfaceIds: (inventory.networkInterfaces ?? [])
      .filter(({ interfaceType, description = '' }) => interfaceType !== 'interface' || description.startsWith('ELB '))
      .map(({ networkInterfaceId }) => networkInterfaceId),
  };
}

function byId<T>(list: readonly T[] | undefined, idOf: (item: T) => string): ReadonlyMap<string, T> {
  return new Map((list ?? []).map((item) => [idOf(item), item]));
}

/**
 * The ids of parts by which records name what they changed in these resources: the rules of filters, and the associations of subnets with
 * network ACLs and route tables.
 */
export function partIdsOf(ids: ReadonlySet<string>, account: AccountCells): readonly string[] {
  const parts: string[] = [];
  for (const id of ids) {
    const filter = account.filters.get(id);
    for (const rule of [...(filter?.ingressFilterRules ?? []), ...(filter?.egressFilterRules ?? [])])
      if (rule.trafficMirrorFilterRuleId !== undefined) parts.push(rule.trafficMirrorFilterRuleId);
    for (const { subnetId, networkAclAssociationId } of account.networkAcls.get(id)?.associations ?? [])
      if (ids.has(subnetId)) parts.push(networkAclAssociationId);
    for (const { subnetId, routeTableAssociationId } of account.routeTables.get(id)?.associations ?? [])
      if (subnetId !== undefined && ids.has(subnetId)) parts.push(routeTableAssociationId);
  }
  return parts;
}

/** The value of a cell in the account; null when the thing is not there or its list was not read. */
export function currentValue<K extends CellKind>({ kind, id, part }: Cell<K>, account: AccountCells): CellValues[K] {
  return READ[kind](id, part, account);
}

type Readers = { readonly [K in CellKind]: (id: string, part: string, account: AccountCells) => CellValues[K] };

const READ: Readers = {
  instance: (id, _, { instances }) => instances.get(id) ?? null,
  state: (id, _, { instances }) => instances.get(id)?.state ?? null,
  type: (id, _, { instances }) => instances.get(id)?.instanceType ?? null,
  tag: (id, key, account) => tagsOf(id, account)?.find((tag) => tag.key === key)?.value ?? null,
  interface: (id, _, { networkInterfaces }) => networkInterfaces.get(id) ?? null,
  groups: (id, _, { networkInterfaces }) => networkInterfaces.get(id)?.groupIds ?? null,
  attachment: (id, _, { networkInterfaces }) => networkInterfaces.get(id)?.attachment ?? null,
  permission: (id, part, { securityGroups }) =>
    permissionsOf(securityGroups.get(id)).find((one) => permissionPart(one) === part) ?? null,
  entry: (id, part, { networkAcls }) => networkAcls.get(id)?.entries.find((entry) => entryPart(entry) === part) ?? null,
  acl: (id, _, { aclOf }) => aclOf.get(id) ?? null,
  route: (id, part, { routeTables }) =>
    routeTables.get(id)?.routes.find((route) => destinationOf(route) === part) ?? null,
  table: (id, _, { tableOf }) => tableOf.get(id) ?? null,
  session: (id, _, { sessions }) => sessions.get(id) ?? null,
  target: (id, _, { targets }) => targets.get(id) ?? null,
  filter: (id, _, { filters }) => filters.get(id) ?? null,
  filterRule: (id, part, { filters }) => directedRule(filters.get(id), part),
};

function tagsOf(id: string, { instances, networkInterfaces, sessions }: AccountCells) {
  return (instances.get(id) ?? networkInterfaces.get(id) ?? sessions.get(id))?.tags;
}

function directedRule(filter: TrafficMirrorFilter | undefined, id: string): CellValues['filterRule'] {
  const ingress = filter?.ingressFilterRules.find(({ trafficMirrorFilterRuleId }) => trafficMirrorFilterRuleId === id);
  if (ingress !== undefined) return { direction: 'ingress', rule: ingress };
  const egress = filter?.egressFilterRules.find(({ trafficMirrorFilterRuleId }) => trafficMirrorFilterRuleId === id);
  return egress === undefined ? null : { direction: 'egress', rule: egress };
}

/** What identifies a route in its table. */
export function destinationOf(route: {
  readonly destinationCidrBlock?: string | undefined;
  readonly destinationIpv6CidrBlock?: string | undefined;
  readonly destinationPrefixListId?: string | undefined;
}): string {
  return route.destinationCidrBlock ?? route.destinationIpv6CidrBlock ?? route.destinationPrefixListId ?? '';
}

/** A group's permissions, each with exactly one peer. */
export function permissionsOf(group: Pick<SecurityGroup, 'ipPermissions'> | undefined): readonly RecordedPermission[] {
  return (group?.ipPermissions ?? []).flatMap(singlePeers);
}

function singlePeers(permission: IpPermission): readonly RecordedPermission[] {
  const { ipProtocol, fromPort, toPort, cidrIps, cidrIpv6s, prefixListIds, userIdGroupPairs } = permission;
  const rule = { ipProtocol, fromPort, toPort };
  return [
    ...cidrIps.map((cidrIp) => ({ ...rule, cidrIp })),
    ...cidrIpv6s.map((cidrIpv6) => ({ ...rule, cidrIpv6 })),
    ...prefixListIds.map((prefixListId) => ({ ...rule, prefixListId })),
    ...userIdGroupPairs.map(({ groupId, userId }) => ({
      ...rule,
      referencedGroupId: groupId,
      referencedUserId: userId,
    })),
  ];
}
