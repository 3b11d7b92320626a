/** Rules of security groups: authorized, revoked by permission or by id, modified. */

import { type Account, drop, type GroupRule, put } from '../account.ts';
import { ACCOUNT_ID } from '../actors.ts';
import { type CallKind, done, failed, type Params, type Permission } from '../call.ts';
import { indexed, items, present } from './encoding.ts';

const NO_GROUP = 'Client.InvalidGroup.NotFound';

/** A rule that is there already is an error, and then none of the request's is added. */
function authorize(isEgress: boolean): CallKind<Params['AuthorizeSecurityGroupIngress']> {
  return {
    apply(account, { groupId, rules }) {
      if (account.groups[groupId] === undefined) return failed(NO_GROUP);
      let after = account;
      const made: GroupRule[] = [];
      for (const { ruleId, ...permission } of rules) {
        if (ruleOf(after, groupId, isEgress, permission) !== undefined)
          return failed('Client.InvalidPermission.Duplicate');
        const rule = { id: ruleId, groupId, isEgress, ...fieldsOf(permission) };
        made.push(rule);
        after = put(after, 'groupRules', ruleId, rule);
      }
      return done(after, () => ({ _return: true, securityGroupRuleSet: items(made.map(authorizedRule)) }));
    },
    request({ groupId, rules, flat }) {
      const [only] = rules;
      return flat && only !== undefined
        ? { groupId, ipPermissions: {}, ...flatPermission(only) }
        : { groupId, ipPermissions: items(rules.map(ipPermission)) };
    },
    encoding: 'classic',
    about: ({ groupId }) => [groupId],
  };
}

/**
 * With the short answer of earlier years, a permission that is not there is an error. With the full one it is listed as unknown, and
 * the others are revoked.
 */
function revoke(isEgress: boolean): CallKind<Params['RevokeSecurityGroupIngress']> {
  return {
    apply(account, { groupId, by, answer }) {
      if (account.groups[groupId] === undefined) return failed(NO_GROUP);
      const revoked: GroupRule[] = [];
      const unknown: Permission[] = [];
      if ('ruleIds' in by) {
        for (const id of by.ruleIds) {
          const rule = account.groupRules[id];
          if (rule?.groupId !== groupId || rule.isEgress !== isEgress)
            return failed('Client.InvalidSecurityGroupRuleId.NotFound');
          revoked.push(rule);
        }
      } else {
        for (const permission of by.permissions) {
          const rule = ruleOf(account, groupId, isEgress, permission);
          if (rule !== undefined) revoked.push(rule);
          else if (answer === 'short') return failed('Client.InvalidPermission.NotFound');
          else unknown.push(permission);
        }
      }
      const ids = revoked.map(({ id }) => id);
      return done(drop(account, 'groupRules', ids), () => ({
        _return: true,
        ...(answer === 'full' && {
          revokedSecurityGroupRuleSet: items(revoked.map(revokedRule)),
          unknownIpPermissionSet: items(unknown.map(ipPermission)),
        }),
      }));
    },
    request: ({ groupId, by }) =>
      'ruleIds' in by
        ? {
            groupId,
            ipPermissions: {},
            securityGroupRuleIds: items(by.ruleIds.map((securityGroupRuleId) => ({ securityGroupRuleId }))),
          }
        : { groupId, ipPermissions: items(by.permissions.map(ipPermission)) },
    encoding: 'classic',
    about: ({ groupId }) => [groupId],
  };
}

/** The direction of a rule cannot be changed. */
const modifySecurityGroupRules: CallKind<Params['ModifySecurityGroupRules']> = {
  apply(account, { groupId, rules }) {
    if (account.groups[groupId] === undefined) return failed(NO_GROUP);
    let after = account;
    for (const { ruleId, ...permission } of rules) {
      const rule = after.groupRules[ruleId];
      if (rule?.groupId !== groupId) return failed('Client.InvalidSecurityGroupRuleId.NotFound');
      const same = ruleOf(after, groupId, rule.isEgress, permission);
      if (same !== undefined && same.id !== ruleId) return failed('Client.InvalidPermission.Duplicate');
      after = put(after, 'groupRules', ruleId, { ...rule, ...fieldsOf(permission) });
    }
    return done(after, () => ({ return: true }));
  },
  request: ({ groupId, rules }) => ({
    GroupId: groupId,
    SecurityGroupRule: indexed(
      rules.map(({ ruleId, protocol, fromPort, toPort, cidr, peerGroupId }) => ({
        SecurityGroupRuleId: ruleId,
        SecurityGroupRule: present({
          IpProtocol: protocol,
          FromPort: fromPort,
          ToPort: toPort,
          CidrIpv4: cidr,
          ReferencedGroupId: peerGroupId,
        }),
      })),
    ),
  }),
  encoding: 'wrapped',
  about: ({ groupId }) => [groupId],
};

/** The group's rule with exactly this permission. */
function ruleOf(account: Account, groupId: string, isEgress: boolean, permission: Permission): GroupRule | undefined {
  return Object.values(account.groupRules).find(
    (rule) =>
      rule.groupId === groupId &&
      rule.isEgress === isEgress &&
      rule.protocol === permission.protocol &&
      rule.fromPort === permission.fromPort &&
      rule.toPort === permission.toPort &&
      rule.cidr === permission.cidr &&
      rule.peerGroupId === permission.peerGroupId,
  );
}

/** The fields of a permission and no others, always in the same order. */
function fieldsOf({ protocol, fromPort, toPort, cidr, peerGroupId }: Permission): Permission {
  return { protocol, fromPort, toPort, cidr, peerGroupId };
}

function ipPermission({ protocol, fromPort, toPort, cidr, peerGroupId }: Permission): object {
  return {
    ipProtocol: protocol,
    ...present({ fromPort, toPort }),
    groups: peerGroupId === null ? {} : { items: [{ groupId: peerGroupId, userId: ACCOUNT_ID }] },
    ipRanges: cidr === null ? {} : { items: [{ cidrIp: cidr }] },
    ipv6Ranges: {},
    prefixListIds: {},
  };
}

function flatPermission({ protocol, fromPort, toPort, cidr }: Permission): object {
  return present({ ipProtocol: protocol, fromPort, toPort, cidrIp: cidr });
}

function authorizedRule({ id, groupId, isEgress, protocol, fromPort, toPort, cidr, peerGroupId }: GroupRule): object {
  return {
    groupOwnerId: ACCOUNT_ID,
    groupId,
    securityGroupRuleId: id,
    isEgress,
    ipProtocol: protocol,
    fromPort: fromPort ?? -1,
    toPort: toPort ?? -1,
    ...present({ cidrIpv4: cidr }),
    ...(peerGroupId !== null && { referencedGroupInfo: { groupId: peerGroupId, userId: ACCOUNT_ID } }),
  };
}

function revokedRule({ id, groupId, isEgress, protocol, fromPort, toPort, cidr, peerGroupId }: GroupRule): object {
  return {
    securityGroupRuleId: id,
    groupId,
    isEgress,
    ipProtocol: protocol,
    fromPort: fromPort ?? -1,
    toPort: toPort ?? -1,
    ...present({ cidrIpv4: cidr, referencedGroupId: peerGroupId }),
  };
}

export const SECURITY_GROUP_CALLS = {
  AuthorizeSecurityGroupIngress: authorize(false),
  AuthorizeSecurityGroupEgress: authorize(true),
  RevokeSecurityGroupIngress: revoke(false),
  RevokeSecurityGroupEgress: revoke(true),
  ModifySecurityGroupRules: modifySecurityGroupRules,
} as const;
