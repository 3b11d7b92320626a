import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FoundLog } from '../../../src/delivery/fetch-log.ts';
import { cutShards } from '../../../src/history/plan/cut-shards.ts';
import { nothingLeftOut, plannedObjects } from '../../../src/history/plan/planned-objects.ts';
import { objectsOf, readPlan } from '../../../src/history/plan/read-plan.ts';
import { writePlan } from '../../../src/history/plan/write-plan.ts';
import { type PlannedObject, SHARDS_FILE } from '../../../src/history/plan.ts';
import { memoryStore } from '../../support/history.ts';

const DETAILS = { plannedAt: '2026-11-23T10:00:00.000Z', paths: ['s3://trail'], accounts: [], regions: [] };
const unplanned = () => ({ skipped: { digest: 2 }, rejected: [{ path: 's3://trail/x', reason: 'AccessDenied' }] });

async function* listing(objects: readonly PlannedObject[]): AsyncGenerator<PlannedObject> {
  yield* objects;
}

const objectsOfSizes = (...sizes: readonly number[]): readonly PlannedObject[] =>
  sizes.map((size, at) => ({ key: `s3://trail/${String(at).padStart(6, '0')}`, size, etag: `e${at}` }));

async function cut(objects: readonly PlannedObject[], size?: Parameters<typeof cutShards>[1]) {
  const shards: (readonly PlannedObject[])[] = [];
  for await (const shard of cutShards(listing(objects), size)) shards.push(shard);
  return shards;
}

describe('cutting a listing into shards', () => {
  it('keeps every object once, in its order, and no shard too heavy', async () => {
    const sizes = fc.array(fc.oneof(fc.nat({ max: 500 }), fc.nat({ max: 5000 })), { maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 3000 }),
        async (all, most, bytes) => {
          const objects = objectsOfSizes(...all);
          const shards = await cut(objects, { objects: most, bytes });
          expect(shards.flat()).toEqual(objects);
          for (const shard of shards) {
            const weight = shard.length / most + shard.reduce((sum, { size }) => sum + size, 0) / bytes;
            expect(shard.length).toBeGreaterThan(0);
            if (shard.length > 1) expect(weight).toBeLessThanOrEqual(1.000001);
          }
        },
      ),
    );
  });

  it('fills a shard with small objects up to their number', async () => {
    const shards = await cut(objectsOfSizes(...Array<number>(25).fill(0)), { objects: 10, bytes: 1000 });
    expect(shards.map(({ length }) => length)).toEqual([10, 10, 5]);
  });

  it('gives an object that is too large a shard of its own', async () => {
    const shards = await cut(objectsOfSizes(1, 5000, 1), { objects: 10, bytes: 1000 });
    expect(shards.map((shard) => shard.map(({ size }) => size))).toEqual([[1], [5000], [1]]);
  });

  it('makes no shard of nothing', async () => {
    expect(await cut([])).toEqual([]);
  });
});

describe('a plan', () => {
  const size = { objects: 2, bytes: 1e15 };
  const plan = async (store = memoryStore(), objects = objectsOfSizes(5, 6, 7)) => ({
    store,
    written: await writePlan(listing(objects), store, { details: DETAILS, size, unplanned }),
  });

  it('is read back as it was written, with the objects of each shard', async () => {
    const { store, written } = await plan();
    const read = await readPlan(store);
    expect(read.plan).toEqual(written);
    expect(written).toMatchObject({ shards: 2, objects: 3, bytes: 18, skipped: { digest: 2 } });
    expect(read.pointers).toEqual([
      { shard: '00001', manifest: 'manifest/shard-00001.jsonl.gz', objects: 2, bytes: 11 },
      { shard: '00002', manifest: 'manifest/shard-00002.jsonl.gz', objects: 1, bytes: 7 },
    ]);
    const objects: PlannedObject[] = [];
    for (const pointer of read.pointers) for await (const object of objectsOf(store, pointer)) objects.push(object);
    expect(objects).toEqual(objectsOfSizes(5, 6, 7));
  });

  it('is written last, so that a plan that was broken off is none', async () => {
    const { store } = await plan();
    expect(store.written.at(-1)).toBe('plan.json');
    const broken = memoryStore();
    async function* failing(): AsyncGenerator<PlannedObject> {
      yield* objectsOfSizes(1, 2, 3);
      throw new Error('listing failed');
    }
    await expect(writePlan(failing(), broken, { details: DETAILS, size, unplanned })).rejects.toThrow('listing failed');
    await expect(readPlan(broken)).rejects.toThrow('holds no complete plan');
    await plan(broken);
    expect((await readPlan(broken)).plan.objects).toBe(3);
  });

  it('has the same id for the same objects, and another for others', async () => {
    const [one, same, other] = [await plan(), await plan(), await plan(memoryStore(), objectsOfSizes(5, 6, 8))];
    expect(one.written.id).toBe(same.written.id);
    expect(one.written.id).not.toBe(other.written.id);
  });

  it('does not replace another', async () => {
    const { store } = await plan();
    await expect(plan(store)).rejects.toThrow('memory holds a plan already: run it with');
  });

  it('is not written of nothing, so that the place stays free', async () => {
    const store = memoryStore();
    await expect(plan(store, [])).rejects.toThrow('nothing was planned');
    await plan(store);
  });

  it('that has a shard twice, or one with the objects of another, is refused', async () => {
    const { store } = await plan();
    const [one, two] = (await readPlan(store)).pointers;
    for (const pointers of [
      [two, one],
      [one, { ...one, objects: 1 }],
      [{ ...one, manifest: '../other/manifest/shard-00001.jsonl.gz' }, two],
    ]) {
      await store.write(SHARDS_FILE, Buffer.from(JSON.stringify(pointers)));
      await expect(readPlan(store)).rejects.toThrow('is twice in it or out of order');
    }
  });

  it('that is damaged is refused, with the file and the reason', async () => {
    const { store } = await plan();
    const [first] = (await readPlan(store)).pointers;
    const drain = async (): Promise<void> => {
      if (first !== undefined) for await (const _ of objectsOf(store, first));
    };
    await store.write('manifest/shard-00001.jsonl.gz', gzipSync('{"key":"a","size":1}\n'));
    await expect(drain()).rejects.toThrow(
      'memory/manifest/shard-00001.jsonl.gz: the plan is damaged: it has 1 lines, and its pointer says 2',
    );
    await store.write('manifest/shard-00001.jsonl.gz', gzipSync('{"key":"a","size":1}\n{"size":1}\n'));
    await expect(drain()).rejects.toThrow('shard-00001.jsonl.gz#2: the plan is damaged');
    await store.write('manifest/shard-00001.jsonl.gz', Buffer.from('x'));
    await expect(drain()).rejects.toThrow('the plan is damaged: unexpected end of file');
    await store.write(SHARDS_FILE, Buffer.from('[]'));
    await expect(readPlan(store)).rejects.toThrow('it points to 0 shards with 0 objects, and the plan has 2 with 3');
  });
});

describe('which files are planned', () => {
  const key = (accountId: string, region: string, day = '2026/11/20'): string =>
    `s3://trail/AWSLogs/${accountId}/CloudTrail/${region}/${day}/${accountId}_CloudTrail_${region}_${day.replaceAll('/', '')}T1005Z_aaaaaaaaaaaaaaaa.json.gz`;
  const log = (path: string, more = {}): FoundLog => ({
    kind: 'log',
    file: { path, size: 3, version: 'e', read: () => Promise.reject(new Error('is not read')), ...more },
  });

  async function choose(found: readonly FoundLog[], choice = {}) {
    const leftOut = nothingLeftOut();
    const objects: PlannedObject[] = [];
    async function* all(): AsyncGenerator<FoundLog> {
      yield* found;
    }
    const chosen = plannedObjects(
      all(),
      { period: {}, accounts: [], regions: [], ...choice },
      { leftOut, keyOf: (path) => path },
    );
    for await (const object of chosen) objects.push(object);
    return { keys: objects.map((object) => object.key), objects, leftOut };
  }

  it('are those of the accounts and regions that are asked for, and those that do not say', async () => {
    const found = [
      log(key('111122223333', 'eu-west-1')),
      log(key('111122223333', 'us-east-1')),
      log(key('444455556666', 'eu-west-1')),
      log('logs/a.json'),
    ];
    const { keys, leftOut } = await choose(found, { accounts: ['111122223333'], regions: ['eu-west-1'] });
    expect(keys).toEqual([key('111122223333', 'eu-west-1'), 'logs/a.json']);
    expect(leftOut.skipped).toEqual({ 'other-region': 1, 'other-account': 1 });
  });

  it('are those that may hold events of the period', async () => {
    const found = [log(key('111122223333', 'eu-west-1', '2026/11/01')), log(key('111122223333', 'eu-west-1'))];
    const { keys, leftOut } = await choose(found, { period: { since: new Date('2026-11-15') } });
    expect(keys).toEqual([key('111122223333', 'eu-west-1')]);
    expect(leftOut.skipped).toEqual({ 'outside-period': 1 });
  });

  it('are not what is no log, which is counted, nor what could not be opened, which is named', async () => {
    const { keys, leftOut } = await choose([
      { kind: 'skipped', path: 'a', why: 'digest' },
      { kind: 'rejected', path: 'b', reason: 'AccessDenied' },
      log('c.zip', { isArchive: true }),
    ]);
    expect(keys).toEqual(['c.zip']);
    expect(leftOut).toEqual({ skipped: { digest: 1 }, rejected: [{ path: 'b', reason: 'AccessDenied' }] });
  });

  it('keep what tells whether they were changed, and whether they are archives', async () => {
    const { objects } = await choose([log('a'), log('b.zip', { isArchive: true })]);
    expect(objects).toEqual([
      { key: 'a', size: 3, etag: 'e', archive: undefined },
      { key: 'b.zip', size: 3, etag: 'e', archive: true },
    ]);
  });
});
