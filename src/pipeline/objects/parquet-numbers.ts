/** Reads the small numbers of a Parquet page: runs of one number, and numbers of a few bits each. */

import { PipelineError } from '../../errors.ts';

/** No dictionary has more entries than 24 bits can count: their texts alone would be longer than what is read. */
const MOST_WIDTH = 24;

/**
 * As many numbers of this width in bits as are asked for. Throws PipelineError `log-unreadable` unless exactly as many are there, but for
 * the padding of the last eight.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 */
export function packedNumbers(bytes: Buffer, width: number, count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  if (width === 0) return numbers;
  if (width > MOST_WIDTH) throw damaged(`numbers of ${width} bits`);
  let at = 0;
  let seen = 0;
  while (seen < count) {
    const header = varintAt(bytes, at);
    at = header.end;
    const length = Math.floor(header.value / 2);
    if (header.value % 2 === 0) {
      const size = Math.ceil(width / 8);
      if (seen + length > count || at + size > bytes.length) throw damaged('a run that is too long');
      numbers.fill(bytes.readUIntLE(at, size), seen, seen + length);
      seen += length;
      at += size;
    } else {
      const end = at + length * width;
      // The last groups of eight may be cut: nothing refers to what is missing.
      const most = Math.min(length * 8, count - seen);
      if (length === 0 || at + Math.ceil((most * width) / 8) > bytes.length)
        throw damaged('numbers that are not there');
      for (let one = 0; one < most; one += 1) numbers[seen + one] = bitsAt(bytes, at * 8 + one * width, width);
      seen += most;
      at = end;
    }
  }
  return numbers;
}

/** The bits from this one on, the lowest first. */
function bitsAt(bytes: Buffer, from: number, width: number): number {
  const first = Math.floor(from / 8);
  let word = 0;
  for (let at = 3; at >= 0; at -= 1) word = word * 256 + (bytes[first + at] ?? 0);
  return Math.floor(word / 2 ** (from % 8)) % 2 ** width;
}

function varintAt(bytes: Buffer, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = from; at < from + 5; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value += (byte & 127) * 2 ** (7 * (at - from));
    if (byte < 128) return { value, end: at + 1 };
  }
  throw damaged('a length that does not end');
}

function damaged(found: string): PipelineError {
  return new PipelineError('log-unreadable', `reading Parquet: damaged: ${found}`);
}
