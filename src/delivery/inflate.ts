/** The asynchronous side of `decompress`, for files too large to be held inflated: piece after piece, in bounded memory. */

import { createGunzip } from 'node:zlib';
import { PipelineError } from '../errors.ts';
import { damageOf, isCutOff, packingOf, tooLarge, viewOf } from './decompress.ts';

/** Packed bytes given to zlib at a time: enough that its thread is busy while the last piece is worked on. */
const SLICE_BYTES = 128 * 1024;

/** The same while the place of a damage is looked for. */
const FINE_SLICE_BYTES = 256;

const CHUNK_BYTES = 1024 * 1024;

/**
 * The content of a file, gzip or plain, in pieces of at most `chunkBytes` (default 1 MiB), in order. zlib works on its own thread,
 * one piece ahead of the consumer, and memory stays within a few pieces whatever the file inflates to.
 *
 * Yields everything that can be inflated and then throws: PipelineError `log-unreadable` when the file is cut off or damaged (what
 * came before the damage has been yielded by then), `log-too-large` when it is longer than `maxBytes`, `archive-unreadable` for a zip.
 */
export async function* inflateChunks(
  bytes: Buffer,
  { maxBytes, chunkBytes = CHUNK_BYTES }: { readonly maxBytes: number; readonly chunkBytes?: number },
): AsyncGenerator<Buffer, void, undefined> {
  const packing = packingOf(bytes);
  if (packing === 'zip')
    throw new PipelineError('archive-unreadable', 'reading a log: found a zip archive, expected gzip or JSON');
  let given = 0;
  const pieces = packing === 'plain' ? slices(bytes, chunkBytes) : gunzip(bytes, chunkBytes, maxBytes);
  for await (const piece of pieces) {
    given += piece.length;
    if (given > maxBytes) throw tooLarge(maxBytes);
    yield piece;
  }
}

async function* gunzip(bytes: Buffer, chunkBytes: number, maxBytes: number): AsyncGenerator<Buffer, void, undefined> {
  let given = 0;
  let slice = 0;
  const counted = function* (): Generator<Buffer> {
    for (const piece of slices(bytes, SLICE_BYTES)) {
      slice++;
      yield piece;
    }
  };
  try {
    for await (const piece of inflated(counted(), chunkBytes)) {
      given += piece.length;
      yield piece;
    }
  } catch (fault) {
    const damage = damageOf(fault, maxBytes);
    // At the end of a file that is cut off everything has been given. Of the call that finds a damage zlib gives nothing, so that the
    // slices about it are fed again in smaller ones.
    const sound = Math.max(0, slice - 2) * SLICE_BYTES;
    if (!isCutOff(fault))
      yield* upToDamage([bytes.subarray(0, sound)], bytes.subarray(sound), { skip: given, chunkBytes, maxBytes });
    throw new PipelineError('log-unreadable', `inflating a log: ${damage}`, { cause: fault });
  }
}

async function* upToDamage(
  sound: readonly Buffer[],
  rest: Buffer,
  { skip, chunkBytes, maxBytes }: { readonly skip: number; readonly chunkBytes: number; readonly maxBytes: number },
): AsyncGenerator<Buffer, void, undefined> {
  const fed = function* (): Generator<Buffer> {
    for (const part of sound) yield* slices(part, SLICE_BYTES);
    yield* slices(rest.subarray(0, -FINE_SLICE_BYTES), FINE_SLICE_BYTES);
    // Byte by byte at the end, so that a file whose checksum alone is wrong gives all of its content.
    yield* slices(rest.subarray(-FINE_SLICE_BYTES), 1);
  };
  let seen = 0;
  try {
    for await (const piece of inflated(fed(), chunkBytes)) {
      const known = Math.min(piece.length, Math.max(0, skip - seen));
      seen += piece.length;
      if (known < piece.length) yield piece.subarray(known);
    }
  } catch (fault) {
    damageOf(fault, maxBytes);
  }
}

/** What the slices inflate to; the next slice is being inflated while the consumer holds the last one's pieces. Throws zlib's faults. */
async function* inflated(packed: Iterable<Buffer>, chunkSize: number): AsyncGenerator<Buffer, void, undefined> {
  const gunzip = createGunzip({ chunkSize });
  let ready: Buffer[] = [];
  gunzip.on('data', (piece: Buffer) => ready.push(piece));
  const ended = new Promise<void>((resolve, reject) => gunzip.once('end', resolve).once('error', reject));
  const written = (slice: Buffer): Promise<void> =>
    // zlib ends by itself, and never calls back, where only padding follows.
    Promise.race([ended, new Promise<void>((resolve) => gunzip.write(viewOf(slice), () => resolve()))]);
  const taken = (): readonly Buffer[] => {
    const pieces = ready;
    ready = [];
    return pieces;
  };
  let fault: unknown;
  ended.catch((reason: unknown) => {
    fault = reason;
  });
  try {
    for (const slice of packed) {
      const writing = written(slice);
      yield* taken();
      await writing;
      if (gunzip.readableEnded) break;
    }
    gunzip.end();
    await ended;
    yield* taken();
  } catch (reason) {
    yield* taken();
    throw fault ?? reason;
  } finally {
    gunzip.destroy();
  }
}

function* slices(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
