/** The inventory indexed for the selector: every look-up the mirror room makes, derived once, so that each is one step. */

import { type Instance, tagValue } from '../inventory/instance.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type {
  LoadBalancer,
  TrafficMirrorFilter,
  TrafficMirrorSession,
  TrafficMirrorTarget,
  VpcEndpoint,
} from '../inventory/mirror.ts';
import type { NetworkAcl } from '../inventory/network-acl.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { PrefixList } from '../inventory/prefix-list.ts';
import type { RouteTable, Subnet } from '../inventory/route.ts';
import type { SecurityGroup } from '../inventory/security-group.ts';
import { POOL_TAG } from './destinations.ts';
import type { MirrorPolicy, TargetEntry } from './policy.ts';

/** What a look-up gives: the thing, `gone` when a list that was read does not have it, `unread` when nobody can say. */
export type Found<T> = T | 'gone' | 'unread';

/** AWS's limit of sessions on one source interface. @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html */
export const SESSIONS_PER_INTERFACE = 3;

/** AWS's limit of sessions in one account and region. @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html */
export const SESSIONS_PER_ACCOUNT = 10_000;

/** What is known besides the inventory. */
export interface AccountIndexOptions {
  /** Interfaces that AWS has refused for good (`NetworkInterfaceNotSupported`), with what it said: they are exempt. */
  readonly unsupported?: ReadonlyMap<string, string> | undefined;
}

/** One account and region with its policy, indexed. Made by `indexAccount`, never changed; the same for any order of the inventory's lists. */
export interface AccountIndex {
  readonly inventory: Inventory;
  readonly policy: MirrorPolicy;
  readonly unsupported: ReadonlyMap<string, string>;

  readonly instance: (instanceId: string) => Found<Instance>;
  readonly networkInterface: (networkInterfaceId: string) => Found<NetworkInterface>;
  readonly securityGroup: (groupId: string) => Found<SecurityGroup>;
  readonly subnet: (subnetId: string) => Found<Subnet>;
  readonly prefixList: (prefixListId: string) => Found<PrefixList>;
  readonly trafficMirrorTarget: (trafficMirrorTargetId: string) => Found<TrafficMirrorTarget>;
  readonly trafficMirrorFilter: (trafficMirrorFilterId: string) => Found<TrafficMirrorFilter>;
  readonly trafficMirrorSession: (trafficMirrorSessionId: string) => Found<TrafficMirrorSession>;
  readonly loadBalancer: (loadBalancerArn: string) => Found<LoadBalancer>;
  readonly vpcEndpoint: (vpcEndpointId: string) => Found<VpcEndpoint>;
  /** The ACL of a subnet; a list without one is `unread` too, since every subnet has exactly one. */
  readonly networkAcl: (subnetId: string) => NetworkAcl | 'unread';
  /** The route table that serves a subnet: its own, else the main one of the VPC; `unread` when there is neither. */
  readonly routeTable: (subnetId: string, vpcId: string) => RouteTable | 'unread';

  /** Interfaces of an instance by id, in order of their ids. */
  readonly interfacesOf: (instanceId: string) => readonly NetworkInterface[];
  /** Sessions on an interface, the lowest session number first; foreign ones included. Empty when sessions were not read. */
  readonly sessionsOn: (networkInterfaceId: string) => readonly TrafficMirrorSession[];
  /** Distinct source interfaces of a target, foreign sessions included: what AWS's limit counts. */
  readonly sourcesOf: (trafficMirrorTargetId: string) => ReadonlySet<string>;
  /** The configured entry of a target (`maxSources`, `weight`), with no settings for one that only a rule names; undefined for a target that is not configured. */
  readonly configuredTarget: (trafficMirrorTargetId: string) => TargetEntry | undefined;
  /** Ids of every configured target: the policy's list, the rules', those for suspects and those launched on demand; sorted. */
  readonly configuredTargetIds: readonly string[];

  /** The result of `derive`, computed at the first call with that function and kept: how the other files of this room derive things once. */
  readonly once: <T>(derive: (account: AccountIndex) => T) => T;
}

/**
 * Indexes an inventory for the selector. Never throws: what is absent from the inventory is `unread`, which its users answer
 * as `unknown`. Costs one pass over each list.
 */
export function indexAccount(
  inventory: Inventory,
  policy: MirrorPolicy,
  options: AccountIndexOptions = {},
): AccountIndex {
  const { partial, incomplete = {} } = inventory;
  const sessions = sessionsByInterface(inventory.trafficMirrorSessions ?? []);
  const sources = sourcesByTarget(inventory.trafficMirrorSessions ?? []);
  const attached = groupBy(inventory.networkInterfaces ?? [], ({ attachment }) => attachment?.instanceId);
  const acls = new Map(
    (inventory.networkAcls ?? []).flatMap((acl) => acl.subnetIds.map((subnetId) => [subnetId, acl] as const)),
  );
  const tables = new Map(
    (inventory.routeTables ?? []).flatMap((table) => table.subnetIds.map((subnetId) => [subnetId, table] as const)),
  );
  const mainTables = new Map(
    (inventory.routeTables ?? []).filter(({ main }) => main).map((table) => [table.vpcId, table] as const),
  );
  const configured = configuredTargets(policy, inventory.trafficMirrorTargets ?? []);
  const derived = new Map<unknown, unknown>();

  const gapsOf = (list: keyof Inventory, asked?: readonly string[]): Gaps => ({
    isIncomplete: incomplete[list] !== undefined,
    asked,
  });
  const account: AccountIndex = {
    inventory,
    policy,
    unsupported: options.unsupported ?? new Map(),
    instance: finder(inventory.instances, (it) => it.instanceId, gapsOf('instances', partial?.instanceIds)),
    networkInterface: finder(
      inventory.networkInterfaces,
      (it) => it.networkInterfaceId,
      gapsOf('networkInterfaces', partial?.networkInterfaceIds),
    ),
    securityGroup: finder(inventory.securityGroups, (it) => it.groupId, gapsOf('securityGroups')),
    subnet: finder(inventory.subnets, (it) => it.subnetId, gapsOf('subnets')),
    prefixList: finder(inventory.prefixLists, (it) => it.prefixListId, gapsOf('prefixLists')),
    trafficMirrorTarget: finder(
      inventory.trafficMirrorTargets,
      (it) => it.trafficMirrorTargetId,
      gapsOf('trafficMirrorTargets'),
    ),
    trafficMirrorFilter: finder(
      inventory.trafficMirrorFilters,
      (it) => it.trafficMirrorFilterId,
      gapsOf('trafficMirrorFilters'),
    ),
    trafficMirrorSession: finder(
      inventory.trafficMirrorSessions,
      (it) => it.trafficMirrorSessionId,
      gapsOf('trafficMirrorSessions'),
    ),
    loadBalancer: finder(inventory.loadBalancers, (it) => it.loadBalancerArn, gapsOf('loadBalancers')),
    vpcEndpoint: finder(inventory.vpcEndpoints, (it) => it.vpcEndpointId, gapsOf('vpcEndpoints')),
    networkAcl: (subnetId) => acls.get(subnetId) ?? 'unread',
    routeTable: (subnetId, vpcId) => tables.get(subnetId) ?? mainTables.get(vpcId) ?? 'unread',
    interfacesOf: (instanceId) => attached.get(instanceId) ?? [],
    sessionsOn: (networkInterfaceId) => sessions.get(networkInterfaceId) ?? [],
    sourcesOf: (trafficMirrorTargetId) => sources.get(trafficMirrorTargetId) ?? new Set(),
    configuredTarget: (trafficMirrorTargetId) => configured.get(trafficMirrorTargetId),
    configuredTargetIds: [...configured.keys()].toSorted(),
    once: <T>(derive: (account: AccountIndex) => T): T => {
      if (!derived.has(derive)) derived.set(derive, derive(account));
      return derived.get(derive) as T;
    },
  };
  return account;
}

/** What keeps absence from a list from saying that something is gone. */
interface Gaps {
  /** Some items could not be read. */
  readonly isIncomplete: boolean;
  /** Only these ids were asked for. */
  readonly asked?: readonly string[] | undefined;
}

function finder<T>(
  list: readonly T[] | undefined,
  idOf: (item: T) => string,
  { isIncomplete, asked }: Gaps,
): (id: string) => Found<T> {
  if (list === undefined) return () => 'unread';
  const byId = new Map(list.map((item) => [idOf(item), item]));
  const askedFor = asked === undefined ? undefined : new Set(asked);
  const absent = isIncomplete ? 'unread' : 'gone';
  return (id) => byId.get(id) ?? (askedFor === undefined || askedFor.has(id) ? absent : 'unread');
}

function groupBy(
  interfaces: readonly NetworkInterface[],
  keyOf: (item: NetworkInterface) => string | undefined,
): ReadonlyMap<string, readonly NetworkInterface[]> {
  const groups = new Map<string, NetworkInterface[]>();
  for (const item of interfaces) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  for (const group of groups.values()) {
    group.sort((a, b) => (a.networkInterfaceId < b.networkInterfaceId ? -1 : 1));
  }
  return groups;
}

function sessionsByInterface(
  sessions: readonly TrafficMirrorSession[],
): ReadonlyMap<string, readonly TrafficMirrorSession[]> {
  const byInterface = new Map<string, TrafficMirrorSession[]>();
  for (const session of sessions) {
    const list = byInterface.get(session.networkInterfaceId);
    if (list === undefined) byInterface.set(session.networkInterfaceId, [session]);
    else list.push(session);
  }
  for (const list of byInterface.values()) list.sort((a, b) => a.sessionNumber - b.sessionNumber);
  return byInterface;
}

function sourcesByTarget(sessions: readonly TrafficMirrorSession[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byTarget = new Map<string, Set<string>>();
  for (const { trafficMirrorTargetId, networkInterfaceId } of sessions) {
    const sources = byTarget.get(trafficMirrorTargetId);
    if (sources === undefined) byTarget.set(trafficMirrorTargetId, new Set([networkInterfaceId]));
    else sources.add(networkInterfaceId);
  }
  return byTarget;
}

/**
 * The `targets` entries apply wherever their id is named; a rule may name further targets, which have no settings of their own. What
 * we launched on demand is configured too, while a rule still launches.
 */
function configuredTargets(
  { targets, rules, onSuspicion }: MirrorPolicy,
  existing: readonly TrafficMirrorTarget[],
): ReadonlyMap<string, TargetEntry> {
  const all = [...(rules?.tags ?? []), ...(rules?.subnets ?? []), ...(rules?.vpcs ?? [])];
  const launches = all.some(({ onDemand }) => onDemand !== undefined);
  const pooled = launches ? existing.filter(({ tags }) => tagValue(tags, POOL_TAG) !== undefined) : [];
  const entries = new Map<string, TargetEntry>();
  for (const id of [
    ...all.flatMap(({ targetIds }) => targetIds),
    ...(onSuspicion?.targetIds ?? []),
    ...pooled.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId),
  ]) {
    entries.set(id, { id });
  }
  for (const entry of targets) entries.set(entry.id, entry);
  return entries;
}
