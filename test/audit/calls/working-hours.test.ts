import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WEEK_DAYS } from '../../../src/audit/calls/watch-policy.ts';
import { isExempt, workingHours } from '../../../src/audit/calls/working-hours.ts';
import { watchOf } from '../../../src/config/watch-config.ts';
import { isOutsideNaively, type WrittenHours } from './naive-hours.ts';

function policyOf(written: WrittenHours) {
  const { iamUserAfterHours } = watchOf({ iamUserAfterHours: written });
  if (iamUserAfterHours === null) throw new Error('no policy');
  return iamUserAfterHours;
}

const hoursOf = (written: WrittenHours) => workingHours(policyOf(written));

const DAY = { from: '08:00', to: '18:00' };
const NIGHT = { from: '22:00', to: '06:00' };
const berlin = { timeZone: 'Europe/Berlin', hours: DAY };
const newYork = { timeZone: 'America/New_York', hours: DAY };
const kolkata = { timeZone: 'Asia/Kolkata', hours: DAY };
const lordHowe = { timeZone: 'Australia/Lord_Howe', hours: DAY };
const apia = { timeZone: 'Pacific/Apia', hours: DAY };
const night = { timeZone: 'Europe/Berlin', hours: NIGHT };

describe('a moment and working hours', () => {
  it.each<[what: string, hours: WrittenHours, moment: string, outside: boolean]>([
    ['the second before work', berlin, '2026-03-16T06:59:59Z', true],
    ['the second in which work begins', berlin, '2026-03-16T07:00:00Z', false],
    ['the last second of work', berlin, '2026-03-16T16:59:59Z', false],
    ['the second in which work ends', berlin, '2026-03-16T17:00:00Z', true],
    ['a Saturday', berlin, '2026-03-14T11:00:00Z', true],
    ['a Sunday', berlin, '2026-03-15T11:00:00Z', true],
    ['a Saturday that is worked', { ...berlin, days: ['sat'] }, '2026-03-14T11:00:00Z', false],
    ['a Monday that is not', { ...berlin, days: ['sat'] }, '2026-03-16T11:00:00Z', true],
    ['a holiday', { ...berlin, holidays: ['2026-12-25'] }, '2026-12-25T11:00:00Z', true],
    ['the day before the holiday', { ...berlin, holidays: ['2026-12-25'] }, '2026-12-24T11:00:00Z', false],
    ['a holiday of another year', { ...berlin, holidays: ['2025-12-25'] }, '2026-12-25T11:00:00Z', false],
    // The zone decides on the day.
    [
      'Sunday evening in UTC, Monday in Auckland',
      { ...berlin, timeZone: 'Pacific/Auckland' },
      '2026-03-15T20:00:00Z',
      false,
    ],
    [
      'Friday evening in UTC, Saturday in Auckland',
      { ...berlin, timeZone: 'Pacific/Auckland' },
      '2026-03-13T20:00:00Z',
      true,
    ],
    [
      'a holiday that has begun in Auckland',
      { ...berlin, timeZone: 'Pacific/Auckland', holidays: ['2026-03-16'] },
      '2026-03-15T20:00:00Z',
      true,
    ],
    ['half past, in Kolkata: before', kolkata, '2026-03-16T02:29:59Z', true],
    ['half past, in Kolkata: begins', kolkata, '2026-03-16T02:30:00Z', false],
    ['a quarter to, in Kathmandu', { ...berlin, timeZone: 'Asia/Kathmandu' }, '2026-03-16T02:15:00Z', false],
    ['before a quarter to, in Kathmandu', { ...berlin, timeZone: 'Asia/Kathmandu' }, '2026-03-16T02:14:59Z', true],
    // Summer time: Berlin from 2026-03-29 to 2026-10-25, New York from 2026-03-08 to 2026-11-01.
    ['07:30 in Berlin, the Friday before summer time', berlin, '2026-03-27T06:30:00Z', true],
    ['08:30 in Berlin, the Monday after', berlin, '2026-03-30T06:30:00Z', false],
    ['08:30 in Berlin, the Friday before winter time', berlin, '2026-10-23T06:30:00Z', false],
    ['07:30 in Berlin, the Monday after it', berlin, '2026-10-26T06:30:00Z', true],
    ['08:30 in New York, in summer time before Berlin', newYork, '2026-03-16T12:30:00Z', false],
    ['07:30 in New York, in winter time', newYork, '2026-03-06T12:30:00Z', true],
    ['08:15 on Lord Howe, in winter (+10:30)', lordHowe, '2026-06-14T21:45:00Z', false],
    ['07:45 on Lord Howe, in winter', lordHowe, '2026-06-14T21:15:00Z', true],
    ['08:15 on Lord Howe, in summer (+11)', lordHowe, '2026-01-11T21:15:00Z', false],
    ['Phoenix, which has no summer time', { ...berlin, timeZone: 'America/Phoenix' }, '2026-07-06T15:00:00Z', false],
    ['Apia, on the far side of the date line', apia, '2026-03-15T19:00:00Z', false],
    ['Apia in 2011, on the near side', apia, '2011-12-28T18:00:00Z', false],
    // The night of the switch itself.
    [
      'before the hour that is skipped',
      { ...berlin, days: ['sun'], hours: { from: '01:00', to: '02:30' } },
      '2026-03-29T00:59:59Z',
      false,
    ],
    [
      'after the hour that is skipped',
      { ...berlin, days: ['sun'], hours: { from: '01:00', to: '02:30' } },
      '2026-03-29T01:00:00Z',
      true,
    ],
    [
      'work begins in the hour that is skipped',
      { ...berlin, days: ['sun'], hours: { from: '02:30', to: '05:00' } },
      '2026-03-29T01:00:00Z',
      false,
    ],
    [
      '02:15 for the first time',
      { ...berlin, days: ['sun'], hours: { from: '02:00', to: '02:30' } },
      '2026-10-25T00:15:00Z',
      false,
    ],
    [
      '02:15 for the second time',
      { ...berlin, days: ['sun'], hours: { from: '02:00', to: '02:30' } },
      '2026-10-25T01:15:00Z',
      false,
    ],
    [
      '02:45 for the first time',
      { ...berlin, days: ['sun'], hours: { from: '02:00', to: '02:30' } },
      '2026-10-25T00:45:00Z',
      true,
    ],
    // Over midnight.
    ['the beginning of a shift', night, '2026-03-16T21:00:00Z', false],
    ['a second before it', night, '2026-03-16T20:59:59Z', true],
    ['after midnight', night, '2026-03-17T02:00:00Z', false],
    ['its last second', night, '2026-03-17T04:59:59Z', false],
    ['its end', night, '2026-03-17T05:00:00Z', true],
    ['noon between shifts', night, '2026-03-17T11:00:00Z', true],
    ['Friday night, on Saturday', night, '2026-03-14T02:00:00Z', false],
    ['Saturday night, on Sunday', night, '2026-03-15T02:00:00Z', true],
    ['Sunday night, on Monday', night, '2026-03-16T02:00:00Z', true],
    ['Monday evening', night, '2026-03-16T22:30:00Z', false],
    ['a shift into a holiday', { ...night, holidays: ['2026-03-18'] }, '2026-03-18T02:00:00Z', false],
    ['a shift that would begin on a holiday', { ...night, holidays: ['2026-03-18'] }, '2026-03-18T22:00:00Z', true],
    ['its morning after', { ...night, holidays: ['2026-03-18'] }, '2026-03-19T02:00:00Z', true],
    ['Friday night into summer time', { ...night, days: ['sat'] }, '2026-03-29T03:59:00Z', false],
    ['its end, an hour earlier in UTC', { ...night, days: ['sat'] }, '2026-03-29T04:00:00Z', true],
    ['Saturday night into winter time', { ...night, days: ['sat'] }, '2026-10-25T04:59:00Z', false],
    [
      'the day before a day that Apia skipped',
      { timeZone: 'Pacific/Apia', hours: NIGHT, days: ['thu'] },
      '2011-12-30T12:00:00Z',
      false,
    ],
    [
      'the day that Apia skipped',
      { timeZone: 'Pacific/Apia', hours: NIGHT, days: ['fri'] },
      '2011-12-30T12:00:00Z',
      true,
    ],
    // The ends of the day.
    ['hours to 24:00', { ...berlin, hours: { from: '12:00', to: '24:00' } }, '2026-03-16T22:59:59Z', false],
    [
      'midnight after hours to 24:00',
      { ...berlin, hours: { from: '12:00', to: '24:00' } },
      '2026-03-16T23:00:00Z',
      true,
    ],
    ['hours to 00:00', { ...berlin, hours: { from: '12:00', to: '00:00' } }, '2026-03-16T22:59:59Z', false],
    [
      'midnight after hours to 00:00',
      { ...berlin, hours: { from: '12:00', to: '00:00' } },
      '2026-03-16T23:00:00Z',
      true,
    ],
    ['the whole day', { ...berlin, hours: { from: '00:00', to: '24:00' } }, '2026-03-15T23:00:00Z', false],
    ['the whole day, ended', { ...berlin, hours: { from: '00:00', to: '24:00' } }, '2026-03-13T23:00:00Z', true],
    [
      'hours from 24:00 belong to the day that ends',
      { ...berlin, hours: { from: '24:00', to: '06:00' } },
      '2026-03-14T02:00:00Z',
      false,
    ],
    [
      'a midnight that summer time skips',
      { timeZone: 'Africa/Cairo', hours: { from: '00:00', to: '02:00' } },
      '2026-04-23T22:00:00Z',
      false,
    ],
  ])('%s', (_, hours, moment, outside) => {
    expect([hoursOf(hours).isOutside(new Date(moment)), isOutsideNaively(new Date(moment), hours)]).toEqual([
      outside,
      outside,
    ]);
  });
});

it.each([
  ['Europe/Berlin', '2026-03-14T02:12:40Z', 'Saturday 2026-03-14 03:12'],
  ['Europe/Berlin', '2026-03-29T01:00:00Z', 'Sunday 2026-03-29 03:00'],
  ['America/New_York', '2026-03-14T04:05:00Z', 'Saturday 2026-03-14 00:05'],
  ['Pacific/Apia', '2026-03-14T12:00:00Z', 'Sunday 2026-03-15 01:00'],
])('a clock in %s at %s shows %s', (timeZone, moment, text) => {
  expect(hoursOf({ timeZone, hours: DAY }).textOf(new Date(moment))).toBe(text);
});

describe('agreement with a clock that goes back minute by minute', () => {
  const ZONES = [
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Africa/Cairo',
    'America/Sao_Paulo',
    'Asia/Kathmandu',
    'Pacific/Chatham',
    'America/St_Johns',
    'UTC',
    'Asia/Tehran',
    'America/Phoenix',
  ];
  /** Days near which some of these zones move their clocks. */
  const SWITCHES = [
    '2026-03-08',
    '2026-03-29',
    '2026-04-05',
    '2026-04-24',
    '2026-10-04',
    '2026-10-25',
    '2026-10-30',
    '2026-11-01',
    '2011-12-30',
    '2018-02-18',
    '2018-11-04',
    '2022-03-22',
  ];

  const time = fc
    .tuple(fc.nat(23), fc.constantFrom('00', '15', '30', '59'))
    .map(([hour, rest]) => `${String(hour).padStart(2, '0')}:${rest}`);
  const policy = fc
    .record({
      timeZone: fc.constantFrom(...ZONES),
      days: fc.subarray([...WEEK_DAYS], { minLength: 1 }),
      hours: fc.record({ from: time, to: fc.oneof(time, fc.constant('24:00')) }),
      around: fc.constantFrom(...SWITCHES),
      free: fc.array(fc.integer({ min: -2, max: 2 }), { maxLength: 3 }),
    })
    .filter(({ hours: { from, to } }) => from !== to && !(from === '00:00' && to === '24:00'))
    .map(({ free, around, ...hours }) => ({ ...hours, around, holidays: free.map((days) => dayAfter(around, days)) }));
  const seconds = fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: -48 * 3600, max: 48 * 3600 }).map((offset) => ({ offset })) },
    { weight: 1, arbitrary: fc.integer({ min: 946_684_800, max: 2_208_988_800 }).map((time) => ({ time })) },
  );

  it('holds for random policies and moments', () => {
    let outside = 0;
    const property = fc.property(policy, fc.array(seconds, { minLength: 25, maxLength: 25 }), (written, moments) => {
      const { isOutside } = hoursOf(written);
      for (const each of moments) {
        const near = Date.parse(`${written.around}T00:00:00Z`);
        const moment = new Date('time' in each ? each.time * 1000 : near + each.offset * 1000);
        const expected = isOutsideNaively(moment, written);
        if (expected) outside += 1;
        expect(isOutside(moment), moment.toISOString()).toBe(expected);
      }
    });
    // A failure prints the seed.
    fc.assert(property, { numRuns: 300 });
    expect(outside).toBeGreaterThan(1000);
  });
});

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

describe('who may work at any time', () => {
  const role = (path: string) => ({
    name: 'x',
    ours: false,
    arn: `arn:aws:sts::111122223333:assumed-role/${path.slice(path.lastIndexOf('/') + 1)}/s`,
    roleArn: `arn:aws:iam::111122223333:role/${path}`,
  });
  const user = (path: string) => ({ name: 'x', ours: false, arn: `arn:aws:iam::111122223333:user/${path}` });

  it.each<[what: string, exempt: string, caller: Parameters<typeof isExempt>[0], yes: boolean]>([
    ['the role', 'arn:aws:iam::*:role/ci-*', role('ci-build'), true],
    ['another role', 'arn:aws:iam::*:role/ci-*', role('build-ci-x'), false],
    ['the role with its path', 'arn:aws:iam::*:role/*/ci-*', role('team/ci-build'), true],
    ['a role in a path that looks like one', 'arn:aws:iam::*:role/ci-*', role(':role/ci-/evil'), false],
    ['the role of another account', 'arn:aws:iam::444455556666:role/ci-*', role('ci-build'), false],
    ['the role of the account', 'arn:aws:iam::111122223333:role/ci-*', role('ci-build'), true],
    ['the role of another partition', 'arn:aws-cn:iam::*:role/ci-*', role('ci-build'), false],
    ['the user', 'arn:aws:iam::*:user/robot', user('robot'), true],
    ['another user', 'arn:aws:iam::*:user/robot', user('robot2'), false],
    ['a user of a role’s name', 'arn:aws:iam::*:role/ci-*', user('ci-build'), false],
    [
      'a session of an unknown role',
      'arn:aws:iam::*:role/ci-*',
      { name: 'x', ours: false, arn: 'arn:aws:sts::111122223333:assumed-role/ci-x/s' },
      false,
    ],
    ['nobody that is named', 'arn:*:iam::*:role/*', { name: 'an AWS service', ours: false }, false],
    ['root', 'arn:aws:iam::*:user/*', { name: 'root', ours: false, arn: 'arn:aws:iam::111122223333:root' }, false],
  ])('%s: %s', (_, exempt, caller, yes) => {
    expect(isExempt(caller, { exempt: ['arn:aws:iam::*:user/nobody', exempt] })).toBe(yes);
  });
});
