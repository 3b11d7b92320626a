/** Reads Zstandard files piece by piece, in memory that the file's own header bounds. */

import { Decompress } from 'fzstd';
import xxhash from 'xxhash-wasm';
import { messageOf, PipelineError } from '../../errors.ts';
import { type ByteReader, type Bytes, byteReader } from './byte-reader.ts';

/** Every decoder has to read a window of this size, and `zstd` makes no larger one unless it is asked to with `--ultra` or `--long`. */
const MOST_WINDOW_BYTES = 8 * 1024 * 1024;
const MOST_BLOCK_BYTES = 128 * 1024;
const FRAME_MARK = 0xfd2fb528;
/** The marks of frames that hold no content differ in their last four bits. */
const SKIPPABLE_MARK = 0x184d2a5;

/**
 * The content of all frames. Yields what comes before any damage, then throws PipelineError `log-unreadable`: for a frame that is cut off
 * or damaged, has a wrong checksum or length, or needs more memory than usual or a dictionary, and for anything else behind a frame.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3
 */
export async function* unzstd(pieces: Bytes): AsyncGenerator<Buffer, void, undefined> {
  const { create64 } = await xxhash();
  const source = byteReader(pieces);
  try {
    for (;;) {
      const mark = await source.take(4);
      if (mark.length === 0) return;
      const found = mark.length < 4 ? 0 : mark.readUInt32LE(0);
      if (found === FRAME_MARK) yield* frameContent(source, mark, create64());
      else if (found >>> 4 === SKIPPABLE_MARK) await source.skip((await exactly(source, 4)).readUInt32LE(0));
      else throw unreadable('damaged: something else behind its Zstandard data');
    }
  } finally {
    await source.end();
  }
}

interface FrameHeader {
  readonly bytes: Buffer;
  readonly hasChecksum: boolean;
  /** The length of the content, if the frame says it. */
  readonly contentBytes: bigint | undefined;
  readonly mostBlockBytes: number;
}

type Checksum = ReturnType<Awaited<ReturnType<typeof xxhash>>['create64']>;

async function* frameContent(source: ByteReader, mark: Buffer, checksum: Checksum): AsyncGenerator<Buffer> {
  const header = await frameHeader(source);
  const found: Uint8Array[] = [];
  const decoder = new Decompress((piece) => found.push(piece));
  decoder.push(Buffer.concat([mark, header.bytes]));
  let length = 0n;
  for (let isLast = false; !isLast; ) {
    const block = await nextBlock(source, header);
    isLast = block.isLast;
    const sum = isLast && header.hasChecksum ? await exactly(source, 4) : Buffer.alloc(0);
    const fault = decoded(decoder, Buffer.concat([block.bytes, sum]), isLast);
    for (const piece of found.splice(0)) {
      if (piece.length === 0) continue;
      checksum.update(piece);
      length += BigInt(piece.length);
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    }
    if (fault !== undefined) throw fault;
    if (sum.length > 0 && sum.readUInt32LE(0) !== Number(BigInt.asUintN(32, checksum.digest())))
      throw unreadable('damaged: incorrect data check');
  }
  if (header.contentBytes !== undefined && header.contentBytes !== length)
    throw unreadable('damaged: incorrect length check');
}

/** Decodes a block. What it contains goes to the decoder's handler; a fault is returned, so that this can be used first. */
function decoded(decoder: Decompress, bytes: Buffer, isLast: boolean): PipelineError | undefined {
  try {
    decoder.push(bytes, isLast);
    return undefined;
  } catch (cause) {
    return unreadable(`damaged: ${messageOf(cause)}`, cause);
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1 */
async function frameHeader(source: ByteReader): Promise<FrameHeader> {
  const descriptor = await exactly(source, 1);
  const flags = descriptor[0] ?? 0;
  const isSingle = (flags & 0x20) !== 0;
  const sizeBytes = flags >>> 6 === 0 ? Number(isSingle) : 1 << (flags >>> 6);
  if ((flags & 8) !== 0) throw unreadable('damaged: a reserved bit of its header is set');
  if ((flags & 3) !== 0) throw unreadable('it needs a dictionary; unpack it first: unzstd -D DICTIONARY FILE');
  const rest = await exactly(source, Number(!isSingle) + sizeBytes);
  const contentBytes = contentBytesIn(rest.subarray(Number(!isSingle)));
  const window = isSingle ? (contentBytes ?? 0n) : BigInt(windowBytesOf(rest[0] ?? 0));
  if (window > MOST_WINDOW_BYTES)
    throw unreadable(
      `it needs a window of ${window} bytes, and at most ${MOST_WINDOW_BYTES} are given; unpack it first: unzstd --long=31 FILE`,
    );
  const mostBlockBytes = Math.min(Number(window), MOST_BLOCK_BYTES);
  return { bytes: Buffer.concat([descriptor, rest]), hasChecksum: (flags & 4) !== 0, contentBytes, mostBlockBytes };
}

function windowBytesOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** A length of two bytes is stored without the 256 that one byte could have said. */
function contentBytesIn(field: Buffer): bigint | undefined {
  if (field.length === 0) return undefined;
  if (field.length === 8) return field.readBigUInt64LE(0);
  return BigInt(field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0));
}

const REPEATED = 1;
const RESERVED = 3;

async function nextBlock(
  source: ByteReader,
  { mostBlockBytes }: FrameHeader,
): Promise<{ readonly bytes: Buffer; readonly isLast: boolean }> {
  const header = await exactly(source, 3);
  const bits = header.readUIntLE(0, 3);
  const type = (bits >>> 1) & 3;
  const size = bits >>> 3;
  if (type === RESERVED || size > mostBlockBytes) throw unreadable('damaged: a block that cannot be');
  const content = await exactly(source, type === REPEATED ? 1 : size);
  return { bytes: Buffer.concat([header, content]), isLast: (bits & 1) === 1 };
}

async function exactly(source: ByteReader, length: number): Promise<Buffer> {
  const bytes = await source.take(length);
  if (bytes.length < length) throw unreadable('cut off: unexpected end of Zstandard data');
  return bytes;
}

function unreadable(found: string, cause?: unknown): PipelineError {
  return new PipelineError('log-unreadable', found, { cause });
}
