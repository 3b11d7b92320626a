/** A small account: only what one resource's verdict depends on, with some calls taken back. Judged in a fraction of a millisecond. */

import { type Instance, tagValue } from '../inventory/instance.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { TrafficMirrorFilter, TrafficMirrorFilterRule, TrafficMirrorSession } from '../inventory/mirror.ts';
import type { NetworkAcl, NetworkAclEntry } from '../inventory/network-acl.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { Route, RouteTable } from '../inventory/route.ts';
import type { IpPermission, SecurityGroup } from '../inventory/security-group.ts';
import type { RecordedPermission } from '../sighting/changes/network.ts';
import type { Tag } from '../sighting/tags.ts';
import { destinationOf, permissionsOf } from './account-cells.ts';
import { ACCEPTED, type CellKind, type CellValues, cellOf, entryPart, permissionPart } from './cells.ts';
import type { History } from './history.ts';
import { cellValue, type Overlay } from './replay.ts';
import type { Surroundings } from './surroundings.ts';

/** The part of an overlay that belongs to one small account. */
export interface SmallAccountInput {
  readonly surroundings: Surroundings;
  readonly overlay: Overlay;
  readonly history: History;
  readonly tagKeys: readonly string[];
}

/** The inventory of the surroundings with the overlay's values. A list that was not read stays absent. */
export function smallAccount(input: SmallAccountInput): Inventory {
  const { surroundings: around, history } = input;
  const { inventory } = history.account;
  const some = <T, R>(list: readonly T[] | undefined, ids: ReadonlySet<string>, make: (id: string) => R | undefined) =>
    list === undefined ? undefined : [...ids].flatMap((id) => make(id) ?? []);
  return {
    accountId: inventory.accountId,
    region: inventory.region,
    instances: [...around.instances].flatMap((id) => instanceIn(id, input) ?? []),
    networkInterfaces: some(inventory.networkInterfaces, interfacesAround(input), (id) => interfaceIn(id, input)),
    securityGroups: some(inventory.securityGroups, around.groups, (id) => groupIn(id, input)),
    networkAcls: inventory.networkAcls && aclsIn(input),
    subnets: some(inventory.subnets, around.subnets, (id) => history.account.subnets.get(id)),
    routeTables: inventory.routeTables && tablesIn(input),
    trafficMirrorTargets: some(
      inventory.trafficMirrorTargets,
      around.targets,
      (id) => read('target', id, input) ?? undefined,
    ),
    trafficMirrorFilters: some(inventory.trafficMirrorFilters, around.filters, (id) => filterIn(id, input)),
    trafficMirrorSessions: some(inventory.trafficMirrorSessions, around.sessions, (id) => sessionIn(id, input)),
    vpcPeeringConnections: inventory.vpcPeeringConnections,
    transitGatewayVpcAttachments: inventory.transitGatewayVpcAttachments,
    prefixLists: inventory.prefixLists,
    loadBalancers: inventory.loadBalancers?.filter(({ loadBalancerArn }) => around.backends.has(loadBalancerArn)),
    listeners: inventory.listeners?.filter(({ loadBalancerArn }) => around.backends.has(loadBalancerArn)),
    vpcEndpoints: inventory.vpcEndpoints,
    unread: inventory.unread,
    incomplete: inventory.incomplete,
    ours: inventory.ours,
  };
}

function read<K extends CellKind>(kind: K, id: string, { overlay, history }: SmallAccountInput): CellValues[K] {
  return cellValue(cellOf(kind, id), overlay, history);
}

/** A load balancer's or endpoint's own interfaces tell the addresses of its nodes. */
function interfacesAround({ surroundings, history }: SmallAccountInput): ReadonlySet<string> {
  if (surroundings.backends.size === 0) return surroundings.interfaces;
  return new Set([...surroundings.interfaces, ...history.account.serviceInterfaceIds]);
}

function instanceIn(id: string, input: SmallAccountInput): Instance | undefined {
  const instance = read('instance', id, input);
  if (instance === null) return undefined;
  return {
    ...instance,
    state: read('state', id, input) ?? instance.state,
    instanceType: read('type', id, input) ?? instance.instanceType,
    ...tagsIn(id, instance.tags, input),
  };
}

/** The tags, with those that a policy mentions as the overlay has them. */
function tagsIn(
  id: string,
  tags: readonly Tag[],
  { overlay, history, tagKeys }: SmallAccountInput,
): Pick<Instance, 'tags' | 'unknownTagKeys'> {
  const others = tags.filter(({ key }) => !tagKeys.includes(key));
  const mentioned: Tag[] = [];
  const unknownTagKeys: string[] = [];
  for (const key of tagKeys) {
    const cell = cellOf('tag', id, key);
    // A resource that is gone by now has the tags it is remembered with, unless a call changed them.
    const isRemembered = !overlay.has(cell.key) && !isInAccount(id, history);
    const value = isRemembered ? (tagValue(tags, key) ?? null) : cellValue(cell, overlay, history);
    if (value === ACCEPTED) unknownTagKeys.push(key);
    else if (value !== null) mentioned.push({ key, value });
  }
  return { tags: [...others, ...mentioned], unknownTagKeys };
}

function isInAccount(id: string, { account }: History): boolean {
  return account.instances.has(id) || account.networkInterfaces.has(id) || account.sessions.has(id);
}

function interfaceIn(id: string, input: SmallAccountInput): NetworkInterface | undefined {
  const networkInterface = read('interface', id, input);
  if (networkInterface === null) return undefined;
  const isChanged = input.overlay.has(cellOf('attachment', id).key);
  const attachment = isChanged ? (read('attachment', id, input) ?? undefined) : networkInterface.attachment;
  return {
    ...networkInterface,
    groupIds: read('groups', id, input) ?? networkInterface.groupIds,
    attachment,
    status: isChanged ? (attachment === undefined ? 'available' : 'in-use') : networkInterface.status,
    tags: tagsIn(id, networkInterface.tags, input).tags,
  };
}

/** The session, unless its interface is gone, which takes it along. */
function sessionIn(id: string, input: SmallAccountInput): TrafficMirrorSession | undefined {
  const session = read('session', id, input);
  if (session === null) return undefined;
  const source = cellOf('interface', session.networkInterfaceId);
  if (input.overlay.get(source.key) === null) return undefined;
  return { ...session, tags: tagsIn(id, session.tags, input).tags };
}

/** The overlay's values of one kind of cell of one resource, by part. */
function partsOf<K extends CellKind>(
  kind: K,
  id: string,
  { overlay }: SmallAccountInput,
): ReadonlyMap<string, CellValues[K]> {
  const parts = new Map<string, CellValues[K]>();
  const prefix = cellOf(kind, id).key;
  for (const [key, value] of overlay)
    if (key.startsWith(prefix)) parts.set(key.slice(prefix.length), value as CellValues[K]);
  return parts;
}

/** A list of parts with those that the overlay changes. */
function withParts<T>(
  list: readonly T[],
  partOf: (item: T) => string,
  changed: ReadonlyMap<string, T | null>,
): readonly T[] {
  if (changed.size === 0) return list;
  const kept = list.filter((item) => !changed.has(partOf(item)));
  return [...kept, ...[...changed.values()].flatMap((item) => (item === null ? [] : [item]))];
}

function groupIn(id: string, input: SmallAccountInput): SecurityGroup | undefined {
  const group = input.history.account.securityGroups.get(id);
  if (group === undefined) return undefined;
  const changed = partsOf('permission', id, input);
  if (changed.size === 0) return group;
  return { ...group, ipPermissions: withParts(permissionsOf(group), permissionPart, changed).map(ipPermission) };
}

function ipPermission(permission: RecordedPermission): IpPermission {
  const { ipProtocol, fromPort, toPort, cidrIp, cidrIpv6, prefixListId, referencedGroupId, referencedUserId } =
    permission;
  return {
    ...{ ipProtocol, fromPort, toPort },
    cidrIps: cidrIp === undefined ? [] : [cidrIp],
    cidrIpv6s: cidrIpv6 === undefined ? [] : [cidrIpv6],
    prefixListIds: prefixListId === undefined ? [] : [prefixListId],
    userIdGroupPairs: referencedGroupId === undefined ? [] : [{ groupId: referencedGroupId, userId: referencedUserId }],
  };
}

/** The ACLs of the subnets around, each with the subnets that the overlay gives it. */
function aclsIn(input: SmallAccountInput): readonly NetworkAcl[] {
  const bySubnet = [...input.surroundings.subnets].map((id) => [id, read('acl', id, input)] as const);
  const ids = new Set([...input.surroundings.acls, ...bySubnet.map(([, acl]) => acl ?? '')]);
  return [...ids].flatMap((id) => {
    const acl = input.history.account.networkAcls.get(id);
    if (acl === undefined) return [];
    const entries: readonly NetworkAclEntry[] = withParts(acl.entries, entryPart, partsOf('entry', id, input));
    return [{ ...acl, entries, subnetIds: bySubnet.filter(([, own]) => own === id).map(([subnet]) => subnet) }];
  });
}

/** The route tables of the subnets around, each with the subnets that the overlay gives it. */
function tablesIn(input: SmallAccountInput): readonly RouteTable[] {
  const bySubnet = [...input.surroundings.subnets].map((id) => [id, read('table', id, input)] as const);
  const ids = new Set([...input.surroundings.tables, ...bySubnet.map(([, table]) => table ?? '')]);
  return [...ids].flatMap((id) => {
    const table = input.history.account.routeTables.get(id);
    if (table === undefined) return [];
    const routes: readonly Route[] = withParts(table.routes, destinationOf, partsOf('route', id, input));
    return [{ ...table, routes, subnetIds: bySubnet.filter(([, own]) => own === id).map(([subnet]) => subnet) }];
  });
}

function filterIn(id: string, input: SmallAccountInput): TrafficMirrorFilter | undefined {
  const filter = read('filter', id, input);
  if (filter === null) return undefined;
  const changed = partsOf('filterRule', id, input);
  if (changed.size === 0) return filter;
  const kept = (rules: readonly TrafficMirrorFilterRule[]): readonly TrafficMirrorFilterRule[] =>
    rules.filter(({ trafficMirrorFilterRuleId = '' }) => !changed.has(trafficMirrorFilterRuleId));
  const added = (direction: 'ingress' | 'egress'): readonly TrafficMirrorFilterRule[] =>
    [...changed.values()].flatMap((one) => (one?.direction === direction ? [one.rule] : []));
  return {
    ...filter,
    ingressFilterRules: [...kept(filter.ingressFilterRules), ...added('ingress')],
    egressFilterRules: [...kept(filter.egressFilterRules), ...added('egress')],
  };
}
