/** Reads a file of this machine: whole, at once if it is small, or piece by piece if it is long. */

import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { viewOf } from '../delivery/decompress.ts';
import { MOST_BEGINNING_BYTES } from '../delivery/fetch-log.ts';
import { messageOf, PipelineError } from '../errors.ts';

/** Files up to this size are read synchronously, because a trip through the thread pool takes several times as long as the call. */
export const SMALL_BYTES: number = 4 * 1024 * 1024;
const PIECE_BYTES = 512 * 1024;
const SLAB_BYTES = 512 * 1024;

/**
 * A file's bytes. Throws PipelineError `log-missing`, `log-too-large` (a pipe is read up to `maxBytes`), or else
 * `log-unreadable`.
 */
export async function readFileWithin(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const known = statSync(path);
    if (known.isFile() && known.size <= Math.min(SMALL_BYTES, maxBytes)) return readFileSync(path);
    await using file = await open(path);
    const stats = await file.stat();
    if (stats.isFile() && stats.size > maxBytes) throw tooLarge(path, stats.size, maxBytes);
    return stats.isFile() ? await file.readFile() : await readPipe(file, path, maxBytes);
  } catch (fault) {
    throw unreadable(path, fault);
  }
}

/**
 * A file that was small when it was listed, read at once. One more byte is asked for, so a file that has grown is seen, and read completely.
 * Throws as `readFileWithin` does.
 */
export function readSmallFile(path: string, size: number, maxBytes: number): Buffer {
  try {
    const bytes = roomFor(size + 1);
    const file = openSync(path, 'r');
    let length: number;
    try {
      length = readSync(file, viewOf(bytes), 0, bytes.length, null);
    } finally {
      closeSync(file);
    }
    const whole = length === size ? bytes.subarray(0, size) : readFileSync(path);
    if (whole.length > maxBytes) throw tooLarge(path, whole.length, maxBytes);
    return whole;
  } catch (fault) {
    throw unreadable(path, fault);
  }
}

/** Memory for one file after another, cut from a larger piece: to allocate for each small file costs as much as to read it. */
function startSlab(): (size: number) => Buffer {
  let slab: Buffer = Buffer.alloc(0);
  return (size) => {
    if (slab.length < size) slab = Buffer.allocUnsafeSlow(Math.max(size, SLAB_BYTES));
    const room = slab.subarray(0, size);
    slab = slab.subarray(size);
    return room;
  };
}

const roomFor = startSlab();

/**
 * A file's bytes piece by piece, however long it is. Throws as `readFileWithin` does, with the first piece; `log-too-large` behind the
 * first `maxBytes`.
 */
export async function* readFilePieces(path: string, maxBytes: number): AsyncGenerator<Buffer, void, undefined> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const options = { highWaterMark: PIECE_BYTES, autoClose: false, ...(size > maxBytes && { end: maxBytes - 1 }) };
    yield* file.createReadStream(options) as AsyncIterable<Buffer>;
    if (size > maxBytes) throw tooLarge(path, size, maxBytes);
  } catch (fault) {
    throw unreadable(path, fault);
  }
}

/** The beginning of a file that is longer than `maxBytes`, as `FetchOptions` says, with its length. */
export async function readFileBeginning(
  path: string,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer; readonly cutFrom: number }> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const bytes = Buffer.allocUnsafe(Math.min(size, maxBytes, MOST_BEGINNING_BYTES));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return { bytes: bytes.subarray(0, bytesRead), cutFrom: size };
  } catch (fault) {
    throw unreadable(path, fault);
  }
}

async function readPipe(file: FileHandle, path: string, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of file.createReadStream() as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > maxBytes) throw tooLarge(path, length, maxBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

function unreadable(path: string, fault: unknown): PipelineError {
  if (fault instanceof PipelineError) return fault;
  const code = errnoOf(fault) === 'ENOENT' || errnoOf(fault) === 'ENOTDIR' ? 'log-missing' : 'log-unreadable';
  return new PipelineError(code, `${path} could not be read: ${reasonOf(fault)}`, { path, cause: fault });
}

function tooLarge(path: string, length: number, maxBytes: number): PipelineError {
  return new PipelineError('log-too-large', `${path} is too large: ${length} bytes, the limit is ${maxBytes}`, {
    path,
  });
}

function errnoOf(fault: unknown): unknown {
  return fault instanceof Error && 'code' in fault ? fault.code : undefined;
}

/** A system error in words, without the path, which the reader has already. */
export function reasonOf(fault: unknown): string {
  switch (errnoOf(fault)) {
    case 'ENOENT':
      return 'there is no such file or folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ELOOP':
      return 'its links form a loop';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return messageOf(fault);
  }
}
