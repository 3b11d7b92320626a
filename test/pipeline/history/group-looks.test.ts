import { describe, expect, it } from 'vitest';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { deleted, authorized as opened, revoked, SHORT, ssh } from '../../support/group-calls.ts';
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
const cut = anAccount(null, { incomplete: { securityGroups: 'the list was cut off' } });
/** The group is another account's, in a VPC that is shared. */
const shared = anAccount([perm([ALL])], {}, { ownerId: '999988887777' });
const opens = opened(1, GROUP, ssh(ALL));
const byName = opened(1, 'web', ssh(ALL), { answer: SHORT });
const closes = revoked(9, GROUP, ssh(ALL), { by: 'erin' });

type Row = readonly [name: string, steps: readonly Step[], entries: string];

const ROWS: readonly Row[] = [
  [
    'opened; the groups are refused at the re-check',
    [delivered(2, open, [opens]), rechecked(7, unread)],
    'sg open; call dana',
  ],
  [
    'opened; the list is cut off at the re-check',
    [delivered(2, open, [opens]), rechecked(7, cut)],
    'sg open; call dana',
  ],
  ['opened; the re-check shows it shut', [delivered(2, open, [opens]), rechecked(7, shut)], 'sg resolved; call dana'],
  ['opened; the re-check shows it gone', [delivered(2, open, [opens]), rechecked(17, gone)], 'sg resolved; call dana'],
  ['opened; the sweep is refused the groups', [delivered(2, open, [opens]), swept(60, unread)], 'sg open; call dana'],
  [
    'opened; the sweep reads a list that is cut off',
    [delivered(2, open, [opens]), swept(60, cut)],
    'sg open; call dana',
  ],
  [
    'opened; the sweep sees it owned by another account',
    [delivered(2, open, [opens]), swept(60, shared)],
    'sg open; call dana',
  ],
  [
    'by records alone, then a sweep that shows it open',
    [delivered(2, 'alone', [opens]), swept(60, open)],
    'sg open; call dana',
  ],
  [
    'by records alone, then a sweep that shows it shut',
    [delivered(2, 'alone', [opens]), swept(60, shut)],
    'sg resolved; possible dana',
  ],
  [
    'by records alone, then a sweep that does not show it',
    [delivered(2, 'alone', [opens]), swept(60, gone)],
    'sg resolved; possible dana',
  ],
  [
    'by the account, then records alone that close it',
    [delivered(2, open, [opens]), delivered(10, 'alone', [closes])],
    'sg open; call dana',
  ],
  [
    'by the account, then records alone that delete it',
    [delivered(2, open, [opens]), delivered(10, 'alone', [deleted(9, GROUP, { by: 'erin' })])],
    'sg resolved by erin; call dana',
  ],
  [
    'by the account, then a delivery refused the groups closes it',
    [delivered(2, open, [opens]), delivered(10, unread, [closes])],
    'sg open; call dana',
  ],
  [
    'shut by a sweep, then an old record alone opens it',
    [delivered(2, open, [opens]), swept(20, shut), delivered(30, 'alone', [opened(3, GROUP, ssh('::/0'))])],
    'sg resolved; call dana',
  ],
  [
    'by name by records alone, then a sweep shows the group open',
    [delivered(2, 'alone', [byName]), swept(60, open)],
    'sg open; unknown, web resolved; possible dana',
  ],
  [
    'by name by records alone, then a sweep shows the group shut',
    [delivered(2, 'alone', [byName]), swept(60, shut)],
    'web resolved; possible dana',
  ],
  [
    'by name by records alone, then a re-check that sees the group open',
    [delivered(2, 'alone', [byName]), rechecked(7, open)],
    'sg open; unknown, web resolved; possible dana',
  ],
  ['by name with the account', [delivered(2, open, [byName])], 'sg open; unknown'],
  [
    'revoked by one, then deleted by another: nobody saw which of them ended it',
    [delivered(2, open, [opens]), delivered(12, gone, [closes, deleted(10, GROUP, { by: 'fay' })])],
    'sg resolved; call dana',
  ],
  [
    'revoked by one and deleted by another, found by a sweep',
    [delivered(2, open, [opens]), delivered(12, open, [closes, deleted(10, GROUP, { by: 'fay' })]), swept(60, gone)],
    'sg resolved; call dana',
  ],
  [
    'narrowed, seen open since, then deleted',
    [
      delivered(2, open, [opened(0, GROUP, ssh('10.0.0.0/8')), opens]),
      delivered(10, open, [revoked(9, GROUP, ssh('10.0.0.0/8'), { by: 'erin' })]),
      delivered(22, gone, [deleted(21, GROUP, { by: 'fay' })]),
    ],
    'sg resolved by fay; call dana',
  ],
  [
    'revoked and opened again, the sweep between saw it shut',
    [
      delivered(2, open, [opens]),
      swept(9, shut),
      delivered(10, open, [closes, opened(9, GROUP, ssh(ALL), { by: 'carl' })]),
    ],
    'sg open; call carl',
  ],
  [
    'halves over days',
    [
      delivered(2, anAccount([perm(['0.0.0.0/1'])]), [opened(1, GROUP, ssh('0.0.0.0/1'))]),
      delivered(3000, anAccount([perm(['0.0.0.0/1', '128.0.0.0/1'])]), [
        opened(2999, GROUP, ssh('128.0.0.0/1'), { by: 'erin' }),
      ]),
    ],
    'sg open; call erin',
  ],
  [
    'halves over days, the first taken away',
    [
      delivered(2, anAccount([perm(['0.0.0.0/1'])]), [opened(1, GROUP, ssh('0.0.0.0/1'))]),
      delivered(3000, anAccount([perm(['0.0.0.0/1', '128.0.0.0/1'])]), [
        opened(2999, GROUP, ssh('128.0.0.0/1'), { by: 'erin' }),
      ]),
      delivered(3100, anAccount([perm(['128.0.0.0/1'])]), [revoked(3099, GROUP, ssh('0.0.0.0/1'), { by: 'fay' })]),
    ],
    'sg resolved by fay; call erin',
  ],
];

describe.each([
  ['SQLite', () => aLedger()],
  ['DynamoDB', () => ledgerOn(memoryTable())],
] as const)('what looks and records make of open groups, in %s', (_, makeLedger) => {
  it.each(ROWS)('%s', async (_, steps, entries) => {
    expect((await historyOf(steps, makeLedger())).entries.join(', ')).toBe(entries);
  });
});
