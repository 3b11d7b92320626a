/** Builds the records of calls on security groups, in the shapes CloudTrail writes. */

import { aRecord } from './deliveries.ts';
import { ACCOUNT } from './inventories.ts';

type Json = Readonly<Record<string, unknown>>;

/** One source on some ports: `0.0.0.0/0`, `::/0`, `sg-…` or `pl-…`. */
export interface GroupRule {
  readonly ipProtocol: string;
  /** Numbers; text in some records. */
  readonly ports?: readonly [from: unknown, to: unknown] | undefined;
  readonly source: string;
  /** As the answer has it. */
  readonly securityGroupRuleId?: string | undefined;
}

/** Who called when, and what else the record has. */
export interface Call {
  /** @default dana */
  readonly by?: string | undefined;
  /** What the answer has besides `_return`. Null: nothing at all. @default what EC2 answers since 2021 */
  readonly answer?: Json | null | undefined;
  /** Further fields of the record. */
  readonly more?: Json | undefined;
}

/** The answer of EC2 before July 2021, without rules. */
export const SHORT: Json = {};
/** What CloudTrail writes in place of a part above 100 KB. */
export const OMITTED: Json = { omitted: true, originalSize: 149_893, reason: 'requestParameters too large' };

/** A rule on one port, on some, or on all where none is given. */
export function rule(ipProtocol: string, ports: number | readonly [unknown, unknown] | undefined, source: string) {
  const range = typeof ports === 'number' ? ([ports, ports] as const) : ports;
  return { ipProtocol, ports: range, source } as GroupRule;
}

/** TCP port 22 from each of the sources. */
export function ssh(...sources: readonly string[]): readonly GroupRule[] {
  return sources.map((source) => rule('tcp', 22, source));
}

/** The same rule, with an id. */
export function named(securityGroupRuleId: string, of: GroupRule): GroupRule {
  return { ...of, securityGroupRuleId };
}

/** A list as EC2's older calls have it: an empty one has no `items`. */
export function items(list: readonly unknown[]): Json {
  return list.length === 0 ? {} : { items: list };
}

/** `ipPermissions` as requests have them: one entry for each protocol and ports, in the order of the rules. */
export function permissions(rules: readonly GroupRule[]): Json {
  const keys = [...new Set(rules.map(keyOf))];
  return items(
    keys.map((key) => {
      const same = rules.filter((each) => keyOf(each) === key);
      const [first] = same;
      return {
        ipProtocol: first?.ipProtocol,
        ...portsOf(first),
        groups: items(sourcesOf(same, 'sg').map((groupId) => ({ groupId }))),
        ipRanges: items(sourcesOf(same, 'v4').map((cidrIp) => ({ cidrIp }))),
        ipv6Ranges: items(sourcesOf(same, 'v6').map((cidrIpv6) => ({ cidrIpv6 }))),
        prefixListIds: items(sourcesOf(same, 'pl').map((prefixListId) => ({ prefixListId }))),
      };
    }),
  );
}

/** The flat form of a request, for one rule. */
export function flat({ ipProtocol, source, ports }: GroupRule): Json {
  return { ipPermissions: {}, ipProtocol, ...portsOf({ ipProtocol, source, ports }), cidrIp: source };
}

/** Rules as answers have them. The number of the rule is its id, where it has none. */
export function ruleSet(groupId: string, rules: readonly GroupRule[], isEgress = false): Json {
  return items(
    rules.map((each, index) => ({
      groupOwnerId: ACCOUNT,
      groupId,
      securityGroupRuleId: each.securityGroupRuleId ?? `sgr-${groupId}-${index}`,
      isEgress,
      ipProtocol: each.ipProtocol,
      ...(each.ports === undefined ? { fromPort: -1, toPort: -1 } : portsOf(each)),
      ...peerOf(each),
    })),
  );
}

/** AuthorizeSecurityGroupIngress, in the list form. A group that does not begin with `sg-` is a name. */
export function authorized(minute: number, group: string, rules: readonly GroupRule[], call: Call = {}): Json {
  const request = { ...groupOf(group), ipPermissions: permissions(rules) };
  return groupCall('AuthorizeSecurityGroupIngress', minute, request, {
    answer: { securityGroupRuleSet: ruleSet(group, rules) },
    ...call,
  });
}

/** AuthorizeSecurityGroupIngress of one rule, in the flat form. */
export function authorizedFlat(minute: number, group: string, of: GroupRule, call: Call = {}): Json {
  return groupCall(
    'AuthorizeSecurityGroupIngress',
    minute,
    { ...groupOf(group), ...flat(of) },
    { answer: { securityGroupRuleSet: ruleSet(group, [of]) }, ...call },
  );
}

/** RevokeSecurityGroupIngress by permissions, all of which were there. */
export function revoked(minute: number, group: string, rules: readonly GroupRule[], call: Call = {}): Json {
  const request = { ...groupOf(group), ipPermissions: permissions(rules) };
  return groupCall('RevokeSecurityGroupIngress', minute, request, call);
}

/** RevokeSecurityGroupIngress by the ids of rules. */
export function revokedByIds(minute: number, group: string, ids: readonly string[], call: Call = {}): Json {
  const securityGroupRuleIds = items(ids.map((securityGroupRuleId) => ({ securityGroupRuleId })));
  return groupCall('RevokeSecurityGroupIngress', minute, { ...groupOf(group), securityGroupRuleIds }, call);
}

/** ModifySecurityGroupRules, which writes lists of one as an object. Each rule needs its id. */
export function modified(minute: number, group: string, rules: readonly GroupRule[], call: Call = {}): Json {
  const updates = rules.map((each, index) => ({
    SecurityGroupRuleId: each.securityGroupRuleId,
    SecurityGroupRule: {
      IpProtocol: each.ipProtocol,
      ...(each.ports && { FromPort: each.ports[0], ToPort: each.ports[1] }),
      ...newPeerOf(each),
    },
    tag: index + 1,
  }));
  const SecurityGroupRule = updates.length === 1 ? updates[0] : updates;
  const xmlns = 'http://ec2.amazonaws.com/doc/2016-11-15/';
  return groupCall(
    'ModifySecurityGroupRules',
    minute,
    { ModifySecurityGroupRulesRequest: { GroupId: group, SecurityGroupRule } },
    { answer: { ModifySecurityGroupRulesResponse: { xmlns, requestId: 'request-1', return: true } }, ...call },
  );
}

/** CreateSecurityGroup in vpc-1. */
export function created(minute: number, groupId: string, groupName: string, call: Call = {}): Json {
  const request = { groupName, groupDescription: groupName, vpcId: 'vpc-1' };
  return groupCall('CreateSecurityGroup', minute, request, { answer: { groupId }, ...call });
}

/** CreateSecurityGroup without a VPC, which means the default one. Only its groups can be called by their names. */
export function createdInDefaultVpc(minute: number, groupId: string, groupName: string, call: Call = {}): Json {
  return groupCall(
    'CreateSecurityGroup',
    minute,
    { groupName, groupDescription: groupName },
    { answer: { groupId }, ...call },
  );
}

/** DeleteSecurityGroup. */
export function deleted(minute: number, group: string, call: Call = {}): Json {
  return groupCall('DeleteSecurityGroup', minute, groupOf(group), call);
}

/** Any call of EC2 on a group, by an IAM user. */
export function groupCall(eventName: string, minute: number, request: unknown, call: Call = {}): Json {
  const { by = 'dana', answer = {}, more } = call;
  // ModifySecurityGroupRules answers in its own element, where nothing stands beside it.
  const bare = answer === null || 'omitted' in answer || 'ModifySecurityGroupRulesResponse' in answer;
  const response = bare ? answer : { requestId: 'request-1', _return: true, ...answer };
  return aRecord(eventName, minute, request, response, {
    userIdentity: { type: 'IAMUser', userName: by, arn: `arn:aws:iam::${ACCOUNT}:user/${by}`, accountId: ACCOUNT },
    eventID: `${eventName}-${minute}-${by}`,
    readOnly: false,
    ...more,
  });
}

function groupOf(group: string): Json {
  return group.startsWith('sg-') ? { groupId: group } : { groupName: group };
}

function keyOf({ ipProtocol, ports }: GroupRule): string {
  return `${ipProtocol}/${ports?.join('-')}`;
}

function portsOf(of: GroupRule | undefined): Json {
  return of?.ports === undefined ? {} : { fromPort: of.ports[0], toPort: of.ports[1] };
}

function kindOf({ source }: GroupRule): 'sg' | 'pl' | 'v4' | 'v6' {
  if (source.startsWith('sg-')) return 'sg';
  if (source.startsWith('pl-')) return 'pl';
  return source.includes(':') ? 'v6' : 'v4';
}

function sourcesOf(rules: readonly GroupRule[], kind: ReturnType<typeof kindOf>): readonly string[] {
  return rules.filter((each) => kindOf(each) === kind).map(({ source }) => source);
}

function peerOf(of: GroupRule): Json {
  const { source } = of;
  const peers = {
    sg: { referencedGroupInfo: { groupId: source, userId: ACCOUNT } },
    pl: { prefixListId: source },
    v4: { cidrIpv4: source },
    v6: { cidrIpv6: source },
  };
  return peers[kindOf(of)];
}

function newPeerOf(of: GroupRule): Json {
  const { source } = of;
  const peers = {
    sg: { ReferencedGroupId: source },
    pl: { PrefixListId: source },
    v4: { CidrIpv4: source },
    v6: { CidrIpv6: source },
  };
  return peers[kindOf(of)];
}
