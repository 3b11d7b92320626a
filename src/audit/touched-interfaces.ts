/** Which interfaces recorded calls are about: why an interface is judged at all, and which calls are its evidence. */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { eligibilityOf } from '../mirror/eligibility.ts';
import { countedOf } from '../mirror/sessions.ts';
import type { Evidence, MirrorPathSighting, SessionSighting, Sighting } from '../sighting/sighting.ts';
import { instanceIdsOf } from './tag-state.ts';

/** The sources that deleted sessions were on, by session id: CloudTrail's record of a deletion does not say. */
export type DeletedFrom = ReadonlyMap<string, readonly string[]>;

/** Interfaces that sightings are about, besides those of the instances they name. */
export function interfacesTouched(
  sightings: readonly Sighting[],
  account: AccountIndex,
  deletedFrom?: DeletedFrom,
): ReadonlySet<string> {
  return new Set(sightings.flatMap((sighting) => interfaceIdsOf(sighting, account, deletedFrom)));
}

/**
 * Deletions whose session's source neither the record nor the account names. A creation of the same session among the sightings
 * names it too.
 */
export function unexplainedDeletions(
  sightings: readonly Sighting[],
  account: AccountIndex,
): readonly SessionSighting[] {
  const created = createdOn(sightings);
  return sightings.filter(
    (sighting): sighting is SessionSighting =>
      sighting.kind === 'session-deleted' && sourceOf(sighting, account, created).length === 0,
  );
}

/**
 * What deleted sessions were on: as `known` says and creations among the sightings show. Where neither does and nothing is
 * `known`, every source without a session may have lost it.
 */
export function deletedSessionSources(
  sightings: readonly Sighting[],
  account: AccountIndex,
  known?: DeletedFrom,
): DeletedFrom {
  const created = createdOn(sightings);
  if (known !== undefined) return new Map([...known, ...created]);
  const unexplained = unexplainedDeletions(sightings, account);
  const bare = unexplained.length === 0 ? [] : account.once(sourcesWithoutSession);
  return new Map([
    ...unexplained.map(({ trafficMirrorSessionId = '' }) => [trafficMirrorSessionId, bare] as const),
    ...created,
  ]);
}

/** By session id, the interface that a creation or change among the sightings names. */
function createdOn(sightings: readonly Sighting[]): DeletedFrom {
  const sources = new Map<string, readonly string[]>();
  for (const sighting of sightings) {
    if (sighting.kind !== 'session-created' && sighting.kind !== 'session-modified') continue;
    const { trafficMirrorSessionId: id, networkInterfaceId: on } = sighting;
    if (id !== undefined && on !== undefined) sources.set(id, [on]);
  }
  return sources;
}

/** True for calls that can stop or redirect the mirroring of a source: people are told of them even after the repair. */
export function isDrift({ eventName }: Evidence): boolean {
  return DRIFT_CALLS.test(eventName);
}

const DRIFT_CALLS =
  /^(?:(?:Delete|Modify)TrafficMirror|Revoke|(?:Delete|Replace|Create)(?:NetworkAcl|Route)|ReplaceNetworkAcl|ModifySecurityGroupRules|(?:Disassociate|Replace)RouteTable|(?:Delete|Modify)(?:Listener|LoadBalancer|TargetGroup|Vpc|TransitGateway|ResourceShare)|DeregisterTargets|Set(?:SecurityGroups|Subnets)|DisassociateResourceShare|Modify(?:Instance|NetworkInterface)Attribute|ModifyManagedPrefixList)/;

/** The evidence of the calls that are about these interfaces or their instances, the newest first. */
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
  // Of a call that was read twice the later copy is kept, in the place of the first.
  const byEvent = new Map(about.map((sighting) => [sighting.evidence.eventID, withNote(sighting, account)] as const));
  return [...byEvent.values()].toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : a.eventTime > b.eventTime ? -1 : 0));
}

/** Notes on a deletion's evidence that the source was inferred: the record names the session only. */
function withNote(sighting: Sighting, account: AccountIndex): Evidence {
  const { evidence } = sighting;
  if (sighting.kind !== 'session-deleted' || sourceOf(sighting, account).length > 0) return evidence;
  const note = `the record names only ${sighting.trafficMirrorSessionId}; this source has had no session since`;
  return { ...evidence, note: evidence.note === undefined ? note : `${evidence.note}; ${note}` };
}

/** The kinds of sightings that concern mirroring; tag changes do not. */
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
    case 'tags-set':
    case 'tags-removed':
    case 'started':
    case 'stopped':
    case 'terminated':
    case 'interface-detached':
    case 'interface-deleted':
    case 'task-stopped':
      return [];
  }
}

/** The source of a session. The record of a deletion names only the session: the source is known while the session exists, or from `deletedFrom`. */
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
 * The sources that a changed resource concerns: those whose session depends on it, changed interfaces themselves, and, if it is on
 * the path to a configured target, sources without a session, which may be placeable now.
 */
function sourcesBehind({ resourceIds }: MirrorPathSighting, account: AccountIndex): readonly string[] {
  const changed = new Set(resourceIds);
  const isChanged = (ids: readonly string[]): boolean => ids.some((id) => changed.has(id));
  const mirrored = (account.inventory.trafficMirrorSessions ?? [])
    .filter(({ trafficMirrorTargetId, networkInterfaceId, trafficMirrorFilterId }) =>
      isChanged([
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
  const mayOpen = account.configuredTargetIds.some((id) => isChanged(targetPath(id, account)));
  return [
    ...mirrored,
    ...own.map(({ networkInterfaceId }) => networkInterfaceId),
    ...(mayOpen ? account.once(sourcesWithoutSession) : []),
  ];
}

/** Sources that should be mirrored and that no session serves. */
function sourcesWithoutSession(account: AccountIndex): readonly string[] {
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

/** Everything that mirrored packets pass on their way to a target: the target, what is behind it, its groups, subnets, ACLs and route tables. */
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
