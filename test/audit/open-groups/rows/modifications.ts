/** ModifySecurityGroupRules, which does not say whether a rule is ingress or egress. */

import {
  authorized,
  authorizedFlat,
  groupCall,
  modified,
  named,
  permissions,
  revoked,
  revokedByIds,
  rule,
  ruleSet,
  SHORT,
  ssh,
} from '../../../support/group-calls.ts';
import { A, ALL, erin, GROUP, isClosed, isOpen, isUnknown, NOTHING, type Row, SSH, wide } from './row.ts';

const B = 'sgr-0a1b2c3d4e5f6000b';
const narrow = named(A, rule('tcp', 22, '10.0.0.0/8'));
const egress = (...rules: Parameters<typeof permissions>[0]) =>
  groupCall(
    'AuthorizeSecurityGroupEgress',
    1,
    { groupId: GROUP, ipPermissions: permissions(rules) },
    { answer: { securityGroupRuleSet: ruleSet(GROUP, rules, true) } },
  );

export const MODIFICATIONS: readonly Row[] = [
  {
    name: 'a rule that is known as ingress is widened: open since then, by who widened it',
    records: [authorized(1, GROUP, [narrow]), modified(2, GROUP, [wide], erin)],
    expected: isOpen(SSH, { since: 2, by: ['erin'], mayBeEgress: false }),
  },
  {
    name: 'one that came in the flat form',
    records: [authorizedFlat(1, GROUP, narrow), modified(2, GROUP, [wide], erin)],
    expected: isOpen(SSH, { since: 2, by: ['erin'], mayBeEgress: false }),
  },
  {
    name: 'the records are not in order',
    records: [modified(2, GROUP, [wide], erin), authorized(1, GROUP, [narrow])],
    expected: isOpen(SSH, { since: 2, by: ['erin'], mayBeEgress: false }),
  },
  {
    name: 'a rule that is known as egress',
    records: [egress(narrow), modified(2, GROUP, [wide], erin)],
    expected: NOTHING,
  },
  {
    name: 'a rule of unknown direction: found, and said to be perhaps an egress rule',
    records: [modified(2, GROUP, [wide], erin)],
    expected: isOpen(SSH, { since: 2, by: ['erin'], mayBeEgress: true }),
  },
  {
    name: 'a rule of unknown direction, IPv6',
    records: [modified(2, GROUP, [named(A, rule('tcp', 22, '::/0'))], erin)],
    expected: isOpen(['tcp/22 from ::/0'], { since: 2, by: ['erin'], mayBeEgress: true }),
  },
  {
    name: 'a rule of unknown direction, every protocol',
    records: [modified(2, GROUP, [named(A, rule('-1', [-1, -1], ALL))], erin)],
    expected: isOpen(['all from 0.0.0.0/0'], { since: 2, by: ['erin'], mayBeEgress: true }),
  },
  {
    name: 'several rules in one call, one of which is open',
    records: [modified(2, GROUP, [named(B, rule('tcp', 443, '10.0.0.0/8')), wide], erin)],
    expected: isOpen(SSH, { since: 2, by: ['erin'], mayBeEgress: true }),
  },
  {
    name: 'halves of unknown direction',
    records: [modified(2, GROUP, [named(A, rule('tcp', 22, '0.0.0.0/1')), named(B, rule('tcp', 22, '128.0.0.0/1'))])],
    expected: isOpen(['tcp/22 from 0.0.0.0/1 and 128.0.0.0/1'], { since: 2, mayBeEgress: true }),
  },
  {
    name: 'a half that is ingress, and one of unknown direction: it depends on the latter',
    records: [
      authorized(1, GROUP, ssh('0.0.0.0/1')),
      modified(2, GROUP, [named(B, rule('tcp', 22, '128.0.0.0/1'))], erin),
    ],
    expected: isOpen(['tcp/22 from 0.0.0.0/1 and 128.0.0.0/1'], { since: 2, by: ['dana', 'erin'], mayBeEgress: true }),
  },
  {
    name: 'an open ingress rule, and an open one of unknown direction: it is open in any case',
    records: [authorized(1, GROUP, ssh(ALL)), modified(2, GROUP, [named(B, rule('tcp', 3389, ALL))], erin)],
    expected: { open: [{ group: GROUP, since: 1, by: ['dana', 'erin'] }] },
  },
  {
    name: 'a rule of unknown direction that was later revoked as egress',
    records: [
      modified(2, GROUP, [wide], erin),
      groupCall(
        'RevokeSecurityGroupEgress',
        3,
        { groupId: GROUP, securityGroupRuleIds: { items: [{ securityGroupRuleId: A }] } },
        { answer: { revokedSecurityGroupRuleSet: ruleSet(GROUP, [wide], true) } },
      ),
    ],
    expected: NOTHING,
  },
  {
    name: 'a rule of unknown direction that was later revoked as ingress',
    records: [
      modified(2, GROUP, [wide]),
      revokedByIds(3, GROUP, [A], { ...erin, answer: { revokedSecurityGroupRuleSet: ruleSet(GROUP, [wide]) } }),
    ],
    expected: isClosed(),
  },
  {
    name: 'an open rule is narrowed',
    records: [authorized(1, GROUP, [wide]), modified(2, GROUP, [narrow], erin)],
    expected: isClosed(),
  },
  {
    name: 'an open rule is given to a group',
    records: [authorized(1, GROUP, [wide]), modified(2, GROUP, [named(A, rule('tcp', 22, GROUP))], erin)],
    expected: isClosed(),
  },
  {
    name: 'an open rule is moved to an allowed port',
    policy: { allowedPorts: [443] },
    records: [authorized(1, GROUP, [wide]), modified(2, GROUP, [named(A, rule('tcp', 443, ALL))], erin)],
    expected: isClosed(),
  },
  {
    name: 'an open rule is moved from an allowed port to another',
    policy: { allowedPorts: [443] },
    records: [authorized(1, GROUP, [named(A, rule('tcp', 443, ALL))]), modified(2, GROUP, [wide], erin)],
    // Without the first call there would be no rule to move; but who made an allowed rule did nothing wrong.
    expected: isOpen(SSH, { since: 2, by: ['erin'] }),
  },
  {
    name: 'an open rule is moved to another port: open since the first',
    records: [authorized(1, GROUP, [wide]), modified(2, GROUP, [named(A, rule('tcp', 3389, ALL))], erin)],
    expected: { open: [{ group: GROUP, ports: ['tcp/3389 from 0.0.0.0/0'], since: 1 }] },
  },
  {
    name: 'a rule that is written as it was: nobody else is to blame',
    records: [authorized(1, GROUP, [wide]), modified(2, GROUP, [wide], erin)],
    expected: isOpen(SSH),
  },
  {
    name: 'a part of a range of ports is moved away: who moved it did not open the rest',
    records: [
      authorized(1, GROUP, [named(A, rule('tcp', [20, 30], ALL))]),
      modified(2, GROUP, [named(A, rule('tcp', [22, 30], ALL))], erin),
    ],
    expected: isOpen(['tcp/22-30 from 0.0.0.0/0']),
  },
  {
    name: 'one of two halves is narrowed',
    records: [
      authorized(1, GROUP, [named(A, rule('tcp', 22, '0.0.0.0/1')), named(B, rule('tcp', 22, '128.0.0.0/1'))]),
      modified(2, GROUP, [named(B, rule('tcp', 22, '10.0.0.0/8'))], erin),
    ],
    expected: isClosed(),
  },
  {
    name: 'widened, and narrowed again',
    records: [authorized(1, GROUP, [narrow]), modified(2, GROUP, [wide]), modified(3, GROUP, [narrow], erin)],
    expected: isClosed(),
  },
  {
    name: 'a rule that nobody knows is narrowed: the open one, whose id is unknown, may be another',
    records: [authorized(1, GROUP, ssh(ALL), { answer: SHORT }), modified(2, GROUP, [narrow], erin)],
    expected: isOpen(SSH),
  },
  {
    name: 'a rule with another id is narrowed',
    records: [authorized(1, GROUP, [wide]), modified(2, GROUP, [named(B, rule('tcp', 22, '10.0.0.0/8'))], erin)],
    expected: isOpen(SSH),
  },
  { name: 'a rule of unknown direction is narrowed', records: [modified(2, GROUP, [narrow], erin)], expected: NOTHING },
  {
    name: 'a rule of unknown direction, on an allowed port',
    policy: { allowedPorts: [22] },
    records: [modified(2, GROUP, [wide], erin)],
    expected: NOTHING,
  },
  {
    name: 'a rule is given to a prefix list',
    records: [authorized(1, GROUP, [narrow]), modified(2, GROUP, [named(A, rule('tcp', 22, 'pl-0a1'))], erin)],
    expected: isUnknown('pl-0a1'),
  },
  {
    name: 'a modification that failed',
    records: [
      authorized(1, GROUP, [narrow]),
      modified(2, GROUP, [wide], { answer: null, more: { errorCode: 'Client.UnauthorizedOperation' } }),
    ],
    expected: NOTHING,
  },
  {
    name: 'a widened rule that was revoked by what it has become',
    records: [authorized(1, GROUP, [narrow]), modified(2, GROUP, [wide]), revoked(3, GROUP, ssh(ALL), erin)],
    expected: isClosed(),
  },
];
