/** The inventory indexed for the selector: every look-up table is built once, and each look-up then takes constant time. */

import { byText, groupBy } from '../collections.ts';
import type { Instance } from '../inventory/instance.ts';
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
import { type PoolTarget, poolTargetsIn } from './ours/sensors.ts';
import { type MirrorPolicy, type TargetEntry, targetIdsIn } from './policy.ts';

/** The result of a look-up: the thing, `gone` if its list was read without it, or `unread` if that is unknown. */
export type Found<T> = T | 'gone' | 'unread';

/** AWS's limit of sessions on one source interface. @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html */
export const SESSIONS_PER_INTERFACE = 3;

/** AWS's limit of sessions in one account and region. @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html */
export const SESSIONS_PER_ACCOUNT = 10_000;

/** What we know besides the inventory. */
export interface AccountIndexOptions {
  /** Interfaces that AWS refuses permanently (`NetworkInterfaceNotSupported`), with its message. They are exempt. */
  readonly unsupported?: ReadonlyMap<string, string> | undefined;
  /** What was compiled for a similar inventory, which is not compiled again. @default nothing */
  readonly compiled?: Compiled | undefined;
}

/** One account and region with its policy, indexed by `indexAccount`. Immutable, and the same for any order of the inventory's lists. */
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
  /** The ACL of a subnet. `unread` when no ACL in the list names it, because every subnet has exactly one. */
  readonly networkAcl: (subnetId: string) => NetworkAcl | 'unread';
  /** The route table of a subnet: its own, else the main one of the VPC; `unread` when there is neither. */
  readonly routeTable: (subnetId: string, vpcId: string) => RouteTable | 'unread';

  /** The interfaces of an instance, in order of their ids. */
  readonly interfacesOf: (instanceId: string) => readonly NetworkInterface[];
  /** The sessions on an interface, other tools' included, lowest session number first. Empty when sessions were not read. */
  readonly sessionsOn: (networkInterfaceId: string) => readonly TrafficMirrorSession[];
  /** The distinct source interfaces of a target, those of other tools' sessions included: this is what AWS's limit counts. */
  readonly sourcesOf: (trafficMirrorTargetId: string) => ReadonlySet<string>;
  /** The settings of a configured target (`maxSources`, `weight`). One that only a rule names has none; undefined for any other target. */
  readonly configuredTarget: (trafficMirrorTargetId: string) => TargetEntry | undefined;
  /** The ids of all configured targets, sorted: from the policy's list, the rules, for suspects, and behind sensors that are proven ours. */
  readonly configuredTargetIds: readonly string[];
  /** The targets of sensors on demand, and those that only carry the tag of one, by id. */
  readonly poolTargets: ReadonlyMap<string, PoolTarget>;

  /** The result of `derive`, computed on the first call with this function and then kept. */
  readonly once: <T>(derive: (account: AccountIndex) => T) => T;
  /** The result of `compile` for a part of the inventory, computed on the first call with both and then kept. */
  readonly compiled: Compiled;
}

/** Compiles parts of inventories. The result depends on the part alone, so inventories that share the part share the result. */
export type Compiled = <Part extends object, T>(compile: (part: Part) => T, part: Part) => T;

/**
 * Indexes an inventory for the selector, in one pass over each list. Never throws: what the inventory lacks is `unread`, which the
 * checks turn into `unknown`.
 */
export function indexAccount(
  inventory: Inventory,
  policy: MirrorPolicy,
  options: AccountIndexOptions = {},
): AccountIndex {
  const sessions = sessionsByInterface(inventory.trafficMirrorSessions ?? []);
  const sources = sourcesByTarget(inventory.trafficMirrorSessions ?? []);
  const attached = groupBy(inventory.networkInterfaces ?? [], ({ attachment }) => attachment?.instanceId);
  const find = lookUps(inventory);
  const poolTargets = poolTargetsIn(inventory, find);
  const configured = configuredTargets(policy, poolTargets);
  const derived = new Map<unknown, unknown>();
  const account: AccountIndex = {
    inventory,
    policy,
    unsupported: options.unsupported ?? new Map(),
    ...find,
    interfacesOf: (instanceId) => (attached.get(instanceId) ?? []).toSorted(byText((it) => it.networkInterfaceId)),
    sessionsOn: (networkInterfaceId) => sessions.get(networkInterfaceId) ?? [],
    sourcesOf: (trafficMirrorTargetId) => sources.get(trafficMirrorTargetId) ?? new Set(),
    configuredTarget: (trafficMirrorTargetId) => configured.get(trafficMirrorTargetId),
    configuredTargetIds: [...configured.keys()].toSorted(),
    poolTargets,
    once: <T>(derive: (account: AccountIndex) => T): T => {
      if (!derived.has(derive)) derived.set(derive, derive(account));
      return derived.get(derive) as T;
    },
    compiled: options.compiled ?? compileOnce(),
  };
  return account;
}

/** Parts are held weakly: what is compiled from one lasts as long as the part itself. */
function compileOnce(): Compiled {
  const known = new Map<unknown, WeakMap<object, unknown>>();
  return <Part extends object, T>(compile: (part: Part) => T, part: Part): T => {
    const ofKind = known.get(compile) ?? new WeakMap<object, unknown>();
    known.set(compile, ofKind);
    if (!ofKind.has(part)) ofKind.set(part, compile(part));
    return ofKind.get(part) as T;
  };
}

type LookUps = Pick<
  AccountIndex,
  | 'instance'
  | 'networkInterface'
  | 'securityGroup'
  | 'subnet'
  | 'prefixList'
  | 'trafficMirrorTarget'
  | 'trafficMirrorFilter'
  | 'trafficMirrorSession'
  | 'loadBalancer'
  | 'vpcEndpoint'
  | 'networkAcl'
  | 'routeTable'
>;

function lookUps(inventory: Inventory): LookUps {
  const { partial, incomplete = {}, networkAcls = [], routeTables = [] } = inventory;
  const gapsOf = (list: keyof Inventory, requested?: readonly string[]): Gaps => ({
    isIncomplete: incomplete[list] !== undefined,
    requested,
  });
  const acls = new Map(networkAcls.flatMap((acl) => acl.subnetIds.map((subnetId) => [subnetId, acl] as const)));
  const tables = new Map(routeTables.flatMap((table) => table.subnetIds.map((subnetId) => [subnetId, table] as const)));
  const mainTables = new Map(routeTables.filter(({ main }) => main).map((table) => [table.vpcId, table] as const));
  return {
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
  };
}

/** Why absence from a list need not mean that something is gone. */
interface Gaps {
  /** Some items could not be read. */
  readonly isIncomplete: boolean;
  /** Only these ids were requested; undefined when all were. */
  readonly requested?: readonly string[] | undefined;
}

function finder<T>(
  list: readonly T[] | undefined,
  idOf: (item: T) => string,
  { isIncomplete, requested }: Gaps,
): (id: string) => Found<T> {
  if (list === undefined) return () => 'unread';
  const byId = new Map(list.map((item) => [idOf(item), item]));
  const known = requested === undefined ? undefined : new Set(requested);
  const absent = isIncomplete ? 'unread' : 'gone';
  return (id) => byId.get(id) ?? (known === undefined || known.has(id) ? absent : 'unread');
}

function sessionsByInterface(
  sessions: readonly TrafficMirrorSession[],
): ReadonlyMap<string, readonly TrafficMirrorSession[]> {
  return groupBy(
    sessions.toSorted((a, b) => a.sessionNumber - b.sessionNumber),
    ({ networkInterfaceId }) => networkInterfaceId,
  );
}

function sourcesByTarget(sessions: readonly TrafficMirrorSession[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byTarget = groupBy(sessions, ({ trafficMirrorTargetId }) => trafficMirrorTargetId);
  return new Map(
    [...byTarget].map(([id, group]) => [id, new Set(group.map(({ networkInterfaceId }) => networkInterfaceId))]),
  );
}

/**
 * Settings in the policy's `targets` apply wherever their id is named. A rule may name further targets, which have no settings.
 * Targets launched on demand count as configured while any rule still launches, if they are proven to be ours.
 */
function configuredTargets(
  policy: MirrorPolicy,
  poolTargets: ReadonlyMap<string, PoolTarget>,
): ReadonlyMap<string, TargetEntry> {
  const { targets, rules } = policy;
  const all = [...(rules?.tags ?? []), ...(rules?.subnets ?? []), ...(rules?.vpcs ?? [])];
  const launches = all.some(({ onDemand }) => onDemand !== undefined);
  const launched = launches ? [...poolTargets.values()].filter(({ proof }) => proof.kind === 'ours') : [];
  const ids = [...targetIdsIn(policy), ...launched.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId)];
  return new Map<string, TargetEntry>([
    ...ids.map((id) => [id, { id }] as const),
    ...targets.map((entry) => [entry.id, entry] as const),
  ]);
}
