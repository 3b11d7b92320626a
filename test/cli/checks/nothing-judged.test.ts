import { existsSync, mkdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { zipOf } from '../../delivery/zip-builder.ts';
import { aPlace, packed, snapshotOf } from '../../support/command-line.ts';
import { aLaunchRecord, aRecord, aTagRecord } from '../../support/deliveries.ts';
import { anInventory } from '../../support/inventories.ts';

const place = aPlace();
const PARQUET = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'class_uid', data: [6003], type: 'INT32' }] }));
const MIRRORING = { filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] };

mkdirSync(place.path('empty'));
place.put('other/readme.txt', 'not a log');
place.put('other/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/17/digest.json.gz', packed([]));
place.put('other.zip', zipOf([{ name: 'readme.txt', data: 'not a log' }]));
place.put('no-records.json', { Records: [] });
// From 12:01 to 12:10 on 2026-03-17.
place.put('logs/a.json.gz', packed([aLaunchRecord(1, 'i-0a1'), aTagRecord(3, 'i-0a1', { Team: 'x' })]));
place.put('logs/b.json', { Records: [aRecord('DescribeInstances', 10, null, null)] });
place.put(
  'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/17/111122223333_CloudTrail_eu-west-1_20260317T1205Z_abc.json.gz',
  packed([aLaunchRecord(1, 'i-0a1')]),
);
place.put('account.json', snapshotOf(anInventory()));
place.put('elsewhere.json', snapshotOf({ ...anInventory(), accountId: '444455556666' }));
place.put('regionless.json', { schema: 'mirrorwatch.account/1', regions: [] });
place.put('unreadable.json', { schema: 'mirrorwatch.account/1', regions: [{ accountId: 5 }] });
place.put('config.json', { requiredTags: ['CostCenter'], mirroring: MIRRORING });
place.put('mirror-only.json', { mirroring: MIRRORING });
place.put('asks-nothing.json', { graceSeconds: 60, mirroring: { ...MIRRORING, mode: 'off' } });
place.put('accounts-only.json', { trail: { accounts: ['111122223333'] } });

/** Runs a command line given as one text. */
const run = (line: string): ReturnType<typeof place.run> => place.run(...line.split(' '));

place.put('foreign/table.csv.gz', gzipSync('eventVersion,eventName,eventTime\n1,2,3\n'));
place.put('foreign/part-0.parquet', PARQUET);
place.put('foreign/package.json', { name: 'a package' });
place.put('foreign/notes.txt', 'not a log');
place.put('foreign/app.log', 'started\nstopped\n');
place.put('mixed/part-0.parquet', PARQUET);
place.put('mixed/a.json', { Records: [aRecord('DescribeInstances', 10, null, null)] });

describe('files of which none is a log', () => {
  it.each(['scan foreign --account none', 'events foreign'])('are named, with exit code 1: %s', async (line) => {
    const { code, stdout, stderr } = await run(line);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('foreign/table.csv.gz: reading a log: found a table of events (CSV)');
    expect(stderr).toContain('foreign/part-0.parquet: reading a log: found Parquet');
    expect(stderr).toContain('foreign/package.json#0: no eventName');
    expect(stderr).toContain('no file in foreign is a CloudTrail log (4 files; skipped: 1 not-a-log); see above');
  });

  it('are named beside a log, with exit code 2', async () => {
    const { code, stderr } = await run('scan mixed --account none');
    expect(code).toBe(2);
    expect(stderr).toContain('mixed/part-0.parquet: reading a log: found Parquet');
  });
});

describe('a run that judged nothing', () => {
  it.each([
    ['scan empty --account none', 'nothing was judged: there is no CloudTrail log file in empty;'],
    ['events empty', 'nothing was searched: there is no CloudTrail log file in empty;'],
    ['scan other --account none', 'no CloudTrail log file in other; skipped: 1 digest, 1 not-a-log;'],
    ['events other.zip', 'no CloudTrail log file in other.zip; skipped: 1 not-a-log;'],
    ['events empty other.zip', 'no CloudTrail log file in empty, other.zip;'],
    ['scan no-records.json --account none', 'there is no record in no-records.json (1 file)'],
    ['events no-records.json', 'there is no record in no-records.json (1 file)'],
    [
      'scan logs --since 2026-03-18 --account none',
      'none of the 3 records in logs is from 2026-03-18T00:00:00.000Z on',
    ],
    ['events logs --until 2026-03-17', 'none of the 3 records in logs is before 2026-03-17T00:00:00.000Z'],
    [
      'events logs --since 2026-03-17T12:04:00Z --until 2026-03-17T12:09:00Z --event-name RunInstances',
      'none of the 3 records in logs is from 2026-03-17T12:04:00.000Z to 2026-03-17T12:09:00.000Z',
    ],
    [
      'scan AWSLogs --since 2026-05-01 --account none',
      'no log file in AWSLogs can hold events from 2026-05-01T00:00:00.000Z on',
    ],
    [
      'scan logs --since 2026-03-18 --until 2026-03-17',
      '--since 2026-03-18T00:00:00.000Z is not before --until 2026-03-17',
    ],
    ['events logs --since 2026-03-18 --until 2026-03-18', 'no event can be in that period'],
    ['audit --account none', '--account none: this command needs an account'],
    ['mirror plan --account none', '--account none: this command needs an account'],
    ['mirror apply --account none', '--account none: this command needs an account'],
    ['mirror explain i-0a1 --account none', '--account none: this command needs an account'],
    ['snapshot --account none', '--account none: this command needs an account'],
    ['audit --account regionless.json', 'regionless.json describes no account and region'],
    ['mirror plan --account regionless.json', 'regionless.json describes no account and region'],
    ['scan logs --account regionless.json', 'regionless.json describes no account and region'],
    ['audit --account unreadable.json', 'unreadable.json describes no account and region'],
    [
      'audit --account account.json --config asks-nothing.json',
      'no tag is required and mirroring is off, so nothing would be judged',
    ],
    ['audit --account account.json --config accounts-only.json', 'so nothing would be judged'],
    ['scan logs --account account.json --config asks-nothing.json', 'so nothing would be judged'],
    ['scan logs --account none --config mirror-only.json', 'records alone do not show mirroring'],
    [
      'audit --account account.json --regions eu-west-1a',
      '"eu-west-1a" is an availability zone; its region is eu-west-1',
    ],
    ['events logs --instance web-1', '--instance: "web-1" cannot be the id of an instance'],
    ['events logs --instance eni-0a1', '--instance: "eni-0a1" cannot be the id of an instance'],
    ['events logs --event-name ,', 'It must be at least one value'],
    ['report --ledger history.sqlite --accounts ,', 'It must be at least one value'],
    ['mirror explain web-1 --account account.json', '"web-1" cannot be the id of an interface'],
  ])('is no all-clear: %s', async (line, reason) => {
    const { code, stdout, stderr } = await run(line);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error: ');
    expect(stderr).toContain(reason);
  });

  it('is none if every account that the records name is missing from the snapshot', async () => {
    const { code, stderr } = await run('scan logs --account elsewhere.json --exit-zero');
    expect(code).toBe(1);
    expect(stderr).toContain('111122223333:eu-west-1: ');
    expect(stderr).toContain('nothing was judged: no account and region could be read');
  });

  it.each([
    ['scan logs/b.json --account none', 'records that touch no instance'],
    ['scan logs --since 2026-03-17T12:09:00Z --account none', 'a period with records that touch no instance'],
    ['scan logs --account none --config accounts-only.json --exit-zero', 'records of accounts that are listed'],
    ['events logs --event-name DescribeInstances --since 2026-03-17T12:09:00Z', 'a call in the period'],
    [
      'events logs --event-name TerminateInstances --since 2026-03-17T12:09:00Z',
      'a call that did not occur in the period',
    ],
    ['watch --folder empty --once --account none', 'an empty folder that is watched'],
  ])('is another thing than %s: %s', async (line) => {
    expect((await run(line)).code).toBe(0);
  });

  it('names a path without logs beside others, and reads the others', async () => {
    const { code, stdout, stderr } = await run('events empty logs --event-name RunInstances');
    expect(code).toBe(0);
    expect(stdout).toContain('"eventName":"RunInstances"');
    expect(stderr).toContain('warning: empty: there is no CloudTrail log file in it');
  });

  it('leaves unreadable input to exit code 2, which names it', async () => {
    const { code, stderr } = await run('events missing.json empty');
    expect(code).toBe(2);
    expect(stderr).toContain('warning: missing.json: ');
    expect(stderr).toContain('warning: empty: there is no CloudTrail log file in it');
  });

  it('warns if watching would judge nothing', async () => {
    const { stderr } = await run('watch --folder empty --once --account none --config asks-nothing.json');
    expect(stderr).toContain('warning: no tag is required and mirroring is off, so nothing would be judged');
  });
});

describe('a snapshot', () => {
  const described = (...regions: readonly object[]): object => ({ schema: 'mirrorwatch.account/1', regions });
  const [good = {}] = (snapshotOf(anInventory()) as { readonly regions: readonly object[] }).regions;
  place.put('no-lists.json', described({ accountId: '111122223333', region: 'eu-west-1' }));
  place.put('short-id.json', described({ ...good, accountId: '1234' }));
  place.put('zone.json', described({ ...good, region: 'eu-west-1a' }));
  place.put('partly.json', described(good, { accountId: '111122223333', region: 'eu-west-2' }));
  place.put('misspelt.json', described({ ...good, region: 'eu-wset-1' }));
  place.put('new-region.json', described({ ...good, region: 'antarctica-polar-1' }));

  it.each([
    ['no-lists.json', 'no-lists.json: 111122223333:eu-west-1: has none of the lists that can be judged'],
    ['short-id.json', '"1234" cannot be an account id: those have 12 digits'],
    ['zone.json', '"eu-west-1a" is an availability zone; its region is eu-west-1'],
  ])('that nothing can be judged by is refused with the reason: %s', async (file, reason) => {
    for (const command of ['audit', 'mirror plan', 'scan logs', 'snapshot']) {
      const { code, stdout, stderr } = await run(`${command} --account ${file}`);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(reason);
      expect(stderr).toContain(`${file} describes no account and region`);
    }
  });

  it('names a region without any list, and judges the others', async () => {
    const { code, stdout, stderr } = await run('audit --account partly.json -o json');
    expect(code).toBe(2);
    expect(stderr).toContain('warning: partly.json: 111122223333:eu-west-2: has none of the lists');
    expect((JSON.parse(stdout) as { readonly findings: readonly unknown[] }).findings).not.toEqual([]);
  });

  it('with a region that AWS has not published is judged, with a warning if the name is close to a known one', async () => {
    const misspelt = await run('audit --account misspelt.json');
    expect(misspelt.stderr).toContain('"eu-wset-1" is not a region that AWS published; did you mean eu-west-1?');
    const unpublished = await run('audit --account new-region.json');
    expect(unpublished.stderr).not.toContain('did you mean');
    for (const { code, stdout } of [misspelt, unpublished]) {
      expect(code).toBe(3);
      expect(stdout).toContain('instance-untagged');
    }
  });
});

describe('mirrorwatch snapshot', () => {
  it('writes no file if no account and region could be read', async () => {
    const { code, stderr } = await run('snapshot written.json --account regionless.json');
    expect(code).toBe(1);
    expect(stderr).toContain('regionless.json describes no account and region');
    expect(existsSync(place.path('written.json'))).toBe(false);
  });
});

describe('a misspelt name', () => {
  it.each([
    [
      'events logs --event-name RunInstance',
      '--event-name: no record has the event name "RunInstance"; did you mean RunInstances?',
    ],
    ['events logs --event-name runinstances', 'did you mean RunInstances?'],
    ['events logs --event-name DescribeInstanses', 'did you mean DescribeInstances?'],
    [
      'events logs --event-name RunInstances,CreateTag',
      'no record has the event name "CreateTag"; did you mean CreateTags?',
    ],
    ['events logs --event-source ec', 'no record has the event source "ec.amazonaws.com"; did you mean'],
    ['events logs --event-source lamda', 'did you mean lambda.amazonaws.com?'],
  ])('is a usage error with a suggestion: %s', async (line, reason) => {
    const { code, stderr } = await run(line);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  });

  it.each([
    ['events logs --event-name TerminateInstances', 'a call of EC2 that did not occur'],
    ['events logs --event-name DeleteRole', 'a call of IAM that did not occur'],
    ['events logs --event-name DescribeInstance', 'a call of another service'],
    ['events logs --event-name CreateFunction20150331', 'a call with the version of its API'],
    ['events logs --event-name BrewCoffeeForEveryone', 'a name like no other: it may be new'],
    ['events logs --event-source kms', 'a service without records'],
    ['events logs --event-source brewing.example.com', 'a service like no other'],
  ])('is not %s: %s', async (line) => {
    expect(await run(line)).toMatchObject({ code: 0, stdout: '' });
  });

  it('of a region is a warning, and what the account lacks is named', async () => {
    const { code, stderr } = await run('audit --account account.json --regions eu-west-1,eu-wset-1');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'warning: --regions: "eu-wset-1" is not a region that AWS published; did you mean eu-west-1?',
    );
    expect(stderr).toContain('warning: --regions eu-wset-1: is not in the account, which has eu-west-1');
  });
});

describe('a report on what the ledger does not hold', () => {
  const ledger = '--ledger history.sqlite --now 2026-03-18T12:00:00Z';

  it.each([
    [
      '--since 2020-01-01 --until 2020-02-01',
      'nothing was judged from 2020-01-01T00:00:00.000Z to 2020-02-01T00:00:00.000Z: the ledger has no run of that period; its runs are from 2026-03-18T12:00:00.000Z',
    ],
    ['--regions eu-wset-1', '--regions: "eu-wset-1" does not occur in the ledger; did you mean eu-west-1?'],
    ['--regions us-gov-east-1', '"us-gov-east-1" does not occur in the ledger; it has eu-west-1'],
    ['--accounts 444455556666', '--accounts: "444455556666" does not occur in the ledger; it has 111122223333'],
    ['--accounts 1234', '--accounts: "1234" cannot be an account id: those have 12 digits'],
  ])('is no all-clear: report %s', async (options, reason) => {
    await run(`audit --account account.json ${ledger}`);
    const { code, stdout, stderr } = await run(`report ${ledger} --until 2026-03-19 ${options}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(reason);
  });
});

describe('paths that name the same logs', () => {
  it.each([
    'events logs logs',
    'events logs logs/',
    'events logs logs/a.json.gz logs/b.json',
    'events logs/b.json logs',
  ])('are read once, without a warning: %s', async (line) => {
    const { code, stdout, stderr } = await run(line);
    const once = await run('events logs');
    const sorted = (text: string): readonly string[] => text.trim().split('\n').toSorted();
    expect(sorted(stdout)).toEqual(sorted(once.stdout));
    expect(code).toBe(0);
    expect(stderr).toMatch(/^3 of 3 records in 2 files(?:; skipped: \d repeated-(?:file|folder))?\n$/);
  });
});
