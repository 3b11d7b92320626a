import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { PipelineError } from '../../../src/errors.ts';
import type { FileEnd } from '../../../src/pipeline/objects/file-end.ts';
import { parquetRecords } from '../../../src/pipeline/objects/parquet-records.ts';
import { scanShort } from '../../../src/pipeline/objects/scan-short.ts';
import { scanStored } from '../../../src/pipeline/objects/scan-stored.ts';
import { aRecord } from '../../support/records.ts';
import { frameOf } from './zstd-builder.ts';

const SETTINGS = { wanted: {}, maxLogBytes: 64 * 1024 * 1024, sha256: false };
const record = (eventID: string): string => JSON.stringify(aRecord({ eventName: 'RunInstances', eventID }));
type WriteOptions = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData'>;
const parquetOf = (columnData: ColumnSource[], options: WriteOptions = {}): Buffer =>
  Buffer.from(parquetWriteBuffer({ columnData, ...options }));
const raw = (...data: (string | null)[]): ColumnSource => ({ name: 'raw_data', data, type: 'STRING', nullable: true });
const others: ColumnSource[] = [
  { name: 'class_uid', data: [6003, 6003], type: 'INT32' },
  { name: 'message', data: ['a', 'b'], type: 'STRING' },
];

async function scanned(file: Buffer, maxLogBytes = SETTINGS.maxLogBytes) {
  expect(scanShort(file, SETTINGS)).toBeUndefined();
  const ids: (string | undefined)[] = [];
  let last: FileEnd | undefined;
  for await (const { wanted, end } of scanStored(file, { ...SETTINGS, maxLogBytes })) {
    ids.push(...wanted.map((one) => one.record.eventID));
    last = end ?? last;
  }
  return { ids, records: last?.records, damage: last?.damage, isForeign: last?.isForeign, rejected: last?.rejected };
}
const BOTH = { ids: ['one', 'two'], records: 2, damage: undefined, isForeign: undefined, rejected: [] };

describe('a Parquet file of OCSF events with their raw records', () => {
  it.each<[string, WriteOptions]>([
    ['Snappy', { codec: 'SNAPPY' }],
    ['not packed', { codec: 'UNCOMPRESSED' }],
    ['gzip', { codec: 'GZIP', compressors: { GZIP: (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)) } }],
    [
      'Zstandard',
      { codec: 'ZSTD', compressors: { ZSTD: (bytes: Uint8Array) => new Uint8Array(frameOf(Buffer.from(bytes))) } },
    ],
  ])('gives them: %s', async (_codec, options) => {
    expect(await scanned(parquetOf([...others, raw(record('one'), record('two'))], options))).toEqual(BOTH);
  });

  it('gives them from any number of groups of rows, repeats too', async () => {
    const ids = Array.from({ length: 250 }, (_, at) => `${at % 3}`);
    const file = parquetOf([raw(...ids.map(record))], { rowGroupSize: 100 });
    expect((await scanned(file)).ids).toEqual(ids);
  });

  it('names an event that lacks its record, and gives the others', async () => {
    const found = await scanned(parquetOf([...others, raw(null, record('two'))]));
    expect(found).toMatchObject({
      ids: ['two'],
      rejected: [{ reason: expect.stringContaining('without the record in raw_data') }],
    });
  });

  it('gives no more than any other log may hold', async () => {
    const file = parquetOf([raw(...Array.from({ length: 2000 }, () => record('one')))]);
    expect((await scanned(file, 100_000)).damage).toContain('longer than the 100000 bytes allowed (maxLogBytes)');
  });
});

describe('a Parquet file without raw records', () => {
  it.each<[string, ColumnSource[]]>([
    ["with Security Lake's columns", others],
    ['with a column of that name that is no text', [{ name: 'raw_data', data: [1, 2], type: 'INT32' }]],
  ])('is refused by its name, with what to do: %s', async (_what, columns) => {
    const { damage, isForeign, records } = await scanned(parquetOf(columns));
    expect(damage).toContain("found Parquet without a column raw_data, such as Security Lake's");
    expect(damage).toContain("use CloudTrail's own log files");
    expect({ isForeign, records }).toEqual({ isForeign: true, records: 0 });
  });

  it('is named within a packed file', () => {
    const packed = gzipSync(new Uint8Array(parquetOf(others)));
    const [scan] = scanShort(packed, SETTINGS) ?? [];
    expect(scan?.end?.damage).toContain('found Parquet within a packed file');
  });
});

describe('a damaged Parquet file', () => {
  const file = parquetOf([...others, raw(record('one'), record('two'))]);

  it('is named if it is cut off', async () => {
    expect((await scanned(file.subarray(0, -20))).damage).toBe('reading Parquet: cut off: its footer is missing');
    expect((await scanned(file.subarray(0, 10))).damage).toBe('reading Parquet: cut off: its footer is missing');
  });

  it('costs no more than its own length, whatever its bytes say', async () => {
    const seed = 20261122;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(file.length - 1), byte: fc.nat(255) }), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const damaged = Buffer.from(file);
          for (const { at, byte } of changes) damaged.writeUInt8(byte, at);
          let length = 0;
          try {
            for await (const piece of parquetRecords(only(damaged))) length += piece.length;
          } catch (fault) {
            expect(fault).toBeInstanceOf(PipelineError);
          }
          expect(length).toBeLessThan(10 * file.length);
        },
      ),
      { seed, numRuns: 3000 },
    );
  });

  it('gives one text that stands for thousands of rows only as often as a log may be long', async () => {
    const data = Array.from({ length: 3000 }, () => 'x'.repeat(100_000));
    const bomb = parquetOf([{ name: 'raw_data', data, type: 'STRING' }]);
    expect(bomb.length).toBeLessThan(1_000_000);
    const { damage } = await scanned(bomb, 50_000_000);
    expect(damage).toContain('longer than the 50000000 bytes allowed');
  });

  it('is refused if it is longer than what is held', async () => {
    const long = Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(65 * 1024 * 1024), Buffer.from('PAR1')]);
    expect((await scanned(long)).damage).toContain('longer than the 67108864 bytes that are read');
  });
});

async function* only(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}
