/** Reads calls that change what mirroring depends on. They only say which resources the call named. */

import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import { RULE_SETS } from './changes/read-permissions.ts';
import { asList, type Fields, field, fieldsOf, requestOf, resourceIds, responseOf, str, textField } from './fields.ts';
import type { MirrorPathSighting, SecurityGroupSighting } from './sighting.ts';

type PathSeen = Pick<MirrorPathSighting, 'kind' | 'what' | 'resourceIds'>;

/**
 * A reader of the ids under these keys, in the request, or else in the response or an object in it. Each member of a list counts. Ids
 * nested deeper (the group a rule refers to) don't: those resources did not change.
 */
export function namedResources(
  what: MirrorPathSighting['what'],
  keys: readonly string[],
): (record: CloudTrailRecord) => PathSeen {
  return (record) => ({ kind: 'mirror-path-changed', what, resourceIds: idsAt(record, keys) });
}

/** The calls on a group's rules. */
export function securityGroup(record: CloudTrailRecord): PathSeen {
  return { kind: 'mirror-path-changed', what: 'security-group', resourceIds: groupsIn(record) };
}

/** CreateSecurityGroup and DeleteSecurityGroup. */
export function securityGroupAt(
  kind: SecurityGroupSighting['kind'],
): (record: CloudTrailRecord) => Pick<SecurityGroupSighting, 'kind' | 'resourceIds'> {
  return (record) => ({ kind, resourceIds: groupsIn(record) });
}

/** What the record of a call on a group lacks when it names none: EC2 refuses such a call. */
export function lacksGroup(record: CloudTrailRecord): string | undefined {
  return groupsIn(record).length === 0 ? 'requestParameters without a security group' : undefined;
}

/** The group, by its id and, in the default VPC, its name. One that CloudTrail omitted may be in the answer's rules or among the resources. */
function groupsIn(record: CloudTrailRecord): readonly string[] {
  const named = idsAt(record, GROUP_KEYS);
  if (named.length > 0) return named;
  const response = responseOf(record);
  const rules = RULE_SETS.flatMap((name) => asList(field(response, name)));
  const ids = rules.flatMap((rule) => textField(fieldsOf(rule), 'groupId') ?? []);
  return [...new Set(ids.length > 0 ? ids : resourceIds(record, 'AWS::EC2::SecurityGroup'))];
}

const GROUP_KEYS = ['groupId', 'groupName'] as const;

/**
 * ModifyInstanceAttribute. A new instance type may not support mirroring; other security groups may block mirrored packets. Undefined
 * for attributes that don't affect mirroring.
 */
export function instanceTypeChanged(record: CloudTrailRecord, omitted: boolean): PathSeen | undefined {
  const request = requestOf(record);
  const instanceId = textField(request, 'instanceId');
  const resourceIds = instanceId === undefined ? [] : [instanceId];
  if (omitted || field(request, 'instanceType') !== undefined || str(field(request, 'attribute')) === 'instanceType')
    return { kind: 'mirror-path-changed', what: 'instance-type', resourceIds };
  if (GROUP_LISTS.some((name) => field(request, name) !== undefined))
    return { kind: 'mirror-path-changed', what: 'network-interface', resourceIds };
  return undefined;
}

/** The names of a list of groups, in either encoding. */
const GROUP_LISTS = ['groupSet', 'groupId', 'securityGroupId'] as const;

function idsAt(record: CloudTrailRecord, keys: readonly string[]): readonly string[] {
  const response = responseOf(record);
  const holders: readonly Fields[] = [requestOf(record), response, ...Object.values(response).map(fieldsOf)];
  const ids = keys.flatMap((key) => {
    const holder = holders.find((fields) => field(fields, key) !== undefined);
    return holder === undefined ? [] : asList(field(holder, key)).flatMap((id) => str(id) ?? []);
  });
  return [...new Set(ids.filter((id) => id !== ''))];
}
