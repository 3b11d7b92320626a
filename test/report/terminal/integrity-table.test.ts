import { describe, expect, it } from 'vitest';
import type { IntegrityCheck } from '../../../src/cloudtrail/digests/digest-chain.ts';
import { integrityVerdict, renderIntegrity } from '../../../src/report/terminal/integrity-table.ts';

const log = (name: string, fields: Partial<IntegrityCheck> = {}): IntegrityCheck => ({
  object: `s3://trail/${name}`,
  type: 'log',
  status: 'valid',
  accountId: '111122223333',
  region: 'eu-west-1',
  ...fields,
});
const digest = (name: string, fields: Partial<IntegrityCheck> = {}): IntegrityCheck =>
  log(name, {
    type: 'digest',
    from: new Date('2026-01-02T00:00:00Z'),
    to: new Date('2026-01-02T01:00:00Z'),
    ...fields,
  });
const UNREAD = [{ path: 's3://trail/x', reason: 'access denied' }];

describe('renderIntegrity', () => {
  it('lists problems, unverified objects and unread inputs', () => {
    const checks = [
      digest('d1'),
      digest('d2', { status: 'missing', reason: 'the digest is not there' }),
      log('l1'),
      log('l2\u001b[2J', { status: 'injected', reason: 'no digest names it' }),
      log('l3', { status: 'unverified', notDue: true, reason: 'it awaits its digest' }),
      log('l4', { region: 'eu-north-1', status: 'unverified', reason: 'there are no digests' }),
    ];
    expect(renderIntegrity(checks, UNREAD)).toMatchInlineSnapshot(`
      "111122223333  eu-north-1
        digests    none
        log files  1 unverified
      111122223333  eu-west-1  2026-01-02 00:00 UTC to 2026-01-02 01:00 UTC
        digests    1 valid, 1 missing
        log files  1 valid, 1 injected, 1 unverified

      2 problems:
        missing digest  s3://trail/d2
          the digest is not there
        injected log  s3://trail/l2\\u001b[2J
          no digest names it

      1 object not proven:
        unverified log  s3://trail/l4
          there are no digests

      1 object that cannot be verified yet or here:
        unverified log  s3://trail/l3
          it awaits its digest

      1 input not read or not verified:
        s3://trail/x
          access denied

      NOT INTACT: 2 problems.
      "
    `);
  });

  it('gives a reason once for objects in a row that share it', () => {
    const checks = ['so', 'so', 'else', 'so'].map((reason, at) => log(`l${at}`, { status: 'unverified', reason }));
    expect(renderIntegrity(checks, [])).toContain(
      [
        '  unverified log  s3://trail/l0\n  unverified log  s3://trail/l1\n    so',
        '  unverified log  s3://trail/l2\n    else',
        '  unverified log  s3://trail/l3\n    so\n',
      ].join('\n'),
    );
  });

  it.each([60, 80])('wraps objects and reasons at %i columns, and paths at separators', (columns) => {
    const reason = 'there are no digests for its account and region in its folder, so nothing says what it was';
    const object = `s3://trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/17/${'x'.repeat(50)}.json.gz`;
    const checks = [{ ...log('l'), object, status: 'unverified' as const, reason }, digest('d', { status: 'missing' })];
    const text = renderIntegrity(checks, [{ path: object, reason }], { columns });
    expect(text.split('\n').filter((line) => line.length > columns)).toEqual([]);
    expect(text).toMatch(/\/\n {2}\S/);
    expect(renderIntegrity(checks, [])).toContain(`  unverified log  ${object}\n    ${reason}\n`);
  });

  it('lists every problem, but only the first ten unverified objects', () => {
    const many = (status: IntegrityCheck['status']) =>
      Array.from({ length: 30 }, (_, at) => log(`${status}-${at}.json.gz`, { status, reason: 'so' }));
    const text = renderIntegrity([...many('unverified'), ...many('invalid')], []);
    expect(text.match(/s3:\/\/trail\/invalid/g)).toHaveLength(30);
    expect(text.match(/s3:\/\/trail\/unverified/g)).toHaveLength(10);
    expect(text).toContain('and 20 more');
  });
});

describe('integrityVerdict', () => {
  it.each<[string, readonly IntegrityCheck[], readonly (typeof UNREAD)[number][], RegExp]>([
    ['all is valid', [digest('d'), log('l')], [], /^Intact: 1 digest and 1 log file are/],
    [
      'some await their digest',
      [digest('d'), log('l', { status: 'unverified', notDue: true })],
      [],
      /^Intact: 1 digest and 0 log files/,
    ],
    ['something is not proven', [digest('d'), log('l', { status: 'unverified' })], [], /^INCOMPLETE: 1 digest/],
    ['something is wrong', [digest('d'), log('l', { status: 'missing' })], UNREAD, /^NOT INTACT: 1 problem/],
    ['something was not read', [digest('d')], UNREAD, /^INCOMPLETE/],
    ['no digest holds', [digest('d', { status: 'unverified' }), log('l')], [], /^NOTHING VERIFIED/],
    ['there is nothing', [], [], /^NOTHING VERIFIED/],
  ])('says so when %s', (_, checks, unread, expected) => {
    expect(integrityVerdict(checks, unread)).toMatch(expected);
  });
});
