import { describe, expect, it } from 'vitest';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import {
  created,
  groupCall,
  modified,
  named,
  OMITTED,
  authorized as opened,
  revoked,
  rule,
  ssh,
} from '../../support/group-calls.ts';
import {
  ALL,
  anAccount,
  delivered,
  GROUP,
  historyOf,
  perm,
  rechecked,
  type Step,
  swept,
} from '../../support/group-histories.ts';
import { aLedger } from '../../support/ledgers.ts';

const open = anAccount([perm([ALL])]);
const shut = anAccount([]);
const gone = anAccount(null);
const unread = anAccount(null, { securityGroups: undefined, unread: { securityGroups: 'You are not authorized' } });
/** The group lets in a prefix list with these entries; undefined: which cannot be read. */
const withList = (cidrs: readonly string[] | undefined) =>
  anAccount([perm([], 22, { prefixListIds: ['pl-1'] })], {
    prefixLists: cidrs && [{ prefixListId: 'pl-1', cidrs }],
  });
/** The group is another account's, in a VPC that is shared. */
const shared = anAccount([perm([ALL])], {}, { ownerId: '999988887777' });
const opens = opened(1, GROUP, ssh(ALL));
const closes = revoked(9, GROUP, ssh(ALL), { by: 'erin' });

type Row = readonly [name: string, steps: readonly Step[], entries: string];

const ROWS: readonly Row[] = [
  [
    'the rule is turned off before the re-check',
    [delivered(2, open, [opens]), rechecked(7, open, null)],
    'sg resolved; call dana',
  ],
  [
    'the port is allowed before the re-check',
    [delivered(2, open, [opens]), rechecked(7, open, { allowedPorts: [22] })],
    'sg resolved; call dana',
  ],
  ['the rule is turned off', [delivered(2, open, [opens]), swept(60, open, null)], 'sg resolved; call dana'],
  [
    'the rule is turned off and on',
    [delivered(2, open, [opens]), swept(60, open, null), swept(120, open)],
    'sg open; call dana',
  ],
  [
    'the port is allowed',
    [delivered(2, open, [opens]), swept(60, open, { allowedPorts: [22] })],
    'sg resolved; call dana',
  ],
  [
    'the group is excepted',
    [delivered(2, open, [opens]), swept(60, open, { exceptGroups: [GROUP] })],
    'sg resolved; call dana',
  ],
  [
    'the port was allowed',
    [delivered(2, open, [opens], { allowedPorts: [22] }), swept(60, open)],
    'sg open; call dana',
  ],
  [
    'the group is excepted, by records alone',
    [
      delivered(2, 'alone', [opens]),
      delivered(12, 'alone', [opened(11, GROUP, ssh('10.0.0.0/8'))], { exceptGroups: [GROUP] }),
    ],
    'sg open; possible dana',
  ],
  [
    'the port is allowed, by records alone',
    [
      delivered(2, 'alone', [opens]),
      delivered(12, 'alone', [opened(11, GROUP, ssh('10.0.0.0/8'))], { allowedPorts: [22] }),
    ],
    'sg open; possible dana',
  ],
  [
    'modified to the world, with the account',
    [delivered(4, open, [modified(3, GROUP, [named('sgr-1', rule('tcp', 22, ALL))])])],
    'sg open; possible dana',
  ],
  [
    'modified, egress in the account',
    [delivered(4, shut, [modified(3, GROUP, [named('sgr-1', rule('tcp', 22, ALL))])])],
    '',
  ],
  [
    'modified by records alone, then the account shows it egress',
    [delivered(4, 'alone', [modified(3, GROUP, [named('sgr-1', rule('tcp', 22, ALL))])]), swept(60, shut)],
    'sg resolved; possible dana',
  ],
  [
    'an omitted request, with the account',
    [delivered(4, open, [groupCall('AuthorizeSecurityGroupIngress', 1, OMITTED)])],
    'sg open; possible dana',
  ],
  [
    'an omitted revocation, with the account shut',
    [
      delivered(2, open, [opens]),
      delivered(10, shut, [groupCall('RevokeSecurityGroupIngress', 9, OMITTED, { by: 'erin' })]),
    ],
    'sg resolved; call dana',
  ],
  ['made and opened in one delivery, not yet listed', [delivered(2, gone, [created(1, GROUP, 'web'), opens])], ''],
  [
    'made and opened in one delivery, not yet listed, the sweep shows it',
    [delivered(2, gone, [created(1, GROUP, 'web'), opens]), swept(60, open)],
    'sg open; call dana',
  ],
  [
    'the account fails',
    [delivered(2, open, [opens]), delivered(10, new Error('throttled'), [closes])],
    'sg open; call dana',
  ],
  ['group of a shared VPC', [delivered(2, shared, [opens])], ''],
  [
    'a prefix list is filled by its owner',
    [swept(1, withList(['10.0.0.0/8'])), swept(60, withList([ALL]))],
    'sg open; unknown',
  ],
  [
    'a prefix list can no longer be read',
    [swept(1, withList([ALL])), swept(60, withList(undefined))],
    'sg open; unknown',
  ],
  [
    'reopened by another a minute later, in one delivery',
    [delivered(2, open, [opens]), delivered(12, open, [closes, opened(10, GROUP, ssh(ALL), { by: 'carl' })])],
    'sg open; call carl',
  ],
  [
    'reopened by another a minute later, a delivery each',
    [
      delivered(2, open, [opens]),
      delivered(10, shut, [closes]),
      delivered(12, open, [opened(11, GROUP, ssh(ALL), { by: 'carl' })]),
    ],
    'sg open; call carl',
  ],
  [
    'reopened, everything in one delivery',
    [delivered(12, open, [opens, closes, opened(10, GROUP, ssh(ALL), { by: 'carl' })])],
    'sg open; call carl',
  ],
  [
    'another port is opened later by another',
    [
      delivered(2, open, [opens]),
      delivered(12, anAccount([perm([ALL]), perm([ALL], 3389)]), [
        opened(10, GROUP, [rule('tcp', 3389, ALL)], { by: 'carl' }),
      ]),
    ],
    'sg open; calls dana and carl',
  ],
  [
    'another port is opened, and the first closed',
    [
      delivered(2, open, [opens]),
      delivered(12, anAccount([perm([ALL], 3389)]), [
        opened(10, GROUP, [rule('tcp', 3389, ALL)], { by: 'carl' }),
        revoked(11, GROUP, ssh(ALL), { by: 'erin' }),
      ]),
    ],
    'sg open; call carl',
  ],
  [
    'harmless calls every four minutes',
    [
      delivered(2, open, [opens]),
      delivered(5, open, [opened(4, GROUP, ssh('10.0.0.0/8'))]),
      delivered(9, open, [opened(8, GROUP, ssh('10.1.0.0/16'))]),
      delivered(13, open, [opened(12, GROUP, ssh('10.2.0.0/16'))]),
    ],
    'sg open; call dana',
  ],
  [
    'modified to the world, the account has the rule by its id',
    [
      delivered(
        4,
        anAccount([perm([ALL])], {
          securityGroupRules: [
            {
              securityGroupRuleId: 'sgr-1',
              groupId: GROUP,
              isEgress: false,
              ipProtocol: 'tcp',
              fromPort: 22,
              toPort: 22,
              cidrIpv4: ALL,
            },
          ],
        }),
        [modified(3, GROUP, [named('sgr-1', rule('tcp', 22, ALL))])],
      ),
    ],
    'sg open; possible dana',
  ],
  ['closing before opening, alone', [delivered(12, 'alone', [closes]), delivered(13, 'alone', [opens])], ''],
  ['the account read, opened before and closed; record late', [swept(20, shut), delivered(22, shut, [opens])], ''],
  [
    'denied, by records alone, and the other way round',
    [delivered(2, unread, [opens]), delivered(10, unread, [closes])],
    'sg resolved by erin; possible dana',
  ],
  [
    'denied twice, then open in the account',
    [delivered(2, unread, [opens]), rechecked(7, unread), swept(30, open)],
    'sg open; call dana',
  ],
  [
    'alone, then swept when the group is not listed for the moment',
    [delivered(1, 'alone', [opens]), swept(2, gone)],
    'sg open; possible dana',
  ],
  [
    'alone, tags except it',
    [
      delivered(2, 'alone', [opens], { exceptTags: ['public'] }),
      swept(60, anAccount([perm([ALL])], {}, { tags: [{ key: 'public', value: '' }] }), { exceptTags: ['public'] }),
    ],
    'sg resolved; possible dana',
  ],
];

describe.each([
  ['SQLite', () => aLedger()],
  ['DynamoDB', () => ledgerOn(memoryTable())],
] as const)('what settings and other calls make of open groups, in %s', (_, makeLedger) => {
  it.each(ROWS)('%s', async (_, steps, entries) => {
    expect((await historyOf(steps, makeLedger())).entries.join(', ')).toBe(entries);
  });
});
