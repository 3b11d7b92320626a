/** What a resource's verdict depends on: everything that it, its sessions and their targets were connected with at some time. */

import { targetInterfaceId } from '../inventory/mirror.ts';
import type { History } from './history.ts';

/** Ids by kind. They are all that has to be looked at to judge one resource. */
export interface Surroundings {
  /** The instances and interfaces that are judged, not those of sensors. */
  readonly own: ReadonlySet<string>;
  readonly instances: ReadonlySet<string>;
  readonly interfaces: ReadonlySet<string>;
  readonly sessions: ReadonlySet<string>;
  readonly targets: ReadonlySet<string>;
  readonly filters: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly subnets: ReadonlySet<string>;
  readonly acls: ReadonlySet<string>;
  readonly tables: ReadonlySet<string>;
  /** Load balancers and endpoints behind targets: their changes can't be taken back. */
  readonly backends: ReadonlySet<string>;
}

type Draft = { readonly [K in keyof Surroundings]: Set<string> } & {
  /** The instances whose interfaces were all looked at. One may have thousands, each of which leads here. */
  readonly siblingsOf: Set<string>;
};

/** The surroundings of an instance, an interface (a task's too), a session or a security group. */
export function surroundingsOf(ids: readonly string[], history: History): Surroundings {
  const draft: Draft = {
    own: new Set(),
    instances: new Set(),
    interfaces: new Set(),
    sessions: new Set(),
    targets: new Set(),
    filters: new Set(),
    groups: new Set(),
    subnets: new Set(),
    acls: new Set(),
    tables: new Set(),
    backends: new Set(),
    siblingsOf: new Set(),
  };
  for (const id of ids) {
    if (id.startsWith('tms-')) addSessionWithSource(id, draft, history);
    else if (id.startsWith('sg-')) addGroup(id, draft);
    else if (id.startsWith('eni-')) addSource(id, draft, history);
    else addInstance(id, draft, history);
  }
  return draft;
}

/** The rules of a group alone decide about it. */
function addGroup(id: string, draft: Draft): void {
  draft.own.add(id);
  draft.groups.add(id);
}

function addInstance(id: string, draft: Draft, history: History): void {
  if (draft.own.has(id)) return;
  draft.own.add(id);
  draft.instances.add(id);
  for (const eni of interfacesOf(id, history)) addSource(eni, draft, history);
}

function addSource(id: string, draft: Draft, history: History): void {
  if (draft.own.has(id)) return;
  draft.own.add(id);
  addInterface(id, draft, history, { isSensor: false });
  const { account, relations } = history;
  for (const { trafficMirrorSessionId } of account.sessionsOn.get(id) ?? [])
    addSession(trafficMirrorSessionId, draft, history);
  for (const session of relations.sessionsOn.get(id) ?? []) addSession(session, draft, history);
  addTargetsAt(id, draft, history);
  // A sensor's interfaces are never sources: neither the one behind the target nor its siblings.
  const instances = [
    account.networkInterfaces.get(id)?.attachment?.instanceId,
    ...(relations.instancesOf.get(id) ?? []),
  ];
  for (const instance of instances) {
    if (instance === undefined || draft.siblingsOf.has(instance)) continue;
    draft.siblingsOf.add(instance);
    for (const one of interfacesOf(instance, history)) addTargetsAt(one, draft, history);
  }
}

function interfacesOf(instanceId: string, { account, relations }: History): readonly string[] {
  const now = (account.interfacesOn.get(instanceId) ?? []).map(({ networkInterfaceId }) => networkInterfaceId);
  return [...now, ...(relations.interfacesOf.get(instanceId) ?? [])];
}

function addTargetsAt(id: string, draft: Draft, history: History): void {
  const now = (history.account.targetsAt.get(id) ?? []).map(({ trafficMirrorTargetId }) => trafficMirrorTargetId);
  for (const target of [...now, ...(history.relations.targetsAt.get(id) ?? [])]) addTarget(target, draft, history);
}

/** An interface with its instance and what decides the way in and out of its subnet. Only a sensor's groups let packets in. */
function addInterface(
  id: string,
  draft: Draft,
  { account, relations }: History,
  { isSensor }: { readonly isSensor: boolean },
): void {
  draft.interfaces.add(id);
  const now = account.networkInterfaces.get(id);
  const instances = [now?.attachment?.instanceId, ...(relations.instancesOf.get(id) ?? [])];
  for (const instance of instances) if (instance !== undefined) draft.instances.add(instance);
  if (isSensor) for (const group of groupsOf(id, { account, relations })) draft.groups.add(group);
  const subnetId = now?.subnetId ?? relations.interfaces.get(id)?.subnetId;
  if (subnetId !== undefined) addSubnet(subnetId, draft, { account, relations });
}

/** The groups of an interface, now and by the records; where these leave some open, every group of its VPC. */
function groupsOf(id: string, { account, relations }: Pick<History, 'account' | 'relations'>): readonly string[] {
  const now = account.networkInterfaces.get(id);
  const known = [...(now?.groupIds ?? []), ...(relations.groupsOf.get(id) ?? [])];
  if (!relations.lostGroups.has(id)) return known;
  const around = [...account.securityGroups.values()].filter(({ vpcId }) => vpcId === now?.vpcId);
  return [...known, ...around.map(({ groupId }) => groupId)];
}

/** A subnet with its network ACLs and route tables, now and by the records; where these leave some open, all of its VPC. */
function addSubnet(id: string, draft: Draft, { account, relations }: Pick<History, 'account' | 'relations'>): void {
  if (draft.subnets.has(id)) return;
  draft.subnets.add(id);
  const vpcId = account.subnets.get(id)?.vpcId;
  if (relations.lostAcls.has(id))
    for (const acl of account.networkAcls.values()) if (acl.vpcId === vpcId) draft.acls.add(acl.networkAclId);
  if (relations.lostTables.has(id))
    for (const table of account.routeTables.values()) if (table.vpcId === vpcId) draft.tables.add(table.routeTableId);
  const main = account.mainTables.get(vpcId);
  const acls = [account.aclOf.get(id), ...(relations.aclsOf.get(id) ?? [])];
  const tables = [account.tableOf.get(id), main?.routeTableId, ...(relations.tablesOf.get(id) ?? [])];
  for (const acl of acls) if (acl !== undefined) draft.acls.add(acl);
  for (const table of tables) if (table !== undefined) draft.tables.add(table);
}

function addSessionWithSource(id: string, draft: Draft, history: History): void {
  draft.own.add(id);
  addSession(id, draft, history);
  const now = history.account.sessions.get(id)?.networkInterfaceId;
  const sources = [now, ...(history.relations.sessions.get(id) ?? []).map((session) => session.networkInterfaceId)];
  for (const source of sources) if (source !== undefined && source !== '') addSource(source, draft, history);
}

function addSession(id: string, draft: Draft, history: History): void {
  if (draft.sessions.has(id)) return;
  draft.sessions.add(id);
  const { account, relations } = history;
  const now = account.sessions.get(id);
  const recorded = relations.sessions.get(id) ?? [];
  if (recorded.some(({ wentElsewhere }) => wentElsewhere === true)) {
    for (const filter of account.filters.keys()) draft.filters.add(filter);
    for (const target of account.targets.keys()) addTarget(target, draft, history);
  }
  for (const session of [...(now === undefined ? [] : [now]), ...recorded]) {
    const { trafficMirrorTargetId, trafficMirrorFilterId } = session;
    if (trafficMirrorFilterId) draft.filters.add(trafficMirrorFilterId);
    if (trafficMirrorTargetId) addTarget(trafficMirrorTargetId, draft, history);
  }
}

function addTarget(id: string, draft: Draft, history: History): void {
  if (draft.targets.has(id)) return;
  draft.targets.add(id);
  const { account, relations } = history;
  for (const target of [account.targets.get(id), relations.targets.get(id)]) {
    if (target === undefined) continue;
    const sensor = targetInterfaceId(target);
    if (sensor !== undefined) addInterface(sensor, draft, history, { isSensor: true });
    else if (target.type === 'network-load-balancer') addBalancer(target.networkLoadBalancerArn, draft, history);
    else if (target.type === 'gateway-load-balancer-endpoint') draft.backends.add(target.gatewayLoadBalancerEndpointId);
  }
}

/** A load balancer with its groups and the subnets of its nodes. */
function addBalancer(arn: string, draft: Draft, history: History): void {
  draft.backends.add(arn);
  const balancer = history.account.inventory.loadBalancers?.find(({ loadBalancerArn }) => loadBalancerArn === arn);
  for (const group of balancer?.securityGroupIds ?? []) draft.groups.add(group);
  for (const { subnetId } of balancer?.availabilityZones ?? [])
    if (subnetId !== undefined) addSubnet(subnetId, draft, history);
}

/** The surroundings with more targets, and with everything that decides whether packets reach these. */
export function withTargets(surroundings: Surroundings, targetIds: readonly string[], history: History): Surroundings {
  const draft: Draft = {
    own: new Set(surroundings.own),
    instances: new Set(surroundings.instances),
    interfaces: new Set(surroundings.interfaces),
    sessions: new Set(surroundings.sessions),
    targets: new Set(surroundings.targets),
    filters: new Set(surroundings.filters),
    groups: new Set(surroundings.groups),
    subnets: new Set(surroundings.subnets),
    acls: new Set(surroundings.acls),
    tables: new Set(surroundings.tables),
    backends: new Set(surroundings.backends),
    siblingsOf: new Set(),
  };
  for (const id of targetIds) addTarget(id, draft, history);
  return draft;
}

/** Every id of the surroundings. */
export function idsOf(surroundings: Surroundings): ReadonlySet<string> {
  return new Set(Object.values(surroundings).flatMap((ids: ReadonlySet<string>) => [...ids]));
}
