/** What one delivery found and a later one is about, by the records alone. */

import {
  authorized,
  created,
  deleted,
  modified,
  named,
  revoked,
  revokedByIds,
  rule,
  ruleSet,
  SHORT,
  ssh,
} from '../../../support/group-calls.ts';
import { ALL, erin, GROUP, OTHER, RDP, type Row, wide } from './row.ts';

const opened = [authorized(1, GROUP, [wide])];
const ends = { closed: [{ group: GROUP, by: ['erin'] }], ledger: [{ group: GROUP, status: 'resolved', by: ['erin'] }] };
const lasts = { ledger: [{ group: GROUP, status: 'open' }] };
/** The calls of both deliveries together say so. */
const foundAgain = { ...lasts, open: [{ group: GROUP, by: ['dana'] }] };

export const DELIVERIES: readonly Row[] = [
  { name: 'opened, then deleted', deliveries: [opened, [deleted(2, GROUP, erin)]], expected: ends },
  { name: 'opened, then revoked', deliveries: [opened, [revoked(2, GROUP, [wide], erin)]], expected: ends },
  {
    name: 'revoked, and opened before that by a record that arrives later',
    deliveries: [[revoked(2, GROUP, ssh(ALL), erin)], [authorized(1, GROUP, ssh(ALL), { answer: SHORT })]],
    expected: { closed: ends.closed, ledger: [] },
  },
  {
    name: 'a half, then the other',
    deliveries: [[authorized(1, GROUP, ssh('0.0.0.0/1'))], [authorized(2, GROUP, ssh('128.0.0.0/1'), erin)]],
    expected: { ...lasts, open: [{ group: GROUP, since: 2, by: ['dana', 'erin'] }] },
  },
  {
    name: 'opened by its name, then revoked by its id, which the answer tells',
    deliveries: [
      [authorized(1, 'web', ssh(ALL), { answer: { securityGroupRuleSet: ruleSet(GROUP, ssh(ALL)) } })],
      [revoked(2, GROUP, ssh(ALL), erin)],
    ],
    expected: ends,
  },
  {
    name: 'opened, then given a harmless rule',
    deliveries: [opened, [authorized(2, GROUP, ssh('10.0.0.0/8'))]],
    expected: foundAgain,
  },
  {
    name: 'opened, then another port is revoked',
    deliveries: [opened, [revoked(2, GROUP, [RDP], erin)]],
    expected: foundAgain,
  },
  {
    name: 'two ports opened, then one is revoked',
    deliveries: [[authorized(1, GROUP, [wide, RDP])], [revoked(2, GROUP, ssh(ALL), erin)]],
    expected: foundAgain,
  },
  {
    name: 'opened, then a rule that only the first delivery knows is modified',
    deliveries: [
      [authorized(1, GROUP, ssh(ALL), { answer: SHORT })],
      [modified(2, GROUP, [named('sgr-0a1', rule('tcp', 22, '10.0.0.0/8'))], erin)],
    ],
    expected: foundAgain,
  },
  {
    name: 'opened, then another port is opened and closed',
    deliveries: [opened, [authorized(2, GROUP, [RDP]), revoked(3, GROUP, [RDP], erin)]],
    expected: foundAgain,
  },
  {
    name: 'opened, then a rule is revoked by an id that no answer describes',
    deliveries: [opened, [revokedByIds(2, GROUP, ['sgr-0a1b2c3d4e5f6000f'], erin)]],
    expected: foundAgain,
  },
  {
    name: 'opened, then another group is deleted',
    deliveries: [opened, [deleted(2, OTHER, erin)]],
    expected: { ...lasts, proven: [OTHER] },
  },
  {
    name: 'opened, then another group is made',
    deliveries: [opened, [created(2, OTHER, 'web')]],
    expected: { ...lasts, proven: [OTHER] },
  },
  {
    name: 'opened, then a revocation fails',
    deliveries: [
      opened,
      [revoked(2, GROUP, ssh(ALL), { ...erin, answer: null, more: { errorCode: 'Client.UnauthorizedOperation' } })],
    ],
    expected: lasts,
  },
  {
    name: 'opened, then a record of before the opening arrives late',
    deliveries: [
      [authorized(5, GROUP, [wide])],
      [revoked(2, GROUP, ssh(ALL), { ...erin, answer: { revokedSecurityGroupRuleSet: ruleSet(GROUP, ssh(ALL)) } })],
    ],
    expected: foundAgain,
  },
];
