import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testHistoryStore } from '../../contract/history-store.ts';
import { type ConditionalS3, startConditionalS3 } from '../../support/conditional-s3.ts';
import { aFauxqs } from '../../support/fauxqs.ts';
import { livePorts, pointAt } from '../../support/live.ts';

const fauxqs = aFauxqs();
let s3: ConditionalS3;
let buckets = 0;

beforeAll(async () => {
  s3 = await startConditionalS3(fauxqs().port);
  pointAt(s3.url);
});
afterAll(() => s3.stop());

async function openStore() {
  buckets += 1;
  const bucket = `history-${buckets}`;
  const client = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const again = () => livePorts().historyStore(bucket, 'results/2026');
  return { store: again(), again };
}

describe('a prefix in a bucket', () => {
  testHistoryStore(openStore);

  it('writes again where another write came between', async () => {
    const { store } = await openStore();
    s3.contentions = 2;
    expect(await store.write('once', Buffer.from('x'), { once: true })).toBe(true);
    expect((await store.read('once'))?.toString()).toBe('x');
  });

  it('gives up where others come between every time', async () => {
    const { store } = await openStore();
    s3.contentions = 1000;
    await expect(store.write('once', Buffer.from('x'), { once: true })).rejects.toThrow('ConditionalRequestConflict');
    s3.contentions = 0;
  });

  it('has written what is there already with the same bytes: the answer to the first attempt may have been lost', async () => {
    const { store } = await openStore();
    await store.write('once', Buffer.from('x'), { once: true });
    expect(await store.write('once', Buffer.from('x'), { once: true })).toBe(true);
  });

  it('is named by its bucket and prefix', async () => {
    const { store } = await openStore();
    expect(store.place).toBe(`s3://history-${buckets}/results/2026`);
  });
});
