/** Checks the pages of a Parquet column before they are decoded: their headers say how much memory the decoder takes. */

import type { ColumnMetaData } from 'hyparquet';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { PipelineError } from '../../errors.ts';

/** Rows of a group, and values of a page. Writers make groups of a few hundred thousand rows. */
const MOST_ROWS = 1024 * 1024;
/** The unpacked pages of one column in one group of rows, which are held together. */
const MOST_GROUP_BYTES = 64 * 1024 * 1024;

const UNPACK = "use CloudTrail's own log files, which a trail delivers as JSON";

/** Encodings of text in which a value is no longer than what is stored of it, or than an entry of the dictionary. */
const ENCODINGS: ReadonlySet<unknown> = new Set([
  0, // PLAIN
  2, // PLAIN_DICTIONARY
  6, // DELTA_LENGTH_BYTE_ARRAY
  8, // RLE_DICTIONARY
]);

/** A page's header by the numbers that its fields have in the format. */
interface PageHeader {
  readonly unpackedBytes: number;
  readonly packedBytes: number;
  readonly values: number;
  readonly encoding: unknown;
}

/**
 * Throws PipelineError `log-unreadable` unless a group's pages of this column fit into memory, and are in encodings that cannot grow.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
export function checkPages(file: Buffer, rows: number, column: ColumnMetaData): void {
  const { dictionary_page_offset, data_page_offset, total_compressed_size } = column;
  const start = Number(dictionary_page_offset || data_page_offset);
  const end = start + Number(total_compressed_size);
  if (!(start >= 0 && end <= file.length && start <= end))
    throw unreadable('damaged: a column that is not in the file');
  if (rows > MOST_ROWS)
    throw unreadable(`a group of ${rows} rows is longer than the ${MOST_ROWS} that are read; ${UNPACK}`);
  const reader = { view: new DataView(file.buffer, file.byteOffset + start, end - start), offset: 0 };
  let unpacked = 0;
  while (reader.offset < reader.view.byteLength - 1) {
    const page = headerAt(reader);
    if (!(page.packedBytes >= 0 && page.unpackedBytes >= 0 && page.values >= 0 && page.values <= MOST_ROWS))
      throw unreadable('damaged: a page with impossible lengths');
    if (!ENCODINGS.has(page.encoding)) throw unreadable(`its encoding ${String(page.encoding)} is not read; ${UNPACK}`);
    unpacked += page.unpackedBytes;
    if (unpacked > MOST_GROUP_BYTES)
      throw unreadable(`a group of rows unpacks to more than ${MOST_GROUP_BYTES} bytes; ${UNPACK}`);
    reader.offset += page.packedBytes;
  }
}

function headerAt(reader: { readonly view: DataView; offset: number }): PageHeader {
  const header = deserializeTCompactProtocol(reader);
  const { field_2: unpackedBytes, field_3: packedBytes, field_5: data, field_7: dictionary, field_8: dataV2 } = header;
  const page = data ?? dictionary ?? dataV2;
  // In the second version of data pages the encoding comes after the counts of nulls and rows.
  const encoding = dataV2 === undefined ? page?.field_2 : dataV2.field_4;
  return { unpackedBytes, packedBytes, values: page?.field_1 ?? -1, encoding };
}

function unreadable(found: string): PipelineError {
  return new PipelineError('log-unreadable', `reading Parquet: ${found}`);
}
