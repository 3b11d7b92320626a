import { Readable } from 'node:stream';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type HistoryRun, RUN_FILE, runOf } from '../../src/history/history-run.ts';
import type { HistoryStore } from '../../src/history/history-store.ts';
import { readPlan } from '../../src/history/plan/read-plan.ts';
import { writePlan } from '../../src/history/plan/write-plan.ts';
import { readScope } from '../../src/history/records/read-scope.ts';
import { readSummary } from '../../src/history/shard/shard-summary.ts';
import { handler, type ShardOrder } from '../../src/lambda/history.ts';
import { type ConditionalS3, startConditionalS3 } from '../support/conditional-s3.ts';
import { aLaunchRecord } from '../support/deliveries.ts';
import { aFauxqs } from '../support/fauxqs.ts';
import { packedLog } from '../support/history.ts';
import { livePorts, pointAt } from '../support/live.ts';

const fauxqs = aFauxqs();
let double: ConditionalS3;
let order: ShardOrder;
let run: HistoryRun;
const results = (): HistoryStore => livePorts().historyStore('history', 'plan/result');
const CONTEXT = {
  awsRequestId: 'r',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:scan-shard',
} as Context;
const scan = (event: unknown) => handler(event, CONTEXT);

beforeAll(async () => {
  double = await startConditionalS3(fauxqs().port);
  pointAt(double.url);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
  for (const Bucket of ['history', 'trail']) await s3.send(new CreateBucketCommand({ Bucket }));
  const logs = [
    packedLog([aLaunchRecord(1, 'i-00000000000000001')]),
    packedLog([aLaunchRecord(2, 'i-00000000000000002')]),
  ];
  const objects = logs.map((Body, at) => ({ key: `s3://trail/log-${at}.json.gz`, size: Body.length }));
  for (const [at, Body] of logs.entries())
    await s3.send(new PutObjectCommand({ Bucket: 'trail', Key: `log-${at}.json.gz`, Body }));
  objects.push({ key: 's3://trail/gone.json.gz', size: 9 });
  const plans = livePorts().historyStore('history', 'plan');
  const plan = await writePlan(Readable.from(objects), plans, {
    details: { plannedAt: '2026-11-23T00:00:00.000Z', paths: ['s3://trail'], accounts: [], regions: [] },
    size: { objects: 10, bytes: 1e9 },
    unplanned: () => ({ skipped: {}, rejected: [] }),
  });
  run = runOf(plan, { keep: 'watched', eventNames: [], toolVersion: '1', written: {} });
  await results().write(RUN_FILE, Buffer.from(JSON.stringify(run)));
  const { pointers } = await readPlan(plans);
  const [pointer] = pointers;
  if (pointer === undefined) throw new Error('the plan has no shard');
  order = { plan: 's3://history/plan', result: 's3://history/plan/result', run: run.id, bucketOwners: {}, pointer };
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await double.stop();
});

describe('history.handler', () => {
  it('refuses what is no order, another run, and a result without one', async () => {
    await expect(scan({ Records: [] })).rejects.toThrow('the event is no order to scan a shard');
    await expect(scan({ ...order, plan: '/tmp/plan' })).rejects.toThrow('plan');
    const elsewhere = { ...order, pointer: { ...order.pointer, shard: '../00001' } };
    await expect(scan(elsewhere)).rejects.toThrow('pointer.shard');
    await expect(scan({ ...order, run: 'other' })).rejects.toThrow('holds another run, and the shard is of run other');
    await expect(scan({ ...order, result: 's3://history/elsewhere' })).rejects.toThrow('holds no run');
  });

  it('scans a shard, names what it cannot read, and answers briefly', async () => {
    const answer = await scan(order);
    expect(answer).toEqual({ shard: '00001', objects: { planned: 3, scanned: 2, skipped: {}, failed: 1 }, records: 2 });
    const summary = await readSummary(results(), '00001', run);
    expect(summary?.failed).toEqual([
      { key: 's3://trail/gone.json.gz', reason: expect.stringContaining('gone.json.gz') },
    ]);
    const [file] = summary?.kept.files ?? [];
    if (file === undefined) throw new Error('nothing was kept');
    const kept: string[] = [];
    for await (const batch of readScope(results(), file, { accountId: '111122223333', region: 'eu-west-1' }))
      kept.push(...batch.map(({ json }) => JSON.parse(json).eventName));
    expect(kept).toEqual(['RunInstances', 'RunInstances']);
  });

  it('answers with the result that is there already', async () => {
    const before = (await results().read('shard=00001/summary.json'))?.toString();
    expect((await scan(order)).records).toBe(2);
    expect((await results().read('shard=00001/summary.json'))?.toString()).toBe(before);
  });
});
