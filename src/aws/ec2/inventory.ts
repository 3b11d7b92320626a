/** Reads an account and region live: the inventory source on EC2 and Elastic Load Balancing. */

import { AwsCallError } from '../../errors.ts';
import type { Inventory, Scope } from '../../inventory/inventory.ts';
import type { InventorySource, Need } from '../../inventory/load-inventory.ts';
import type { Clients } from '../clients.ts';
import type { Cache } from './cache.ts';
import { loadBalancersOf } from './load-balancers.ts';
import { beginReading, type Reading, readLists } from './reading.ts';
import type { Ec2Reads, Item, WholeList } from './reads.ts';
import type { RecentSessions } from './recent-sessions.ts';
import { type RegionAnswers, toInventory } from './shapes.ts';
import { type TargetRefs, targetRefs, withSharedTargets } from './shared-targets.ts';

/** Ids beyond which a list is read whole: five filtered calls find what one whole page of 1000 holds. */
const MANY_IDS = 1000;

const SLOW_LISTS: readonly WholeList[] = [
  'TrafficMirrorTargets',
  'TrafficMirrorFilters',
  'SecurityGroups',
  'NetworkAcls',
  'Subnets',
];

/** What decides on the way from one VPC to another. */
const WAYS: readonly WholeList[] = ['VpcPeeringConnections', 'TransitGatewayVpcAttachments'];

export interface Ec2InventoryOptions {
  readonly clients: Clients;
  /** Holds the slow-changing lists across warm invocations; sessions, instances and interfaces are read each time. */
  readonly cache: Cache;
  readonly recent: RecentSessions;
  readonly scopes: () => Promise<readonly Scope[]>;
}

/**
 * The inventory source on live AWS. A list that the credentials may not read, or the endpoint does not have, is absent and named
 * in `unread`; a passing fault (throttling, a lost connection, after the SDK's own tries) is thrown, as the same question will be
 * answered later. Targets that another account shares with this one are completed from their owner's account.
 */
export function ec2InventorySource({ clients, cache, recent, scopes }: Ec2InventoryOptions): InventorySource {
  return {
    scopes,
    async load(scope, need, { mirroring, fresh = false }) {
      const held: Cache = fresh ? { ...cache, get: (key, read) => cache.get(key, read, true) } : cache;
      const reading = await beginReading(clients, held, scope);
      if (!mirroring) {
        const answers = await reading.settled({ Reservations: instancesFor(reading.ec2, need) });
        return asked(toInventory(scope, { ...answers, unread: reading.unread() }), need);
      }
      const around = await readAround(reading);
      const targets = targetRefs(toInventory(scope, around).trafficMirrorTargets ?? []);
      const [sources, behind] = await Promise.all([readSources(reading, need, targets), readBehind(reading, targets)]);
      const ways = await readLists(reading, waysNeeded(scope, need, [around, sources, behind]));
      const answers = { ...around, ...sources, ...behind, ...ways };
      const own = toInventory(scope, {
        ...answers,
        ...(await readPrefixLists(reading, answers)),
        unread: reading.unread(),
      });
      const whole = await withSharedTargets(own, async (owner, refs) => {
        const there = await beginReading(clients, held, owner);
        return toInventory(owner, { ...(await readTargetSide(there, refs)), unread: there.unread() });
      });
      const { trafficMirrorSessions: sessions } = whole;
      return asked(
        sessions === undefined ? whole : { ...whole, trafficMirrorSessions: recent.over(scope, sessions) },
        need,
      );
    },
  };
}

/**
 * The lists that mirroring rests on, and the sessions there are. A session to a target that is not among those held is younger than
 * the list, or its target is gone: which of the two, only the list as it is now says.
 */
async function readAround(reading: Reading): Promise<RegionAnswers> {
  const [lists, sessions] = await Promise.all([
    readLists(reading, SLOW_LISTS),
    reading.settled({ TrafficMirrorSessions: reading.ec2.trafficMirrorSessions() }),
  ]);
  const around: RegionAnswers = { ...lists, ...sessions };
  if (!hasUnknownTarget(around)) return around;
  reading.forget('TrafficMirrorTargets');
  return { ...around, ...(await readLists(reading, ['TrafficMirrorTargets'])) };
}

function hasUnknownTarget({ TrafficMirrorTargets, TrafficMirrorSessions = [] }: RegionAnswers): boolean {
  if (TrafficMirrorTargets === undefined) return false;
  const idOf = (item: Item): unknown => (item as { TrafficMirrorTargetId?: string }).TrafficMirrorTargetId;
  const known = new Set(TrafficMirrorTargets.map(idOf));
  return TrafficMirrorSessions.some((session) => !known.has(idOf(session)));
}

/**
 * Inside one VPC the local route always serves, so that the lists of other ways are not read; a sweep has its route tables still.
 * A target of another account lies where only its owner can see.
 */
function waysNeeded({ accountId }: Scope, need: Need, answers: readonly RegionAnswers[]): readonly WholeList[] {
  const targets: readonly { readonly OwnerId?: string }[] = answers.flatMap((each) => each.TrafficMirrorTargets ?? []);
  const placed: readonly { readonly VpcId?: string }[] = answers.flatMap((each) => [
    ...(each.NetworkInterfaces ?? []),
    ...(each.LoadBalancers ?? []),
    ...(each.VpcEndpoints ?? []),
  ]);
  const foreign = targets.some(({ OwnerId }) => OwnerId !== undefined && OwnerId !== accountId);
  const seen = answers.some(({ NetworkInterfaces }) => NetworkInterfaces !== undefined);
  if (foreign || !seen || new Set(placed.map(({ VpcId }) => VpcId)).size > 1) return ['RouteTables', ...WAYS];
  return need.kind === 'all' ? ['RouteTables'] : [];
}

/** The sources asked for, with the interfaces and instances behind targets, which are needed whatever was asked. */
async function readSources(reading: Reading, need: Need, targets: TargetRefs): Promise<RegionAnswers> {
  const { ec2, settled } = reading;
  if (need.kind === 'all' || need.instanceIds.length + need.networkInterfaceIds.length > MANY_IDS) {
    return settled({ Reservations: ec2.reservations(), NetworkInterfaces: ec2.networkInterfaces() });
  }
  const { NetworkInterfaces } = await settled({
    NetworkInterfaces: Promise.all([
      ec2.networkInterfaces({ name: 'attachment.instance-id', values: need.instanceIds }),
      ec2.networkInterfaces({
        name: 'network-interface-id',
        values: [...need.networkInterfaceIds, ...targets.networkInterfaceIds],
      }),
      ec2.networkInterfaces({ name: 'description', values: targets.interfaceDescriptions }),
    ]).then((lists) => byId(lists.flat(), 'NetworkInterfaceId')),
  });
  const instanceIds = [...need.instanceIds, ...attachedInstances(NetworkInterfaces ?? [])];
  const siblings = await siblingsOf(NetworkInterfaces ?? [], need, reading);
  const { Reservations } = await settled({
    Reservations: ec2.reservations({ name: 'instance-id', values: instanceIds }),
  });
  const all = NetworkInterfaces && byId([...NetworkInterfaces, ...siblings], 'NetworkInterfaceId');
  return { ...(all && { NetworkInterfaces: all }), ...(Reservations && { Reservations }) };
}

/** The other interfaces of instances of which only one was asked for: an instance is judged by all it has. */
async function siblingsOf(
  found: readonly Item[],
  { networkInterfaceIds, instanceIds }: Extract<Need, { kind: 'some' }>,
  { ec2, settled }: Reading,
): Promise<readonly Item[]> {
  const named = found.filter((each) =>
    networkInterfaceIds.includes((each as { NetworkInterfaceId?: string }).NetworkInterfaceId ?? ''),
  );
  const others = attachedInstances(named).filter((id) => !instanceIds.includes(id));
  if (others.length === 0) return [];
  const { NetworkInterfaces = [] } = await settled({
    NetworkInterfaces: ec2.networkInterfaces({ name: 'attachment.instance-id', values: others }),
  });
  return NetworkInterfaces;
}

function instancesFor(ec2: Ec2Reads, need: Need): Promise<readonly Item[]> {
  const whole = need.kind === 'all' || need.instanceIds.length > MANY_IDS;
  return ec2.reservations(whole ? undefined : { name: 'instance-id', values: need.instanceIds });
}

/** Load balancers and endpoints behind targets; none are asked for when no target needs them. */
async function readBehind(
  { scope, clients, ec2, cached, settled }: Reading,
  targets: TargetRefs,
): Promise<RegionAnswers> {
  const { loadBalancerArns, vpcEndpointIds } = targets;
  const balancers = cached(`LoadBalancers ${loadBalancerArns.join()}`, () =>
    loadBalancersOf(clients, scope, loadBalancerArns),
  );
  return settled({
    LoadBalancers: balancers.then((read) => read.LoadBalancers),
    Listeners: balancers.then((read) => read.Listeners),
    VpcEndpoints: cached(`VpcEndpoints ${vpcEndpointIds.join()}`, () =>
      ec2.vpcEndpoints({ name: 'vpc-endpoint-id', values: vpcEndpointIds }),
    ),
  });
}

/** What an owner's account knows of the targets it shares: their interfaces, firewalls, balancers and all their sessions. */
async function readTargetSide(reading: Reading, targets: TargetRefs): Promise<RegionAnswers> {
  const { ec2, cached, settled } = reading;
  const none = { kind: 'some', instanceIds: [], networkInterfaceIds: [] } as const;
  const [around, sources, behind] = await Promise.all([
    settled({
      SecurityGroups: cached('SecurityGroups', () => ec2.list('SecurityGroups')),
      NetworkAcls: cached('NetworkAcls', () => ec2.list('NetworkAcls')),
      Subnets: cached('Subnets', () => ec2.list('Subnets')),
      TrafficMirrorSessions: ec2.trafficMirrorSessions({ name: 'traffic-mirror-target-id', values: targets.targetIds }),
    }),
    readSources(reading, none, targets),
    readBehind(reading, targets),
  ]);
  const answers = { ...around, ...sources, ...behind };
  return { ...answers, ...(await readPrefixLists(reading, answers)) };
}

interface PrefixListUser {
  readonly IpPermissions?: readonly { readonly PrefixListIds?: readonly { readonly PrefixListId?: string }[] }[];
  readonly Routes?: readonly { readonly DestinationPrefixListId?: string }[];
}

/** The prefix lists that security groups and routes refer to. One that cannot be read stands there without its entries. */
async function readPrefixLists({ ec2, cached }: Reading, answers: RegionAnswers): Promise<RegionAnswers> {
  const users: readonly PrefixListUser[] = [...(answers.SecurityGroups ?? []), ...(answers.RouteTables ?? [])];
  const ids = users.flatMap(({ IpPermissions = [], Routes = [] }) => [
    ...IpPermissions.flatMap(({ PrefixListIds = [] }) => PrefixListIds.map(({ PrefixListId }) => PrefixListId)),
    ...Routes.map(({ DestinationPrefixListId }) => DestinationPrefixListId),
  ]);
  const named = [...new Set(ids)].filter((id): id is string => id !== undefined);
  return {
    PrefixLists: await Promise.all(
      named.map(async (PrefixListId) => {
        try {
          const Entries = await cached(`PrefixList ${PrefixListId}`, () => ec2.prefixListEntries(PrefixListId));
          return { PrefixListId, Entries };
        } catch (fault) {
          if (!(fault instanceof AwsCallError) || fault.retryable) throw fault;
          return { PrefixListId };
        }
      }),
    ),
  };
}

function attachedInstances(interfaces: readonly Item[]): readonly string[] {
  return interfaces.flatMap((each) => (each as { Attachment?: { InstanceId?: string } }).Attachment?.InstanceId ?? []);
}

function byId(items: readonly Item[], id: string): readonly Item[] {
  return [...new Map(items.map((item) => [(item as Record<string, unknown>)[id], item])).values()];
}

function asked(inventory: Inventory, need: Need): Inventory {
  if (need.kind === 'all') return inventory;
  const { instanceIds, networkInterfaceIds } = need;
  return { ...inventory, partial: { instanceIds, networkInterfaceIds } };
}
