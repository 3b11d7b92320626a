/** Unpacks a page of a Parquet file to the length that it states, and no further. */

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { decompress as unzstdAtOnce } from 'fzstd';
import { snappyUncompress } from 'hyparquet';
import { viewOf } from '../../delivery/decompress.ts';
import { PipelineError } from '../../errors.ts';

/** The page's content. Throws PipelineError `log-unreadable` if it is packed otherwise than we unpack, and what the unpackers throw. */
export function unpackPage(codec: string, page: Buffer, length: number): Buffer {
  const unpack = UNPACKERS.get(codec);
  if (unpack === undefined)
    throw new PipelineError('log-unreadable', `reading Parquet: its compression ${codec} is not read`);
  const unpacked = unpack(page, length);
  if (unpacked.length !== length)
    throw new PipelineError('log-unreadable', 'reading Parquet: damaged: a page of another length than it states');
  return Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.length);
}

type Unpacker = (page: Buffer, length: number) => Uint8Array;

const UNPACKERS: ReadonlyMap<string, Unpacker> = new Map([
  ['UNCOMPRESSED', (page: Buffer) => page],
  ['SNAPPY', unsnapped],
  ['GZIP', (page: Buffer, length: number) => gunzipSync(viewOf(page), { maxOutputLength: Math.max(length, 1) })],
  [
    'BROTLI',
    (page: Buffer, length: number) => brotliDecompressSync(viewOf(page), { maxOutputLength: Math.max(length, 1) }),
  ],
  ['ZSTD', (page: Buffer, length: number) => unzstdAtOnce(viewOf(page), new Uint8Array(length))],
]);

/**
 * The library takes a literal's length of four bytes for a signed number, with which a few bytes keep it going for ever. No page is long
 * enough to need one.
 */
function unsnapped(page: Buffer, length: number): Uint8Array {
  if (hasLongLiteral(page))
    throw new PipelineError('log-unreadable', 'reading Parquet: damaged: a Snappy literal longer than a page');
  const unpacked = new Uint8Array(length);
  snappyUncompress(viewOf(page), unpacked);
  return unpacked;
}

/** @see https://github.com/google/snappy/blob/main/format_description.txt */
function hasLongLiteral(page: Buffer): boolean {
  let at = 0;
  while ((page[at] ?? 0) >= 128) at += 1;
  for (at += 1; at < page.length; ) {
    const tag = page[at] ?? 0;
    const kind = tag & 3;
    at += 1;
    if (kind !== 0) at += kind === 3 ? 4 : kind;
    else if (tag >>> 2 < 60) at += (tag >>> 2) + 1;
    else {
      const size = (tag >>> 2) - 59;
      if (size === 4 || at + size > page.length) return true;
      at += size + page.readUIntLE(at, size) + 1;
    }
  }
  return false;
}
