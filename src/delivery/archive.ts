/** Reads the entries of an untrusted zip as log files, without ever extracting one to disk. */

import { once } from 'node:events';
import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGzip, gzipSync } from 'node:zlib';
import StreamZip from 'node-stream-zip';
import { messageOf, PipelineError } from '../errors.ts';
import { decompress, MAX_DEFLATE_RATIO, tooLarge, viewOf } from './decompress.ts';
import type { FoundLog, LogFile } from './fetch-log.ts';
import { compareBytes, fileKindOf, HEAD_BYTES, kindOfHead, unsafeName } from './log-file.ts';
import { isDigestKind } from './log-key.ts';
import { isParquet, isZstd, packingOf } from './packing.ts';
import { quoted } from './shape.ts';

/** The part of an entry's directory record that we use. */
interface Entry {
  readonly name: string;
  readonly encrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly offset: number;
}

const STORED = 0;
const DEFLATED = 8;
const END_RECORD_BYTES = 22;
const PIECE_BYTES = 512 * 1024;
const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_MARK = 0x04034b50;

/**
 * The entries of a zip file in the byte order of their names, each read only on request. A bad entry (an unsafe name, a password, a
 * false size, damage) is rejected or fails by itself, named `archive.zip!/entry`.
 *
 * Throws PipelineError `archive-unreadable` when the file is not a zip, or when its entries overlap as a zip bomb's do: an honest
 * archive's entries never add up to more than the file.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function readArchive(path: string): Promise<readonly FoundLog[]> {
  const length = await lengthOf(path);
  if (length < END_RECORD_BYTES)
    throw unreadableArchive(path, `it is ${length} bytes long, shorter than an empty archive`);
  const entries = (await directoryOf(path)).toSorted((one, other) => compareBytes(one.name, other.name));
  const packed = entries.reduce((sum, { compressedSize }) => sum + compressedSize, 0);
  if (packed > length) throw unreadableArchive(path, `its entries overlap (${packed} bytes in a file of ${length})`);
  const found: FoundLog[] = [];
  for (const [at, entry] of entries.entries()) {
    const repeated = entries[at - 1]?.name === entry.name;
    const one = await judgeEntry(path, entry, repeated);
    if (one !== undefined) found.push(one);
  }
  return found;
}

/** An entry as a log, as skipped or as rejected; undefined for a folder. */
async function judgeEntry(archive: string, entry: Entry, repeated: boolean): Promise<FoundLog | undefined> {
  const unsafe = unsafeName(entry.name);
  if (unsafe !== undefined)
    return { kind: 'rejected', path: `${archive}!/${quoted(entry.name)}`, reason: `the entry's name ${unsafe}` };
  if (entry.name.endsWith('/')) return undefined;
  const path = `${archive}!/${entry.name}`;
  const named = fileKindOf(entry.name, { named: false, size: entry.size });
  const kind = named === 'by-content' ? await kindByContent(archive, entry) : named;
  if (kind !== 'log' && kind !== 'archive') {
    const readable = isDigestKind(kind) && !repeated && faultOf(entry) === undefined;
    return { kind: 'skipped', path, why: kind, file: readable ? entryFile(archive, path, entry) : undefined };
  }
  const fault = repeated
    ? 'another entry has the same name'
    : kind === 'archive'
      ? 'an archive within an archive is not opened'
      : faultOf(entry);
  if (fault !== undefined) return { kind: 'rejected', path, reason: fault };
  return { kind: 'log', file: entryFile(archive, path, entry) };
}

/** An entry's kind by its first bytes. One that cannot be read is not a log: nothing about its name says otherwise. */
async function kindByContent(archive: string, entry: Entry): Promise<'log' | 'archive' | 'not-a-log'> {
  if (faultOf(entry) !== undefined) return 'not-a-log';
  try {
    const head = await packedBytes(archive, entry, HEAD_BYTES);
    const kind = kindOfHead(entry.method === STORED ? head : contentOf(asGzip(head, entry)));
    return kind === 'tar' ? 'archive' : kind;
  } catch (fault) {
    if (fault instanceof PipelineError) return 'not-a-log';
    throw fault;
  }
}

function faultOf(entry: Entry): string | undefined {
  if (entry.encrypted) return 'the entry is encrypted';
  if (entry.method !== STORED && entry.method !== DEFLATED)
    return `compression method ${entry.method} is not supported`;
  const possible = entry.method === STORED ? entry.compressedSize : entry.compressedSize * MAX_DEFLATE_RATIO;
  return entry.size > possible
    ? `${entry.compressedSize} bytes cannot inflate to the ${entry.size} it claims`
    : undefined;
}

function entryFile(archive: string, path: string, entry: Entry): LogFile {
  const read = async ({ maxBytes }: { readonly maxBytes: number }): Promise<Buffer> => {
    try {
      if (Math.max(entry.size, entry.compressedSize) > maxBytes) throw tooLarge(maxBytes);
      const packed = await packedBytes(archive, entry);
      return entry.method === STORED ? checked(packed, entry) : unpackedOnce(asGzip(packed, entry), maxBytes);
    } catch (fault) {
      throw unreadableEntry(path, fault);
    }
  };
  const readPieces = entry.method === STORED ? storedPieces(archive, path, entry) : undefined;
  return { path, size: entry.compressedSize, version: entry.crc.toString(16), read, readPieces };
}

function unreadableEntry(path: string, fault: unknown): PipelineError {
  const code = fault instanceof PipelineError ? fault.code : 'log-unreadable';
  return new PipelineError(code, `reading an entry of an archive: ${messageOf(fault)}`, { path, cause: fault });
}

/** A stored entry piece by piece. Its checksum is known after the last one only: a wrong one is an error behind all content. */
function storedPieces(archive: string, path: string, entry: Entry): NonNullable<LogFile['readPieces']> {
  return async function* ({ maxBytes }) {
    const sum = startChecksum();
    try {
      if (Math.max(entry.size, entry.compressedSize) > maxBytes) throw tooLarge(maxBytes);
      await using file = await open(archive);
      const begin = await contentStart(file, entry);
      for (let at = 0; at < entry.compressedSize; at += PIECE_BYTES) {
        const piece = await bytesAt(file, begin + at, Math.min(PIECE_BYTES, entry.compressedSize - at));
        await sum.add(piece);
        yield piece;
      }
      // In the words of the gzip reader: the content is there, but may be wrong.
      if ((await sum.end()) !== entry.crc || entry.compressedSize !== entry.size)
        throw new PipelineError('log-unreadable', `damaged: incorrect data check: ${MISMATCH}`);
    } catch (fault) {
      throw unreadableEntry(path, fault);
    } finally {
      sum.discard();
    }
  };
}

/** Computes the CRC-32 of pieces. zlib computes it while packing a gzip. */
function startChecksum(): {
  readonly add: (piece: Buffer) => Promise<void>;
  readonly end: () => Promise<number>;
  readonly discard: () => void;
} {
  const gzip = createGzip({ level: 0 });
  let tail: Buffer = Buffer.alloc(0);
  gzip.on('data', (packed: Buffer) => {
    tail = Buffer.concat([tail, packed.subarray(-8)].map(viewOf)).subarray(-8);
  });
  return {
    add: async (piece) => {
      if (!gzip.write(piece)) await once(gzip, 'drain');
    },
    end: async () => {
      gzip.end();
      await once(gzip, 'end');
      return tail.readUInt32LE(0);
    },
    discard: () => gzip.destroy(),
  };
}

/**
 * A deflated entry as a gzip file, with the archive's checksum and length as its trailer. The gzip reader then limits it, checks it
 * and returns what comes before any damage.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1952#page-5
 */
function asGzip(packed: Buffer, entry: Entry): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(entry.crc, 0);
  trailer.writeUInt32LE(entry.size % 2 ** 32, 4);
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]), packed, trailer].map(viewOf));
}

/** An entry that is itself packed, or Parquet, unpacked once; any other entry still packed, for the caller to inflate. */
function unpackedOnce(gzip: Buffer, maxBytes: number): Buffer {
  const head = contentOf(gzip.subarray(0, HEAD_BYTES));
  if (packingOf(head) !== 'gzip' && !isZstd(head) && !isParquet(head)) return gzip;
  const { bytes, damage } = decompress(gzip, { maxBytes });
  if (damage !== undefined) throw new PipelineError('log-unreadable', damage);
  return bytes;
}

/** What the first bytes of a gzip file inflate to. */
const contentOf = (head: Buffer): Buffer => decompress(head, { maxBytes: 2 * HEAD_BYTES * MAX_DEFLATE_RATIO }).bytes;

/** A stored entry's bytes, once its checksum matches. zlib computes it while packing a gzip. */
function checked(bytes: Buffer, entry: Entry): Buffer {
  const gzip = gzipSync(viewOf(bytes), { level: 0 });
  if (gzip.readUInt32LE(gzip.length - 8) === entry.crc && bytes.length === entry.size) return bytes;
  throw new PipelineError('log-unreadable', `damaged: ${MISMATCH}`);
}

const MISMATCH = "its checksum or length differs from the archive's directory";

async function packedBytes(path: string, entry: Entry, limit: number = entry.compressedSize): Promise<Buffer> {
  await using file = await open(path);
  return await bytesAt(file, await contentStart(file, entry), Math.min(limit, entry.compressedSize));
}

/** Where the entry's content begins, behind the header that it has besides the directory's. */
async function contentStart(file: FileHandle, entry: Entry): Promise<number> {
  const header = await bytesAt(file, entry.offset, LOCAL_HEADER_BYTES);
  if (header.readUInt32LE(0) !== LOCAL_HEADER_MARK)
    throw new PipelineError('log-unreadable', 'found no entry where the archive says it starts');
  if ((header.readUInt16LE(6) & 1) === 1) throw new PipelineError('log-unreadable', 'the entry is encrypted');
  return entry.offset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { size } = await file.stat();
  if (position + length > size)
    throw new PipelineError('log-unreadable', 'cut off: the entry runs past the end of the archive');
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(viewOf(bytes), 0, length, position);
  if (bytesRead < length)
    throw new PipelineError('log-unreadable', 'cut off: the entry runs past the end of the archive');
  return bytes;
}

async function lengthOf(path: string): Promise<number> {
  try {
    await using file = await open(path);
    return (await file.stat()).size;
  } catch (fault) {
    throw unreadableArchive(path, messageOf(fault), fault);
  }
}

function directoryOf(path: string): Promise<readonly Entry[]> {
  return new Promise((resolve, reject) => {
    guardLibrary();
    // We judge each name ourselves; the library would refuse the complete archive for one bad name.
    const archive = new StreamZip({ file: path, storeEntries: false, skipEntryNameValidation: true });
    const entries: Entry[] = [];
    archive.on('entry', ({ name, encrypted, method, crc, compressedSize, size, offset }) =>
      entries.push({ name, encrypted, method, crc, compressedSize, size, offset }),
    );
    archive.on('ready', () => archive.close(() => resolve(entries)));
    archive.on('error', (fault: unknown) =>
      archive.close(() => reject(unreadableArchive(path, messageOf(fault), fault))),
    );
  });
}

/**
 * Makes the library read files through us. It works in `fs` callbacks, where crafted zip64 records make it throw with no caller to
 * catch it, which ends the process. We pass what it throws back to it as a read error, and it emits its `error` event.
 */
function guardLibrary(): void {
  const read = (...[fd, bytes, offset, length, position, done]: ReadArguments): void => {
    const guarded = (fault: unknown, count?: number): void => {
      try {
        done(fault, count);
      } catch (thrown) {
        done(thrown, 0);
      }
    };
    try {
      fs.read(fd, viewOf(bytes), offset, length, position, guarded);
    } catch (thrown) {
      guarded(thrown, 0);
    }
  };
  // The library's types lack it.
  (StreamZip as unknown as { setFs(custom: unknown): void }).setFs({ ...fs, read });
}

type ReadArguments = [
  fd: number,
  bytes: Buffer,
  offset: number,
  length: number,
  position: number,
  done: (fault: unknown, count?: number) => void,
];

function unreadableArchive(path: string, found: string, cause?: unknown): PipelineError {
  return new PipelineError('archive-unreadable', `opening ${quoted(path, 300)}: not a readable zip archive: ${found}`, {
    path,
    cause,
  });
}
