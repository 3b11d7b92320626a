import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { IpPermission, UserIdGroupPair } from '../../../src/inventory/security-group.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { compileGroups } from '../../../src/mirror/checks/group-rules.ts';
import { groupsCheck, judgeReferences } from '../../../src/mirror/checks/security-groups.ts';
import type { Check } from '../../../src/mirror/verdict.ts';
import { ipv4Of } from '../../../src/net/cidr.ts';
import {
  anAttachment,
  anInventory,
  aPeering,
  aPermission,
  aPolicy,
  aSecurityGroup,
  type Override,
} from '../../support/inventories.ts';
import { address, block, checkOf, holds, ports } from './firewall-model.ts';

const from10 = aPermission({ cidrIps: ['10.0.0.0/8'] });
const listed = aPermission({ prefixListIds: ['pl-1'] });

/** The check of 10.0.0.5 with group sg-workload in `vpcId` by `sg-sensor` or other groups; the target is in vpc-1. */
function check(
  permissions: readonly IpPermission[],
  inventory: Override<Inventory> = {},
  groupIds = ['sg-sensor'],
  vpcId = 'vpc-1',
): Check {
  const account = indexAccount(
    anInventory({ securityGroups: [aSecurityGroup({ ipPermissions: permissions })], ...inventory }),
    aPolicy(),
  );
  const rules = compileGroups(groupIds, account);
  const references = judgeReferences(rules, { groupIds: ['sg-workload'], vpcId }, 'vpc-1', account);
  return groupsCheck(rules, ipv4Of('10.0.0.5') ?? 0, references);
}

describe('security groups', () => {
  it.each<[string, string, IpPermission[]]>([
    [
      'names the rule that allows',
      'security group sg-sensor allows udp 4000-5000 from 10.0.0.0/8',
      [aPermission({ fromPort: 4000, toPort: 5000, cidrIps: ['10.0.0.0/8'] })],
    ],
    [
      'names the group that is referred to',
      'security group sg-sensor allows udp 4789 from sg-workload',
      [aPermission({ userIdGroupPairs: [{ groupId: 'sg-workload' }] })],
    ],
    [
      'names whom it does admit',
      'security group sg-sensor allows udp 4789 only from 192.0.2.0/24, sg-other',
      [aPermission({ cidrIps: ['192.0.2.0/24'], userIdGroupPairs: [{ groupId: 'sg-other' }] })],
    ],
    [
      'says that no rule covers the port',
      'security group sg-sensor allows udp 4789 from nowhere',
      [aPermission({ fromPort: 53, toPort: 53, cidrIps: ['10.0.0.0/8'] })],
    ],
  ])('%s', (_, reason, permissions) => {
    expect(check(permissions).reason).toBe(reason);
  });

  it.each<[string, Check['result'], IpPermission[], Override<Inventory>, string[]]>([
    ['an allow beside a list that could not be read', 'allow', [from10, listed], {}, ['sg-sensor']],
    ['an allow beside a group that could not be read', 'allow', [from10], {}, ['sg-sensor', 'sg-hidden']],
    ['a group that could not be read beside one that refuses', 'unknown', [], {}, ['sg-sensor', 'sg-hidden']],
    [
      'a list known without its entries',
      'unknown',
      [listed],
      { prefixLists: [{ prefixListId: 'pl-1' }] },
      ['sg-sensor'],
    ],
    ['no prefix lists read', 'unknown', [listed], { prefixLists: undefined }, ['sg-sensor']],
    [
      'a list that covers only others',
      'block',
      [listed],
      { prefixLists: [{ prefixListId: 'pl-1', cidrs: ['192.0.2.0/24', '2001:db8::/32'] }] },
      ['sg-sensor'],
    ],
    ['a block that does not parse', 'unknown', [aPermission({ cidrIps: ['10.0.0/8'] })], {}, ['sg-sensor']],
    ['no security groups read', 'unknown', [], { securityGroups: undefined }, ['sg-sensor']],
    ['no group', 'block', [], {}, []],
    ['IPv6 from anywhere', 'block', [aPermission({ cidrIpv6s: ['::/0'] })], {}, ['sg-sensor']],
    ['a block with host bits set', 'allow', [aPermission({ cidrIps: ['10.0.0.99/24'] })], {}, ['sg-sensor']],
  ])('%s: %s', (_, expected, permissions, inventory, groupIds) => {
    expect(check(permissions, inventory, groupIds).result).toBe(expected);
  });

  const refer = (pair: Partial<UserIdGroupPair> = {}): IpPermission[] => [
    aPermission({ userIdGroupPairs: [{ groupId: 'sg-workload', ...pair }] }),
  ];
  const onGateway = (securityGroupReferencing: boolean): Override<Inventory> => ({
    transitGatewayVpcAttachments: ['vpc-1', 'vpc-2'].map((vpcId) => anAttachment({ vpcId, securityGroupReferencing })),
  });

  it.each<[string, Check['result'], IpPermission[], Override<Inventory>, string]>([
    ['inside one VPC', 'allow', refer(), {}, 'vpc-1'],
    ['inside one VPC, whatever VPC the pair names', 'allow', refer({ vpcId: 'vpc-9' }), {}, 'vpc-1'],
    ['over a peering that the pair says is active', 'allow', refer({ peeringStatus: 'active' }), {}, 'vpc-2'],
    ['over a peering that the list says is active', 'allow', refer(), { vpcPeeringConnections: [aPeering()] }, 'vpc-2'],
    ['over a peering that was deleted (stale)', 'block', refer({ peeringStatus: 'deleted' }), {}, 'vpc-2'],
    [
      'over a peering that the list says is deleted',
      'block',
      refer(),
      { vpcPeeringConnections: [aPeering({ status: 'deleted' })] },
      'vpc-2',
    ],
    ['over a transit gateway with referencing', 'allow', refer(), onGateway(true), 'vpc-2'],
    ['over a transit gateway without referencing', 'block', refer(), onGateway(false), 'vpc-2'],
    ['between VPCs that nothing joins', 'block', refer(), {}, 'vpc-2'],
    [
      'between VPCs whose connections could not be read',
      'unknown',
      refer(),
      { vpcPeeringConnections: undefined },
      'vpc-2',
    ],
    ['to a group that the source does not have', 'block', refer({ groupId: 'sg-sensor' }), {}, 'vpc-1'],
  ])('a reference %s: %s', (_, expected, permissions, inventory, vpcId) => {
    expect(check(permissions, inventory, ['sg-sensor'], vpcId).result).toBe(expected);
  });

  it('names a stale rule', () => {
    expect(check(refer({ peeringStatus: 'deleted' }), {}, ['sg-sensor'], 'vpc-2').reason).toBe(
      'security group sg-sensor refers to sg-workload, but that rule is stale: its peering is deleted',
    );
  });
});

/** The model: whether any permission matches, by looking at each. */
function anyPermissionAllows(
  permissions: readonly IpPermission[],
  address: string,
  groupIds: readonly string[],
): 'allow' | 'block' {
  const allows = permissions.some(({ ipProtocol, fromPort, toPort, cidrIps, userIdGroupPairs }) => {
    const isAll = ipProtocol === '-1';
    if (!isAll && ipProtocol !== 'udp' && ipProtocol !== '17') return false;
    if (!isAll && !((fromPort ?? 0) <= 4789 && 4789 <= (toPort ?? 65_535))) return false;
    return (
      cidrIps.some((cidr) => holds(cidr, address)) || userIdGroupPairs.some(({ groupId }) => groupIds.includes(groupId))
    );
  });
  return allows ? 'allow' : 'block';
}

const permission: fc.Arbitrary<IpPermission> = fc
  .record({
    ipProtocol: fc.constantFrom('udp', '17', '-1', 'tcp', 'icmp'),
    ports: fc.option(ports, { nil: undefined }),
    blocks: fc.array(block, { maxLength: 2 }),
    groups: fc.subarray(['sg-workload', 'sg-other']),
  })
  .map(({ ipProtocol, ports, blocks, groups }) =>
    aPermission({
      ipProtocol,
      fromPort: ports?.[0],
      toPort: ports?.[1],
      cidrIps: blocks.filter((one) => !one.includes(':')),
      cidrIpv6s: blocks.filter((one) => one.includes(':')),
      userIdGroupPairs: groups.map((groupId) => ({ groupId })),
    }),
  );

describe('security groups with random permissions', () => {
  it('allow exactly when any permission does', () => {
    fc.assert(
      fc.property(fc.array(permission, { maxLength: 4 }), address, (permissions, source) => {
        expect(checkOf('security-group', source, { permissions })).toBe(
          anyPermissionAllows(permissions, source, ['sg-workload']),
        );
      }),
      { numRuns: 400 },
    );
  });

  it('never refuse because of an additional permission', () => {
    fc.assert(
      fc.property(fc.array(permission, { maxLength: 3 }), permission, address, (permissions, more, source) => {
        fc.pre(checkOf('security-group', source, { permissions }) === 'allow');
        expect(checkOf('security-group', source, { permissions: [...permissions, more] })).toBe('allow');
      }),
    );
  });
});

describe('security groups with random prefix lists', () => {
  it('admit what the entries of their lists contain, and name the first of the rules that allow', () => {
    const entries = fc.array(block, { maxLength: 4 });
    const listsOf = fc.subarray(['pl-1', 'pl-2']);
    const rule = fc.tuple(fc.array(block, { maxLength: 2 }), listsOf).map(([blocks, prefixListIds]) => {
      return aPermission({ cidrIps: blocks.filter((one) => !one.includes(':')), prefixListIds });
    });
    const group = fc.array(rule, { maxLength: 3 });
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.tuple(entries, entries),
        fc.tuple(group, group),
        address,
        ([one, two], [first, second], source) => {
          const lists: Readonly<Record<string, readonly string[]>> = { 'pl-1': one, 'pl-2': two };
          const reasons = [first, second].flatMap((permissions, index) =>
            permissions.flatMap(({ cidrIps, prefixListIds }) => {
              const own = cidrIps.filter((cidr) => holds(cidr, source));
              const listed = prefixListIds.flatMap((id) =>
                (lists[id] ?? []).filter((cidr) => holds(cidr, source)).map((cidr) => `${cidr} in prefix list ${id}`),
              );
              return [...own, ...listed].map((words) => `security group sg-${index + 1} allows udp 4789 from ${words}`);
            }),
          );
          const account = indexAccount(
            anInventory({
              securityGroups: [
                aSecurityGroup({ groupId: 'sg-1', ipPermissions: first }),
                aSecurityGroup({ groupId: 'sg-2', ipPermissions: second }),
              ],
              prefixLists: Object.entries(lists).map(([prefixListId, cidrs]) => ({ prefixListId, cidrs })),
            }),
            aPolicy(),
          );
          const { result, reason } = groupsCheck(
            compileGroups(['sg-2', 'sg-1'], account),
            ipv4Of(source) ?? 0,
            undefined,
          );
          seen.add(result);
          expect(result).toBe(reasons.length > 0 ? 'allow' : 'block');
          if (reasons.length > 0) expect(reason).toBe(reasons.toSorted()[0]);
        },
      ),
      { numRuns: 500 },
    );
    expect(seen).toEqual(new Set(['allow', 'block']));
  });
});
