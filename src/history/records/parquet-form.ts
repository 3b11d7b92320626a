/** Kept records as Parquet: rows together that are asked for together, with statistics and Bloom filters that let a reader skip the rest. */

import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { RecordForm } from '../shard/record-sink.ts';
import { KEPT_COLUMNS, type KeptColumn } from './kept-columns.ts';
import type { KeptRecord } from './kept-record.ts';
import { keptRow } from './kept-row.ts';
import { openZstd, type Zstd } from './zstd.ts';

/** A group is what is read at once. Small ones let more be skipped; each costs some kilobytes of statistics. */
const LEAST_GROUP_ROWS = 500;
const MOST_GROUP_ROWS = 10_000;

/** The form of kept records, for a worker. */
export async function parquetForm(): Promise<RecordForm> {
  const zstd = await openZstd();
  return { rowOf: keptRow, encode: (rows) => encodeRows(rows, zstd), ending: '.parquet' };
}

/** A Parquet file of the rows, which are in the order of `inRowOrder`. The same rows give the same bytes. */
export function encodeRows(rows: readonly KeptRecord[], zstd: Pick<Zstd, 'compress'>): Uint8Array {
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    ...{ writer, schema: SCHEMA, codec: 'ZSTD', createdBy: 'mirrorwatch' },
    compressors: { ZSTD: (bytes: Uint8Array) => zstd.compress(bytes) },
  });
  file.write({ columnData: KEPT_COLUMNS.map((each) => columnOf(each, rows)), rowGroupSize: [...groupSizes(rows)] });
  file.finish();
  return new Uint8Array(writer.getBuffer());
}

function columnOf({ name, bloom, cellOf }: KeptColumn, rows: readonly KeptRecord[]): ColumnSource {
  return {
    name,
    data: rows.map(cellOf),
    // Random: a dictionary would repeat it.
    ...(name === 'record' && { encoding: 'PLAIN' as const, statistics: false }),
    bloomFilter: bloom,
  };
}

const ELEMENTS: Readonly<Record<KeptColumn['type'], (name: string) => SchemaElement[]>> = {
  STRING: (name) => [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }],
  TIMESTAMP: (name) => [{ name, type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'OPTIONAL' }],
  INT32: (name) => [{ name, type: 'INT32', repetition_type: 'REQUIRED' }],
  STRINGS: (name) => [
    { name, converted_type: 'LIST', repetition_type: 'REQUIRED', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  ],
};

const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: KEPT_COLUMNS.length },
  ...KEPT_COLUMNS.flatMap(({ name, type }) => ELEMENTS[type](name)),
];

/**
 * How many rows each group has: cut where the account, region or day changes, as soon as there are enough rows, so that most groups are of one of
 * each.
 */
export function groupSizes(rows: readonly KeptRecord[]): readonly number[] {
  const sizes: number[] = [];
  let start = 0;
  for (const [at, row] of rows.entries()) {
    const before = rows[at - 1];
    if (before === undefined) continue;
    const size = at - start;
    const isBorder = before.accountId !== row.accountId || before.region !== row.region || before.day !== row.day;
    if (size < MOST_GROUP_ROWS && !(isBorder && size >= LEAST_GROUP_ROWS)) continue;
    sizes.push(size);
    start = at;
  }
  return [...sizes, rows.length - start];
}
