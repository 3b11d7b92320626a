/** Reads the raw records that a Parquet file of OCSF events has beside its columns. */

import { type FileMetaData, parquetMetadata, parquetSchema } from 'hyparquet';
import { viewOf } from '../../delivery/decompress.ts';
import { refusal } from '../../delivery/forms/file-form.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Bytes } from './byte-reader.ts';
import { textsIn } from './parquet-pages.ts';

/** Parquet is read from its end, so a file is held whole. */
const MOST_FILE_BYTES = 64 * 1024 * 1024;
const MOST_FOOTER_BYTES = 8 * 1024 * 1024;
/** What a file ends with: the length of its footer, then the mark. */
const END_BYTES = 8;
const PIECE_BYTES = 512 * 1024;
/** OCSF's field for the event as it was. */
const RAW = 'raw_data';
const RAW_LOGS = "use CloudTrail's own log files, which a trail delivers as JSON";

/**
 * The raw records as JSON lines, each `{"raw_data": …}` as in OCSF's own JSON, so that both are read alike.
 *
 * Throws PipelineError `not-a-log` for a file without that column, as Security Lake writes for CloudTrail, and `log-unreadable` for
 * one that is cut off, damaged or too large, after the groups of rows before that.
 */
export async function* parquetRecords(pieces: Bytes): AsyncGenerator<Buffer, void, undefined> {
  const file = await wholeOf(pieces);
  const metadata = reading(() => footerOf(file));
  const raw = reading(() => rawColumn(metadata));
  if (raw === undefined)
    throw refusal({
      name: `Parquet without a column ${RAW}, such as Security Lake's`,
      advice: `its columns are not CloudTrail's records; ${RAW_LOGS}`,
    });
  let packedBytes = 0;
  for (const { num_rows, columns } of metadata.row_groups) {
    const column = columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === RAW)?.meta_data;
    if (column === undefined) throw damaged(new Error(`damaged: a group of rows without the column ${RAW}`));
    packedBytes += Number(column.total_compressed_size);
    // A few bytes could otherwise stand for any number of groups.
    if (packedBytes > file.length) throw damaged(new Error('damaged: its groups of rows overlap'));
    const pages = textsIn(file, { rows: Number(num_rows), column, ...raw });
    for (let page = reading(() => pages.next()); page.done !== true; page = reading(() => pages.next()))
      yield* linesOf(page.value);
  }
}

async function wholeOf(pieces: Bytes): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > MOST_FILE_BYTES)
      throw new PipelineError(
        'log-unreadable',
        `reading Parquet: it is longer than the ${MOST_FILE_BYTES} bytes that are read; ${RAW_LOGS}`,
      );
    parts.push(piece);
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts.map(viewOf));
}

function footerOf(file: Buffer): FileMetaData {
  const footerBytes = file.length < 2 * END_BYTES ? -1 : file.readUInt32LE(file.length - END_BYTES);
  if (footerBytes < 0 || !file.subarray(-4).equals(new Uint8Array(file.subarray(0, 4))))
    throw new Error('cut off: its footer is missing');
  if (footerBytes > Math.min(MOST_FOOTER_BYTES, file.length - END_BYTES))
    throw new Error(`damaged: its footer is said to be ${footerBytes} bytes long`);
  return parquetMetadata(viewOf(file.subarray(-footerBytes - END_BYTES)), { geoparquet: false });
}

/** The column of that name, if it is one of text with at most one value a row. */
function rawColumn(metadata: FileMetaData): { readonly isOptional: boolean } | undefined {
  const column = parquetSchema(metadata).children.find(({ element }) => element.name === RAW);
  if (column === undefined || column.children.length > 0 || column.element.type !== 'BYTE_ARRAY') return undefined;
  const repetition = column.element.repetition_type;
  return repetition === 'REPEATED' ? undefined : { isOptional: repetition === 'OPTIONAL' };
}

function* linesOf(records: readonly (Buffer | undefined)[]): Generator<Buffer> {
  let lines: string[] = [];
  let length = 0;
  for (const record of records) {
    const line = `${record === undefined ? WITHOUT_RECORD : JSON.stringify({ [RAW]: record.toString('utf8') })}\n`;
    lines.push(line);
    length += line.length;
    if (length < PIECE_BYTES) continue;
    yield Buffer.from(lines.join(''));
    [lines, length] = [[], 0];
  }
  if (lines.length > 0) yield Buffer.from(lines.join(''));
}

/** An event that lacks its record, by the members that tell OCSF. */
const WITHOUT_RECORD = JSON.stringify({ class_uid: null, metadata: null });

/** Does what the library does with the file's own words, and takes its errors for the file's damage. */
function reading<T>(work: () => T): T {
  try {
    return work();
  } catch (fault) {
    throw fault instanceof PipelineError ? fault : damaged(fault);
  }
}

function damaged(cause: unknown): PipelineError {
  return new PipelineError('log-unreadable', `reading Parquet: ${messageOf(cause)}`, { cause });
}
