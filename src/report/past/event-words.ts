/** What a recorded change did, in words: `launched with the tags CostCenter, Owner`, `security group sg-1 closed: udp 4789 from 10.0.0.0/16`. */

import { plural } from '../../collections.ts';
import type { Change } from '../../sighting/changes/change.ts';
import type { RecordedPermission } from '../../sighting/changes/network.ts';

type WordsByKind = {
  readonly [K in Change['kind']]: (change: Extract<Change, { readonly kind: K }>) => string;
};

const STATES = { running: 'started', stopped: 'stopped', terminated: 'terminated' } as const;

const WORDS: WordsByKind = {
  'instance-launched': ({ tags }) =>
    `launched${tags === undefined ? ', with which tags is not recorded' : launchTags(tags)}`,
  'tags-set': ({ tags }) => {
    const [only] = tags;
    if (tags.length === 1 && only !== undefined) return `tag ${only.key} set to ${JSON.stringify(only.value)}`;
    return `tags ${keysOf(tags)} set`;
  },
  'tags-removed': ({ tags }) => {
    // EC2 answers yes whether or not there was a tag.
    if (tags === 'all') return 'deletion of all tags requested';
    return `deletion of ${tags.length === 1 ? 'tag' : 'tags'} ${keysOf(tags)} requested`;
  },
  'sensor-launched': ({ instanceId }) => `${instanceId} launched as a sensor of ours`,
  'state-set': ({ state }) => STATES[state],
  'interface-created': ({ networkInterface: { networkInterfaceId } }) => `interface ${networkInterfaceId} created`,
  'interface-deleted': ({ networkInterfaceId }) => `interface ${networkInterfaceId} deleted`,
  'interface-attached': ({ networkInterfaceId, instanceId }) =>
    `interface ${networkInterfaceId} attached to ${instanceId}`,
  'interface-detached': ({ attachmentId }) => `interface of ${attachmentId} detached`,
  'groups-set': ({ resourceId, groupIds }) => `security groups of ${resourceId} set to ${groupIds.join(', ')}`,
  'instance-type-set': ({ instanceType }) => `instance type set to ${instanceType}`,
  'permissions-added': ({ groupId, permissions }) =>
    `security group ${groupId} opened${permissionsWords(permissions, 0)}`,
  'permissions-removed': ({ groupId, permissions, unknownRuleIds }) =>
    `security group ${groupId} closed${permissionsWords(permissions, unknownRuleIds.length)}`,
  'permissions-replaced': ({ groupId, permissions }) =>
    `rules of security group ${groupId} changed${permissionsWords(permissions, 0)}`,
  'egress-rules-named': ({ groupId }) => `egress rules of security group ${groupId} changed`,
  'group-created': ({ groupId }) => `security group ${groupId} created`,
  'group-deleted': ({ groupId }) => `security group ${groupId} deleted`,
  'acl-entry-created': ({ networkAclId, entry }) =>
    `network ACL ${networkAclId}: ${entryWords(entry)}, ${entry.ruleAction}, created`,
  'acl-entry-deleted': ({ networkAclId, ...entry }) => `network ACL ${networkAclId}: ${entryWords(entry)} deleted`,
  'acl-entry-replaced': ({ networkAclId, entry }) =>
    `network ACL ${networkAclId}: ${entryWords(entry)} replaced, now ${entry.ruleAction}`,
  'acl-association-replaced': ({ networkAclId }) => `subnet given the network ACL ${networkAclId}`,
  'route-created': ({ routeTableId, destination }) => `route to ${destination} created in ${routeTableId}`,
  'route-deleted': ({ routeTableId, destination }) => `route to ${destination} deleted from ${routeTableId}`,
  'route-replaced': ({ routeTableId, destination }) => `route to ${destination} replaced in ${routeTableId}`,
  'route-table-associated': ({ routeTableId, subnetId }) => `subnet ${subnetId} given the route table ${routeTableId}`,
  'route-table-reassociated': ({ routeTableId }) => `subnet given the route table ${routeTableId}`,
  'route-table-disassociated': () => 'subnet given back to the main route table',
  'session-created': ({ trafficMirrorSessionId, trafficMirrorTargetId, networkInterfaceId }) =>
    `session ${trafficMirrorSessionId} from ${networkInterfaceId} to ${trafficMirrorTargetId} created`,
  'session-modified': ({ trafficMirrorSessionId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber }) => {
    const now = [
      ...(trafficMirrorTargetId === undefined ? [] : [`target ${trafficMirrorTargetId}`]),
      ...(trafficMirrorFilterId === undefined ? [] : [`filter ${trafficMirrorFilterId}`]),
      ...(sessionNumber === undefined ? [] : [`number ${sessionNumber}`]),
    ];
    return `session ${trafficMirrorSessionId} changed${now.length === 0 ? '' : `: ${now.join(', ')}`}`;
  },
  'session-deleted': ({ trafficMirrorSessionId }) => `session ${trafficMirrorSessionId} deleted`,
  'filter-rule-created': ({ trafficMirrorFilterId, direction, rule: { ruleAction } }) =>
    `${direction} rule${ruleAction === undefined ? '' : ` (${ruleAction})`} added to filter ${trafficMirrorFilterId}`,
  'filter-rule-modified': ({ rule: { trafficMirrorFilterRuleId } }) =>
    `filter rule ${trafficMirrorFilterRuleId} changed`,
  'filter-rule-deleted': ({ trafficMirrorFilterRuleId }) => `filter rule ${trafficMirrorFilterRuleId} deleted`,
  'filter-created': ({ trafficMirrorFilterId }) => `filter ${trafficMirrorFilterId} created`,
  'filter-deleted': ({ trafficMirrorFilterId }) => `filter ${trafficMirrorFilterId} deleted`,
  'target-created': ({ trafficMirrorTargetId }) => `target ${trafficMirrorTargetId} created`,
  'target-deleted': ({ trafficMirrorTargetId }) => `target ${trafficMirrorTargetId} deleted`,
  opaque: ({ resourceIds, lacks }) => `${resourceIds.join(', ') || 'something'} changed; the record ${lacks}`,
};

/** The change in words. They contain text that callers chose (tags, ids), to be escaped for its place. */
export function changeWords(change: Change): string {
  // The table has words for each kind, which the compiler can't follow through the look-up.
  const words = WORDS[change.kind] as (change: Change) => string;
  return words(change);
}

const NAMED_KEYS = 8;

function keysOf(tags: readonly { readonly key: string }[]): string {
  const more = tags.length - NAMED_KEYS;
  const named = tags.slice(0, NAMED_KEYS).map(({ key }) => key);
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function launchTags(tags: readonly { readonly key: string }[]): string {
  if (tags.length === 0) return ' without tags';
  return ` with the ${tags.length === 1 ? 'tag' : 'tags'} ${keysOf(tags)}`;
}

const NAMED_PERMISSIONS = 3;

function permissionsWords(permissions: readonly RecordedPermission[], unknown: number): string {
  const named = permissions.slice(0, NAMED_PERMISSIONS).map(permissionWords);
  const more = permissions.length - named.length + unknown;
  const rest = more > 0 ? [`${plural(more, 'rule')}${named.length > 0 ? ' more' : ''}`] : [];
  const all = [...named, ...rest];
  return all.length === 0 ? '' : `: ${all.join(', ')}`;
}

function permissionWords(permission: RecordedPermission): string {
  const { ipProtocol, fromPort, toPort, cidrIp, cidrIpv6, prefixListId, referencedGroupId } = permission;
  const protocol = ipProtocol === '-1' ? 'everything' : ipProtocol;
  const hasPorts = ipProtocol !== '-1' && fromPort !== undefined && fromPort !== -1;
  const ports = hasPorts ? ` ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}` : '';
  return `${protocol}${ports} from ${cidrIp ?? cidrIpv6 ?? prefixListId ?? referencedGroupId ?? 'nowhere'}`;
}

function entryWords({ egress, ruleNumber }: { readonly egress: boolean; readonly ruleNumber: number }): string {
  return `${egress ? 'egress' : 'ingress'} entry ${ruleNumber}`;
}
