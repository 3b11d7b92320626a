/** Turns the bytes of a stored object into JSON bytes, with a size limit. The content decides how, not the name. */

import { constants, gunzipSync, inflateRawSync } from 'node:zlib';
import { messageOf, PipelineError } from '../errors.ts';
import { packingOf } from './packing.ts';

/** The most a log file may inflate to by default: twice what 50 MB of gzip, AWS's limit, usually inflate to. */
export const MAX_LOG_BYTES = 1024 * 1024 * 1024;

/** A file's content. */
export interface Inflated {
  readonly bytes: Buffer;
  /** Why `bytes` is not all of it: the file is cut off or damaged after them. Absent for a complete file. */
  readonly damage?: string | undefined;
}

/** No deflate stream inflates to more than this many times its length. */
export const MAX_DEFLATE_RATIO = 1032;

const MIN_CHUNK_BYTES = 64 * 1024;
const PROBE_BYTES = 32 * 1024;

/**
 * The inflated size a gzip declares at its end, modulo 4 GiB, or undefined when it is impossible. It is right for a sound file of one
 * member. Use it to choose how to read a file, never as a fact.
 */
export function declaredBytes(bytes: Buffer): number | undefined {
  if (packingOf(bytes) !== 'gzip' || bytes.length < 18) return undefined;
  const declared = bytes.readUInt32LE(bytes.length - 4);
  return declared <= bytes.length * MAX_DEFLATE_RATIO ? declared : undefined;
}

/**
 * The content of a gzip (all its members) or plain file. Plain bytes are returned as they are, without a copy.
 *
 * A cut-off or damaged file gives what comes before the damage, and `damage` says why. Throws PipelineError `log-too-large` when the
 * content is longer than `maxBytes`: at no cost if the gzip states its size, with at most `maxBytes` of memory if it states a wrong one. Throws
 * `archive-unreadable` for a zip, which only `readArchive` opens.
 */
export function decompress(bytes: Buffer, { maxBytes }: { readonly maxBytes: number }): Inflated {
  const packing = packingOf(bytes);
  if (packing === 'zip')
    throw new PipelineError('archive-unreadable', 'reading a log: found a zip archive, expected gzip or JSON');
  if (packing === 'plain' ? bytes.length > maxBytes : isEvidentBomb(bytes, maxBytes)) throw tooLarge(maxBytes);
  return packing === 'plain' ? { bytes } : gunzipped(bytes, maxBytes);
}

/**
 * True when a file is too long both by its declared size and by how its first bytes inflate. Neither is enough by itself: garbage
 * after the end can declare any size, and leading blanks say nothing about the rest.
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

/** The first member of a gzip. Digests hash files that consist of exactly one member. */
export interface FirstMember {
  readonly bytes: Buffer;
  /** How many bytes follow the first member: more members, padding or garbage. 0 for a file as CloudTrail wrote it. */
  readonly trailingBytes: number;
}

/**
 * The first member of a gzip file, or plain bytes as they are, and how many bytes follow. Programs disagree about further members, so
 * bytes after the first could show a verifier one thing and a reader another.
 *
 * Throws PipelineError `log-unreadable` for a cut-off or damaged file, `log-too-large` past `maxBytes`.
 */
export function readFirstMember(bytes: Buffer, { maxBytes }: { readonly maxBytes: number }): FirstMember {
  if (packingOf(bytes) !== 'gzip') return { bytes, trailingBytes: 0 };
  try {
    const body = bytes.subarray(gzipHeaderLength(bytes));
    const options = { chunkSize: chunkBytesFor(bytes, maxBytes), maxOutputLength: maxBytes, info: true };
    // With `info`, zlib also returns how much it has read; Node's types leave that out.
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
 * Where the packed data starts. For a header that runs past the end, the file's length: inflating from there fails.
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

/** The same memory as a plain array, which zlib's types ask for. */
export function viewOf(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The error for a file that inflates to more than is allowed. */
export function tooLarge(maxBytes: number): PipelineError {
  return new PipelineError(
    'log-too-large',
    `inflating a log: it is longer than the ${maxBytes} bytes allowed (maxLogBytes)`,
  );
}

/** A log is a few dozen times longer than its gzip. What is hundreds of times longer was made to keep us busy. */
const MOST_INFLATION = 200;
/** A short file may inflate to this, whatever its length. */
const MOST_BYTES_AT_LEAST = 128 * 1024 * 1024;

/** The most that a log of this length, as stored, may inflate to: 128 MiB, or 200 times its length. */
export function mostInflatedBytes(packedBytes: number): number {
  return Math.max(MOST_BYTES_AT_LEAST, packedBytes * MOST_INFLATION);
}

/** The error for a file that inflates to more than `mostInflatedBytes`. */
export function inflatesTooMuch(packedBytes: number): PipelineError {
  return new PipelineError(
    'log-too-large',
    `inflating a log: it is longer than ${mostInflatedBytes(packedBytes)} bytes, packed into ${packedBytes}, which no log is; if it is one, unpack it first: gunzip FILE`,
  );
}

/** All members, and those behind padding, which zlib takes for the end of the file. */
function gunzipped(bytes: Buffer, maxBytes: number): Inflated {
  const parts: Buffer[] = [];
  let left = maxBytes;
  for (let rest = bytes; ; ) {
    const members = gunzippedMembers(rest, Math.max(left, 1));
    parts.push(members.bytes);
    left -= members.bytes.length;
    if (left < 0) throw tooLarge(maxBytes);
    rest = rest.subarray(paddingEnd(rest, members.packedBytes));
    const damage = members.damage ?? trailingDamage(rest);
    if (damage === undefined && rest.length > 0) continue;
    return { bytes: parts.length === 1 ? members.bytes : Buffer.concat(parts), damage };
  }
}

/** The position behind the zero bytes that start at `from`. */
export function paddingEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  return at;
}

/** What is wrong with the bytes behind a gzip and its padding, or undefined when there are none or they are a gzip again. */
export function trailingDamage(rest: Buffer): string | undefined {
  if (rest.length === 0 || packingOf(rest) === 'gzip') return undefined;
  return `damaged: ${rest.length} bytes of something else behind its gzip data`;
}

/** The members that follow each other without padding. `packedBytes`: how long they are; all bytes if they are damaged. */
function gunzippedMembers(bytes: Buffer, maxBytes: number): Inflated & { readonly packedBytes: number } {
  const chunkSize = chunkBytesFor(bytes, maxBytes);
  const options = { chunkSize, maxOutputLength: maxBytes };
  const inflate = (length: number, finishFlush: number): Buffer =>
    gunzipSync(viewOf(bytes.subarray(0, length)), { ...options, finishFlush });
  try {
    const { buffer, engine } = gunzipSync(viewOf(bytes), { ...options, info: true }) as unknown as RawInflated;
    return { bytes: buffer, packedBytes: engine.bytesWritten };
  } catch (fault) {
    const damage = damageOf(fault, maxBytes);
    const attempt = (length: number): Buffer => inflate(length, constants.Z_SYNC_FLUSH);
    return { bytes: soundPart(bytes.length, attempt, damage, maxBytes), damage, packedBytes: bytes.length };
  }
}

/** One byte more than the file declares: a sound file then fills a single chunk, with nothing to concatenate. */
function chunkBytesFor(bytes: Buffer, maxBytes: number): number {
  return Math.max(Math.min(declaredBytes(bytes) ?? 0, maxBytes) + 1, MIN_CHUNK_BYTES);
}

/**
 * What the first bytes inflate to, as far as that gives no error: all of a cut-off file, less of a damaged one. A failing call returns
 * nothing, so this finds the position by bisection. A file with a wrong checksum is only wrong there, unless further members follow.
 */
function soundPart(length: number, inflate: (length: number) => Buffer, damage: string, maxBytes: number): Buffer {
  let best: Buffer = Buffer.alloc(0);
  let sound = 0;
  let damaged = length + 1;
  const attempt = (tried: number): boolean => {
    try {
      best = inflate(tried);
      sound = tried;
      return true;
    } catch (fault) {
      damageOf(fault, maxBytes);
      damaged = tried;
      return false;
    }
  };
  const likely = isChecksumFault(damage) ? length - GZIP_TRAILER_BYTES : length;
  if (likely > 0 && attempt(likely)) return best;
  while (damaged - sound > 1) attempt(Math.floor((sound + damaged) / 2));
  return best;
}

/** What zlib's fault says about the file, in words. Rethrows what the file's own bytes did not cause. */
export function damageOf(fault: unknown, maxBytes: number): string {
  const code = codeOf(fault);
  if (code === 'Z_BUF_ERROR') return 'cut off: unexpected end of gzip data';
  if (code === 'Z_DATA_ERROR') return `damaged: ${messageOf(fault)}`;
  if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
  throw fault;
}

/** True for damage found only at the end, by the checksum or length: all content was inflated, and some of it may be wrong. */
export function isChecksumFault(damage: string | undefined): boolean {
  return damage !== undefined && /incorrect (?:data|length) check/.test(damage);
}

const codeOf = (fault: unknown): unknown => (fault instanceof Error && 'code' in fault ? fault.code : undefined);
