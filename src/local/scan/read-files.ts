/** Reads the stored bytes of many files, in their order, some of them ahead. */

import type { LogFile } from '../../delivery/fetch-log.ts';
import { messageOf } from '../../errors.ts';
import { checksumOf, type FileEnd, failedEnd, type Stored } from '../../pipeline/objects/file-end.ts';
import type { StoredPieces } from '../../pipeline/objects/scan-long.ts';
import { MOST_STORED_BYTES } from '../../pipeline/objects/scan-short.ts';

/** A file that is in memory. */
export interface HeldFile {
  readonly path: string;
  readonly packed: Buffer;
  /** Of the file as it is stored, where `packed` is already inflated. */
  readonly stored?: Stored | undefined;
}

/**
 * Returns the content of a file that is proven, inflated; why not for any other, whose records are not used. `packed` are its stored
 * bytes; they are absent for a file that could not be read.
 */
export type Prove = (path: string, packed: Buffer | undefined) => Buffer | Unproven;

/** Why a file is not proven. */
export interface Unproven {
  readonly reason: string;
  /** True where proof cannot be expected yet: the file is then left out, and not counted as unread. */
  readonly notDue: boolean;
}

/** How to read. */
export interface ReadSettings {
  readonly maxLogBytes: number;
  readonly sha256: boolean;
  /** Judges each file before it is scanned: what is scanned is what it returns. */
  readonly prove?: Prove | undefined;
}

/** A file's stored bytes; a long one's, which are read when it is scanned; or why they could not be read. */
export type StoredFile =
  | HeldFile
  | { readonly path: string; readonly long: StoredPieces }
  | { readonly path: string; readonly end: FileEnd };

/** Where reading takes a while (a bucket, an archive), this many files are read ahead, or files of this many bytes. */
const AHEAD = { files: 32, bytes: 16 * 1024 * 1024 } as const;

/** The files' bytes, in the files' order. What cannot be read is an answer too. Holds no more than `AHEAD`, and one file. */
export function readFiles(
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
  settings: ReadSettings,
): AsyncGenerator<StoredFile, void, undefined> {
  const { prove } = settings;
  return prove === undefined ? readInOrder(files, settings.maxLogBytes) : readProven(files, prove, settings);
}

/** A file is proven in its turn: what it inflates to is not held for those that were read ahead. */
async function* readProven(
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
  prove: Prove,
  settings: ReadSettings,
): AsyncGenerator<StoredFile, void, undefined> {
  for await (const file of readInOrder(withoutPieces(files), settings.maxLogBytes)) yield proven(file, prove, settings);
}

function proven(file: StoredFile, prove: Prove, settings: ReadSettings): StoredFile {
  const { path } = file;
  const packed = 'packed' in file ? file.packed : undefined;
  const answer = prove(path, packed);
  if (packed === undefined) return file;
  const stored = { packedBytes: packed.length, ...checksumOf(packed, settings) };
  if (Buffer.isBuffer(answer)) return { path, packed: answer, stored };
  const reason = `its records were not used: ${answer.reason}`;
  const end = failedEnd(reason, packed.length);
  return {
    path,
    end: answer.notDue ? { ...end, ...stored, damage: undefined, warnings: [reason] } : { ...end, ...stored },
  };
}

/** A file that is hashed is held whole. */
async function* withoutPieces(files: AsyncIterable<LogFile> | Iterable<LogFile>): AsyncGenerator<LogFile> {
  for await (const file of files) yield { ...file, readPieces: undefined };
}

async function* readInOrder(
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
  maxBytes: number,
): AsyncGenerator<StoredFile, void, undefined> {
  const ahead: { readonly size: number; readonly read: () => StoredFile | Promise<StoredFile> }[] = [];
  let bytes = 0;
  for await (const file of files) {
    if (ahead.length === 0 && file.readNow !== undefined && file.size <= maxBytes) {
      yield readNow(file, file.readNow, maxBytes);
      continue;
    }
    ahead.push({ size: file.size, read: startReading(file, maxBytes) });
    bytes += file.size;
    while (ahead.length >= AHEAD.files || bytes >= AHEAD.bytes) {
      const first = ahead.shift();
      if (first === undefined) break;
      bytes -= first.size;
      yield first.read();
    }
  }
  for (const { read } of ahead) yield read();
}

/** Begins to read a file, unless that can be done when its turn comes. */
function startReading(file: LogFile, maxBytes: number): () => StoredFile | Promise<StoredFile> {
  const { path, size, readNow: now, readPieces } = file;
  // Of a file that is too long, what comes before the limit is read.
  if (readPieces !== undefined && size > Math.min(MOST_STORED_BYTES, maxBytes))
    return () => ({ path, long: { pieces: readPieces({ maxBytes }), size } });
  if (now !== undefined) return () => readNow(file, now, maxBytes);
  const reading = file.read({ maxBytes }).then(
    (packed): StoredFile => ({ path, packed }),
    (fault: unknown) => unread(file, fault),
  );
  return () => reading;
}

function readNow(file: LogFile, read: NonNullable<LogFile['readNow']>, maxBytes: number): StoredFile {
  try {
    return { path: file.path, packed: read({ maxBytes }) };
  } catch (fault) {
    return unread(file, fault);
  }
}

function unread({ path, size }: LogFile, fault: unknown): StoredFile {
  return { path, end: failedEnd(messageOf(fault), size) };
}
