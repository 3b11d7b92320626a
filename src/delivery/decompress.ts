/** Bytes as they lie in a bucket or folder → bytes of JSON, bounded, and told apart by content rather than by name. */

import { constants, gunzipSync, inflateRawSync } from 'node:zlib';
import { messageOf, PipelineError } from '../errors.ts';

/** The most that a log file may inflate to unless a configuration says otherwise: twice what AWS's limit of 50 MB packed comes to. */
export const MAX_LOG_BYTES = 1024 * 1024 * 1024;

export type Packing = 'gzip' | 'zip' | 'plain';

export interface Inflated {
  readonly bytes: Buffer;
  /** Why this is not all: the file is cut off or damaged, and `bytes` is what comes before that. Absent for a whole file. */
  readonly damage?: string | undefined;
}

/** No deflate stream inflates to more than this many times its length. */
export const MAX_DEFLATE_RATIO = 1032;

const MIN_CHUNK_BYTES = 64 * 1024;
const PROBE_BYTES = 32 * 1024;

/** How the bytes are packed, by their first ones: S3 clients and proxies may have unpacked a `.gz` already. */
export function packingOf(bytes: Buffer): Packing {
  if (bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  return bytes.length >= 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && isZipMark(bytes[2], bytes[3]) ? 'zip' : 'plain';
}

/** `PK\3\4` begins an archive with files in it, `PK\5\6` an empty one. */
const isZipMark = (third: number | undefined, fourth: number | undefined): boolean =>
  (third === 3 && fourth === 4) || (third === 5 && fourth === 6);

/**
 * What gzip says at its end that it inflates to, modulo 4 GiB, or undefined when that is impossible. True of a sound file of one
 * member; only good for choosing a way to read it, never to be believed.
 */
export function declaredBytes(bytes: Buffer): number | undefined {
  if (packingOf(bytes) !== 'gzip' || bytes.length < 18) return undefined;
  const declared = bytes.readUInt32LE(bytes.length - 4);
  return declared <= bytes.length * MAX_DEFLATE_RATIO ? declared : undefined;
}

/**
 * The content of a file, gzip (all members, one after the other) or plain; plain bytes come back as they are, without a copy.
 *
 * A file that is cut off or damaged gives what comes before the damage and says so in `damage`. Throws PipelineError
 * `log-too-large` when the content is longer than `maxBytes`, which costs nothing with a gzip that admits it and no more than
 * `maxBytes` of memory with one that lies, and `archive-unreadable` for a zip, which only `readArchive` opens.
 */
export function decompress(bytes: Buffer, { maxBytes }: { readonly maxBytes: number }): Inflated {
  const packing = packingOf(bytes);
  if (packing === 'zip')
    throw new PipelineError('archive-unreadable', 'reading a log: found a zip archive, expected gzip or JSON');
  if (packing === 'plain' ? bytes.length > maxBytes : isEvidentBomb(bytes, maxBytes)) throw tooLarge(maxBytes);
  return packing === 'plain' ? { bytes } : gunzipped(bytes, maxBytes);
}

/**
 * True when a file is too long both by its own words and by how its beginning inflates. Neither alone is enough: rubbish after the
 * end reads as any length, and a beginning of blanks says nothing of the rest.
 */
function isEvidentBomb(bytes: Buffer, maxBytes: number): boolean {
  if ((declaredBytes(bytes) ?? 0) <= maxBytes) return false;
  try {
    const probe = viewOf(bytes.subarray(0, PROBE_BYTES));
    const inflated = gunzipSync(probe, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxBytes }).length;
    return (inflated / probe.length) * bytes.length > maxBytes / 2;
  } catch (fault) {
    damageOf(fault, maxBytes);
    return false;
  }
}

/** A gzip of which only the first member counts, as digests demand: their hashes are of files that have one member and nothing else. */
export interface FirstMember {
  readonly bytes: Buffer;
  /** How many bytes follow the first member: further members, padding or rubbish. 0 for what CloudTrail wrote. */
  readonly trailingBytes: number;
}

/**
 * The first member of a gzip file, or plain bytes as they are, and what follows it. Readers differ in what they make of a second
 * member, so that bytes after the first can show one thing to who verifies and another to who reads.
 *
 * Throws PipelineError `log-unreadable` for a file that is cut off or damaged, `log-too-large` past `maxBytes`.
 */
export function readFirstMember(bytes: Buffer, { maxBytes }: { readonly maxBytes: number }): FirstMember {
  if (packingOf(bytes) !== 'gzip') return { bytes, trailingBytes: 0 };
  try {
    const body = bytes.subarray(gzipHeaderLength(bytes));
    const options = { chunkSize: chunkBytesFor(bytes, maxBytes), maxOutputLength: maxBytes, info: true };
    // With `info` zlib also answers how much it has read, which Node's types leave out.
    const { buffer, engine } = inflateRawSync(viewOf(body), options) as unknown as RawInflated;
    const end = engine.bytesWritten + GZIP_TRAILER_BYTES;
    if (end > body.length)
      throw new PipelineError('log-unreadable', 'inflating a log: cut off: its gzip checksum is missing');
    return { bytes: buffer, trailingBytes: body.length - end };
  } catch (fault) {
    if (fault instanceof PipelineError) throw fault;
    throw new PipelineError('log-unreadable', `inflating a log: ${damageOf(fault, maxBytes)}`, { cause: fault });
  }
}

interface RawInflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

const GZIP_HEADER_BYTES = 10;
const GZIP_TRAILER_BYTES = 8;

/**
 * Where the packed data begins. A header that runs past the end answers the file's length, which then inflates to a fault.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1952#page-5
 */
function gzipHeaderLength(bytes: Buffer): number {
  const flags = bytes[3] ?? 0;
  const pastText = (from: number): number => {
    const end = bytes.indexOf(0, from);
    return end === -1 ? bytes.length : end + 1;
  };
  let at = GZIP_HEADER_BYTES;
  if (flags & 4) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  if (flags & 8) at = pastText(at);
  if (flags & 16) at = pastText(at);
  return flags & 2 ? at + 2 : at;
}

/** The same memory as the plain array that zlib's types ask for. */
export function viewOf(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The fault of a file that inflates to more than is allowed. */
export function tooLarge(maxBytes: number): PipelineError {
  return new PipelineError(
    'log-too-large',
    `inflating a log: it is longer than the ${maxBytes} bytes allowed (maxLogBytes)`,
  );
}

function gunzipped(bytes: Buffer, maxBytes: number): Inflated {
  const chunkSize = chunkBytesFor(bytes, maxBytes);
  const inflate = (length: number, finishFlush: number): Buffer =>
    gunzipSync(viewOf(bytes.subarray(0, length)), { chunkSize, maxOutputLength: maxBytes, finishFlush });
  try {
    return { bytes: inflate(bytes.length, constants.Z_FINISH) };
  } catch (fault) {
    const damage = damageOf(fault, maxBytes);
    const sound = soundLength(bytes.length, (length) => inflate(length, constants.Z_SYNC_FLUSH), maxBytes);
    return { bytes: inflate(sound, constants.Z_SYNC_FLUSH), damage };
  }
}

/** One byte more than the file says it holds, so that a sound file fills one piece of memory and is never copied together. */
function chunkBytesFor(bytes: Buffer, maxBytes: number): number {
  return Math.max(Math.min(declaredBytes(bytes) ?? 0, maxBytes) + 1, MIN_CHUNK_BYTES);
}

/**
 * How many of the first bytes inflate without a fault: all of a file that is cut off, fewer of one that is damaged. zlib gives
 * nothing of a call that fails, so that the place is found by halving.
 */
function soundLength(length: number, inflate: (length: number) => Buffer, maxBytes: number): number {
  const inflates = (tried: number): boolean => {
    try {
      inflate(tried);
      return true;
    } catch (fault) {
      damageOf(fault, maxBytes);
      return false;
    }
  };
  if (inflates(length)) return length;
  let [sound, damaged] = [0, length];
  while (damaged - sound > 1) {
    const middle = Math.floor((sound + damaged) / 2);
    if (inflates(middle)) sound = middle;
    else damaged = middle;
  }
  return sound;
}

/** What zlib's fault says about the file, in words. Rethrows what the file's own bytes did not cause. */
export function damageOf(fault: unknown, maxBytes: number): string {
  const code = codeOf(fault);
  if (code === 'Z_BUF_ERROR') return 'cut off: unexpected end of gzip data';
  if (code === 'Z_DATA_ERROR') return `damaged: ${messageOf(fault)}`;
  if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
  throw fault;
}

const codeOf = (fault: unknown): unknown => (fault instanceof Error && 'code' in fault ? fault.code : undefined);
