/** Reads parts of a file of kept records: its footer, then only the groups and columns that are asked for. */

import { gunzipSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type RowGroup,
} from 'hyparquet';
import { messageOf, PipelineError } from '../../errors.ts';
import type { HistoryStore } from '../history-store.ts';
import type { StoredList } from '../shard/shard-summary.ts';
import { KEPT_COLUMNS } from './kept-columns.ts';
import type { KeptRecord } from './kept-record.ts';
import { openZstd } from './zstd.ts';

/** A file of kept records that is being read. */
export interface RecordFileReader {
  readonly path: string;
  readonly metadata: FileMetaData;
  /**
   * Rows of a group, as objects with these columns: all of them, or the part from `from` up to before `to`, of which only the pages are
   * read. Throws PipelineError `log-unreadable` when the file is damaged.
   */
  readonly rows: (group: number, columns: readonly string[], part?: RowPart) => Promise<readonly Row[]>;
  /** Some bytes of the file, for what is not a row. */
  readonly slice: (start: number, end: number) => Promise<Uint8Array>;
  /** How many bytes were read of it so far. */
  readonly bytesRead: () => number;
}

/** Some rows of a group, counted from its first. */
export interface RowPart {
  readonly from: number;
  readonly to: number;
}

/** The cells of a row by column. */
export type Row = Readonly<Record<string, unknown>>;

/** Most footers are shorter: one request reads the footer and what says how long it is. */
const FOOTER_BYTES = 64 * 1024;

/**
 * Opens a file of kept records by its footer. Throws PipelineError `log-unreadable` when it is damaged, or has another length than the summary
 * says.
 */
export async function openRecordFile(
  result: Pick<HistoryStore, 'readRange' | 'place'>,
  { name, bytes: byteLength }: Pick<StoredList, 'name' | 'bytes'>,
): Promise<RecordFileReader> {
  const path = `${result.place}/${name}`;
  let read = 0;
  /** The end of the file, where its footer is: all of a short one. */
  let held: { readonly from: number; readonly bytes: Uint8Array } | undefined;
  const slice = async (start: number, end: number): Promise<Uint8Array> => {
    if (held !== undefined && start >= held.from) return held.bytes.subarray(start - held.from, end - held.from);
    const bytes = await result.readRange(name, start, end);
    read += bytes.length;
    if (bytes.length !== end - start)
      throw new Error(`it ends after ${start + bytes.length} bytes, and has ${byteLength} by its summary`);
    if (end === byteLength) held = { from: start, bytes };
    return bytes;
  };
  const file: AsyncBuffer = {
    byteLength,
    slice: async (start, end = byteLength) => {
      const bytes = await slice(start, end);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    },
  };
  const zstd = await openZstd();
  const compressors = { ZSTD: zstd.decompress, GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)) };
  const metadata = await orDamaged(path, () => parquetMetadataAsync(file, { initialFetchSize: FOOTER_BYTES }));
  const starts = startsOf(metadata.row_groups);
  return {
    ...{ path, metadata, slice },
    bytesRead: () => read,
    rows: (group, columns, part) =>
      orDamaged(path, async () => {
        const start = starts[group] ?? 0;
        const [rowStart, rowEnd] =
          part === undefined ? [start, starts[group + 1] ?? 0] : [start + part.from, start + part.to];
        const rows = await parquetReadObjects({
          ...{ file, metadata, compressors, columns: [...columns], rowStart, rowEnd, useOffsetIndex: true },
        });
        if (rows.length !== rowEnd - rowStart)
          throw new Error(`it has ${rows.length} rows where ${rowEnd - rowStart} should be`);
        return rows;
      }),
  };
}

/** The first row of each group, and the number of rows at the end. */
function startsOf(groups: readonly RowGroup[]): readonly number[] {
  const starts = [0];
  for (const { num_rows } of groups) starts.push((starts.at(-1) ?? 0) + Number(num_rows));
  return starts;
}

async function orDamaged<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause;
    throw new PipelineError('log-unreadable', `${path} is damaged: ${messageOf(cause)}`, { path, cause });
  }
}

/** Between which values a column lies in a group, and how many rows have none; undefined where the file does not say. */
export function rangeOf(
  { columns }: RowGroup,
  name: string,
): { readonly min: unknown; readonly max: unknown; readonly nulls: number | undefined } | undefined {
  const statistics = columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === name)?.meta_data
    ?.statistics;
  if (statistics === undefined) return undefined;
  const { min_value: min, max_value: max, null_count: nulls } = statistics;
  if (min === undefined || max === undefined) return undefined;
  return { min, max, nulls: nulls === undefined ? undefined : Number(nulls) };
}

/** The columns that a `KeptRecord` is made of. */
export const ALL_COLUMNS: readonly string[] = KEPT_COLUMNS.map(({ name }) => name);

/** A row with all columns as it was kept. */
export function keptRecordOf(row: Row): KeptRecord {
  const text = (name: string): string | undefined => {
    const value = row[name];
    return typeof value === 'string' ? value : undefined;
  };
  const list = (name: string): readonly string[] => (Array.isArray(row[name]) ? row[name] : []);
  const { eventTime } = row;
  return {
    accountId: text('accountId') ?? '',
    region: text('region') ?? '',
    day: text('day') ?? '',
    eventTime: eventTime instanceof Date ? eventTime.getTime() : undefined,
    eventID: text('eventID'),
    eventSource: text('eventSource'),
    eventName: text('eventName'),
    actor: text('actor'),
    actorArn: text('actorArn'),
    callers: list('callers'),
    sourceIPAddress: text('sourceIPAddress'),
    userAgent: text('userAgent'),
    errorCode: text('errorCode'),
    resources: list('resources'),
    logFile: text('logFile') ?? '',
    fileIndex: Number(row.fileIndex),
    index: Number(row.recordIndex),
    json: text('record') ?? '',
  };
}
