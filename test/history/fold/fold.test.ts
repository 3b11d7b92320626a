import { describe, expect, it } from 'vitest';
import { accountBatches } from '../../../src/history/fold/account-batches.ts';
import { foldInput, objectsInWords } from '../../../src/history/fold/fold-input.ts';
import { strayFiles } from '../../../src/history/fold/stray-files.ts';
import { type HistoryRun, runOf, settingsOf } from '../../../src/history/history-run.ts';
import type { HistoryStore } from '../../../src/history/history-store.ts';
import type { ShardPointer } from '../../../src/history/plan.ts';
import { scanShard } from '../../../src/history/shard/scan-shard.ts';
import { readSummary, type ShardSummary } from '../../../src/history/shard/shard-summary.ts';
import type { Sighting } from '../../../src/sighting/sighting.ts';
import { aLaunchRecord } from '../../support/deliveries.ts';
import {
  A_PLAN,
  type MemoryStore,
  memoryStore,
  type Objects,
  packedLog,
  plannedOf,
  portsOn,
  readJsonLines,
} from '../../support/history.ts';

const RUN = runOf(A_PLAN, { keep: 'watched', eventNames: [], toolVersion: '1.0.0', written: {} });

const [ONE, TWO] = ['111122223333', '444455556666'] as const;
const log = (minute: number, id: string, accountId: string): Buffer =>
  packedLog([aLaunchRecord(minute, id, {}, { recipientAccountId: accountId })]);

const SHARDS: readonly (readonly [string, Objects])[] = [
  [
    '00001',
    new Map([
      ['a', log(9, 'i-9', TWO)],
      ['b', log(2, 'i-2', ONE)],
    ]),
  ],
  [
    '00002',
    new Map<string, Buffer | Error>([
      ['c', log(1, 'i-1', ONE)],
      ['d', new Error('AccessDenied')],
    ]),
  ],
];

const pointerTo = ([shard, objects]: (typeof SHARDS)[number]): ShardPointer => ({
  shard,
  manifest: `manifest/shard-${shard}.jsonl.gz`,
  objects: objects.size,
  bytes: 1,
});

async function scanned(shards = SHARDS): Promise<MemoryStore> {
  const result = memoryStore();
  for (const [shard, objects] of shards) await scanShard({ shard }, plannedOf(objects), RUN, portsOn(objects, result));
  return result;
}

function fold(result: HistoryStore, run: HistoryRun = RUN) {
  const objectsOf = async function* ({ shard }: ShardPointer) {
    yield* plannedOf(new Map(SHARDS).get(shard) ?? new Map());
  };
  return foldInput({ plan: A_PLAN, run, pointers: SHARDS.map(pointerTo), result, objectsOf });
}

describe('adding up the shards', () => {
  it('accounts for every planned object', async () => {
    const { objects, tally } = await fold(await scanned());
    expect(objects).toEqual({ planned: 4, scanned: 3, skipped: 0, failed: 1, missing: 0 });
    expect(objectsInWords(objects)).toBe('4 planned objects = 3 scanned + 0 skipped + 1 failed');
    expect(tally).toMatchObject({ files: 4, records: 3, rejected: [{ path: 'd', reason: 'AccessDenied' }] });
  });

  it('names a shard without a result, and counts its objects as missing', async () => {
    const { objects, tally, shards } = await fold(await scanned(SHARDS.slice(0, 1)));
    expect(objects).toEqual({ planned: 4, scanned: 2, skipped: 0, failed: 0, missing: 2 });
    expect(objectsInWords(objects)).toMatch(/ \+ 2 missing$/);
    expect(tally.rejected).toEqual([
      {
        path: 'shard 00002',
        reason:
          'has no result yet: run the plan again; its 2 objects (manifest/shard-00002.jsonl.gz of the plan names them) are missing',
      },
    ]);
    expect(shards.map(({ shard }) => shard)).toEqual(['00001']);
  });

  it('names an object that a result does not account for, by key and etag', async () => {
    const result = memoryStore();
    const [[, first] = ['', new Map()], second] = SHARDS;
    await scanShard({ shard: '00001' }, plannedOf(first).slice(0, 1), RUN, portsOn(first, result));
    if (second !== undefined)
      await scanShard({ shard: second[0] }, plannedOf(second[1]), RUN, portsOn(second[1], result));
    const { objects, tally } = await fold(result);
    expect(objects.missing).toBe(1);
    expect(tally.rejected[0]).toEqual({
      path: 'b',
      reason: 'was planned with etag e-b, and the result of shard 00001 does not name it',
    });
  });

  it('takes a result for missing whose list of objects was changed', async () => {
    const result = await scanned();
    await result.write('shard=00001/objects.jsonl.gz', Buffer.from('changed'));
    const { objects, tally } = await fold(result);
    expect(objects.missing).toBe(2);
    expect(tally.rejected[0]?.reason).toContain('is not the file that its summary names');
  });

  it('takes a result for missing whose records were changed, and says how to scan the shard again', async () => {
    const result = await scanned();
    const name = [...result.files.keys()].find((each) => each.startsWith('shard=00001/records/')) ?? '';
    const changed = Buffer.from(await result.readRange(name, 0, Number.MAX_SAFE_INTEGER));
    changed.writeUInt8(changed.readUInt8(20) ^ 1, 20);
    await result.write(name, changed);
    const { objects, tally, shards } = await fold(result);
    expect(objectsInWords(objects)).toBe('4 planned objects = 1 scanned + 0 skipped + 1 failed + 2 missing');
    expect(tally.rejected[0]?.reason).toMatch(
      /is not the file that its summary names; remove shard=00001\/summary\.json .* scans the shard again/,
    );
    expect(shards.map(({ shard }) => shard)).toEqual(['00002']);
  });

  it("takes another shard's summary for none: nothing is counted twice", async () => {
    const result = await scanned();
    await result.write('shard=00002/summary.json', result.files.get('shard=00001/summary.json') ?? Buffer.alloc(0));
    const { objects, tally } = await fold(result);
    expect(objectsInWords(objects)).toBe('4 planned objects = 2 scanned + 0 skipped + 0 failed + 2 missing');
    expect(tally).toMatchObject({ records: 2, rejected: [{ path: 'shard 00002' }] });
    expect(tally.rejected[0]?.reason).toContain('is of shard 00001');
  });

  it.each([
    ['counts', (summary: ShardSummary) => ({ ...summary, objects: { ...summary.objects, scanned: 3, planned: 3 } })],
    ['kept files', (summary: ShardSummary) => ({ ...summary, kept: { ...summary.kept, files: [] } })],
  ])('takes a summary for none whose %s do not fit', async (_, change) => {
    const result = await scanned();
    const summary = await readSummary(result, '00001', RUN);
    if (summary === undefined) throw new Error('the shard has no summary');
    await result.write('shard=00001/summary.json', Buffer.from(JSON.stringify(change(summary))));
    const { objects, tally } = await fold(result);
    expect(objects).toMatchObject({ planned: 4, scanned: 1, missing: 2 });
    expect(tally.records).toBe(1);
  });

  it('takes a result for missing that names what was not planned', async () => {
    const result = memoryStore();
    const objects = new Map([...(new Map(SHARDS).get('00001') ?? []), ['z', log(3, 'i-3', ONE)] as const]);
    await scanShard({ shard: '00001' }, plannedOf(objects), RUN, portsOn(objects, result));
    const folded = await fold(result);
    expect(folded.objects).toMatchObject({ planned: 4, scanned: 0, missing: 4 });
    expect(folded.tally.rejected[0]?.reason).toContain('names what was not planned, such as z');
  });
});

describe('files that no summary names', () => {
  it('are found in shards that are done', async () => {
    const result = await scanned(SHARDS.slice(0, 1));
    const { shards } = await fold(result);
    expect(await strayFiles(result, shards)).toEqual([]);
    await result.write('shard=00001/records/00001-0000000000000000.parquet', Buffer.from('x'));
    await result.write('shard=00002/records/00001-0000000000000000.parquet', Buffer.from('x'));
    expect(await strayFiles(result, shards)).toEqual(['shard=00001/records/00001-0000000000000000.parquet']);
  });
});

describe('reading what was kept', () => {
  async function batchesIn(result: HistoryStore) {
    const { shards } = await fold(result);
    const batches: (readonly Sighting[])[] = [];
    const records = { result, shards, readScope: readJsonLines };
    for await (const { sightings } of accountBatches(records, settingsOf(RUN))) batches.push(sightings);
    return batches.map((sightings) =>
      sightings.map(({ accountId, evidence: { eventName, logFile } }) => [accountId, eventName, logFile]),
    );
  }

  it('gives the sightings of one account after another, each in the order of time', async () => {
    expect(await batchesIn(await scanned())).toEqual([
      [
        [ONE, 'RunInstances', 'c'],
        [ONE, 'RunInstances', 'b'],
      ],
      [[TWO, 'RunInstances', 'a']],
    ]);
  });

  it('marks what is from a file whose checksum failed', async () => {
    const bytes = log(1, 'i-1', ONE);
    const broken = Buffer.concat([bytes.subarray(0, bytes.length - 8), Buffer.alloc(8, 7)]);
    const objects = new Map([['a', broken]]);
    const result = memoryStore();
    await scanShard({ shard: '00001' }, plannedOf(objects), RUN, portsOn(objects, result));
    const { shards } = await fold(result);
    for await (const { sightings } of accountBatches({ result, shards, readScope: readJsonLines }, settingsOf(RUN)))
      expect(sightings[0]?.evidence.note).toContain('checksum failed');
  });
});
