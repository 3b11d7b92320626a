/** Reads changes of the ingress rules of security groups, each with exactly one peer. */

import { canonicalCidr } from '../../net/cidr.ts';
import {
  accountIdOf,
  asList,
  booleanField,
  type Fields,
  field,
  fieldsOf,
  numberField,
  textField,
  textsIn,
} from '../fields.ts';
import type { RecordedPermission } from './network.ts';
import type { ReadChanges, RecordedCall } from './read-changes.ts';

/** A list of permissions; undefined when one of them can't be read, since the others alone would say something else. */
type Permissions = readonly RecordedPermission[] | undefined;

/** AuthorizeSecurityGroupIngress: the rules of the response, with their ids. Older responses list none; the request does. */
export const readPermissionsAdded: ReadChanges = (call) => {
  const rules = asList(field(call.response, 'securityGroupRuleSet'));
  const permissions = rules.length > 0 ? ingressRules(rules) : requested(call);
  const group = groupNamedBy(call, rules);
  if (group === undefined || permissions === undefined) return undefined;
  return permissions.length === 0 ? [] : [{ kind: 'permissions-added', ...group, permissions }];
};

/**
 * RevokeSecurityGroupIngress: what was really removed. The response lists it (`revokedSecurityGroupRuleSet`); older responses don't.
 * There it is the request's permissions, except those that the response calls unknown; of rules named by id, only the ids.
 */
export const readPermissionsRemoved: ReadChanges = (call) => {
  const revoked = asList(field(call.response, 'revokedSecurityGroupRuleSet'));
  const group = groupNamedBy(call, revoked);
  const ruleIds = requestedRuleIds(call.request);
  const unknownRuleIds = revoked.length > 0 ? [] : ruleIds;
  const permissions = removedPermissions(call, revoked, unknownRuleIds);
  if (group === undefined || permissions === undefined) return undefined;
  if (permissions.length === 0 && unknownRuleIds.length === 0) return [];
  const removed = { kind: 'permissions-removed', ...group, permissions, unknownRuleIds } as const;
  return [ruleIds.length === 0 ? removed : { ...removed, isById: true }];
};

/** ModifySecurityGroupRules: each rule as it is after. Nothing in it tells ingress from egress: the rule's id does. */
export const readPermissionsReplaced: ReadChanges = ({ request }) => {
  const groupId = textField(request, 'groupId');
  const updates = asList(field(request, 'securityGroupRule') ?? field(request, 'securityGroupRules'));
  const permissions = all(
    updates.map((update) => {
      const fields = fieldsOf(update);
      const id = textField(fields, 'securityGroupRuleId');
      return id === undefined ? undefined : rulePermission(fieldsOf(field(fields, 'securityGroupRule')), id);
    }),
  );
  if (groupId === undefined || permissions === undefined || permissions.length === 0) return undefined;
  return [{ kind: 'permissions-replaced', groupId, permissions }];
};

/** The calls on egress rules: the ids of the rules, in the response or, where they are removed by id, in the request. They let nobody in. */
export const readEgressNamed: ReadChanges = (call) => {
  const rules = RULE_SETS.flatMap((name) => asList(field(call.response, name)));
  const named = [...textsIn(rules, 'securityGroupRuleId'), ...requestedRuleIds(call.request)];
  const securityGroupRuleIds = [...new Set(named)];
  const group = groupNamedBy(call, rules);
  if (group === undefined || securityGroupRuleIds.length === 0) return [];
  return [{ kind: 'egress-rules-named', groupId: group.groupId, securityGroupRuleIds }];
};

/** CreateSecurityGroup. Without a VPC, the group is made in the default one. */
export const readGroupCreated: ReadChanges = ({ request, response }) => {
  const groupId = textField(response, 'groupId');
  const groupName = textField(request, 'groupName');
  if (groupId === undefined) return undefined;
  const isByName = groupName !== undefined && textField(request, 'vpcId') === undefined;
  return [{ kind: 'group-created', groupId, ...(isByName && { groupName }) }];
};

/** Where answers list the rules that a call made or removed. */
export const RULE_SETS = ['securityGroupRuleSet', 'revokedSecurityGroupRuleSet'] as const;

/** DeleteSecurityGroup. Newer responses have the id of a group that the request names only by its name. */
export const readGroupDeleted: ReadChanges = (call) => {
  const group = groupNamedBy(call, [call.response]);
  return group === undefined ? undefined : [{ kind: 'group-deleted', ...group }];
};

/** The group. One of the default VPC may be named by its name alone, which never begins with `sg-`: a rule of it tells its id. */
function groupNamedBy(
  { request }: RecordedCall,
  [first]: readonly unknown[],
): { readonly groupId: string; readonly groupName?: string } | undefined {
  const groupId = textField(request, 'groupId') ?? textField(fieldsOf(first), 'groupId');
  const groupName = textField(request, 'groupName');
  if (groupId === undefined) return groupName === undefined ? undefined : { groupId: groupName };
  return groupName === undefined ? { groupId } : { groupId, groupName };
}

function removedPermissions(
  call: RecordedCall,
  revoked: readonly unknown[],
  unknownRuleIds: readonly string[],
): Permissions {
  if (revoked.length > 0) return ingressRules(revoked);
  if (unknownRuleIds.length > 0) return [];
  const asked = requested(call);
  const absent = all(asList(field(call.response, 'unknownIpPermissionSet')).map(peersOf));
  if (asked === undefined || absent === undefined) return undefined;
  const unknown = new Set(absent.flat().map(contentOf));
  return asked.filter((permission) => !unknown.has(contentOf(permission)));
}

/** The request's permissions: a list, and the older flat form beside it. Undefined when the request names none. */
function requested({ request }: RecordedCall): Permissions {
  const listed = asList(field(request, 'ipPermissions'));
  const isFlat = textField(request, 'ipProtocol') !== undefined || FLAT_PEERS.some((name) => textField(request, name));
  const permissions = all([...listed, ...(isFlat ? [request] : [])].map(peersOf));
  return permissions === undefined || permissions.length === 0 ? undefined : permissions.flat();
}

const FLAT_PEERS = ['cidrIp', 'sourceSecurityGroupName'] as const;

function requestedRuleIds(request: Fields): readonly string[] {
  const list = RULE_ID_LISTS.map((name) => field(request, name)).find((value) => asList(value).length > 0);
  return [...new Set(textsIn(list, 'securityGroupRuleId'))];
}

const RULE_ID_LISTS = ['securityGroupRuleId', 'securityGroupRuleIds', 'securityGroupRuleIdSet'] as const;

/** One permission a peer. Undefined when it has none, or one named in a way that identifies nothing (a group's name). */
function peersOf(value: unknown): Permissions {
  const fields = fieldsOf(value);
  const ipProtocol = textField(fields, 'ipProtocol');
  if (ipProtocol === undefined || textField(fields, 'sourceSecurityGroupName') !== undefined) return undefined;
  const ports = portsOf(fields, ipProtocol);
  const peers = [
    // The flat form has its one block in the request itself.
    ...asList(field(fields, 'cidrIp')).map((one) => cidrPeer({ cidrIp: one }, 'cidrIp')),
    ...asList(field(fields, 'ipRanges')).map((one) => cidrPeer(fieldsOf(one), 'cidrIp')),
    ...asList(field(fields, 'ipv6Ranges')).map((one) => cidrPeer(fieldsOf(one), 'cidrIpv6')),
    ...asList(field(fields, 'prefixListIds')).map((one) => prefixListPeer(fieldsOf(one))),
    ...asList(field(fields, 'groups') ?? field(fields, 'userIdGroupPairs')).map((one) => groupPeer(fieldsOf(one))),
  ];
  const read = all(peers);
  return read === undefined || read.length === 0 ? undefined : read.map((peer) => ({ ipProtocol, ...ports, ...peer }));
}

type Peer = Omit<RecordedPermission, 'ipProtocol' | 'fromPort' | 'toPort'>;

function cidrPeer(fields: Fields, name: 'cidrIp' | 'cidrIpv6'): Peer | undefined {
  const text = textField(fields, name);
  return text === undefined ? undefined : { [name]: canonicalCidr(text) };
}

function prefixListPeer(fields: Fields): Peer | undefined {
  const prefixListId = textField(fields, 'prefixListId');
  return prefixListId === undefined ? undefined : { prefixListId };
}

function groupPeer(fields: Fields): Peer | undefined {
  const referencedGroupId = textField(fields, 'groupId');
  return referencedGroupId === undefined
    ? undefined
    : { referencedGroupId, referencedUserId: accountIdOf(field(fields, 'userId')) };
}

/** The ingress rules of a response's rule set. */
function ingressRules(rules: readonly unknown[]): Permissions {
  const ingress = rules.map(fieldsOf).filter((rule) => booleanField(rule, 'isEgress') !== true);
  return all(ingress.map((rule) => rulePermission(rule, textField(rule, 'securityGroupRuleId'))));
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html */
function rulePermission(rule: Fields, securityGroupRuleId: string | undefined): RecordedPermission | undefined {
  const ipProtocol = textField(rule, 'ipProtocol');
  const group = field(rule, 'referencedGroupInfo') ?? { groupId: field(rule, 'referencedGroupId') };
  const cidrIp = textField(rule, 'cidrIpv4');
  const peer =
    (cidrIp === undefined ? undefined : cidrPeer({ cidrIp }, 'cidrIp')) ??
    cidrPeer(rule, 'cidrIpv6') ??
    prefixListPeer(rule) ??
    groupPeer(fieldsOf(group));
  if (ipProtocol === undefined || peer === undefined) return undefined;
  return { ipProtocol, ...portsOf(rule, ipProtocol), ...peer, securityGroupRuleId };
}

/** Protocols whose rules have ports (for ICMP: type and code). With others, EC2 ignores what a request says about ports. */
const PORTED: ReadonlySet<string> = new Set(['tcp', '6', 'udp', '17', 'icmp', '1', 'icmpv6', '58']);

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
function portsOf(fields: Fields, ipProtocol: string): Pick<RecordedPermission, 'fromPort' | 'toPort'> {
  if (!PORTED.has(ipProtocol.toLowerCase())) return {};
  return { fromPort: numberField(fields, 'fromPort'), toPort: numberField(fields, 'toPort') };
}

const PROTOCOL_NAMES: ReadonlyMap<string, string> = new Map([
  ['1', 'icmp'],
  ['6', 'tcp'],
  ['17', 'udp'],
  ['58', 'icmpv6'],
]);

/** A text that is equal for the same protocol, ports and peer, however they are written. */
function contentOf(permission: RecordedPermission): string {
  const protocol = permission.ipProtocol.toLowerCase();
  const { fromPort = -1, toPort = -1, cidrIp, cidrIpv6, prefixListId, referencedGroupId } = permission;
  const peer = cidrIp ?? cidrIpv6 ?? prefixListId ?? referencedGroupId;
  return JSON.stringify([PROTOCOL_NAMES.get(protocol) ?? protocol, fromPort, toPort, peer]);
}

function all<T>(values: readonly (T | undefined)[]): readonly T[] | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? known : undefined;
}
