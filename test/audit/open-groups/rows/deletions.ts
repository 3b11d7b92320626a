/** Groups that are deleted: what ends with them, and who is named. */

import {
  authorized,
  createdInDefaultVpc,
  deleted,
  revoked,
  ruleSet,
  SHORT,
  ssh,
} from '../../../support/group-calls.ts';
import { ALL, erin, GROUP, isClosed, isOpen, OTHER, RDP, type Row, SSH, wide } from './row.ts';

const opened = authorized(1, GROUP, [wide]);
const failed = (errorCode: string) => ({ ...erin, answer: null, more: { errorCode } });
const remains = isOpen(SSH);

export const DELETIONS: readonly Row[] = [
  { name: 'the group is deleted', records: [opened, deleted(2, GROUP, erin)], expected: isClosed() },
  {
    name: 'the group is deleted, and the answer names it',
    records: [opened, deleted(2, GROUP, { ...erin, answer: { groupId: GROUP } })],
    expected: isClosed(),
  },
  {
    name: 'a group that is known by name is deleted by name',
    records: [authorized(1, 'web', ssh(ALL), { answer: SHORT }), deleted(2, 'web', erin)],
    expected: isClosed(['erin'], 'web'),
  },
  {
    name: 'deleted by name, where the answer tells the id',
    records: [opened, deleted(2, 'web', { ...erin, answer: { groupId: GROUP } })],
    expected: isClosed(),
  },
  {
    name: 'deleted by name, where the making links the two',
    records: [createdInDefaultVpc(0, GROUP, 'web'), opened, deleted(2, 'web', erin)],
    expected: isClosed(),
  },
  {
    name: 'a deletion that failed, as something uses the group',
    records: [opened, deleted(2, GROUP, failed('Client.DependencyViolation'))],
    expected: remains,
  },
  {
    name: 'another group is deleted',
    records: [opened, deleted(2, OTHER, erin)],
    expected: { ...remains, proven: [OTHER] },
  },
  {
    name: 'the group with this id in another region is deleted',
    records: [opened, deleted(2, GROUP, { ...erin, more: { awsRegion: 'us-east-1' } })],
    expected: { ...remains, proven: [GROUP] },
  },
  {
    name: 'deleted, and a new group of the same name is opened',
    records: [
      createdInDefaultVpc(0, GROUP, 'web'),
      opened,
      deleted(2, 'web', erin),
      createdInDefaultVpc(3, OTHER, 'web'),
      authorized(4, 'web', [RDP], { by: 'frank', answer: { securityGroupRuleSet: ruleSet(OTHER, [RDP]) } }),
    ],
    expected: {
      open: [{ group: OTHER, ports: ['tcp/3389 from 0.0.0.0/0'], since: 4, by: ['frank'] }],
      closed: [{ group: GROUP, by: ['erin'] }],
    },
  },
  {
    name: 'deleted, and a new group of the same name is not opened',
    records: [
      authorized(1, 'web', ssh(ALL), { answer: SHORT }),
      deleted(2, 'web', erin),
      createdInDefaultVpc(3, OTHER, 'web'),
      authorized(4, 'web', ssh('10.0.0.0/8'), { answer: { securityGroupRuleSet: ruleSet(OTHER, ssh('10.0.0.0/8')) } }),
    ],
    expected: { closed: [{ group: 'web', by: ['erin'] }], proven: [OTHER] },
  },
  {
    name: 'revoked, and then deleted by somebody else: the former ended it',
    records: [opened, revoked(2, GROUP, ssh(ALL), erin), deleted(3, GROUP, { by: 'frank' })],
    expected: isClosed(),
  },
];
