/** What the records don't tell. */

import {
  authorized,
  groupCall,
  modified,
  named,
  OMITTED,
  permissions,
  revoked,
  rule,
  ruleSet,
  SHORT,
  ssh,
} from '../../../support/group-calls.ts';
import { ALL, GROUP, isOpen, isUnknown, NOTHING, type Row } from './row.ts';

const call = (request: unknown, answer: Readonly<Record<string, unknown>> | null = SHORT, more = {}) =>
  groupCall('AuthorizeSecurityGroupIngress', 1, request, { answer, more });
const AS_TEXT = { omitted: 'true', originalSize: '149893', reason: 'requestParameters too large' };
const LIST = 'pl-0a1b2c3d4e5f60001';
const arn = `arn:aws:ec2:eu-west-1:111122223333:security-group/${GROUP}`;
const resources = [{ accountId: '111122223333', type: 'AWS::EC2::SecurityGroup', ARN: arn }];
const opened = authorized(1, GROUP, ssh(ALL));
const listed = authorized(1, GROUP, ssh(LIST));

export const UNJUDGED: readonly Row[] = [
  { name: 'an omitted request and a short answer', records: [call(OMITTED)], expected: isUnknown('omitted') },
  { name: 'a request that is omitted as text', records: [call(AS_TEXT)], expected: isUnknown('omitted') },
  {
    name: 'a request and an answer that are omitted',
    records: [call(OMITTED, OMITTED)],
    expected: isUnknown('omitted'),
  },
  {
    name: 'an omitted request, and the group among the resources',
    records: [call(OMITTED, OMITTED, { resources })],
    expected: isUnknown(GROUP, `${GROUP} is unknown`),
  },
  {
    name: 'no request and a short answer',
    records: [call(null)],
    expected: isUnknown('AuthorizeSecurityGroupIngress'),
  },
  {
    name: 'an omitted modification',
    records: [groupCall('ModifySecurityGroupRules', 1, OMITTED)],
    expected: isUnknown('omitted'),
  },
  {
    name: 'an omitted revocation of something never seen',
    records: [groupCall('RevokeSecurityGroupIngress', 1, OMITTED)],
    expected: isUnknown('omitted'),
  },
  {
    name: 'an omitted revocation after an opening: nobody knows whether it ended',
    records: [opened, groupCall('RevokeSecurityGroupIngress', 2, OMITTED, { by: 'erin' })],
    expected: { ...isOpen(['tcp/22 from 0.0.0.0/0']), unknown: ['omitted'] },
  },
  {
    name: 'an omitted egress rule',
    records: [groupCall('AuthorizeSecurityGroupEgress', 1, OMITTED)],
    expected: NOTHING,
  },
  {
    name: 'an omitted request that failed',
    records: [call(OMITTED, null, { errorCode: 'Client.UnauthorizedOperation' })],
    expected: NOTHING,
  },
  { name: 'a prefix list', records: [listed], expected: isUnknown(LIST) },
  {
    name: 'a prefix list, with the short answer',
    records: [authorized(1, GROUP, ssh(LIST), { answer: SHORT })],
    expected: isUnknown(LIST),
  },
  {
    name: 'a prefix list that only the answer names',
    records: [call(null, { securityGroupRuleSet: ruleSet(GROUP, ssh(LIST)) })],
    expected: isUnknown(LIST),
  },
  {
    name: 'a prefix list beside a rule that is open: open in any case',
    records: [listed, authorized(2, GROUP, [rule('tcp', 3389, ALL)], { by: 'erin' })],
    expected: isOpen(['tcp/3389 from 0.0.0.0/0'], { since: 2, by: ['erin'] }),
  },
  { name: 'a prefix list on an allowed port', policy: { allowedPorts: [22] }, records: [listed], expected: NOTHING },
  {
    name: 'a prefix list for egress',
    records: [groupCall('AuthorizeSecurityGroupEgress', 1, { groupId: GROUP, ipPermissions: permissions(ssh(LIST)) })],
    expected: NOTHING,
  },
  {
    name: 'an open rule was revoked, and a prefix list stays',
    records: [authorized(1, GROUP, ssh(ALL, LIST)), revoked(2, GROUP, ssh(ALL), { by: 'erin' })],
    expected: isUnknown(LIST),
  },
  {
    name: 'a prefix list that an unknown rule was given to: perhaps egress',
    records: [modified(1, GROUP, [named('sgr-0a1', rule('tcp', 22, LIST))])],
    expected: isUnknown(LIST),
  },
  {
    name: 'a prefix list in a group that may be open',
    policy: { exceptGroups: [GROUP] },
    records: [listed],
    expected: NOTHING,
  },
];
