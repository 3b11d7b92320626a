/** Revocations that end it, and by whom; and those that do not. */

import {
  authorized,
  created,
  createdInDefaultVpc,
  groupCall,
  named,
  OMITTED,
  permissions,
  revoked,
  revokedByIds,
  rule,
  ruleSet,
  SHORT,
  ssh,
} from '../../../support/group-calls.ts';
import { A, ALL, erin, GROUP, isClosed, isOpen, NOTHING, OTHER, RDP, type Row, SSH, wide } from './row.ts';

const opened = authorized(1, GROUP, [wide]);
const openedBefore2021 = authorized(1, GROUP, ssh(ALL), { answer: SHORT });
const removed = { revokedSecurityGroupRuleSet: ruleSet(GROUP, [wide]) };
const failed = (errorCode: string) => ({ ...erin, answer: null, more: { errorCode } });
const remains = isOpen(SSH);

export const ENDINGS: readonly Row[] = [
  { name: 'revoked in the list form', records: [opened, revoked(2, GROUP, ssh(ALL), erin)], expected: isClosed() },
  {
    name: 'revoked, with the answer of today',
    records: [opened, revoked(2, GROUP, ssh(ALL), { ...erin, answer: removed })],
    expected: isClosed(),
  },
  { name: 'revoked by who opened it', records: [opened, revoked(2, GROUP, ssh(ALL))], expected: isClosed(['dana']) },
  {
    // Either it was opened and then revoked, or it was open before, revoked and opened again. No record says.
    name: 'opened and revoked within the same second',
    records: [opened, revoked(1, GROUP, ssh(ALL), erin)],
    expected: { open: 'perhaps' },
  },
  {
    name: 'opened and revoked within the same second, listed the other way round',
    records: [revoked(1, GROUP, ssh(ALL), erin), opened],
    expected: { open: 'perhaps' },
  },
  {
    name: 'opened and revoked within the same second, in a group that was made before: a missing rule cannot be revoked',
    records: [created(0, GROUP, 'web'), revoked(1, GROUP, ssh(ALL), erin), opened],
    expected: isClosed(),
  },
  {
    name: 'revoked in the flat form',
    records: [
      opened,
      groupCall(
        'RevokeSecurityGroupIngress',
        2,
        { groupId: GROUP, ipPermissions: {}, ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIp: ALL },
        erin,
      ),
    ],
    expected: isClosed(),
  },
  {
    name: 'revoked by the id of the rule, which the answer to the opening has',
    records: [opened, revokedByIds(2, GROUP, [A], erin)],
    expected: isClosed(),
  },
  {
    name: 'revoked by the id of the rule, which only the answer to the revocation describes',
    records: [openedBefore2021, revokedByIds(2, GROUP, [A], { ...erin, answer: removed })],
    expected: isClosed(),
  },
  {
    name: 'revoked by an id that no answer describes: it may have been another rule',
    records: [openedBefore2021, revokedByIds(2, GROUP, [A], erin)],
    expected: remains,
  },
  {
    name: 'revoked by the id of another rule',
    records: [opened, revokedByIds(2, GROUP, ['sgr-0a1b2c3d4e5f6000f'], erin)],
    expected: remains,
  },
  {
    name: 'revoked by name, where the making links the two',
    records: [createdInDefaultVpc(0, GROUP, 'web'), opened, revoked(2, 'web', ssh(ALL), erin)],
    expected: isClosed(),
  },
  {
    name: 'revoked by name, where the answer tells the id',
    records: [opened, revoked(2, 'web', ssh(ALL), { ...erin, answer: removed })],
    expected: isClosed(),
  },
  {
    name: 'an omitted revocation, where the answer tells what it revoked',
    records: [opened, groupCall('RevokeSecurityGroupIngress', 2, OMITTED, { ...erin, answer: removed })],
    expected: isClosed(),
  },
  {
    name: 'an omitted revocation, where the answer tells that it revoked another rule',
    records: [
      opened,
      groupCall('RevokeSecurityGroupIngress', 2, OMITTED, {
        ...erin,
        answer: { revokedSecurityGroupRuleSet: ruleSet(GROUP, [named('sgr-0a1b2c3d4e5f6000f', RDP)]) },
      }),
    ],
    expected: remains,
  },
  {
    name: 'revoked twice, the second time without effect: the first ended it',
    records: [
      opened,
      revoked(2, GROUP, ssh(ALL), erin),
      revoked(3, GROUP, ssh(ALL), { by: 'frank', answer: { unknownIpPermissionSet: permissions(ssh(ALL)) } }),
    ],
    expected: isClosed(),
  },
  {
    name: 'revoked, and then a harmless rule by somebody else: the former ended it',
    records: [opened, revoked(2, GROUP, ssh(ALL), erin), authorized(3, GROUP, ssh('10.0.0.0/8'), { by: 'frank' })],
    expected: isClosed(),
  },
  {
    name: 'a harmless rule is revoked beside, by somebody else, who is not named',
    records: [
      authorized(1, GROUP, ssh(ALL, '10.0.0.0/8')),
      revoked(2, GROUP, ssh('10.0.0.0/8'), { by: 'frank' }),
      revoked(3, GROUP, ssh(ALL), erin),
    ],
    expected: isClosed(),
  },
  {
    name: 'revoked by a name that nothing links to the id',
    records: [opened, revoked(2, 'web', ssh(ALL), erin)],
    expected: remains,
  },
  {
    name: 'a revocation of which the rule was unknown to EC2',
    records: [
      opened,
      revoked(2, GROUP, [rule('tcp', [22, 23], ALL)], {
        ...erin,
        answer: { unknownIpPermissionSet: permissions([rule('tcp', [22, 23], ALL)]) },
      }),
    ],
    expected: remains,
  },
  {
    name: 'a revocation of two rules, of which the open one was unknown to EC2',
    records: [
      authorized(1, GROUP, [rule('tcp', [20, 25], ALL), ...ssh('10.0.0.0/8')]),
      revoked(2, GROUP, ssh(ALL, '10.0.0.0/8'), {
        ...erin,
        answer: { unknownIpPermissionSet: permissions(ssh(ALL)) },
      }),
    ],
    expected: isOpen(['tcp/20-25 from 0.0.0.0/0']),
  },
  {
    name: 'one port of an open range cannot be revoked by itself',
    records: [authorized(1, GROUP, [rule('tcp', [0, 65_535], ALL)]), revoked(2, GROUP, ssh(ALL), erin)],
    expected: isOpen(['tcp/0-65535 from 0.0.0.0/0']),
  },
  {
    name: 'every protocol cannot be revoked port by port, nor a port by every protocol',
    records: [opened, revoked(2, GROUP, [rule('-1', undefined, ALL)], erin)],
    expected: remains,
  },
  {
    name: 'every protocol, revoked with ports of -1',
    records: [authorized(1, GROUP, [rule('-1', undefined, ALL)]), revoked(2, GROUP, [rule('-1', [-1, -1], ALL)], erin)],
    expected: isClosed(),
  },
  {
    name: 'a protocol by its number is the same rule',
    records: [opened, revoked(2, GROUP, [rule('6', 22, ALL)], erin)],
    expected: isClosed(),
  },
  { name: 'another port is revoked', records: [opened, revoked(2, GROUP, [RDP], erin)], expected: remains },
  {
    name: 'a part of the world is revoked, which was a rule of its own',
    records: [authorized(1, GROUP, ssh(ALL, '10.0.0.0/8')), revoked(2, GROUP, ssh('10.0.0.0/8'), erin)],
    expected: remains,
  },
  {
    name: 'IPv4 is revoked, and IPv6 stays',
    records: [authorized(1, GROUP, ssh(ALL, '::/0')), revoked(2, GROUP, ssh(ALL), erin)],
    expected: isOpen(['tcp/22 from ::/0']),
  },
  {
    name: 'IPv6 is revoked in another spelling',
    records: [authorized(1, GROUP, ssh('::/0')), revoked(2, GROUP, ssh('0:0:0:0:0:0:0:0/0'), erin)],
    expected: isClosed(),
  },
  {
    name: 'one of two ports is revoked: who opened the other remains',
    records: [opened, authorized(2, GROUP, [RDP], { by: 'frank' }), revoked(3, GROUP, ssh(ALL), erin)],
    expected: isOpen(['tcp/3389 from 0.0.0.0/0'], { since: 1, by: ['frank'] }),
  },
  {
    name: 'both ports are revoked: who revoked the last ends it',
    records: [
      authorized(1, GROUP, [wide, RDP]),
      revoked(2, GROUP, ssh(ALL), { by: 'frank' }),
      revoked(3, GROUP, [RDP], erin),
    ],
    expected: isClosed(),
  },
  {
    name: 'revoked and opened again',
    records: [opened, revoked(2, GROUP, ssh(ALL)), authorized(3, GROUP, ssh(ALL), erin)],
    expected: isOpen(SSH, { since: 3, by: ['erin'] }),
  },
  {
    name: 'revoked before it was opened, and listed behind',
    records: [authorized(3, GROUP, ssh(ALL)), revoked(2, GROUP, ssh(ALL), erin)],
    expected: isOpen(SSH, { since: 3 }),
  },
  {
    name: 'opened and revoked, listed the other way round',
    records: [revoked(2, GROUP, ssh(ALL), erin), opened],
    expected: isClosed(),
  },
  { name: 'a revocation of something never seen', records: [revoked(2, GROUP, ssh(ALL), erin)], expected: NOTHING },
  {
    name: 'a revocation that was denied',
    records: [opened, revoked(2, GROUP, ssh(ALL), failed('Client.UnauthorizedOperation'))],
    expected: remains,
  },
  {
    name: 'a revocation on trial',
    records: [opened, revoked(2, GROUP, ssh(ALL), failed('Client.DryRunOperation'))],
    expected: remains,
  },
  {
    name: 'a revocation that answers no',
    records: [opened, revoked(2, GROUP, ssh(ALL), { ...erin, answer: { _return: false } })],
    expected: remains,
  },
  {
    name: 'the same egress rule is revoked',
    records: [
      opened,
      groupCall('RevokeSecurityGroupEgress', 2, { groupId: GROUP, ipPermissions: permissions(ssh(ALL)) }, erin),
    ],
    expected: remains,
  },
  {
    name: 'the same rule of another group is revoked',
    records: [opened, revoked(2, OTHER, ssh(ALL), erin)],
    expected: remains,
  },
];
