/** What the commands say of logs in a bucket, as they do of a folder. */

import { gunzipSync, gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeAll, describe, expect, it } from 'vitest';
import { withoutRepeats } from '../../src/cli/s3-logs.ts';
import { frameOf } from '../pipeline/objects/zstd-builder.ts';
import { aPlace, packed, snapshotOf } from '../support/command-line.ts';
import { aLaunchRecord, aLogKey } from '../support/deliveries.ts';
import { aFauxqs } from '../support/fauxqs.ts';
import { ACCOUNT, anInventory } from '../support/inventories.ts';

const FOREIGN = '999988887777';
const OURS = aLogKey(1);
const THEIRS = OURS.replaceAll(ACCOUNT, FOREIGN);
const log = packed([aLaunchRecord(1, 'i-0a1')]);

const fauxqs = aFauxqs();
const env: Record<string, string> = { AWS_REGION: 'eu-west-1', NODE_NO_WARNINGS: '1' };
const place = aPlace(env);
place.put('config.json', { requiredTags: ['CostCenter'], region: 'eu-west-1', trail: { accounts: [ACCOUNT] } });
place.put('account.json', snapshotOf(anInventory()));

const OBJECTS: Readonly<Record<string, Buffer | string>> = {
  [`trail/${OURS}`]: log,
  [`trail/${THEIRS}`]: log,
  [`org/${THEIRS.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/')}`]: log,
  'foreign/table.csv.gz': gzipSync('eventVersion,eventName,eventTime\n1,2,3\n'),
  'foreign/package.json': '{"name":"a package"}',
  'other/readme.txt': 'not a log',
  'lake/accountId=111122223333/eventDay=20260317/a.gz.parquet': Buffer.from(
    parquetWriteBuffer({
      columnData: [{ name: 'raw_data', data: [JSON.stringify(aLaunchRecord(1, 'i-0a1'))], type: 'STRING' }],
    }),
  ),
  'packed/log.json.zst': frameOf(gunzipSync(new Uint8Array(log))),
  'packed/logs.tar.gz': gzipSync('not looked into'),
  'mixed/package.json': '{"name":"a package"}',
  'mixed/log.json.gz': log,
};

beforeAll(async () => {
  env.AWS_ENDPOINT_URL = `http://127.0.0.1:${fauxqs().port}`;
  env.AWS_ACCESS_KEY_ID = 'AKIATEST';
  env.AWS_SECRET_ACCESS_KEY = 'secret';
  const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'logs' }));
  for (const [Key, Body] of Object.entries(OBJECTS)) await s3.send(new PutObjectCommand({ Bucket: 'logs', Key, Body }));
});

const run = (line: string) => place.run(...line.split(' '));

describe('objects in other forms', () => {
  it('are read from Parquet with raw records, as a lake of OCSF events has them', async () => {
    const { code, stdout } = await run('events s3://logs/lake/');
    expect({ code, names: stdout.match(/"eventName":"\w+"/g) }).toEqual({
      code: 0,
      names: ['"eventName":"RunInstances"'],
    });
  });

  it('are read from Zstandard, and archives beside them are named', async () => {
    const { code, stdout, stderr } = await run('events s3://logs/packed/');
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain('s3://logs/packed/logs.tar.gz: archives in a bucket are not opened');
    expect(code).toBe(2);
  });
});

describe('objects of which none is a log', () => {
  it.each([
    'scan s3://logs/foreign/ --account none',
    'events s3://logs/foreign/',
    'audit s3://logs/foreign/ --as-of 2026-03-17T12:00:30Z --account account.json',
  ])('are named, with exit code 1: %s', async (line) => {
    const { code, stdout, stderr } = await run(line);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('s3://logs/foreign/table.csv.gz: reading a log: found a table of events (CSV)');
    expect(stderr).toContain('s3://logs/foreign/package.json#0: no eventName');
    expect(stderr).toContain('no file in s3://logs/foreign/ is a CloudTrail log (2 files); see above');
  });

  it.each([
    'scan s3://logs/other/ --account none',
    'events s3://logs/other/',
    'audit s3://logs/other/ --as-of 2026-03-17T12:00:30Z --account account.json',
  ])('are counted if their names say so, with exit code 1: %s', async (line) => {
    const { code, stdout, stderr } = await run(line);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('there is no CloudTrail log file in s3://logs/other/; skipped: 1 not-a-log');
  });

  it('are named beside a log, with exit code 2', async () => {
    const { code, stderr } = await run('scan s3://logs/mixed/ --account none');
    expect(code).toBe(2);
    expect(stderr).toContain('s3://logs/mixed/package.json#0: no eventName');
  });

  it('are an unread path if there is nothing under the prefix', async () => {
    const { code, stderr } = await run('events s3://logs/none/');
    expect(code).toBe(2);
    expect(stderr).toContain('s3://logs/none/: there is no such object or folder');
  });
});

describe('objects under the path of an account that is not in trail.accounts', () => {
  it.each([
    ['s3://logs/trail/', ['instance-untagged i-0a1', `log-integrity ${FOREIGN}`], 1, `s3://logs/trail/${THEIRS}`],
    [
      's3://logs/org/',
      [`log-integrity ${FOREIGN}`],
      0,
      `s3://logs/org/${THEIRS.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/')}`,
    ],
  ])('are named, counted and found unread: %s', async (prefix, found, files, object) => {
    const { code, stdout, stderr } = await run(`scan ${prefix} --account none -o json`);
    const { findings, input } = JSON.parse(stdout);
    const names = findings.map(({ rule, resourceId }: { rule: string; resourceId: string }) => `${rule} ${resourceId}`);
    expect(names.toSorted()).toEqual(found);
    expect(input).toMatchObject({ files, skipped: { 'foreign-account': 1 } });
    expect(stderr).toContain(`1 log of account ${FOREIGN} not read, as trail.accounts does not list it: ${object}`);
    expect(code).toBe(3);
  });
});

describe('paths of a bucket that name the same logs', () => {
  it.each<[readonly string[], readonly string[]]>([
    [['s3://trail', 's3://trail/AWSLogs/'], ['s3://trail']],
    [['s3://trail/AWSLogs/1', 's3://trail/AWSLogs'], ['s3://trail/AWSLogs']],
    [['s3://trail/AWSLogs', 's3://trail/AWSLogs/'], ['s3://trail/AWSLogs/']],
    [
      ['s3://trail/AWSLogs', 's3://trail/AWSLogs2', 's3://trails'],
      ['s3://trail/AWSLogs', 's3://trail/AWSLogs2', 's3://trails'],
    ],
    [
      ['logs', 'logs/below'],
      ['logs', 'logs/below'],
    ],
  ])('%j: it lists %j', (paths, expected) => {
    expect(withoutRepeats(paths)).toEqual(expected);
  });
});
