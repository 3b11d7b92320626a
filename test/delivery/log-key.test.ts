import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountsIn, isInTree, mayHoldEventsOf, type Period, readLogKey } from '../../src/delivery/log-key.ts';

const DAY = 'eu-west-1/2026/01/02';
const LOG = '111122223333_CloudTrail_eu-west-1_20260102T0305Z_AbCdEfGhIjKlMnOp.json.gz';
const DIGEST = '111122223333_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_20260102T030405Z';
const known = { accountId: '111122223333', region: 'eu-west-1', date: '2026-01-02' };
const deliveredAt = new Date('2026-01-02T03:05:00Z');

describe('readLogKey', () => {
  it.each([
    ['a log', `AWSLogs/111122223333/CloudTrail/${DAY}/${LOG}`, { kind: 'log', ...known, deliveredAt }],
    [
      'an organisation trail',
      `AWSLogs/o-abcdefghij/111122223333/CloudTrail/${DAY}/${LOG}`,
      { kind: 'log', organizationId: 'o-abcdefghij', ...known, deliveredAt },
    ],
    [
      'Control Tower',
      `o-abcdefghij/AWSLogs/o-abcdefghij/111122223333/CloudTrail/${DAY}/${LOG}`,
      { kind: 'log', organizationId: 'o-abcdefghij', ...known, deliveredAt },
    ],
    [
      'a prefix with Digest in it',
      `Digest/CloudTrail-Digest/AWSLogs/111122223333/CloudTrail/${DAY}/${LOG}`,
      { kind: 'log', ...known, deliveredAt },
    ],
    [
      'a prefix that looks like a path',
      `a/CloudTrail/b/2020/01/01/AWSLogs/111122223333/CloudTrail/${DAY}/${LOG}`,
      { kind: 'log', ...known, deliveredAt },
    ],
    [
      'a file name from 2014',
      '123456789012_CloudTrail_us-west-1_20140620T1255ZHdkvFTXOA3Vnhbc.json.gz',
      { kind: 'log', accountId: '123456789012', region: 'us-west-1', deliveredAt: new Date('2014-06-20T12:55:00Z') },
    ],
    [
      'GovCloud',
      '111122223333_CloudTrail_us-gov-west-1_20260102T0305Z_AbCdEfGhIjKlMnOp.json.gz',
      { kind: 'log', accountId: '111122223333', region: 'us-gov-west-1', deliveredAt },
    ],
    [
      'a masked account and region',
      'xxxx_CloudTrail_us-wesst-4r_20260102T0305Z_AbCdEfGhIjKlMnOp.json.gz',
      { kind: 'log', accountId: 'xxxx', region: 'us-wesst-4r', deliveredAt },
    ],
    [
      'an unpacked log',
      LOG.replace('.gz', ''),
      { kind: 'log', accountId: '111122223333', region: 'eu-west-1', deliveredAt },
    ],
    [
      'a renamed log in its folder',
      `AWSLogs/111122223333/CloudTrail/${DAY}/part-0001.json.gz`,
      { kind: 'log', ...known },
    ],
    [
      'a digest',
      `AWSLogs/111122223333/CloudTrail-Digest/${DAY}/${DIGEST}.json.gz`,
      {
        kind: 'digest',
        ...known,
        trailName: 'my_trail',
        homeRegion: 'us-east-1',
        deliveredAt: new Date('2026-01-02T03:04:05Z'),
      },
    ],
    [
      'a backfill digest',
      `${DIGEST}_backfill.json.gz`,
      {
        kind: 'backfill-digest',
        accountId: '111122223333',
        region: 'eu-west-1',
        trailName: 'my_trail',
        homeRegion: 'us-east-1',
        deliveredAt: new Date('2026-01-02T03:04:05Z'),
      },
    ],
    [
      'an insight',
      `AWSLogs/111122223333/CloudTrail-Insight/${DAY}/${LOG.replace('CloudTrail', 'CloudTrail-Insight')}`,
      { kind: 'insight', ...known, deliveredAt },
    ],
    [
      'network activity',
      LOG.replace('CloudTrail', 'CloudTrail-NetworkActivity'),
      { kind: 'network-activity', accountId: '111122223333', region: 'eu-west-1', deliveredAt },
    ],
    [
      'aggregated events',
      LOG.replace('CloudTrail', 'CloudTrail-Aggregated'),
      { kind: 'aggregated', accountId: '111122223333', region: 'eu-west-1', deliveredAt },
    ],
    [
      'an unknown kind',
      LOG.replace('CloudTrail', 'CloudTrail-Future'),
      { kind: 'log', accountId: '111122223333', region: 'eu-west-1', deliveredAt },
    ],
    ['a folder', 'AWSLogs/111122223333/', { kind: 'folder' }],
    [
      'AWS Config',
      'AWSLogs/111122223333/Config/eu-west-1/2026/1/2/ConfigHistory/111122223333_Config_eu-west-1_ConfigHistory_x_20260102T030405Z_1.json.gz',
      { kind: 'other' },
    ],
    [
      'flow logs',
      'AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/01/02/111122223333_vpcflowlogs_eu-west-1_fl-1_20260102T0305Z_1.log.gz',
      { kind: 'other' },
    ],
    ['another file', 'notes.txt', { kind: 'other' }],
  ])('recognises %s', (_, key, expected) => {
    expect(readLogKey(key)).toEqual(expected);
  });

  it('recognises an empty object by its size', () => {
    expect(readLogKey(`AWSLogs/111122223333/CloudTrail/${DAY}/${LOG}`, 0)).toMatchObject({ kind: 'empty', ...known });
    expect(readLogKey('AWSLogs/111122223333/', 0)).toEqual({ kind: 'folder' });
  });

  it('ignores the prefix, whatever it contains', () => {
    const key = `AWSLogs/111122223333/CloudTrail/${DAY}/${LOG}`;
    fc.assert(
      fc.property(fc.string(), (prefix) => {
        expect(readLogKey(`${prefix}/${key}`)).toEqual(readLogKey(key));
      }),
    );
  });
});

describe('mayHoldEventsOf', () => {
  const since = new Date('2026-02-27T23:59:59Z');
  const until = new Date('2026-02-28T00:00:00Z');
  it.each<[string, Period, readonly string[]]>([
    ['the days of a period and one more for late files', { since, until }, ['2026-02-27', '2026-02-28', '2026-03-01']],
    ['a single moment and the day after', { since, until: since }, ['2026-02-27', '2026-02-28']],
    ['everything from `since` on', { since: new Date('2026-03-01T00:00:00Z') }, ['2026-03-01', '2026-03-02']],
    ['everything up to `until`', { until: new Date('2026-02-25T00:00:00Z') }, ['2026-02-25', '2026-02-26']],
    ['nothing for a period that ends before it begins', { since, until: new Date('2026-01-01T00:00:00Z') }, []],
  ])('accepts %s', (_, period, expected) => {
    const days = ['02-25', '02-26', '02-27', '02-28', '03-01', '03-02'].map((day) => `2026-${day}`);
    expect(days.filter((date) => mayHoldEventsOf({ kind: 'log', date }, period))).toEqual(expected);
  });

  it('accepts exactly the days from `since` to `lateDays` after `until`', () => {
    const time = fc.date({ min: new Date('2020-01-01'), max: new Date('2026-03-09'), noInvalidDate: true });
    const dayOf = (date: Date): number => Math.floor(date.getTime() / 86_400_000);
    fc.assert(
      fc.property(time, time, time, fc.nat(40), (from, to, delivered, lateDays) => {
        const date = delivered.toISOString().slice(0, 10);
        const expected = dayOf(delivered) >= dayOf(from) && dayOf(delivered) <= dayOf(to) + lateDays;
        expect(mayHoldEventsOf({ kind: 'log', date }, { since: from, until: to }, lateDays)).toBe(expected);
      }),
    );
  });

  it('accepts a key that names no day', () => {
    expect(mayHoldEventsOf({ kind: 'other' }, { since: new Date(), until: new Date(0) })).toBe(true);
  });

  it('reads the day from the file name when the file is outside its folder', () => {
    const key = readLogKey(LOG);
    expect(mayHoldEventsOf(key, { since: new Date('2026-01-03T00:00:00Z') })).toBe(false);
    expect(mayHoldEventsOf(key, { until: new Date('2026-01-01T00:00:00Z') })).toBe(true);
    expect(mayHoldEventsOf(key, { until: new Date('2025-12-31T23:59:59Z') })).toBe(false);
  });
});

describe('accountsIn', () => {
  it.each([
    ['CloudTrail’s own key', `AWSLogs/111122223333/CloudTrail/${DAY}/${LOG}`, ['111122223333']],
    ['a file name alone', LOG, ['111122223333']],
    [
      'a folder that contradicts the name',
      `AWSLogs/999988887777/CloudTrail/${DAY}/${LOG}`,
      ['999988887777', '111122223333'],
    ],
    ['an organisation', 'AWSLogs/o-abcdefghij/999988887777/x.gz', ['999988887777']],
    [
      'a prefix with another account',
      `AWSLogs/999988887777/p/AWSLogs/111122223333/CloudTrail/${DAY}/${LOG}`,
      ['111122223333'],
    ],
    ['a key that says nothing', 'logs/CloudTrail/eu-west-1/2026/01/02/x.json.gz', []],
  ])('names the accounts of %s', (_, key, expected) => {
    expect(accountsIn(key)).toEqual(expected);
  });
});

describe('isInTree', () => {
  const LOG = 'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/17/a.json.gz';

  it.each<[boolean, string, string, (readonly string[])?]>([
    [true, 'a key of the bucket itself', LOG],
    [true, 'a key under any prefix', `a/b/${LOG}`],
    [true, 'a prefix with another tree in it', `AWSLogs/999988887777/${LOG}`],
    [false, 'a folder that only ends so', `my${LOG}`],
    [false, 'another folder', 'logs/a.json.gz'],
    [true, 'a prefix that is listed', `central/${LOG}`, ['', 'central']],
    [true, 'a prefix that is listed with its slash', `central/${LOG}`, ['central/']],
    [true, 'the bucket itself, listed', LOG, ['']],
    [false, 'the bucket itself, not listed', LOG, ['central']],
    [false, 'a prefix that only ends so', `x/central/${LOG}`, ['central']],
    [false, 'a prefix that only begins so', `central/x/${LOG}`, ['central']],
    [false, 'a second tree under a prefix that is listed', `central/AWSLogs/x/${LOG}`, ['central']],
  ])('is %s for %s', (expected, _, key, prefixes) => {
    expect(isInTree(key, prefixes)).toBe(expected);
  });
});
