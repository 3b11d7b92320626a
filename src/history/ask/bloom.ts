/** Asks the Bloom filters of a file whether a group of rows may have a value, without reading them whole. */

import type { RowGroup, SchemaElement } from 'hyparquet';
import { hashParquetValue, readBloomFilter, sbbfContains } from 'hyparquet/src/bloom.js';
import type { RecordFileReader } from '../records/record-file.ts';

/** The block of a filter that a value would be in. */
const BLOCK_BYTES = 32;
/** A filter up to here is read whole: a request costs more than its bytes. */
const MOST_WHOLE_BYTES = 256;
/** The header before the blocks has 12 to 20 bytes. */
const MOST_HEADER_BYTES = 64;
const TEXT: SchemaElement = { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8' };

/**
 * False if no row of the group has any of these values in the column; true if one may have, or the column has no filter. Reads 32 bytes for a
 * value. Throws what reading throws.
 *
 * @see https://parquet.apache.org/docs/file-format/bloomfilter/
 */
export async function mayHaveOneOf(
  { slice }: Pick<RecordFileReader, 'slice'>,
  group: RowGroup,
  column: string,
  values: readonly string[],
): Promise<boolean> {
  const place = filterOf(group, column);
  if (place === undefined) return true;
  const { start, length } = place;
  const hashes = values.map((value) => hashParquetValue(value, TEXT));
  const blocksBytes = 2 ** Math.floor(Math.log2(length));
  const isUsual = length - blocksBytes <= MOST_HEADER_BYTES && blocksBytes >= BLOCK_BYTES;
  if (length <= MOST_WHOLE_BYTES || !isUsual) {
    const bytes = await slice(start, start + length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const filter = readBloomFilter({ view, offset: 0 });
    return filter === undefined || hashes.some((hash) => hash === undefined || sbbfContains(filter.blocks, hash));
  }
  const first = start + length - blocksBytes;
  for (const hash of hashes) {
    if (hash === undefined) return true;
    const block = Number(((hash >> 32n) * BigInt(blocksBytes / BLOCK_BYTES)) >> 32n);
    const bytes = await slice(first + block * BLOCK_BYTES, first + (block + 1) * BLOCK_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const words = Uint32Array.from({ length: BLOCK_BYTES / 4 }, (_, at) => view.getUint32(at * 4, true));
    // A filter of one block is tested by its mask alone.
    if (sbbfContains(words, hash)) return true;
  }
  return false;
}

function filterOf(
  { columns }: RowGroup,
  name: string,
): { readonly start: number; readonly length: number } | undefined {
  const column = columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === name)?.meta_data;
  const { bloom_filter_offset: offset, bloom_filter_length: length } = column ?? {};
  return offset === undefined || length === undefined ? undefined : { start: Number(offset), length };
}
