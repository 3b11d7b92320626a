import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeptRecord } from '../../../src/history/records/kept-record.ts';
import { encodeRows, groupSizes } from '../../../src/history/records/parquet-form.ts';
import { readScope } from '../../../src/history/records/read-scope.ts';
import { ALL_COLUMNS, keptRecordOf, openRecordFile } from '../../../src/history/records/record-file.ts';
import { openZstd } from '../../../src/history/records/zstd.ts';
import { inRowOrder } from '../../../src/history/shard/record-sink.ts';
import { memoryStore } from '../../support/history.ts';

const zstd = await openZstd();

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('', '\u0000', '<script>', '=1+1', 'é'.repeat(300), 'x'.repeat(20_000), '"\\\n', '\u{1f4a9}'),
);
const maybe = fc.option(anyText, { nil: undefined });

const aRow: fc.Arbitrary<KeptRecord> = fc.record({
  accountId: fc.constantFrom('', '111122223333', '444455556666'),
  region: fc.constantFrom('', 'eu-west-1', 'us-east-1', 'a-region-with-a-long-name-1'),
  day: fc.constantFrom('', '2026-11-22', '2026-11-23'),
  eventTime: fc.option(fc.integer({ min: 0, max: 2_000_000_000_000 }), { nil: undefined }),
  eventID: maybe,
  eventSource: maybe,
  eventName: maybe,
  actor: maybe,
  actorArn: maybe,
  callers: fc.array(anyText, { maxLength: 3 }),
  sourceIPAddress: maybe,
  userAgent: maybe,
  errorCode: maybe,
  resources: fc.array(anyText, { maxLength: 4 }),
  logFile: anyText,
  fileIndex: fc.nat({ max: 100_000 }),
  index: fc.nat({ max: 100_000 }),
  json: anyText,
});

async function written(rows: readonly KeptRecord[]) {
  const store = memoryStore();
  const bytes = await encodeRows(rows, zstd);
  await store.write('records.parquet', bytes);
  return { store, file: { name: 'records.parquet', bytes: bytes.length } };
}

/** Rows of so many days. */
const manyRows = (days: number, each: number): readonly KeptRecord[] =>
  Array.from({ length: days * each }, (_, at) => ({
    ...ROW,
    day: `2026-11-${String(1 + Math.floor(at / each)).padStart(2, '0')}`,
    eventTime: at,
    index: at,
  }));

const ROW: KeptRecord = {
  ...{ accountId: '111122223333', region: 'eu-west-1', day: '2026-11-01', eventTime: 1, eventID: 'e' },
  ...{ eventSource: 'ec2.amazonaws.com', eventName: 'RunInstances', actor: 'dana', actorArn: undefined, callers: [] },
  ...{ sourceIPAddress: undefined, userAgent: undefined, errorCode: undefined, resources: [] },
  ...{ logFile: 'a', fileIndex: 0, index: 0, json: '{}' },
};

describe('kept records as Parquet', () => {
  it('come back as they were, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aRow, { minLength: 1, maxLength: 30 }), async (rows) => {
        const { store, file } = await written(rows);
        const reader = await openRecordFile(store, file);
        const back = await Promise.all(reader.metadata.row_groups.map((_, group) => reader.rows(group, ALL_COLUMNS)));
        expect(back.flat().map(keptRecordOf)).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  it('are found by account and region, and no others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aRow, { minLength: 1, maxLength: 60 }), aRow, async (unordered, asked) => {
        const rows = unordered.toSorted(inRowOrder);
        const { store, file } = await written(rows);
        const found = [];
        for await (const batch of readScope(store, file, asked)) found.push(...batch);
        expect(found).toEqual(
          rows
            .filter(({ accountId, region }) => accountId === asked.accountId && region === asked.region)
            .map(({ accountId, logFile, json }) => ({ accountId, logFile, json })),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('give the same bytes again', async () => {
    const rows = manyRows(3, 700);
    expect(Buffer.compare(await encodeRows(rows, zstd), await encodeRows(rows, zstd))).toBe(0);
  });

  it('lie in groups of one day, region and account where there is enough of them', () => {
    const half = (row: KeptRecord): KeptRecord => ({ ...row, json: 'x'.repeat(512 * 1024) });
    const inPlaces = (places: readonly Partial<KeptRecord>[]): readonly KeptRecord[] =>
      places.map((place) => half({ ...ROW, ...place }));
    expect(groupSizes(manyRows(3, 5).map(half))).toEqual([5, 5, 5]);
    expect(groupSizes(manyRows(4, 2).map(half))).toEqual([4, 4]);
    expect(groupSizes(manyRows(1, 20).map(half))).toEqual([8, 8, 4]);
    expect(groupSizes(inPlaces([{}, { region: 'eu-west-2' }, { region: 'eu-west-3' }]))).toEqual([2, 1]);
    expect(groupSizes(inPlaces([{}, { accountId: '2' }, { accountId: '3' }]))).toEqual([1, 1, 1]);
    expect(groupSizes(manyRows(5, 100))).toEqual([500]);
    expect(groupSizes([ROW])).toEqual([1]);
  });

  it('say of each call whether it failed, also where the record says so by its message alone', async () => {
    const rows = [
      { ...ROW, errorCode: 'AccessDenied' },
      { ...ROW, json: '{"errorMessage":"no"}' },
      { ...ROW, json: '{"error\\u004dessage":"no"}' },
      { ...ROW, json: '{"requestParameters":{"errorMessage":"no"}}' },
      ROW,
    ];
    const { store, file } = await written(rows);
    const found = await (await openRecordFile(store, file)).rows(0, ['failed']);
    expect(found.map(({ failed }) => failed)).toEqual([true, true, true, false, false]);
  });

  it('are read page by page where only some rows of a group are asked for', async () => {
    const json = (at: number): string =>
      JSON.stringify({ at, text: createHash('sha512').update(String(at)).digest('hex').repeat(8) });
    const rows = manyRows(1, 3000).map((row, at) => ({ ...row, json: json(at) }));
    const { store, file } = await written(rows);
    const reader = await openRecordFile(store, file);
    const before = reader.bytesRead();
    expect(await reader.rows(0, ['record'], { from: 1500, to: 1502 })).toEqual([
      { record: json(1500) },
      { record: json(1501) },
    ]);
    expect(reader.bytesRead() - before).toBeLessThan(file.bytes / 10);
  });

  it('are not read where another account lies', async () => {
    const rows = [
      ...manyRows(1, 5000),
      ...manyRows(1, 5000).map((row) => ({ ...row, accountId: '444455556666', json: 'x'.repeat(40) })),
    ];
    const { store, file } = await written(rows);
    let read = 0;
    const counting = {
      ...store,
      readRange: async (name: string, start: number, end: number) => {
        read += end - start;
        return store.readRange(name, start, end);
      },
    };
    for await (const batch of readScope(counting, file, { accountId: '999999999999', region: 'eu-west-1' }))
      expect(batch).toEqual([]);
    expect(read).toBeLessThanOrEqual(64 * 1024);
  });

  it('are refused when the file is damaged, or not as long as its summary says', async () => {
    const { store, file } = await written(manyRows(1, 100));
    const read = async (bytes: number): Promise<void> => {
      const reader = await openRecordFile(store, { ...file, bytes });
      await reader.rows(0, ALL_COLUMNS);
    };
    await expect(read(file.bytes + 1)).rejects.toMatchObject({ code: 'log-unreadable' });
    const damaged = Buffer.from(store.files.get(file.name) ?? '');
    damaged.fill(7, 10, Math.floor(damaged.length / 2));
    await store.write(file.name, damaged);
    await expect(read(file.bytes)).rejects.toMatchObject({ code: 'log-unreadable' });
  });
});

describe('Zstandard', () => {
  it('packs and unpacks without Node’s own, too', async () => {
    const wasm = await openZstd({ constants: {} });
    const bytes = Buffer.from('RunInstances'.repeat(1000));
    const packed = wasm.compress(bytes);
    expect(packed.length).toBeLessThan(200);
    expect(Buffer.from(wasm.decompress(packed, bytes.length))).toEqual(bytes);
    expect(Buffer.from(zstd.decompress(packed, bytes.length))).toEqual(bytes);
    expect(() => wasm.decompress(packed, 7)).toThrow('7 were announced');
  });
});

describe('a short file', () => {
  it('is read once', async () => {
    const { store, file } = await written(manyRows(2, 20));
    const reader = await openRecordFile(store, file);
    expect(await reader.rows(0, ['record'])).toHaveLength(Number(reader.metadata.row_groups[0]?.num_rows));
    expect(reader.bytesRead()).toBe(file.bytes);
  });
});
