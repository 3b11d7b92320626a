/** How a rule gets into a group: every form of request and answer. */

import {
  authorized,
  authorizedFlat,
  created,
  createdInDefaultVpc,
  deleted,
  groupCall,
  named,
  OMITTED,
  permissions,
  rule,
  ruleSet,
  SHORT,
  ssh,
} from '../../../support/group-calls.ts';
import { ALL, GROUP, isClosed, isOpen, OTHER, RDP, type Row, SSH } from './row.ts';

const BOTH = ['tcp/22 from 0.0.0.0/0', 'tcp/3389 from 0.0.0.0/0'];
const answered = { securityGroupRuleSet: ruleSet(GROUP, ssh(ALL)) };
const AS_TEXT = { omitted: 'true', originalSize: '149893', reason: 'requestParameters too large' };
const authorize = (request: unknown, answer: Readonly<Record<string, unknown>>) =>
  groupCall('AuthorizeSecurityGroupIngress', 1, request, { answer });
const listed = { groupId: GROUP, ipPermissions: permissions(ssh(ALL)) };

export const FORMS: readonly Row[] = [
  { name: 'the list form', records: [authorized(1, GROUP, ssh(ALL))], expected: isOpen(SSH) },
  {
    name: 'the list form with the answer of before July 2021',
    records: [authorized(1, GROUP, ssh(ALL), { answer: SHORT })],
    expected: isOpen(SSH),
  },
  { name: 'the flat form', records: [authorizedFlat(1, GROUP, rule('tcp', 22, ALL))], expected: isOpen(SSH) },
  {
    name: 'the flat form with the short answer',
    records: [authorizedFlat(1, GROUP, rule('tcp', 22, ALL), { answer: SHORT })],
    expected: isOpen(SSH),
  },
  {
    name: 'by the name of the group, where nothing tells its id',
    records: [authorized(1, 'web', ssh(ALL), { answer: SHORT })],
    expected: isOpen(SSH, { group: 'web' }),
  },
  {
    name: 'by name in the flat form, where nothing tells the id',
    records: [authorizedFlat(1, 'web', rule('tcp', 22, ALL), { answer: SHORT })],
    expected: isOpen(SSH, { group: 'web' }),
  },
  {
    name: 'by name, where the answer tells the id',
    records: [authorized(1, 'web', ssh(ALL), { answer: answered })],
    expected: isOpen(SSH),
  },
  {
    name: 'by name, where the record of its making tells the id',
    records: [createdInDefaultVpc(0, GROUP, 'web', { by: 'frank' }), authorized(1, 'web', ssh(ALL), { answer: SHORT })],
    expected: isOpen(SSH),
  },
  {
    name: 'by name in one record and by id in another, linked by an answer: one group',
    records: [authorized(1, 'web', ssh(ALL), { answer: answered }), authorized(2, GROUP, [RDP], { by: 'erin' })],
    expected: isOpen(BOTH, { by: ['dana', 'erin'] }),
  },
  {
    name: 'by name with a short answer, and by name with one that tells the id: one group',
    records: [
      authorized(1, 'web', ssh(ALL), { answer: SHORT }),
      authorized(2, 'web', [RDP], { by: 'erin', answer: { securityGroupRuleSet: ruleSet(GROUP, [RDP]) } }),
    ],
    expected: isOpen(BOTH, { by: ['dana', 'erin'] }),
  },
  {
    name: 'by name, which means the default VPC: a group of that name in another VPC is not it',
    records: [created(0, OTHER, 'web', { by: 'frank' }), authorized(1, 'web', ssh(ALL), { answer: SHORT })],
    expected: { ...isOpen(SSH, { group: 'web' }), proven: [OTHER] },
  },
  {
    name: 'by name, where the answer tells the id of a group that may be open',
    policy: { exceptGroups: [GROUP] },
    records: [authorized(1, 'web', ssh(ALL), { answer: answered })],
    expected: {},
  },
  { name: 'without a request', records: [authorize(null, answered)], expected: isOpen(SSH) },
  { name: 'a request that CloudTrail omitted', records: [authorize(OMITTED, answered)], expected: isOpen(SSH) },
  { name: 'one omitted as text', records: [authorize(AS_TEXT, answered)], expected: isOpen(SSH) },
  {
    name: 'an omitted request, where the answer tells that nothing was opened',
    records: [authorize(OMITTED, { securityGroupRuleSet: ruleSet(GROUP, ssh('10.0.0.0/8')) })],
    expected: {},
  },
  { name: 'an answer that CloudTrail omitted', records: [authorize(listed, OMITTED)], expected: isOpen(SSH) },
  {
    name: 'several entries in one call',
    records: [authorized(1, GROUP, [...ssh(ALL), RDP])],
    expected: isOpen(BOTH),
  },
  {
    name: 'several ranges in one entry: only the open one is named',
    records: [authorized(1, GROUP, ssh('10.0.0.0/8', ALL, '192.0.2.7/32'))],
    expected: isOpen(SSH),
  },
  {
    name: 'both families in one entry',
    records: [authorized(1, GROUP, ssh(ALL, '::/0'))],
    expected: isOpen(['tcp/22 from 0.0.0.0/0 and ::/0']),
  },
  {
    name: 'ports as text',
    records: [authorized(1, GROUP, [rule('tcp', ['22', '22'], ALL)], { answer: SHORT })],
    expected: isOpen(SSH),
  },
  {
    name: 'an answer that spells the source in another way: still one source',
    records: [
      authorized(1, GROUP, ssh('0:0:0:0:0:0:0:0/0'), { answer: { securityGroupRuleSet: ruleSet(GROUP, ssh('::/0')) } }),
    ],
    expected: isOpen(['tcp/22 from ::/0']),
  },
  {
    name: 'the base with host bits of Stratus Red Team',
    records: [authorizedFlat(1, GROUP, rule('tcp', 22, '208.236.235.254/0'))],
    expected: isOpen(SSH),
  },
  {
    name: "Stratus Red Team's story until the port is open: 443 is allowed, 22 is not",
    policy: { allowedPorts: [443] },
    records: [
      created(0, GROUP, 'stratus-red-team-open-sg-sg'),
      authorized(1, GROUP, [rule('tcp', 443, ALL)]),
      authorizedFlat(2, GROUP, rule('tcp', 22, ALL), { by: 'erin' }),
    ],
    expected: isOpen(SSH, { since: 2, by: ['erin'] }),
  },
  {
    name: "Stratus Red Team's story to its end",
    policy: { allowedPorts: [443] },
    records: [
      created(0, GROUP, 'stratus-red-team-open-sg-sg'),
      authorized(1, GROUP, [rule('tcp', 443, ALL)]),
      authorizedFlat(2, GROUP, rule('tcp', 22, ALL), { by: 'erin' }),
      groupCall(
        'RevokeSecurityGroupIngress',
        3,
        { groupId: GROUP, ipPermissions: {}, ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIp: ALL },
        { by: 'erin' },
      ),
      deleted(4, GROUP, { by: 'frank' }),
    ],
    // The group was in order before it was deleted.
    expected: isClosed(['erin']),
  },
  {
    name: 'two groups in one delivery',
    records: [authorized(1, GROUP, ssh(ALL)), authorized(2, OTHER, [RDP], { by: 'erin' })],
    expected: {
      open: [
        { group: GROUP, ports: SSH, since: 1, by: ['dana'] },
        { group: OTHER, ports: ['tcp/3389 from 0.0.0.0/0'], since: 2, by: ['erin'] },
      ],
    },
  },
  {
    name: 'the same id in two regions: two groups',
    records: [
      authorized(1, GROUP, ssh(ALL)),
      authorized(2, GROUP, [RDP], { by: 'erin', more: { awsRegion: 'us-east-1' } }),
    ],
    expected: {
      open: [
        { group: GROUP, region: 'eu-west-1', ports: SSH, since: 1, by: ['dana'] },
        { group: GROUP, region: 'us-east-1', ports: ['tcp/3389 from 0.0.0.0/0'], since: 2, by: ['erin'] },
      ],
    },
  },
  {
    name: 'the same name in two accounts: two groups',
    records: [
      authorized(1, 'web', ssh(ALL), { answer: SHORT }),
      authorized(2, 'web', [RDP], { by: 'erin', answer: SHORT, more: { recipientAccountId: '444455556666' } }),
    ],
    expected: {
      open: [
        { group: 'web', accountId: '111122223333', ports: SSH, since: 1, by: ['dana'] },
        { group: 'web', accountId: '444455556666', ports: ['tcp/3389 from 0.0.0.0/0'], since: 2, by: ['erin'] },
      ],
    },
  },
  {
    name: 'halves in two regions: no group is open',
    records: [
      authorized(1, GROUP, ssh('0.0.0.0/1')),
      authorized(2, GROUP, ssh('128.0.0.0/1'), { more: { awsRegion: 'us-east-1' } }),
    ],
    expected: {},
  },
  {
    name: 'a record that comes twice',
    records: [authorized(1, GROUP, ssh(ALL)), authorized(1, GROUP, ssh(ALL))],
    expected: isOpen(SSH),
  },
  {
    name: 'a name with line breaks and escapes',
    records: [authorized(1, 'web\n\u001b[2Jdb', ssh(ALL), { answer: SHORT })],
    expected: isOpen(SSH, { group: 'web\n\u001b[2Jdb' }),
  },
  {
    name: 'a rule with an id of its own, described by its maker',
    records: [authorized(1, GROUP, [named('sgr-1', rule('tcp', 22, ALL))])],
    expected: isOpen(SSH),
  },
];
