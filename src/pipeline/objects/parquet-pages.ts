/** Decodes one column of text of a Parquet file, page by page. Every length in it is checked against what is there. */

import type { ColumnMetaData } from 'hyparquet';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { PipelineError } from '../../errors.ts';
import { packedNumbers } from './parquet-numbers.ts';
import { unpackPage } from './parquet-unpackers.ts';

/** Rows of a group. Writers make groups of a few hundred thousand. */
const MOST_ROWS = 1024 * 1024;
/** The unpacked pages of one column in one group of rows. */
const MOST_GROUP_BYTES = 64 * 1024 * 1024;

const RAW_LOGS = "use CloudTrail's own log files, which a trail delivers as JSON";

/** The kinds of pages, and the encodings of text that are read, by their numbers in the format. */
const DATA = 0;
const DICTIONARY = 2;
const DATA_V2 = 3;
const PLAIN = 0;
const BY_DICTIONARY: ReadonlySet<number> = new Set([2, 8]);

/** A group's part of a column. */
export interface ColumnPart {
  readonly rows: number;
  readonly column: ColumnMetaData;
  /** Whether a row may lack the value. */
  readonly isOptional: boolean;
}

interface Page {
  readonly kind: number;
  readonly values: number;
  readonly encoding: number;
  readonly body: Buffer;
  readonly unpackedBytes: number;
  /** Only in the second version of data pages: the length of the levels, which are not packed, and whether the rest is. */
  readonly levelBytes: number;
  readonly isPacked: boolean;
}

/**
 * The column's values in a group of rows, page by page; undefined where a row has none.
 *
 * Throws PipelineError `log-unreadable` for damage, for another encoding, and for a group that is too large.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/
 */
export function* textsIn(file: Buffer, part: ColumnPart): Generator<readonly (Buffer | undefined)[], void, undefined> {
  if (part.rows > MOST_ROWS)
    throw unreadable(`a group of ${part.rows} rows is longer than the ${MOST_ROWS} that are read; ${RAW_LOGS}`);
  let dictionary: readonly Buffer[] = [];
  let left = part.rows;
  let unpackedBytes = 0;
  for (const page of pagesOf(file, part)) {
    unpackedBytes += page.unpackedBytes;
    if (unpackedBytes > MOST_GROUP_BYTES)
      throw unreadable(`a group of rows unpacks to more than ${MOST_GROUP_BYTES} bytes; ${RAW_LOGS}`);
    if (page.kind === DICTIONARY) {
      dictionary = plainTexts(unpackPage(part.column.codec, page.body, page.unpackedBytes), page.values);
      continue;
    }
    left -= page.values;
    if (left < 0) throw unreadable('damaged: more values than rows');
    yield textsOf(page, part, dictionary);
  }
  if (left > 0) throw unreadable('damaged: fewer values than rows');
}

function* pagesOf(file: Buffer, { column }: ColumnPart): Generator<Page, void, undefined> {
  const start = Number(column.dictionary_page_offset || column.data_page_offset);
  const end = start + Number(column.total_compressed_size);
  if (!(start >= 0 && start <= end && end <= file.length))
    throw unreadable('damaged: a column that is not in the file');
  const reader = { view: new DataView(file.buffer, file.byteOffset + start, end - start), offset: 0 };
  while (reader.offset < reader.view.byteLength - 1) {
    const header = deserializeTCompactProtocol(reader);
    const { field_1: kind, field_2: unpackedBytes, field_3: packedBytes } = header;
    const [data, dictionary, dataV2] = [header.field_5, header.field_7, header.field_8];
    const about = data ?? dictionary ?? dataV2;
    const encoding = kind === DATA_V2 ? about?.field_4 : about?.field_2;
    const levelBytes = kind === DATA_V2 ? about?.field_5 : 0;
    // Levels of repetition come before them, for lists.
    const isFlat = kind !== DATA_V2 || about?.field_6 === 0;
    const lengths = [unpackedBytes, packedBytes, about?.field_1, encoding, levelBytes];
    const isPossible = lengths.every((length) => Number.isInteger(length) && length >= 0);
    const from = start + reader.offset;
    reader.offset += packedBytes;
    if (!isPossible || !isFlat || reader.offset > reader.view.byteLength || levelBytes > packedBytes)
      throw unreadable('damaged: a page with impossible lengths');
    if (![DATA, DICTIONARY, DATA_V2].includes(kind)) continue;
    const body = file.subarray(from, from + packedBytes);
    yield { kind, values: about.field_1, encoding, body, unpackedBytes, levelBytes, isPacked: about.field_7 !== false };
  }
}

/** The values of a data page. */
function textsOf(
  { kind, values, encoding, body, unpackedBytes, levelBytes, isPacked }: Page,
  { column: { codec }, isOptional }: ColumnPart,
  dictionary: readonly Buffer[],
): readonly (Buffer | undefined)[] {
  let levels = body.subarray(0, levelBytes);
  let content = body.subarray(levelBytes);
  if (kind === DATA) {
    content = unpackPage(codec, body, unpackedBytes);
    if (isOptional) {
      const length = lengthAt(content, 0);
      levels = content.subarray(4, 4 + length);
      content = content.subarray(4 + length);
    }
  } else if (isPacked) content = unpackPage(codec, content, Math.max(0, unpackedBytes - levelBytes));
  const isThere = isOptional ? packedNumbers(levels, 1, values) : undefined;
  const present = isThere?.reduce((sum, level) => sum + level, 0) ?? values;
  const texts = encodedTexts(content, encoding, present, dictionary);
  if (isThere === undefined) return texts;
  let next = 0;
  return Array.from(isThere, (level) => (level === 1 ? texts[next++] : undefined));
}

function encodedTexts(
  content: Buffer,
  encoding: number,
  count: number,
  dictionary: readonly Buffer[],
): readonly (Buffer | undefined)[] {
  if (encoding === PLAIN) return plainTexts(content, count);
  if (!BY_DICTIONARY.has(encoding)) throw unreadable(`its encoding ${encoding} is not read; ${RAW_LOGS}`);
  if (count === 0) return [];
  return Array.from(packedNumbers(content.subarray(1), content[0] ?? 0, count), (at) => {
    if (at >= dictionary.length) throw unreadable('damaged: a value that is not in its dictionary');
    return dictionary[at];
  });
}

/** Each with its length before it. */
function plainTexts(content: Buffer, count: number): readonly Buffer[] {
  const texts: Buffer[] = [];
  let at = 0;
  for (let left = count; left > 0; left -= 1) {
    const length = lengthAt(content, at);
    texts.push(content.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return texts;
}

/** A length, if as many bytes come after it. */
function lengthAt(content: Buffer, at: number): number {
  const length = at + 4 <= content.length ? content.readUInt32LE(at) : Number.POSITIVE_INFINITY;
  if (at + 4 + length > content.length) throw unreadable('damaged: a value that is longer than its page');
  return length;
}

function unreadable(found: string): PipelineError {
  return new PipelineError('log-unreadable', `reading Parquet: ${found}`);
}
