/** Which calls are about a resource's mirroring: the evidence of its findings, and the reason to look at it at all. */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { Survey } from '../mirror/survey.ts';
import type { Evidence, MirrorPathSighting, SessionSighting, Sighting } from '../sighting/sighting.ts';
import { instanceIdsOf } from './tag-state.ts';

/** Interfaces that sightings are about, besides those of the instances they name. */
export function interfacesTouched(sightings: readonly Sighting[], survey: Survey): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const sighting of sightings) {
    for (const id of interfaceIdsOf(sighting, survey)) touched.add(id);
  }
  return touched;
}

/** The evidence of the calls that are about this interface or its instance, the newest first. */
export function evidenceAbout(
  networkInterfaces: readonly NetworkInterface[],
  sightings: readonly Sighting[],
  survey: Survey,
): readonly Evidence[] {
  const ids = new Set(networkInterfaces.map(({ networkInterfaceId }) => networkInterfaceId));
  const instances = new Set(networkInterfaces.map(({ attachment }) => attachment?.instanceId));
  const about = sightings.filter(
    (sighting) =>
      RELEVANT.has(sighting.kind) &&
      (instanceIdsOf(sighting).some((id) => instances.has(id)) ||
        interfaceIdsOf(sighting, survey).some((id) => ids.has(id))),
  );
  const unique = [...new Map(about.map(({ evidence }) => [evidence.eventID, evidence])).values()];
  return unique.toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : a.eventTime > b.eventTime ? -1 : 0));
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

function interfaceIdsOf(sighting: Sighting, survey: Survey): readonly string[] {
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
      return sourceOf(sighting, survey);
    case 'mirror-path-changed':
      return sourcesBehind(sighting, survey);
    default:
      return [];
  }
}

/** The record of a deletion names the session alone; what it was on is known while the session still stands. */
function sourceOf({ networkInterfaceId, trafficMirrorSessionId }: SessionSighting, survey: Survey): readonly string[] {
  if (networkInterfaceId !== undefined) return [networkInterfaceId];
  const session = trafficMirrorSessionId === undefined ? 'gone' : survey.trafficMirrorSession(trafficMirrorSessionId);
  return typeof session === 'string' ? [] : [session.networkInterfaceId];
}

/** The sources whose session rests on something that was changed. */
function sourcesBehind({ resourceIds }: MirrorPathSighting, survey: Survey): readonly string[] {
  const changed = new Set(resourceIds);
  return (survey.inventory.trafficMirrorSessions ?? [])
    .filter((session) =>
      pathOf(session.trafficMirrorTargetId, session.networkInterfaceId, session.trafficMirrorFilterId, survey).some(
        (id) => changed.has(id),
      ),
    )
    .map(({ networkInterfaceId }) => networkInterfaceId);
}

/** Everything a session's copies pass: ids of the target, what is behind it, its groups, subnets, ACLs and route tables. */
function pathOf(targetId: string, networkInterfaceId: string, filterId: string, survey: Survey): readonly string[] {
  const target = survey.trafficMirrorTarget(targetId);
  const source = survey.networkInterface(networkInterfaceId);
  const ids = [targetId, networkInterfaceId, filterId];
  if (typeof source !== 'string')
    ids.push(
      ...subnetPath(source, survey),
      ...(source.attachment?.instanceId === undefined ? [] : [source.attachment.instanceId]),
    );
  if (typeof target === 'string') return ids;
  if (target.networkLoadBalancerArn !== undefined) {
    ids.push(target.networkLoadBalancerArn);
    const balancer = survey.loadBalancer(target.networkLoadBalancerArn);
    if (typeof balancer !== 'string')
      ids.push(
        ...(balancer.securityGroupIds ?? []),
        ...balancer.availabilityZones.flatMap(({ subnetId }) =>
          subnetId === undefined ? [] : subnetIds(subnetId, balancer.vpcId, survey),
        ),
      );
  }
  if (target.gatewayLoadBalancerEndpointId !== undefined) ids.push(target.gatewayLoadBalancerEndpointId);
  const behind = target.networkInterfaceId === undefined ? 'gone' : survey.networkInterface(target.networkInterfaceId);
  if (typeof behind !== 'string')
    ids.push(
      behind.networkInterfaceId,
      ...behind.groupIds,
      ...subnetPath(behind, survey),
      ...(behind.attachment?.instanceId === undefined ? [] : [behind.attachment.instanceId]),
    );
  return ids;
}

function subnetPath({ subnetId, vpcId }: NetworkInterface, survey: Survey): readonly string[] {
  return subnetId === undefined ? [] : subnetIds(subnetId, vpcId, survey);
}

function subnetIds(subnetId: string, vpcId: string | undefined, survey: Survey): readonly string[] {
  const acl = survey.networkAcl(subnetId);
  const table = vpcId === undefined ? 'unread' : survey.routeTable(subnetId, vpcId);
  return [
    subnetId,
    ...(acl === 'unread' ? [] : [acl.networkAclId]),
    ...(table === 'unread' ? [] : [table.routeTableId]),
  ];
}
