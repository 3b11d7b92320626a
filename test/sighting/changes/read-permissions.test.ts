import { describe, expect, it } from 'vitest';
import { changesIn, changesInBoth } from '../../support/encodings.ts';

const FLAT = { groupId: 'sg-0a', ipPermissions: {}, ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIp: '0.0.0.0/0' };
const SSH = { ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIp: '0.0.0.0/0' };
const VXLAN = { ipProtocol: 'udp', fromPort: 4789, toPort: 4789 };

/** A permission with one peer of each kind. */
const EVERY_PEER = {
  ...VXLAN,
  ipRanges: { items: [{ cidrIp: '10.1.2.3/8', description: 'ours' }, { cidrIp: '192.0.2.0/24' }] },
  ipv6Ranges: { items: [{ cidrIpv6: '2001:DB8::/32' }] },
  prefixListIds: { items: [{ prefixListId: 'pl-0a' }] },
  groups: { items: [{ groupId: 'sg-0b', userId: '012345678901' }, { groupId: 'sg-0c' }] },
};
const EACH_PEER = [
  { ...VXLAN, cidrIp: '10.0.0.0/8' },
  { ...VXLAN, cidrIp: '192.0.2.0/24' },
  { ...VXLAN, cidrIpv6: '2001:db8::/32' },
  { ...VXLAN, prefixListId: 'pl-0a' },
  { ...VXLAN, referencedGroupId: 'sg-0b', referencedUserId: '012345678901' },
  { ...VXLAN, referencedGroupId: 'sg-0c' },
];
const rule = (fields: object) => ({ groupOwnerId: '111122223333', groupId: 'sg-0a', isEgress: false, ...fields });
const RULES = [
  rule({ securityGroupRuleId: 'sgr-0a', ...VXLAN, cidrIpv4: '10.0.0.0/8' }),
  rule({ securityGroupRuleId: 'sgr-0b', ...VXLAN, referencedGroupInfo: { groupId: 'sg-0b', userId: '012345678901' } }),
  rule({ securityGroupRuleId: 'sgr-0c', ipProtocol: '-1', fromPort: -1, toPort: -1, cidrIpv6: '::/0' }),
  rule({ securityGroupRuleId: 'sgr-0d', ...VXLAN, isEgress: true, cidrIpv4: '0.0.0.0/0' }),
];
const READ_RULES = [
  { securityGroupRuleId: 'sgr-0a', ...VXLAN, cidrIp: '10.0.0.0/8' },
  { securityGroupRuleId: 'sgr-0b', ...VXLAN, referencedGroupId: 'sg-0b', referencedUserId: '012345678901' },
  { securityGroupRuleId: 'sgr-0c', ipProtocol: '-1', cidrIpv6: '::/0' },
];
const group = (...items: readonly object[]) => ({ groupId: 'sg-0a', ipPermissions: { items } });
const both = (
  eventName: string,
  request: Readonly<Record<string, unknown>>,
  response: Readonly<Record<string, unknown>>,
) => {
  const { classic, newer } = changesInBoth({ eventName, request, response });
  expect(newer).toEqual(classic);
  return classic;
};

describe('AuthorizeSecurityGroupIngress', () => {
  const added = (permissions: readonly object[]) => [{ kind: 'permissions-added', groupId: 'sg-0a', permissions }];

  it.each([
    [
      'the rules of the answer, with their ids, without egress rules',
      group(EVERY_PEER),
      { securityGroupRuleSet: { items: RULES } },
      READ_RULES,
    ],
    [
      'the request, one permission a peer, when the answer lists no rules',
      group(EVERY_PEER),
      { _return: true },
      EACH_PEER,
    ],
    ['the older flat form', FLAT, { _return: true }, [SSH]],
    [
      'every protocol without ports: EC2 ignores them',
      group({ ipProtocol: '-1', fromPort: 0, toPort: 0, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }),
      {},
      [{ ipProtocol: '-1', cidrIp: '0.0.0.0/0' }],
    ],
  ])('adds %s', (_what, request, response, permissions) => {
    expect(both('AuthorizeSecurityGroupIngress', request, response)).toEqual(added(permissions));
  });

  it('adds what the answer lists even when the request was omitted', () => {
    const responseElements = { securityGroupRuleSet: { items: RULES } };
    const omitted = { eventName: 'AuthorizeSecurityGroupIngress', requestParameters: { omitted: true } };
    expect(changesIn({ ...omitted, responseElements })).toEqual(added(READ_RULES));
  });

  it('takes the id of a group that the request names by its name from the answer', () => {
    const request = { groupName: 'web', ...SSH };
    const rules = { items: [rule({ securityGroupRuleId: 'sgr-0a', ...SSH, cidrIpv4: '0.0.0.0/0' })] };
    expect(both('AuthorizeSecurityGroupIngress', request, { securityGroupRuleSet: rules })).toMatchObject([
      { groupId: 'sg-0a' },
    ]);
    expect(both('AuthorizeSecurityGroupIngress', request, { _return: true })).toMatchObject([{ groupId: 'web' }]);
  });

  it('reads ports that are written as text', () => {
    expect(both('AuthorizeSecurityGroupIngress', { ...FLAT, fromPort: '22', toPort: '22.0' }, {})).toEqual(
      added([SSH]),
    );
  });

  it.each([
    ['a group named by its name alone', group({ ...VXLAN, groups: { items: [{ groupName: 'web' }] } })],
    ['a source group in the flat form', { groupId: 'sg-0a', sourceSecurityGroupName: 'web' }],
    ['a permission without a peer', group(VXLAN)],
    ['no permission at all', { groupId: 'sg-0a' }],
  ])('is opaque for %s', (_what, request) => {
    expect(both('AuthorizeSecurityGroupIngress', request, { _return: true })).toEqual([
      { kind: 'opaque', resourceIds: ['sg-0a'], lacks: 'does not say what it changed' },
    ]);
  });
});

describe('RevokeSecurityGroupIngress', () => {
  const removed = (permissions: readonly object[], unknownRuleIds: readonly string[] = []) => [
    { kind: 'permissions-removed', groupId: 'sg-0a', permissions, unknownRuleIds },
  ];
  const removedById = (permissions: readonly object[], unknownRuleIds: readonly string[] = []) =>
    removed(permissions, unknownRuleIds).map((change) => ({ ...change, isById: true }));
  const byId = (...items: readonly string[]) => ({
    groupId: 'sg-0a',
    securityGroupRuleIdSet: { items: items.map((securityGroupRuleId) => ({ securityGroupRuleId })) },
  });

  it.each([
    ['the permissions of the request', group(EVERY_PEER), { _return: true }, removed(EACH_PEER)],
    ['the older flat form', FLAT, { _return: true }, removed([SSH])],
    [
      'the permissions of the request, except those that were not there',
      group(EVERY_PEER),
      {
        unknownIpPermissionSet: {
          items: [
            { ipProtocol: '17', fromPort: 4789, toPort: 4789, ipRanges: { items: [{ cidrIp: '10.0.0.0/8' }] } },
            { ...VXLAN, groups: { items: [{ groupId: 'sg-0b' }] } },
          ],
        },
      },
      removed(EACH_PEER.slice(1, 4).concat(EACH_PEER.slice(5))),
    ],
    [
      'the rules that the answer lists',
      byId('sgr-0a', 'sgr-0b', 'sgr-0c'),
      { revokedSecurityGroupRuleSet: { items: RULES } },
      removedById(READ_RULES),
    ],
    [
      'rules of which an older answer leaves only the ids',
      byId('sgr-0a', 'sgr-0b'),
      {},
      removedById([], ['sgr-0a', 'sgr-0b']),
    ],
  ])('removes %s', (_what, request, response, changes) => {
    expect(both('RevokeSecurityGroupIngress', request, response)).toEqual(changes);
  });

  it.each([
    ['one id, as an object', { content: 'sgr-0a', tag: 1 }],
    ['one id in a classic list', { items: [{ securityGroupRuleId: 'sgr-0a' }] }],
  ])('reads %s', (_what, securityGroupRuleId) => {
    const requestParameters = { groupId: 'sg-0a', securityGroupRuleId };
    expect(changesIn({ eventName: 'RevokeSecurityGroupIngress', requestParameters })).toEqual(
      removedById([], ['sgr-0a']),
    );
  });

  it('changes nothing when none of the permissions was there', () => {
    const absent = { unknownIpPermissionSet: { items: [EVERY_PEER] } };
    expect(both('RevokeSecurityGroupIngress', group(EVERY_PEER), absent)).toBeUndefined();
  });
});

describe('ModifySecurityGroupRules', () => {
  const update = (id: string, fields: object) => ({ securityGroupRuleId: id, securityGroupRule: fields });

  it('gives each rule as it is after, with its id', () => {
    const items = [
      update('sgr-0a', { ...VXLAN, cidrIpv4: '10.0.0.0/8', description: 'ours' }),
      update('sgr-0b', { ...VXLAN, referencedGroupId: 'sg-0b' }),
    ];
    const one = (count: number) =>
      both('ModifySecurityGroupRules', { groupId: 'sg-0a', securityGroupRule: { items: items.slice(0, count) } }, {});
    const permissions = [
      { securityGroupRuleId: 'sgr-0a', ...VXLAN, cidrIp: '10.0.0.0/8' },
      { securityGroupRuleId: 'sgr-0b', ...VXLAN, referencedGroupId: 'sg-0b' },
    ];
    expect(one(2)).toEqual([{ kind: 'permissions-replaced', groupId: 'sg-0a', permissions }]);
    expect(one(1)).toEqual([{ kind: 'permissions-replaced', groupId: 'sg-0a', permissions: permissions.slice(0, 1) }]);
  });

  it('is opaque when one of the rules cannot be read', () => {
    const items = [update('sgr-0a', { ...VXLAN, cidrIpv4: '10.0.0.0/8' }), update('sgr-0b', {})];
    expect(both('ModifySecurityGroupRules', { groupId: 'sg-0a', securityGroupRule: { items } }, {})).toEqual([
      { kind: 'opaque', resourceIds: ['sg-0a'], lacks: 'does not say what it changed' },
    ]);
  });
});

describe('AuthorizeSecurityGroupEgress', () => {
  it('tells which rules let nobody in', () => {
    const answer = { securityGroupRuleSet: { items: RULES.slice(3) } };
    const told = [{ kind: 'egress-rules-named', groupId: 'sg-0a', securityGroupRuleIds: ['sgr-0d'] }];
    expect(both('AuthorizeSecurityGroupEgress', group(EVERY_PEER), answer)).toEqual(told);
  });

  it.each([
    ['an answer without rules', group(EVERY_PEER), { _return: true }],
    ['a request that was omitted', { omitted: true }, { _return: true }],
  ])('tells nothing by %s', (_, requestParameters, responseElements) => {
    const eventName = 'AuthorizeSecurityGroupEgress';
    expect(changesIn({ eventName, requestParameters, responseElements })).toBeUndefined();
  });
});

it('RevokeSecurityGroupEgress changes nothing that we judge', () => {
  const eventName = 'RevokeSecurityGroupEgress';
  expect(both(eventName, group(EVERY_PEER), { _return: true })).toBeUndefined();
  expect(changesIn({ eventName, requestParameters: { omitted: true } })).toBeUndefined();
});

describe('DeleteSecurityGroup', () => {
  it.each([
    ['its id', { groupId: 'sg-0a' }, { _return: true }, { groupId: 'sg-0a' }],
    ['its name alone', { groupName: 'web' }, { _return: true }, { groupId: 'web' }],
    [
      'its name, with the id in the answer',
      { groupName: 'web' },
      { groupId: 'sg-0a' },
      { groupId: 'sg-0a', groupName: 'web' },
    ],
  ])('reads %s', (_, request, response, named) => {
    expect(both('DeleteSecurityGroup', request, response)).toEqual([{ kind: 'group-deleted', ...named }]);
  });

  it('changes nothing that is known when CloudTrail omitted the request', () => {
    const omitted = { eventName: 'DeleteSecurityGroup', requestParameters: { omitted: true } };
    expect(changesIn(omitted)).toMatchObject([{ kind: 'opaque', resourceIds: [] }]);
  });
});
