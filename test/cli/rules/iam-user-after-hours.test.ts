/** The clock of the rule is Berlin's: 02:12 UTC on Saturday 2026-03-14 is 03:12 there, 11:00 UTC on Monday is noon. */

import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import type { Report } from '../../../src/report/report.ts';
import { aPlace, packed, snapshotOf } from '../../support/command-line.ts';
import { anIamCall, asUser, inRole } from '../../support/iam-calls.ts';
import { anInventory } from '../../support/inventories.ts';

const SATURDAY = '2026-03-14T02:12:00Z';
const MONDAY = '2026-03-16T11:00:00Z';
const MALLORY = { userName: 'mallory' };
const OMITTED = { omitted: true, originalSize: 131_072, reason: 'requestParameters too large' };
const minutes = (count: number, from = SATURDAY) =>
  new Date(Date.parse(from) + count * 60_000).toISOString().replace('.000', '');

const created = anIamCall('CreateUser', SATURDAY, MALLORY, { responseElements: { user: MALLORY } });
const keyed = anIamCall('CreateAccessKey', minutes(1), MALLORY, {
  responseElements: { accessKey: { ...MALLORY, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } },
});
const signedUp = anIamCall('CreateLoginProfile', minutes(3), { ...MALLORY, passwordResetRequired: false });
const deleted = anIamCall('DeleteUser', MONDAY, MALLORY);
const NIGHT = [created, keyed, signedUp];

const place = aPlace();
const HOURS = {
  timeZone: 'Europe/Berlin',
  hours: { from: '08:00', to: '18:00' },
  holidays: ['2026-03-18'],
  exempt: ['arn:aws:iam::*:role/ci-*'],
};
place.put('config.json', { watch: { iamUserAfterHours: HOURS } });
place.put('with-tags.json', { requiredTags: ['Team'], watch: { iamUserAfterHours: HOURS } });
place.put('without.json', { requiredTags: ['Team'] });

let files = 0;
/** Puts log files as CloudTrail names them, one for each region. */
function logs(recordsByRegion: Readonly<Record<string, readonly unknown[]>>): string {
  files += 1;
  for (const [region, records] of Object.entries(recordsByRegion))
    place.put(
      `logs-${files}/AWSLogs/111122223333/CloudTrail/${region}/2026/03/14/111122223333_CloudTrail_${region}_20260314T0215Z_aaaaaaaaaaaaaaaa.json.gz`,
      packed(records),
    );
  return `logs-${files}`;
}

async function scan(records: readonly unknown[], ...args: readonly string[]) {
  const { code, stdout, stderr } = await place.run(
    ...['scan', logs({ 'us-east-1': records }), '--account', 'none', '-o', 'json', ...args],
  );
  return { code, stderr, report: JSON.parse(stdout) as Report };
}

const found = ({ findings }: { readonly findings: readonly Finding[] }) =>
  findings.map(({ resourceId, status, detail }) => `${resourceId} ${status} ${String(detail.eventCount)}`);

describe('a user, its key and its password, made at night', () => {
  it('are one finding, which names the caller, the address and the time by the clock of the zone', async () => {
    const { code, report } = await scan(NIGHT);
    expect(code).toBe(3);
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]).toMatchObject({
      ...{ rule: 'iam-user-after-hours', severity: 'medium', status: 'open', resourceType: 'AWS::IAM::User' },
      ...{ accountId: '111122223333', region: 'us-east-1', resourceId: 'mallory' },
      reason:
        'dana made the user and gave it the access key AKIAIOSFODNN7EXAMPLE and a password outside working hours: Saturday 2026-03-14 03:12 to 03:15 Europe/Berlin',
      cause: { kind: 'call', calls: [{ actor: 'dana', eventID: signedUp.eventID }] },
      detail: { eventCount: 3, timeZone: 'Europe/Berlin' },
      ...{ firstSeen: '2026-03-14T02:12:00.000Z', lastSeen: '2026-03-14T02:15:00.000Z' },
    });
    expect(report.findings[0]?.evidence.map(({ eventID, sourceIPAddress }) => [eventID, sourceIPAddress])).toEqual(
      [signedUp, keyed, created].map(({ eventID, sourceIPAddress }) => [eventID, sourceIPAddress]),
    );
  });

  it('are in the table with the same words', async () => {
    const { stdout } = await place.run('scan', logs({ 'us-east-1': NIGHT }), '--account', 'none');
    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).toContain('outside working hours: Saturday 2026-03-14 03:12 to 03:15 Europe/Berlin');
    expect(text).toContain('Called by: dana (CreateLoginProfile, 2026-03-14 02:15 UTC)');
    expect(text).toContain(`From: ${String(created.sourceIPAddress)}`);
  });

  it('are counted once, although the files of two regions and two trails deliver the same records', async () => {
    const folder = logs({
      'us-east-1': [...NIGHT, ...NIGHT],
      'eu-west-1': NIGHT,
      'ap-northeast-1': NIGHT.toReversed(),
    });
    const { code, stdout } = await place.run('scan', folder, '--account', 'none', '-o', 'json');
    expect(code).toBe(3);
    expect(found(JSON.parse(stdout) as Report)).toEqual(['mallory open 3']);
  });

  it('are below a threshold of high, and no reason to fail with --exit-zero', async () => {
    expect((await scan(NIGHT, '--fail-on', 'high')).code).toBe(0);
    expect((await scan(NIGHT, '--exit-zero')).code).toBe(0);
  });

  it('are nothing to a configuration without the rule', async () => {
    const { code, report } = await scan(NIGHT, '--config', 'without.json');
    expect({ code, findings: report.findings }).toEqual({ code: 0, findings: [] });
  });
});

describe('the exit code', () => {
  it.each<[what: string, records: readonly unknown[], code: number, expected: readonly string[]]>([
    ['within the hours', [anIamCall('CreateUser', MONDAY, MALLORY)], 0, []],
    ['on a holiday', [anIamCall('CreateUser', '2026-03-18T11:00:00Z', MALLORY)], 3, ['mallory open 1']],
    ['by an exempt role', [anIamCall('CreateUser', SATURDAY, MALLORY, { userIdentity: inRole('ci-x', 's') })], 0, []],
    [
      'by a session that is named like an exempt role',
      [anIamCall('CreateUser', SATURDAY, MALLORY, { userIdentity: inRole('admin', 'ci-x') })],
      3,
      ['mallory open 1'],
    ],
    [
      'by a user that is named like an exempt role',
      [anIamCall('CreateUser', SATURDAY, MALLORY, { userIdentity: asUser('ci-x') })],
      3,
      ['mallory open 1'],
    ],
    ['by a call that failed', [anIamCall('CreateUser', SATURDAY, MALLORY, { errorCode: 'AccessDenied' })], 0, []],
    ['and deleted', [...NIGHT, deleted], 0, ['mallory resolved 3']],
    [
      'and renamed by day',
      [...NIGHT, anIamCall('UpdateUser', MONDAY, { ...MALLORY, newUserName: 'erin' })],
      3,
      ['erin open 3'],
    ],
    [
      'and renamed and deleted',
      [
        ...NIGHT,
        anIamCall('UpdateUser', MONDAY, { ...MALLORY, newUserName: 'erin' }),
        anIamCall('DeleteUser', minutes(5, MONDAY), { userName: 'erin' }),
      ],
      0,
      ['erin resolved 3'],
    ],
  ])('of a user made %s', async (_, records, code, expected) => {
    const ran = await scan(records);
    expect(found(ran.report)).toEqual(expected);
    expect(ran.code, ran.stderr).toBe(code);
  });

  it.each<[what: string, records: readonly unknown[], name: string, expected: readonly string[]]>([
    ['a policy whose user is not known', [anIamCall('PutUserPolicy', SATURDAY, OMITTED)], 'PutUserPolicy', []],
    [
      'a deletion of nobody knows whom',
      [created, anIamCall('DeleteUser', MONDAY, OMITTED)],
      'DeleteUser',
      ['mallory open 1'],
    ],
    [
      'a rename of nobody knows whom',
      [created, anIamCall('UpdateUser', MONDAY, OMITTED)],
      'UpdateUser',
      ['mallory open 1'],
    ],
  ])('of %s is that of something that could not be judged', async (_, records, name, expected) => {
    const { code, stderr, report } = await scan(records);
    expect(code).toBe(2);
    expect(found(report)).toEqual(expected);
    expect(stderr).toContain(`1 ${name} record could not be judged: CloudTrail omitted what the call was about`);
  });
});

describe('the accounts of an organisation', () => {
  const inAccount = (recipientAccountId: string) => anIamCall('CreateUser', SATURDAY, MALLORY, { recipientAccountId });
  const records = [inAccount('111122223333'), inAccount('444455556666')];
  const listing = (...accounts: readonly string[]) =>
    place.put(`trust-${accounts.length}.json`, { trail: { accounts }, watch: { iamUserAfterHours: HOURS } });
  const of = ({ findings }: Report) => findings.map(({ rule, accountId }) => `${rule} ${accountId}`).toSorted();

  it('have a finding each', async () => {
    const { code, report } = await scan(records, '--config', listing('111122223333', '444455556666'));
    expect({ code, found: of(report) }).toEqual({
      code: 3,
      found: ['iam-user-after-hours 111122223333', 'iam-user-after-hours 444455556666'],
    });
  });

  it('are named instead if the configuration does not list them', async () => {
    const { code, report } = await scan(records, '--config', listing('111122223333'));
    expect({ code, found: of(report) }).toEqual({
      code: 3,
      found: ['iam-user-after-hours 111122223333', 'log-integrity 444455556666'],
    });
  });
});

describe('with a ledger', () => {
  it('a later scan of the deletion resolves the finding, and says by whom', async () => {
    const more = ['--ledger', 'l.sqlite', '--now', '2026-03-17T12:00:00Z'];
    expect((await scan(NIGHT, ...more)).code).toBe(3);
    expect((await scan([deleted], ...more)).code).toBe(0);
    const { code, stdout } = await place.run('report', '--since', '2026-03-01', ...more, '-o', 'json');
    expect(code).toBe(0);
    const { findings } = JSON.parse(stdout) as Report;
    expect(found({ findings })).toEqual(['mallory resolved 3']);
    expect(findings[0]?.evidence[0]).toMatchObject({ role: 'resolution', eventName: 'DeleteUser', actor: 'dana' });
  });

  it('a later scan of a rename moves it to the new name', async () => {
    const more = ['--ledger', 'renamed.sqlite', '--now', '2026-03-17T12:00:00Z'];
    await scan(NIGHT, ...more);
    const { code, report } = await scan(
      [anIamCall('UpdateUser', MONDAY, { ...MALLORY, newUserName: 'erin' })],
      ...more,
    );
    expect({ code, found: found(report) }).toEqual({ code: 3, found: ['erin open 3', 'mallory resolved 3'] });
  });
});

describe('config validate', () => {
  it('says how a stack hears of these calls, and is content', async () => {
    const { code, stderr } = await place.run('config', 'validate');
    expect(code).toBe(0);
    expect(stderr).toContain(
      'config.json: watch.iamUserAfterHours: a stack hears of calls of IAM by log files, minutes later, unless deploy/iam-calls.json is deployed\n',
    );
    expect((await place.run('config', 'validate', '--config', 'without.json')).stderr).not.toContain('IAM');
  });
});

describe('the commands that look back at an account', () => {
  place.put('account.json', { ...Object(snapshotOf(anInventory())), readAt: '2026-03-17T14:00:00Z' });

  it('judge its resources, and say that calls are judged by scan', async () => {
    const args = ['--account', 'account.json', '--config', 'with-tags.json'];
    const { stdout, stderr } = await place.run('audit', ...args);
    expect(stdout).not.toContain('iam-user-after-hours');
    expect(stderr).toContain(
      'audit judges resources; "mirrorwatch scan" judges the calls in logs by iam-user-after-hours\n',
    );
    expect((await place.run('audit', ...args, '--quiet')).stderr).toBe('');
  });

  it('refuse to judge nothing, and to follow what is no resource of an account', async () => {
    const audit = await place.run('audit', '--account', 'account.json');
    expect({ code: audit.code, stderr: audit.stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing would be judged'),
    });
    const timeline = await place.run('timeline', 'mallory', logs({ 'us-east-1': NIGHT }), '--account', 'account.json');
    expect({ code: timeline.code, stderr: timeline.stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"mallory" cannot be the id of an instance'),
    });
  });
});
