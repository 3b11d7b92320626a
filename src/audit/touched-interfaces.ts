/** Which calls are about a resource's mirroring: the evidence of its findings, and the reason to look at it at all. */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { eligibilityOf } from '../mirror/eligibility.ts';
import { countedOf } from '../mirror/sessions.ts';
import type { Evidence, MirrorPathSighting, SessionSighting, Sighting } from '../sighting/sighting.ts';
import { instanceIdsOf } from './tag-state.ts';

/** Sources that deleted sessions were on, by session: what their records do not say. */
export type DeletedFrom = ReadonlyMap<string, readonly string[]>;

/** Interfaces that sightings are about, besides those of the instances they name. */
export function interfacesTouched(
  sightings: readonly Sighting[],
  account: AccountIndex,
  deletedFrom?: DeletedFrom,
): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const sighting of sightings) {
    for (const id of interfaceIdsOf(sighting, account, deletedFrom)) touched.add(id);
  }
  return touched;
}

/**
 * The deletions of which neither the record nor the account says what the session was on; a session that was created within these
 * sightings is told by its creation.
 */
export function unexplainedDeletions(
  sightings: readonly Sighting[],
  account: AccountIndex,
): readonly SessionSighting[] {
  return sightings.filter(
    (sighting): sighting is SessionSighting =>
      sighting.kind === 'session-deleted' && sourceOf(sighting, account, createdOn(sightings)).length === 0,
  );
}

/** By session, the interface that a creation among the sightings names. */
export function createdOn(sightings: readonly Sighting[]): DeletedFrom {
  const sources = new Map<string, readonly string[]>();
  for (const sighting of sightings) {
    if (sighting.kind !== 'session-created' && sighting.kind !== 'session-modified') continue;
    const { trafficMirrorSessionId: id, networkInterfaceId: on } = sighting;
    if (id !== undefined && on !== undefined) sources.set(id, [on]);
  }
  return sources;
}

/** Calls by which a source that was mirrored well stops to be, or goes elsewhere: people hear of them even when all is mended. */
export function isDrift({ eventName }: Evidence): boolean {
  return DRIFT_CALLS.test(eventName);
}

const DRIFT_CALLS =
  /^(?:(?:Delete|Modify)TrafficMirror|Revoke|(?:Delete|Replace|Create)(?:NetworkAcl|Route)|ReplaceNetworkAcl|ModifySecurityGroupRules|(?:Disassociate|Replace)RouteTable|(?:Delete|Modify)(?:Listener|LoadBalancer|TargetGroup|Vpc|TransitGateway|ResourceShare)|DeregisterTargets|Set(?:SecurityGroups|Subnets)|DisassociateResourceShare|Modify(?:Instance|NetworkInterface)Attribute|ModifyManagedPrefixList)/;

/** The evidence of the calls that are about this interface or its instance, the newest first. */
export function evidenceAbout(
  networkInterfaces: readonly NetworkInterface[],
  sightings: readonly Sighting[],
  account: AccountIndex,
  deletedFrom?: DeletedFrom,
): readonly Evidence[] {
  const ids = new Set(networkInterfaces.map(({ networkInterfaceId }) => networkInterfaceId));
  const instances = new Set(networkInterfaces.map(({ attachment }) => attachment?.instanceId));
  const about = sightings.filter(
    (sighting) =>
      RELEVANT.has(sighting.kind) &&
      (instanceIdsOf(sighting).some((id) => instances.has(id)) ||
        interfaceIdsOf(sighting, account, deletedFrom).some((id) => ids.has(id))),
  );
  const unique = [
    ...new Map(about.map((sighting) => [sighting.evidence.eventID, noted(sighting, account)] as const)).values(),
  ];
  return unique.toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : a.eventTime > b.eventTime ? -1 : 0));
}

/** The record of a deletion that is laid to a source by what the account shows, says so. */
function noted(sighting: Sighting, account: AccountIndex): Evidence {
  const { evidence } = sighting;
  if (sighting.kind !== 'session-deleted' || sourceOf(sighting, account).length > 0) return evidence;
  const note = `the record names ${sighting.trafficMirrorSessionId} alone: this source is without a session since`;
  return { ...evidence, note: evidence.note === undefined ? note : `${evidence.note}; ${note}` };
}

/** Kinds that say something of mirroring; tag changes do not. */
const RELEVANT: ReadonlySet<Sighting['kind']> = new Set([
  'launch',
  'started',
  'interface-attached',
  'interface-created',
  'session-created',
  'session-modified',
  'session-deleted',
  'mirror-path-changed',
  'task-running',
  'suspicion',
]);

function interfaceIdsOf(sighting: Sighting, account: AccountIndex, deletedFrom?: DeletedFrom): readonly string[] {
  switch (sighting.kind) {
    case 'launch':
      return sighting.instances.flatMap(({ networkInterfaceIds }) => networkInterfaceIds);
    case 'interface-attached':
    case 'interface-created':
      return sighting.networkInterfaceId === undefined ? [] : [sighting.networkInterfaceId];
    case 'task-running':
    case 'suspicion':
      return sighting.networkInterfaceIds;
    case 'session-created':
    case 'session-modified':
    case 'session-deleted':
      return sourceOf(sighting, account, deletedFrom);
    case 'mirror-path-changed':
      return sourcesBehind(sighting, account);
    default:
      return [];
  }
}

/** The record of a deletion names the session alone; what it was on is known while the session still stands, or from elsewhere. */
function sourceOf(
  { networkInterfaceId, trafficMirrorSessionId: id }: SessionSighting,
  account: AccountIndex,
  deletedFrom?: DeletedFrom,
): readonly string[] {
  if (networkInterfaceId !== undefined) return [networkInterfaceId];
  if (id === undefined) return [];
  const session = account.trafficMirrorSession(id);
  return typeof session === 'string' ? (deletedFrom?.get(id) ?? []) : [session.networkInterfaceId];
}

/**
 * The sources whose session rests on something that was changed, the interfaces that were changed themselves, and, where it stands
 * before a configured target, those without any session: one that could not be placed may find a way now.
 */
function sourcesBehind({ resourceIds }: MirrorPathSighting, account: AccountIndex): readonly string[] {
  const changed = new Set(resourceIds);
  const rests = (ids: readonly string[]): boolean => ids.some((id) => changed.has(id));
  const behind = (account.inventory.trafficMirrorSessions ?? [])
    .filter(({ trafficMirrorTargetId, networkInterfaceId, trafficMirrorFilterId }) =>
      rests([
        trafficMirrorFilterId,
        ...sourcePath(networkInterfaceId, account),
        ...targetPath(trafficMirrorTargetId, account),
      ]),
    )
    .map(({ networkInterfaceId }) => networkInterfaceId);
  const own = (account.inventory.networkInterfaces ?? []).filter(
    ({ networkInterfaceId, attachment }) =>
      changed.has(networkInterfaceId) || (attachment?.instanceId !== undefined && changed.has(attachment.instanceId)),
  );
  const opens = account.configuredTargetIds.some((id) => rests(targetPath(id, account)));
  return [
    ...behind,
    ...own.map(({ networkInterfaceId }) => networkInterfaceId),
    ...(opens ? account.once(sourcesWithoutSession) : []),
  ];
}

/** Sources that are to be mirrored and that no session of ours or alike serves. */
export function sourcesWithoutSession(account: AccountIndex): readonly string[] {
  return (account.inventory.networkInterfaces ?? []).flatMap((each) => {
    const eligibility = eligibilityOf(each, account);
    if (eligibility.kind !== 'source') return [];
    const sessions = account.sessionsOn(each.networkInterfaceId);
    return countedOf(sessions, eligibility.destination, account).length === 0 ? [each.networkInterfaceId] : [];
  });
}

function sourcePath(networkInterfaceId: string, account: AccountIndex): readonly string[] {
  const source = account.networkInterface(networkInterfaceId);
  if (typeof source === 'string') return [networkInterfaceId];
  const { attachment } = source;
  return [
    networkInterfaceId,
    ...subnetPath(source, account),
    ...(attachment?.instanceId === undefined ? [] : [attachment.instanceId]),
  ];
}

/** Everything that copies to a target pass: the target, what is behind it, its groups, subnets, ACLs and route tables. */
function targetPath(targetId: string, account: AccountIndex): readonly string[] {
  const target = account.trafficMirrorTarget(targetId);
  if (typeof target === 'string') return [targetId];
  switch (target.type) {
    case 'network-interface':
      return [targetId, ...sensorPath(target.networkInterfaceId, account)];
    case 'network-load-balancer':
      return [targetId, ...balancerPath(target.networkLoadBalancerArn, account)];
    case 'gateway-load-balancer-endpoint':
      return [targetId, target.gatewayLoadBalancerEndpointId];
    case 'unknown':
      return [targetId];
  }
}

function sensorPath(networkInterfaceId: string, account: AccountIndex): readonly string[] {
  const sensor = account.networkInterface(networkInterfaceId);
  if (typeof sensor === 'string') return [];
  return [
    networkInterfaceId,
    ...sensor.groupIds,
    ...subnetPath(sensor, account),
    ...(sensor.attachment?.instanceId === undefined ? [] : [sensor.attachment.instanceId]),
  ];
}

function balancerPath(loadBalancerArn: string, account: AccountIndex): readonly string[] {
  const balancer = account.loadBalancer(loadBalancerArn);
  if (typeof balancer === 'string') return [loadBalancerArn];
  return [
    loadBalancerArn,
    ...(balancer.securityGroupIds ?? []),
    ...balancer.availabilityZones.flatMap(({ subnetId }) =>
      subnetId === undefined ? [] : subnetIds(subnetId, balancer.vpcId, account),
    ),
  ];
}

function subnetPath({ subnetId, vpcId }: NetworkInterface, account: AccountIndex): readonly string[] {
  return subnetId === undefined ? [] : subnetIds(subnetId, vpcId, account);
}

function subnetIds(subnetId: string, vpcId: string | undefined, account: AccountIndex): readonly string[] {
  const acl = account.networkAcl(subnetId);
  const table = vpcId === undefined ? 'unread' : account.routeTable(subnetId, vpcId);
  return [
    subnetId,
    ...(acl === 'unread' ? [] : [acl.networkAclId]),
    ...(table === 'unread' ? [] : [table.routeTableId]),
  ];
}
