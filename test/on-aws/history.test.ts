/** Years of logs, scanned by the state machine of deploy/history.json with the built zip: what one scan finds. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, it } from 'vitest';
import { readTemplate } from '../support/cloudformation.ts';
import { aPlace, type Place } from '../support/command-line.ts';
import { oddLogs } from '../support/history-logs.ts';
import { LAB_IS_THERE } from './lab.ts';
import { createStack, type Stack } from './stack.ts';

const FILES = 120;
const s3 = new S3Client({ region: 'us-east-1', forcePathStyle: true });
const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = process.env;

let place: Place;
let machine: string;
let stack: Stack;
let bucket: string;

async function createdWithLogs(): Promise<void> {
  await fetch(`${AWS_ENDPOINT_URL}/moto-api/reset`, { method: 'POST' });
  stack = await createStack('years', { TrailBuckets: 'trail' }, 'deploy/history.json');
  bucket = stack.id('HistoryBucket');
  machine = await aMachine();
  await s3.send(new CreateBucketCommand({ Bucket: 'trail' }));
  // Archives in a bucket are not opened.
  for (const { name, bytes } of oddLogs(FILES, 11))
    if (!name.endsWith('.zip')) await s3.send(new PutObjectCommand({ Bucket: 'trail', Key: name, Body: bytes }));
}

/** The template's state machine. The lab makes the stack's where its engine does not look for it, so this one is made by a call. */
async function aMachine(): Promise<string> {
  const arn = `arn:aws:lambda:us-east-1:123456789012:function:${stack.id('ScanShard')}`;
  const { Resources } = readTemplate('deploy/history.json');
  const text: string = Resources.Machine.Properties.DefinitionString['Fn::Sub'];
  const within: Readonly<Record<string, string>> = {
    'AWS::Partition': 'aws',
    'ScanShard.Arn': arn,
    HistoryBucket: bucket,
  };
  const definition = text.replace(/\$\{([\w.:]+)\}/g, (whole, name: string) => within[name] ?? whole);
  const roleArn = 'arn:aws:iam::123456789012:role/any';
  const { stateMachineArn = '' } = await new SFNClient({ region: 'us-east-1' }).send(
    new CreateStateMachineCommand({ name: 'scan-years', definition, roleArn }),
  );
  return stateMachineArn;
}

const history = (command: 'run' | 'fold', plan: string, ...options: readonly string[]): ReturnType<Place['run']> =>
  place.run('history', command, `s3://${bucket}/${plan}`, ...options);

async function planned(plan: string): Promise<void> {
  const ran = await place.run('history', 'plan', 's3://trail', '-o', `s3://${bucket}/${plan}`, '--shard-objects', '9');
  expect(ran.code, ran.stderr).toBe(0);
}

/** The processes of the lab's functions. */
async function processes(): Promise<readonly number[]> {
  const answer = (await (await fetch(`${AWS_ENDPOINT_URL}/lab/functions`)).json()) as unknown;
  return [...JSON.stringify(answer).matchAll(/"pid": ?(\d+)/g)].map(([, pid]) => Number(pid));
}

describe.skipIf(!LAB_IS_THERE)('history run --state-machine', () => {
  // The lab's engine runs one execution, and no second one before a reset.
  beforeEach(async () => {
    place = aPlace({ AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION });
    place.put('config.json', { requiredTags: ['Owner'] });
    await createdWithLogs();
    const outputs = ['-o', 'jsonl=scan.jsonl', '-o', 'json=scan.json'];
    const scanned = await place.run('scan', 's3://trail', '--account', 'none', ...outputs);
    expect(scanned.code, scanned.stderr).toBe(2);
  });

  const expectSameAsScan = (): void => {
    expect(readFileSync(place.path('run.jsonl'), 'utf8')).toBe(readFileSync(place.path('scan.jsonl'), 'utf8'));
    const [ran, scanned] = ['run.json', 'scan.json'].map((name) => JSON.parse(readFileSync(place.path(name), 'utf8')));
    expect(ran.input).toEqual(scanned.input);
    expect(ran.summary).toEqual(scanned.summary);
    expect(scanned.findings.length).toBeGreaterThan(5);
  };
  const OUTPUTS = ['--account', 'none', '-o', 'jsonl=run.jsonl', '-o', 'json=run.json'];

  it('finds what one scan finds: the same bytes, the same counts', async () => {
    await planned('one');
    const ran = await history('run', 'one', '--state-machine', machine, ...OUTPUTS);
    expect(ran.stderr).toMatch(/^started execution ([0-9a-f]{16}-){3}1$/m);
    expect(ran.stderr).toMatch(/^\d+ planned objects = \d+ scanned \+ \d+ skipped \+ 0 failed$/m);
    expect(ran.code, ran.stderr).toBe(2);
    expectSameAsScan();
    const again = await history('run', 'one', '--state-machine', machine, ...OUTPUTS);
    expect(again.stderr).not.toContain('execution');
    expectSameAsScan();
  });

  it('goes on after functions and the command itself were killed, and follows what runs', async () => {
    await planned('two');
    const first = place.start('history', 'run', `s3://${bucket}/two`, '--state-machine', machine, '--scan-only');
    let heard = '';
    first.stderr?.on('data', (text: Buffer) => {
      heard += text.toString();
    });
    while (!heard.includes('started execution') && first.exitCode === null) await sleep(50);
    expect(heard).toContain('started execution');
    first.kill('SIGINT');
    await sleep(300);
    expect(heard).toContain('An execution that was started goes on in AWS');
    for (const pid of await processes()) process.kill(pid, 'SIGKILL');
    const ran = await history('run', 'two', '--state-machine', machine, ...OUTPUTS);
    expect(ran.stderr).toMatch(/follows execution|done before/);
    expect(ran.stderr).not.toContain('was not scanned');
    expectSameAsScan();
  });

  it('names the shards that its function cannot scan, and leaves them to the next run', async () => {
    await planned('three');
    const Key = 'three/manifest/shard-00002.jsonl.gz';
    const manifest = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    const ran = await history('run', 'three', '--state-machine', machine, '--scan-only');
    expect([ran.code, ran.stderr]).toEqual([
      2,
      expect.stringMatching(/^warning: shard 00002 with \d objects was not scanned: its function failed/m),
    ]);
    expect(ran.stderr.match(/was not scanned/g)).toHaveLength(1);
    const Body = (await manifest.Body?.transformToByteArray()) ?? '';
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    const again = await history('run', 'three', '--local', ...OUTPUTS);
    expect(again.stderr).toMatch(/^\d+ shards of \d+ have a result already$/m);
    expectSameAsScan();
  });

  it('refuses what functions in AWS do not reach, and says where to scan', async () => {
    place.put('logs/one.json', { Records: [] });
    await place.run('history', 'plan', 'logs', '-o', 'here');
    await planned('four');
    const four = `s3://${bucket}/four`;
    for (const [plan, options, message] of [
      ['here', [], 'logs is on this machine, where functions in AWS do not reach it'],
      [four, ['--result', 'out'], 'out is on this machine'],
      [four, ['--state-machine', 'arn:aws:lambda:x'], 'is no ARN of a state machine'],
      [four, ['--local'], 'say where to scan'],
    ] as const) {
      const { code, stderr } = await place.run(
        'history',
        'run',
        plan,
        '--state-machine',
        machine,
        '--scan-only',
        ...options,
      );
      expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    }
  });
});
