import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PipelineError } from '../../../src/errors.ts';
import { runOf } from '../../../src/history/history-run.ts';
import { readOutcomes } from '../../../src/history/shard/object-outcomes.ts';
import { scanShard } from '../../../src/history/shard/scan-shard.ts';
import { readSummary } from '../../../src/history/shard/shard-summary.ts';
import { aLaunchRecord, aRecord } from '../../support/deliveries.ts';
import { A_PLAN, memoryStore, type Objects, packedLog, plannedOf, portsOn } from '../../support/history.ts';
import { at } from '../../support/sightings.ts';

const QUESTION = {
  keep: 'watched',
  eventNames: [],
  toolVersion: '1.0.0',
  written: { requiredTags: ['Owner'] },
} as const;
const RUN = runOf(A_PLAN, QUESTION);
const SHARD = { shard: '00001' };

const GOOD = packedLog([aLaunchRecord(1, 'i-1'), aRecord('DescribeInstances', 2, {}, {})]);
const OTHER = packedLog([aLaunchRecord(3, 'i-2')]);
const DAMAGED = Buffer.concat([OTHER.subarray(0, OTHER.length - 8), Buffer.alloc(8, 7)]);

function scan(objects: Objects, result = memoryStore(), run = RUN) {
  return scanShard(SHARD, plannedOf(objects), run, portsOn(objects, result));
}

describe('scanning a shard', () => {
  it('keeps the records that are judged, and counts all of them', async () => {
    const result = memoryStore();
    const summary = await scan(
      new Map([
        ['a', GOOD],
        ['b', OTHER],
      ]),
      result,
    );
    expect(summary.objects).toEqual({ planned: 2, scanned: 2, skipped: {}, failed: 0 });
    expect(summary.input).toMatchObject({
      files: 2,
      records: 3,
      packedBytes: GOOD.length + OTHER.length,
      rejected: [],
    });
    expect(summary.kept).toMatchObject({ records: 2, eventNames: { RunInstances: 2 } });
    const [file] = summary.kept.files;
    const rows = result.files
      .get(file?.name ?? '')
      ?.toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows?.map(({ logFile, fileIndex, index }) => [logFile, fileIndex, index])).toEqual([
      ['a', 0, 0],
      ['b', 1, 0],
    ]);
    expect(JSON.parse(rows?.[1].json)).toEqual(aLaunchRecord(3, 'i-2'));
  });

  it.each([
    ['holds one that is looked for', '2026-03-17', { a: GOOD }, true],
    [
      'holds one that is not looked for',
      '2026-03-17',
      { a: packedLog([aRecord('DescribeInstances', 2, {}, {})]) },
      true,
    ],
    ['holds none of that time', '2027-01-01', { a: GOOD, b: OTHER }, false],
    ['holds no record at all', '2026-03-17', { a: packedLog([]) }, false],
  ])('says whether a shard has a record of the period: it %s', async (_, day, objects, inPeriod) => {
    const run = runOf({ ...A_PLAN, since: `${day}T00:00:00.000Z` }, QUESTION);
    const { input } = await scan(new Map(Object.entries(objects)), memoryStore(), run);
    expect(input).toMatchObject({ inPeriod, rejected: [] });
  });

  it('writes the summary last', async () => {
    const result = memoryStore();
    await scan(new Map([['a', GOOD]]), result);
    expect(result.written.at(-1)).toBe('shard=00001/summary.json');
    expect(await readSummary(result, '00001', RUN)).toBeDefined();
  });

  it('scans a shard once', async () => {
    const result = memoryStore();
    const first = await scan(new Map([['a', GOOD]]), result);
    const writes = result.written.length;
    expect(await scan(new Map([['a', new Error('must not be read')]]), result)).toEqual(first);
    expect(result.written.length).toBe(writes);
  });

  it('gives the bytes of a dead worker again, so that nothing is left beside them', async () => {
    const objects = new Map([
      ['a', GOOD],
      ['b', OTHER],
    ]);
    const [whole, again] = [memoryStore(), memoryStore()];
    await scan(objects, whole);
    for (const [name, bytes] of whole.files) if (!name.endsWith('summary.json')) await again.write(name, bytes);
    await scan(objects, again);
    expect([...again.files]).toEqual([...whole.files]);
  });

  it('accounts for every object: scanned, skipped by kind, or failed with its reason', async () => {
    const missing = new PipelineError('log-missing', 'b does not exist');
    const objects: Objects = new Map<string, Buffer | Error>([
      ['a', GOOD],
      ['b', missing],
      ['c', Buffer.alloc(0)],
      ['d', DAMAGED],
    ]);
    const result = memoryStore();
    const planned = [...plannedOf(objects), { key: 'e', size: 9 }];
    const summary = await scanShard(SHARD, planned, RUN, portsOn(objects, result));
    expect(summary.objects).toEqual({ planned: 5, scanned: 2, skipped: { empty: 1 }, failed: 2 });
    expect(summary.failed).toEqual([
      { key: 'b', etag: 'e-b', reason: 'b does not exist' },
      { key: 'e', reason: 'is not there any more' },
    ]);
    expect(summary.unsound).toEqual(['d']);
    expect(summary.input.rejected.map(({ path }) => path).toSorted()).toEqual(['b', 'd', 'e']);
    const outcomes = await readOutcomes(result, summary.objectList);
    expect(outcomes.map(({ key, outcome }) => [key, outcome])).toEqual([
      ['a', 'scanned'],
      ['b', 'failed'],
      ['c', 'skipped'],
      ['d', 'scanned'],
      ['e', 'failed'],
    ]);
    expect(outcomes[0]?.files[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is not done when an object fails for a reason that may pass', async () => {
    const throttled = new PipelineError('log-unreadable', 'b could not be read: SlowDown', { retryable: true });
    const result = memoryStore();
    await expect(
      scan(
        new Map<string, Buffer | Error>([
          ['a', GOOD],
          ['b', throttled],
          ['c', OTHER],
        ]),
        result,
      ),
    ).rejects.toThrow('SlowDown');
    expect(await readSummary(result, '00001', RUN)).toBeUndefined();
  });

  it('leaves out the logs of accounts that are not listed, and says how many', async () => {
    const key =
      'AWSLogs/444455556666/CloudTrail/eu-west-1/2026/11/20/444455556666_CloudTrail_eu-west-1_20261120T1005Z_aaaaaaaaaaaaaaaa.json.gz';
    const run = runOf(A_PLAN, { ...QUESTION, written: { trail: { accounts: ['111122223333'] } } });
    const summary = await scan(new Map([[key, GOOD]]), memoryStore(), run);
    expect(summary.objects).toMatchObject({ scanned: 0, skipped: { 'foreign-account': 1 } });
    expect(summary.foreignAccounts).toEqual([['444455556666', 1, key]]);
  });

  it('names the records that do not say when they happened', async () => {
    const summary = await scan(new Map([['a', packedLog([aLaunchRecord(1, 'i-1', {}, { eventTime: 'soon' })])]]));
    expect(summary.input.rejected).toMatchObject([{ path: 'a#0', of: 'records', records: 1 }]);
  });

  it('keeps all records if it is asked to', async () => {
    const all = await scan(new Map([['a', GOOD]]), memoryStore(), runOf(A_PLAN, { ...QUESTION, keep: 'all' }));
    expect(all.kept.eventNames).toEqual({ DescribeInstances: 1, RunInstances: 1 });
    const named = runOf(A_PLAN, { ...QUESTION, eventNames: ['DescribeInstances'] });
    expect((await scan(new Map([['a', GOOD]]), memoryStore(), named)).kept.records).toBe(2);
  });

  it('keeps the records of the period, and addenda of any time', async () => {
    const update = { addendum: { reason: 'UPDATED_DATA', updatedFields: 'responseElements' } };
    const records = [aLaunchRecord(1, 'i-1'), aLaunchRecord(90, 'i-2'), aLaunchRecord(95, 'i-3', {}, update)];
    const run = runOf({ ...A_PLAN, until: at(30).toISOString() }, QUESTION);
    const result = memoryStore();
    const { kept } = await scan(new Map([['a', packedLog(records)]]), result, run);
    const text = result.files.get(kept.files[0]?.name ?? '')?.toString() ?? '';
    expect(['i-1', 'i-2', 'i-3'].map((id) => text.includes(id))).toEqual([true, false, true]);
  });

  it('refuses the summary of another run', async () => {
    const result = memoryStore();
    await scan(new Map([['a', GOOD]]), result);
    const other = runOf(A_PLAN, { ...QUESTION, keep: 'all' });
    await expect(readSummary(result, '00001', other)).rejects.toThrow('is of another run');
    await result.write('shard=00001/summary.json', Buffer.from('{"schema":1}'));
    await expect(readSummary(result, '00001', RUN)).rejects.toThrow('is no summary of a shard');
  });

  it('notices a list of objects that is not the one of its summary', async () => {
    const result = memoryStore();
    const { objectList } = await scan(new Map([['a', GOOD]]), result);
    expect(gunzipSync(result.files.get(objectList.name) ?? '').toString()).toContain('"key":"a"');
    await result.write(objectList.name, Buffer.from('x'));
    await expect(readOutcomes(result, objectList)).rejects.toThrow('is not the file that its summary names');
  });
});
