/** The inventory source on live AWS: reads an account and region from EC2 and Elastic Load Balancing. */

import { AwsCallError } from '../../errors.ts';
import type { Inventory, Scope } from '../../inventory/inventory.ts';
import type { InventorySource, Need } from '../../inventory/load-inventory.ts';
import { measuredInstances } from '../../inventory/metrics/measured-instances.ts';
import { targetInterfaceId } from '../../inventory/mirror.ts';
import type { Clients } from '../clients.ts';
import type { Cache } from './cache.ts';
import { readMirrorLists, routingListsNeeded } from './lists/mirror-lists.ts';
import { readPrefixLists } from './lists/prefix-lists.ts';
import { loadBalancersOf } from './load-balancers.ts';
import type { RecentSessions } from './recent-sessions.ts';
import { openScope, readLists, type ScopeReader } from './scope-reader.ts';
import { type JudgedGroups, readGroupLists, readGroupUsers, withGroups } from './security-groups.ts';
import { type TargetRefs, targetRefs, withSharedTargets } from './shared-targets.ts';
import { readInstances, readSources } from './sources.ts';
import { type RegionAnswers, toInventory } from './to-inventory.ts';

const NOT_ASKED: RegionAnswers = {};

/** What the source reads with. */
export interface Ec2InventoryOptions {
  readonly clients: Clients;
  /** Keeps the slow-changing lists across warm invocations. Sessions, instances and interfaces are read every time. */
  readonly cache: Cache;
  readonly recent: RecentSessions;
  readonly scopes: () => Promise<readonly Scope[]>;
  readonly now: () => Date;
}

/**
 * The inventory source on live AWS. A list that the credentials may not read or the endpoint does not have is absent and named in
 * `unread`. Temporary failures (throttling or a lost connection, after the SDK's own retries) are thrown: the caller retries
 * later. Targets shared by another account are completed from that account.
 */
export function ec2InventorySource({ clients, cache, recent, scopes, now }: Ec2InventoryOptions): InventorySource {
  return {
    scopes,
    async load(scope, need, { mirroring, metrics = false, groups = [], fresh = false, sessionChanges = [] }) {
      const lists: Cache = fresh ? { ...cache, get: (key, read) => cache.get(key, read, true) } : cache;
      const reader = await openScope(clients, lists, scope);
      if (!mirroring) {
        if (groups.length > 0) return readForGroups(reader, need, groups);
        const answers = await reader.collect({ Reservations: readInstances(reader.ec2, need) });
        return limitedTo(need, toInventory(scope, { ...answers, unread: reader.unread() }));
      }
      const own = await readForMirroring(reader, need, groups);
      const inventory = await withSharedTargets(own, async (owner, refs) => {
        const ownerScope = await openScope(clients, lists, owner);
        return toInventory(owner, { ...(await readAsOwner(ownerScope, refs)), unread: ownerScope.unread() });
      });
      const { trafficMirrorSessions: sessions } = inventory;
      const current = { ...inventory, trafficMirrorSessions: sessions && recent.over(scope, sessions, sessionChanges) };
      return metrics && need.kind === 'all' ? withMetrics(current, clients, now) : limitedTo(need, current);
    },
  };
}

/** Everything that mirroring depends on, as this account sees it. */
async function readForMirroring(reader: ScopeReader, need: Need, groups: JudgedGroups): Promise<Inventory> {
  const { scope } = reader;
  const mirroring = await readMirrorLists(reader);
  const targets = targetRefs(toInventory(scope, mirroring).trafficMirrorTargets ?? []);
  const [sources, backends, rules] = await Promise.all([
    readSources(reader, need, targets),
    readTargetBackends(reader, targets),
    need.kind === 'all' ? readRules(reader) : NOT_ASKED,
  ]);
  const routing = await readLists(reader, routingListsNeeded(scope, need, [mirroring, sources, backends]));
  const read = { ...mirroring, ...sources, ...backends, ...routing, ...rules };
  const users = await readGroupUsers(reader, need, groups, read);
  const answers = { ...read, ...users.answers };
  const prefixLists = await readPrefixLists(reader, answers);
  const unread = { ...reader.unread(), ...rules.unread };
  return withGroups(toInventory(scope, { ...answers, ...prefixLists, unread }), need, users);
}

/** What the rule about security groups needs besides instances. */
async function readForGroups(reader: ScopeReader, need: Need, groups: JudgedGroups): Promise<Inventory> {
  const { scope } = reader;
  const [instances, lists, rules] = await Promise.all([
    reader.collect({ Reservations: readInstances(reader.ec2, need) }),
    readGroupLists(reader, need),
    readRules(reader),
  ]);
  const read = { ...instances, ...lists, ...rules };
  const users = await readGroupUsers(reader, need, groups, read);
  const answers = { ...read, ...users.answers };
  const prefixLists = await readPrefixLists(reader, answers);
  const unread = { ...reader.unread(), ...rules.unread };
  return limitedTo(need, withGroups(toInventory(scope, { ...answers, ...prefixLists, unread }), need, users));
}

/**
 * The rules of the security groups under their own ids: only the search for a cause needs them. A single change asks for the complete
 * account anyway if it could have named one. Whatever stops this read stops nothing else.
 */
async function readRules({ ec2, cached }: ScopeReader): Promise<RegionAnswers> {
  try {
    return { SecurityGroupRules: await cached('SecurityGroupRules', () => ec2.list('SecurityGroupRules')) };
  } catch (fault) {
    if (!(fault instanceof AwsCallError)) throw fault;
    return { unread: { securityGroupRules: fault.message } };
  }
}

/** The account with what CloudWatch counted of its instances with sessions. Whatever stops this read stops nothing else. */
async function withMetrics(inventory: Inventory, clients: Clients, now: () => Date): Promise<Inventory> {
  try {
    const { readMetrics } = await import('../cloudwatch/read-metrics.ts');
    return { ...inventory, metrics: await readMetrics(clients, inventory, measuredInstances(inventory), now()) };
  } catch (fault) {
    if (!(fault instanceof AwsCallError)) throw fault;
    return { ...inventory, unreadForHealth: { metrics: fault.message } };
  }
}

/** The load balancers and endpoints behind targets. Makes no call if there are none. */
async function readTargetBackends(
  { scope, clients, ec2, cached, collect }: ScopeReader,
  targets: TargetRefs,
): Promise<RegionAnswers> {
  const { loadBalancerArns, vpcEndpointIds } = targets;
  const balancers = cached(`LoadBalancers ${loadBalancerArns.join()}`, () =>
    loadBalancersOf(clients, scope, loadBalancerArns),
  );
  return collect({
    LoadBalancers: balancers.then((read) => read.LoadBalancers),
    Listeners: balancers.then((read) => read.Listeners),
    VpcEndpoints: cached(`VpcEndpoints ${vpcEndpointIds.join()}`, () =>
      ec2.vpcEndpoints({ name: 'vpc-endpoint-id', values: vpcEndpointIds }),
    ),
  });
}

/** What an owner's account sees of the targets it shares: interfaces, firewalls, load balancers and everyone's sessions. */
async function readAsOwner(reader: ScopeReader, targets: TargetRefs): Promise<RegionAnswers> {
  const { ec2, cached, collect } = reader;
  const none = { kind: 'some', instanceIds: [], networkInterfaceIds: [] } as const;
  const [lists, sources, backends] = await Promise.all([
    collect({
      SecurityGroups: cached('SecurityGroups', () => ec2.list('SecurityGroups')),
      NetworkAcls: cached('NetworkAcls', () => ec2.list('NetworkAcls')),
      Subnets: cached('Subnets', () => ec2.list('Subnets')),
      TrafficMirrorSessions: ec2.trafficMirrorSessions({ name: 'traffic-mirror-target-id', values: targets.targetIds }),
    }),
    readSources(reader, none, targets),
    readTargetBackends(reader, targets),
  ]);
  const answers = { ...lists, ...sources, ...backends };
  return { ...answers, ...(await readPrefixLists(reader, answers)) };
}

/**
 * The inventory, marked as partial if only some resources were requested. `readSources` requests the interfaces behind targets and their
 * instances as well: one of these that AWS did not return is gone.
 */
function limitedTo(need: Need, inventory: Inventory): Inventory {
  if (need.kind === 'all') return inventory;
  const { networkInterfaces = [], trafficMirrorTargets = [], partial } = inventory;
  const ofSensors = new Set(trafficMirrorTargets.flatMap((target) => targetInterfaceId(target) ?? []));
  const sensors = networkInterfaces
    .filter(({ networkInterfaceId }) => ofSensors.has(networkInterfaceId))
    .flatMap(({ attachment }) => attachment?.instanceId ?? []);
  const instanceIds = [...new Set([...need.instanceIds, ...sensors])];
  const networkInterfaceIds = [...new Set([...need.networkInterfaceIds, ...ofSensors])];
  return { ...inventory, partial: { ...partial, instanceIds, networkInterfaceIds } };
}
