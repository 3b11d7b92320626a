/** Which sources are the whole world. */

import { expect } from 'vitest';
import { authorized, authorizedFlat, revoked, rule, ruleSet, SHORT, ssh } from '../../../support/group-calls.ts';
import { ALL, GROUP, isClosed, isOpen, NOTHING, type Row } from './row.ts';

const LOW = '0.0.0.0/1';
const HIGH = '128.0.0.0/1';
const HALVES = ['tcp/22 from 0.0.0.0/1 and 128.0.0.0/1'];
const QUARTERS = ['0.0.0.0/2', '64.0.0.0/2', '128.0.0.0/2', '192.0.0.0/2'];
const one = (...sources: readonly string[]) => [authorized(1, GROUP, ssh(...sources))];

export const RANGES: readonly Row[] = [
  { name: '::/0', records: one('::/0'), expected: isOpen(['tcp/22 from ::/0']) },
  {
    name: '::/0 written in full',
    records: one('0000:0:0:0:0:0:0:0/0'),
    expected: isOpen([sshFrom('::/0')]),
  },
  { name: '/0 of a private base', records: one('10.0.0.0/0'), expected: isOpen([sshFrom(ALL)]) },
  { name: '/0 of an IPv6 base', records: one('2001:db8::/0'), expected: isOpen([sshFrom('::/0')]) },
  { name: 'two halves in one entry', records: one(LOW, HIGH), expected: isOpen(HALVES) },
  {
    name: 'two halves in two entries of one call',
    records: [authorized(1, GROUP, [rule('tcp', 22, LOW), rule('tcp', [22, 23], HIGH)])],
    expected: isOpen(HALVES),
  },
  {
    name: 'two halves in two calls: open since the second, by both',
    records: [authorized(1, GROUP, ssh(LOW)), authorized(2, GROUP, ssh(HIGH), { by: 'erin' })],
    expected: isOpen(HALVES, { since: 2, by: ['dana', 'erin'] }),
  },
  {
    name: 'halves in two calls, the second of which comes first in the file',
    records: [authorized(2, GROUP, ssh(HIGH), { by: 'erin' }), authorized(1, GROUP, ssh(LOW))],
    expected: isOpen(HALVES, { since: 2, by: ['dana', 'erin'] }),
  },
  {
    name: 'a half in the list form and a half in the flat form',
    records: [authorized(1, GROUP, ssh(LOW)), authorizedFlat(2, GROUP, rule('tcp', 22, HIGH), { by: 'erin' })],
    expected: isOpen(HALVES, { since: 2, by: ['dana', 'erin'] }),
  },
  {
    name: 'a half by id and a half by name, linked by the answer',
    records: [
      authorized(1, GROUP, ssh(LOW)),
      authorized(2, 'web', ssh(HIGH), {
        by: 'erin',
        answer: { securityGroupRuleSet: ruleSet(GROUP, [{ ...rule('tcp', 22, HIGH), securityGroupRuleId: 'sgr-b' }]) },
      }),
    ],
    expected: isOpen(HALVES, { since: 2, by: ['dana', 'erin'] }),
  },
  {
    name: 'a half by id and a half by a name that nothing links: nobody knows whether they are one group',
    records: [authorized(1, GROUP, ssh(LOW)), authorized(2, 'web', ssh(HIGH), { answer: SHORT })],
    expected: NOTHING,
  },
  {
    name: 'four quarters',
    records: one(...QUARTERS),
    expected: isOpen([`tcp/22 from ${QUARTERS.toSorted().join(' and ')}`]),
  },
  { name: 'three quarters', records: one(...QUARTERS.slice(1)), expected: NOTHING },
  {
    name: 'a half and two quarters',
    records: one(LOW, '128.0.0.0/2', '192.0.0.0/2'),
    expected: isOpen(['tcp/22 from 0.0.0.0/1 and 128.0.0.0/2 and 192.0.0.0/2']),
  },
  { name: 'IPv6 in halves', records: one('::/1', '8000::/1'), expected: isOpen(['tcp/22 from 8000::/1 and ::/1']) },
  { name: 'a half of each family', records: one(LOW, '8000::/1'), expected: NOTHING },
  { name: 'all IPv6 addresses that are given out', records: one('2000::/3'), expected: NOTHING },
  { name: 'a half twice', records: one(LOW, '0.0.0.0/2'), expected: NOTHING },
  {
    name: 'halves on different ports',
    records: [authorized(1, GROUP, [rule('tcp', 22, LOW), rule('tcp', 23, HIGH)])],
    expected: NOTHING,
  },
  {
    name: 'halves on different protocols',
    records: [authorized(1, GROUP, [rule('tcp', 53, LOW), rule('udp', 53, HIGH)])],
    expected: NOTHING,
  },
  {
    name: 'halves on ports that overlap',
    records: [authorized(1, GROUP, [rule('tcp', [20, 30], LOW), rule('tcp', [25, 40], HIGH)])],
    expected: isOpen(['tcp/25-30 from 0.0.0.0/1 and 128.0.0.0/1']),
  },
  {
    name: 'a half on one port, and the other on every protocol',
    records: [authorized(1, GROUP, [rule('tcp', 22, LOW), rule('-1', undefined, HIGH)])],
    expected: isOpen(HALVES),
  },
  {
    name: 'a half by the name of the protocol, and the other by its number',
    records: [authorized(1, GROUP, [rule('tcp', 22, LOW), rule('6', 22, HIGH)])],
    expected: isOpen(HALVES),
  },
  {
    name: 'halves, one of which was revoked',
    records: [authorized(1, GROUP, ssh(LOW, HIGH)), revoked(2, GROUP, ssh(HIGH), { by: 'erin' })],
    expected: isClosed(),
  },
  {
    name: 'a half that was revoked before the other came: never open',
    records: [
      authorized(1, GROUP, ssh(LOW)),
      revoked(2, GROUP, ssh(LOW), { by: 'erin' }),
      authorized(3, GROUP, ssh(HIGH)),
    ],
    expected: NOTHING,
  },
  {
    name: 'a half by dana, and then everything by erin: who opened half is not named',
    records: [authorized(1, GROUP, ssh(LOW)), authorized(2, GROUP, ssh(ALL), { by: 'erin' })],
    expected: isOpen([expect.any(String)], { since: 2, by: ['erin'] }),
  },
  {
    name: 'a range that is not the world, by dana, and then everything by erin',
    records: [authorized(1, GROUP, ssh('10.0.0.0/8')), authorized(2, GROUP, ssh(ALL), { by: 'erin' })],
    expected: isOpen([sshFrom(ALL)], { since: 2, by: ['erin'] }),
  },
  {
    name: '256 parts in one call',
    records: one(...Array.from({ length: 256 }, (_, part) => `${part}.0.0.0/8`)),
    expected: isOpen([expect.stringMatching(/^tcp\/22 from /)]),
  },
  {
    name: '255 parts in one call',
    records: one(...Array.from({ length: 255 }, (_, part) => `${part}.0.0.0/8`)),
    expected: NOTHING,
  },
  { name: 'a private range', records: one('10.0.0.0/8'), expected: NOTHING },
  { name: 'one address', records: one('198.51.100.7/32'), expected: NOTHING },
  { name: 'the group itself', records: one(GROUP), expected: NOTHING },
  { name: 'another group', records: one('sg-0a1b2c3d4e5f60009'), expected: NOTHING },
];

function sshFrom(source: string): string {
  return `tcp/22 from ${source}`;
}
