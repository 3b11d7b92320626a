/** Kept records as Parquet: rows together that are asked for together, with statistics and Bloom filters that let a reader skip the rest. */

import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { RecordForm } from '../shard/record-sink.ts';
import { KEPT_COLUMNS, type KeptColumn } from './kept-columns.ts';
import type { KeptRecord } from './kept-record.ts';
import { keptRow } from './kept-row.ts';
import type { Packing } from './packing.ts';

/** Characters of JSON in a group. A larger one costs whoever asks for one record of it; each has some kilobytes of statistics. */
const MOST_OF_GROUP = 4 * 1024 * 1024;
/** A group ends at the border of a day, a region or an account if it has at least so many: a file of small groups is mostly footer. */
const LEAST_OF_DAY = 2 * 1024 * 1024;
const LEAST_OF_REGION = 1024 * 1024;
const LEAST_OF_ACCOUNT = 512 * 1024;
/** What has to be unpacked for one record. */
const PAGE_BYTES = 128 * 1024;

/** The form of kept records, for a worker. */
export function parquetForm(packing: Packing): RecordForm {
  return { rowOf: keptRow, encode: (rows) => encodeRows(rows, packing), ending: '.parquet' };
}

/** A Parquet file of the rows, which are in the order of `inRowOrder`. The same rows give the same bytes. */
export async function encodeRows(rows: readonly KeptRecord[], { codec, compress }: Packing): Promise<Uint8Array> {
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    ...{ writer, schema: SCHEMA, codec, createdBy: 'mirrorwatch' },
    compressors: { [codec]: compress },
  });
  let start = 0;
  // One group at a time, so that only its columns are held.
  for (const size of groupSizes(rows)) {
    const group = rows.slice(start, start + size);
    await file.write({
      columnData: KEPT_COLUMNS.map((each) => columnOf(each, group)),
      ...{ rowGroupSize: Math.max(1, size), pageSize: PAGE_BYTES },
    });
    start += size;
  }
  await file.finish();
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
  BOOLEAN: (name) => [{ name, type: 'BOOLEAN', repetition_type: 'REQUIRED' }],
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
 * How many rows each group has: cut where the account, region or day changes, as soon as there is enough in it, so that most groups are of one of
 * each.
 */
export function groupSizes(rows: readonly KeptRecord[]): readonly number[] {
  const sizes: number[] = [];
  let start = 0;
  let held = 0;
  for (const [at, row] of rows.entries()) {
    const before = rows[at - 1];
    if (before !== undefined && held >= leastBetween(before, row)) {
      sizes.push(at - start);
      start = at;
      held = 0;
    }
    held += row.json.length;
  }
  return [...sizes, rows.length - start];
}

/** How much a group has to have before it ends between these rows. */
function leastBetween(before: KeptRecord, after: KeptRecord): number {
  if (before.accountId !== after.accountId) return LEAST_OF_ACCOUNT;
  if (before.region !== after.region) return LEAST_OF_REGION;
  return before.day === after.day ? MOST_OF_GROUP : LEAST_OF_DAY;
}
