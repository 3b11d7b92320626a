/** Which resources a change is kept for, and which further ones it names. */

import { isOnAnyPath } from '../audit/mirroring/mirror-paths.ts';
import type { Change } from '../sighting/changes/change.ts';
import type { RecordedInterface } from '../sighting/changes/instances.ts';

/**
 * What calls are also kept for whose record names only the id of a thing that is gone: nobody would look for that id. Without a record of
 * the thing, such a call may have been on any resource that fits. They contain a space, as no id does.
 */
const LOST = {
  session: 'a lost session',
  attachment: 'a lost attachment',
  filterRule: 'a lost filter rule',
  association: 'a lost association',
  interface: 'a lost interface',
  path: 'a lost path',
} as const;

/** The ids under which a scope's calls are found whose resource may be unknown. */
export const LOST_IDS: readonly string[] = Object.values(LOST);

interface ChangedIds {
  /** The resources that were changed. */
  readonly on: readonly string[];
  /** What a later call may name instead of them, and what their verdict depends on. */
  readonly names?: readonly string[];
}

type IdsByKind = {
  readonly [K in Change['kind']]: (change: Extract<Change, { readonly kind: K }>) => ChangedIds;
};

/** The id under which the proof is kept that we launched an instance. Calls on the instance have another, so that they cannot displace it. */
export function launchProofId(instanceId: string): string {
  return `our launch of ${instanceId}`;
}

const IDS: IdsByKind = {
  'sensor-launched': ({ instanceId }) => ({ on: [launchProofId(instanceId)] }),
  'instance-launched': ({ instanceId, networkInterfaces = [] }) => ({
    on: [instanceId, ...networkInterfaces.map(({ networkInterfaceId }) => networkInterfaceId)],
    names: networkInterfaces.flatMap(partsOf),
  }),
  'tags-set': ({ resourceId }) => ({ on: [resourceId] }),
  'tags-removed': ({ resourceId }) => ({ on: [resourceId] }),
  // What was on a terminated instance is lost, unless a record tells.
  'state-set': ({ instanceId, state }) => ({
    on: state === 'terminated' ? [instanceId, LOST.interface] : [instanceId],
  }),
  'interface-created': ({ networkInterface }) => ({
    on: [networkInterface.networkInterfaceId],
    names: partsOf(networkInterface),
  }),
  'interface-deleted': ({ networkInterfaceId }) => ({ on: [networkInterfaceId] }),
  'interface-attached': ({ networkInterfaceId, instanceId, attachmentId }) => ({
    on: [networkInterfaceId, instanceId],
    names: present(attachmentId),
  }),
  'interface-detached': ({ attachmentId }) => ({ on: [attachmentId, LOST.attachment] }),
  'groups-set': ({ resourceId, groupIds }) => ({ on: [resourceId], names: groupIds }),
  'instance-type-set': ({ instanceId }) => ({ on: [instanceId] }),
  'permissions-added': ({ groupId, groupName }) => ({ on: [groupId], names: present(groupName) }),
  'permissions-removed': ({ groupId, groupName }) => ({ on: [groupId], names: present(groupName) }),
  'permissions-replaced': ({ groupId }) => ({ on: [groupId] }),
  'egress-rules-named': ({ groupId }) => ({ on: [groupId] }),
  'group-created': ({ groupId, groupName }) => ({ on: [groupId, ...present(groupName)] }),
  'group-deleted': ({ groupId, groupName }) => ({ on: [groupId], names: present(groupName) }),
  'acl-entry-created': ({ networkAclId }) => ({ on: [networkAclId] }),
  'acl-entry-deleted': ({ networkAclId }) => ({ on: [networkAclId] }),
  'acl-entry-replaced': ({ networkAclId }) => ({ on: [networkAclId] }),
  'acl-association-replaced': ({ associationId, newAssociationId, networkAclId }) => ({
    on: [associationId, ...present(newAssociationId), networkAclId],
  }),
  'route-created': ({ routeTableId }) => ({ on: [routeTableId] }),
  'route-deleted': ({ routeTableId }) => ({ on: [routeTableId] }),
  'route-replaced': ({ routeTableId }) => ({ on: [routeTableId] }),
  'route-table-associated': ({ subnetId, associationId }) => ({ on: [subnetId, ...present(associationId)] }),
  'route-table-reassociated': ({ associationId, newAssociationId, routeTableId }) => ({
    on: [associationId, ...present(newAssociationId), routeTableId],
  }),
  'route-table-disassociated': ({ associationId }) => ({ on: [associationId, LOST.association] }),
  // A target or filter serves thousands of sessions, so theirs are not kept for it.
  'session-created': ({
    trafficMirrorSessionId,
    networkInterfaceId,
    trafficMirrorTargetId,
    trafficMirrorFilterId,
  }) => ({
    on: [trafficMirrorSessionId, networkInterfaceId],
    names: [trafficMirrorTargetId, trafficMirrorFilterId],
  }),
  'session-modified': ({ trafficMirrorSessionId, trafficMirrorTargetId, trafficMirrorFilterId }) => ({
    on: [trafficMirrorSessionId],
    names: [...present(trafficMirrorTargetId), ...present(trafficMirrorFilterId)],
  }),
  'session-deleted': ({ trafficMirrorSessionId }) => ({ on: [trafficMirrorSessionId, LOST.session] }),
  'filter-rule-created': ({ trafficMirrorFilterId, rule }) => ({
    on: [trafficMirrorFilterId, rule.trafficMirrorFilterRuleId],
  }),
  'filter-rule-modified': ({ rule }) => ({ on: [rule.trafficMirrorFilterRuleId, LOST.filterRule] }),
  'filter-rule-deleted': ({ trafficMirrorFilterRuleId }) => ({ on: [trafficMirrorFilterRuleId, LOST.filterRule] }),
  'filter-created': ({ trafficMirrorFilterId }) => ({ on: [trafficMirrorFilterId] }),
  'filter-deleted': ({ trafficMirrorFilterId }) => ({ on: [trafficMirrorFilterId] }),
  'target-created': ({ trafficMirrorTargetId, networkInterfaceId }) => ({
    on: [trafficMirrorTargetId, ...present(networkInterfaceId)],
  }),
  'target-deleted': ({ trafficMirrorTargetId }) => ({ on: [trafficMirrorTargetId] }),
  // What is on any path is among no resource's own ids, and nobody would look for a call that names nothing.
  opaque: ({ resourceIds }) => ({
    on: resourceIds.length === 0 || resourceIds.some(isOnAnyPath) ? [...resourceIds, LOST.path] : resourceIds,
  }),
};

function partsOf({ attachmentId, groupIds = [] }: RecordedInterface): readonly string[] {
  return [...present(attachmentId), ...groupIds];
}

function present(id: string | undefined): readonly string[] {
  return id === undefined ? [] : [id];
}

function changedIds(change: Change): ChangedIds {
  // The table has an entry for each kind, which the compiler can't follow through the look-up.
  const idsOf = IDS[change.kind] as (change: Change) => ChangedIds;
  return idsOf(change);
}

/** The longest id that is kept. No id of EC2's is near that, and an ARN has at most 2,048 characters: a key of a DynamoDB table too. */
const LONGEST_ID = 1000;

/** The resources that a change is kept for, each once. */
export function idsChangedBy(change: Change): readonly string[] {
  const ids = changedIds(change).on.filter((id) => id !== '' && id.length <= LONGEST_ID);
  return ids.length > 1 ? [...new Set(ids)] : ids;
}

/** All that a change names: the resources that it is kept for, and what has to be looked up to understand it. */
export function idsNamedBy(change: Change): readonly string[] {
  return [...idsChangedBy(change), ...(changedIds(change).names ?? [])];
}
