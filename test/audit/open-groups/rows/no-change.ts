/** Calls that open nothing. */

import { authorized, created, groupCall, permissions, rule, ruleSet, ssh } from '../../../support/group-calls.ts';
import { ALL, GROUP, isOpen, isUnknown, NOTHING, type Row } from './row.ts';

const wide = { groupId: GROUP, ipPermissions: permissions(ssh(ALL)) };
const failing = (more: Readonly<Record<string, unknown>>) => [authorized(1, GROUP, ssh(ALL), { answer: null, more })];
const egress = { securityGroupRuleSet: ruleSet(GROUP, ssh(ALL), true) };

export const NO_CHANGE: readonly Row[] = [
  {
    name: 'an egress rule',
    records: [groupCall('AuthorizeSecurityGroupEgress', 1, wide, { answer: egress })],
    expected: NOTHING,
  },
  {
    name: 'an egress rule, with the short answer',
    records: [groupCall('AuthorizeSecurityGroupEgress', 1, wide)],
    expected: NOTHING,
  },
  { name: 'a new group, which lets nothing in', records: [created(1, GROUP, 'web')], expected: { proven: [GROUP] } },
  {
    name: 'a new group and its own egress rule',
    records: [created(0, GROUP, 'web'), groupCall('AuthorizeSecurityGroupEgress', 1, wide, { answer: egress })],
    expected: { proven: [GROUP] },
  },
  {
    name: 'a call that was denied',
    records: failing({ errorCode: 'Client.UnauthorizedOperation' }),
    expected: NOTHING,
  },
  { name: 'a call on trial', records: failing({ errorCode: 'Client.DryRunOperation' }), expected: NOTHING },
  {
    name: 'a rule that was there already',
    records: failing({ errorCode: 'Client.InvalidPermission.Duplicate' }),
    expected: NOTHING,
  },
  {
    name: 'a failure that has only a message',
    records: failing({ errorMessage: 'You are not authorized' }),
    expected: NOTHING,
  },
  {
    name: 'a failure with an answer, as streaming services keep it',
    records: [authorized(1, GROUP, ssh(ALL), { more: { errorCode: 'UnauthorizedOperation' } })],
    expected: NOTHING,
  },
  {
    name: 'an answer of no',
    records: [authorized(1, GROUP, ssh(ALL), { answer: { _return: false } })],
    expected: NOTHING,
  },
  {
    name: 'a rule that was there already, after it was opened: nobody else is to blame',
    records: [
      authorized(1, GROUP, ssh(ALL)),
      authorized(2, GROUP, ssh(ALL), {
        by: 'erin',
        answer: null,
        more: { errorCode: 'Client.InvalidPermission.Duplicate' },
      }),
    ],
    expected: isOpen(['tcp/22 from 0.0.0.0/0']),
  },
  {
    name: 'a look at the rules',
    records: [
      groupCall('DescribeSecurityGroupRules', 1, { filterSet: {} }, { answer: null, more: { readOnly: true } }),
    ],
    expected: NOTHING,
  },
  {
    name: 'a description of a rule',
    records: [groupCall('UpdateSecurityGroupRuleDescriptionsIngress', 1, wide)],
    expected: NOTHING,
  },
  {
    name: 'a description of an open rule: nobody else is to blame',
    records: [
      authorized(1, GROUP, ssh(ALL)),
      groupCall('UpdateSecurityGroupRuleDescriptionsIngress', 2, wide, { by: 'erin' }),
    ],
    expected: isOpen(['tcp/22 from 0.0.0.0/0']),
  },
  {
    name: 'the call of another service',
    records: [authorized(1, GROUP, ssh(ALL), { more: { eventSource: 'rds.amazonaws.com' } })],
    expected: NOTHING,
  },
  {
    name: 'a like-named call of RDS',
    records: [
      groupCall(
        'AuthorizeDBSecurityGroupIngress',
        1,
        { dBSecurityGroupName: 'web', cIDRIP: ALL },
        { more: { eventSource: 'rds.amazonaws.com' } },
      ),
    ],
    expected: NOTHING,
  },
  {
    // EC2 refuses it. What was left out of the record may be anything.
    name: 'a call without any rule',
    records: [authorized(1, GROUP, [], { answer: { securityGroupRuleSet: {} } })],
    expected: isUnknown(GROUP),
  },
  {
    name: 'a new group with a rule for its own members',
    records: [created(0, GROUP, 'web'), authorized(1, GROUP, [rule('-1', undefined, GROUP)])],
    expected: { proven: [GROUP] },
  },
];
