/** Which interfaces the recorded calls concern. Decides which interfaces to judge, and which calls are their evidence. */

import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { AccountIndex } from '../../mirror/account-index.ts';
import { namedIds } from '../../sighting/record-readers.ts';
import type { Evidence, SessionSighting, Sighting } from '../../sighting/sighting.ts';
import type { RuleId } from '../finding.ts';
import { instanceIdsOf } from '../tag-state.ts';
import {
  everySource,
  isOnAnyPath,
  sourcesConcerned,
  sourcesLeftBehind,
  sourcesWithoutSession,
} from './mirror-paths.ts';

/** The sources of deleted sessions, by session id. CloudTrail's record of a deletion does not name the source. */
export type DeletedFrom = ReadonlyMap<string, readonly string[]>;

/**
 * The interfaces whose verdict, or whose sessions', the sightings may have changed. A call on a sensor concerns every source that is
 * mirrored to it, and one whose record names nothing, because CloudTrail omitted it, concerns every source.
 */
export function interfacesTouched(
  sightings: readonly Sighting[],
  account: AccountIndex,
  deletedFrom?: DeletedFrom,
): ReadonlySet<string> {
  if (sightings.some(mayConcernEverySource)) return account.once(everySource);
  const [paths, others] = [sightings.filter(changesPath), sightings.filter((sighting) => !changesPath(sighting))];
  const tagged = new Set(sightings.flatMap(taggedIds));
  return new Set([
    ...others.flatMap((sighting) => interfaceIdsOf(sighting, account, deletedFrom)),
    ...changedTogether(paths).flatMap((ids) => sourcesConcerned(ids, account)),
    ...(sightings.some(leavesSomethingBehind) ? account.once(sourcesLeftBehind) : []),
    // A tag can exclude an instance or interface from mirroring, or select it.
    ...[...tagged].flatMap((id) => interfacesNamed(id, account)),
  ]);
}

/** Kinds without which mirroring stays as it is, or which name their resources elsewhere: launches are looked up by their time. */
const ON_NO_SOURCE: ReadonlySet<Sighting['kind']> = new Set([
  'launch',
  'tags-set',
  'tags-removed',
  'security-group-created',
  'security-group-deleted',
]);

/** True for a call on sources, or on what mirrored packets pass, whose record names nothing because CloudTrail omitted it. */
export function mayConcernEverySource(sighting: Sighting): boolean {
  return sighting.incomplete === true && !ON_NO_SOURCE.has(sighting.kind) && namedIds(sighting).length === 0;
}

/** The calls that change what mirrored packets pass, such as the instance that is the sensor. */
const ON_PATH: ReadonlySet<Sighting['kind']> = new Set([
  'mirror-path-changed',
  'started',
  'stopped',
  'terminated',
  'interface-attached',
  'interface-detached',
  'interface-deleted',
]);

function changesPath({ kind }: Sighting): boolean {
  return ON_PATH.has(kind);
}

/** The resources of all calls; those of a call that names only what may be on any path, by themselves. */
function changedTogether(paths: readonly Sighting[]): readonly (readonly string[])[] {
  const named = paths.map(changedOnPath);
  const untraceable = named.find((ids) => ids.length > 0 && ids.every(isOnAnyPath));
  return [[...new Set(named.flat())], untraceable ?? []];
}

function changedOnPath(sighting: Sighting): readonly string[] {
  if ('instanceIds' in sighting) return sighting.instanceIds;
  if ('resourceIds' in sighting) return sighting.resourceIds;
  return 'networkInterfaceId' in sighting && sighting.networkInterfaceId !== undefined
    ? [sighting.networkInterfaceId]
    : [];
}

/** The calls after which an interface may be attached to nothing, or gone. */
function leavesSomethingBehind({ kind }: Sighting): boolean {
  return kind === 'terminated' || kind === 'interface-detached' || kind === 'interface-deleted';
}

/** The interface with this id, or those of the instance with this id. */
function interfacesNamed(id: string, account: AccountIndex): readonly string[] {
  const own = account.interfacesOf(id).map(({ networkInterfaceId }) => networkInterfaceId);
  return typeof account.networkInterface(id) === 'string' ? own : [id];
}

/** What a call on tags names. */
function taggedIds(sighting: Sighting): readonly string[] {
  return sighting.kind === 'tags-set' || sighting.kind === 'tags-removed' ? sighting.resourceIds : [];
}

/**
 * The session deletions whose source is unknown: neither the record, the account, nor a creation of the same session among the
 * sightings names it.
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
 * The sources of deleted sessions, from `known` and from creations among the sightings. Without `known`, a deletion that no creation
 * explains is attributed to every source that has no session.
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

/** The source of each session that a creation or change among the sightings names, by session id. */
function createdOn(sightings: readonly Sighting[]): DeletedFrom {
  const sources = new Map<string, readonly string[]>();
  for (const sighting of sightings) {
    if (sighting.kind !== 'session-created' && sighting.kind !== 'session-modified') continue;
    const { trafficMirrorSessionId: id, networkInterfaceId: on } = sighting;
    if (id !== undefined && on !== undefined) sources.set(id, [on]);
  }
  return sources;
}

/**
 * True for calls that can stop or redirect the mirroring of a finding's source. They are reported even after the repair. The end of an
 * instance or interface counts only where a session carries nothing: there it was the sensor's, not the source's own.
 */
export function isDrift({ eventName }: Pick<Evidence, 'eventName'>, rule: RuleId): boolean {
  return DRIFT_CALLS.test(eventName) || (rule === 'mirror-ineffective' && SENSOR_ENDS.has(eventName));
}

const DRIFT_CALLS =
  /^(?:(?:Delete|Modify)TrafficMirror|Revoke|(?:Delete|Replace|Create)(?:NetworkAcl|Route)|ReplaceNetworkAcl|ModifySecurityGroupRules|(?:Disassociate|Replace)RouteTable|(?:Delete|Modify)(?:Listener|LoadBalancer|TargetGroup|Vpc|TransitGateway|ResourceShare)|DeregisterTargets|Set(?:SecurityGroups|Subnets)|DisassociateResourceShare|Modify(?:Instance|NetworkInterface)Attribute|ModifyManagedPrefixList)/;

const SENSOR_ENDS: ReadonlySet<string> = new Set([
  'TerminateInstances',
  'StopInstances',
  'BidEvictedEvent',
  'DetachNetworkInterface',
  'DeleteNetworkInterface',
]);

/** The evidence of the calls that concern these interfaces or their instances, newest first. */
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
  // If a call was read twice, the later copy replaces the first in its position.
  const byEvent = new Map(about.map((sighting) => [sighting.evidence.eventID, withNote(sighting, account)] as const));
  return [...byEvent.values()].toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : a.eventTime > b.eventTime ? -1 : 0));
}

/** Adds a note to a deletion's evidence if its source was inferred, because the record names only the session. */
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
      return sourcesConcerned(sighting.resourceIds, account);
    case 'tags-set':
    case 'tags-removed':
    case 'started':
    case 'stopped':
    case 'terminated':
    case 'interface-detached':
    case 'interface-deleted':
    case 'security-group-created':
    case 'security-group-deleted':
    case 'task-stopped':
    case 'rule-found':
    case 'rule-ended':
    case 'iam-user-made':
    case 'iam-user-deleted':
      return [];
  }
}

/** The source of a session. A deletion's record does not name it, so it comes from the account, or else from `deletedFrom`. */
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
