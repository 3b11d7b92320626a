/** Scans many log files for wanted records: in parallel, in the order of the files, in bounded memory. */

import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Piscina } from 'piscina';
import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import type { Wanted, WantedRecord } from '../../cloudtrail/scanner/scan.ts';
import type { LogFile } from '../../delivery/fetch-log.ts';
import { messageOf } from '../../errors.ts';
import {
  type FileEnd,
  failedEnd,
  isLong,
  type ScanSettings,
  scanLong,
  scanPacked,
} from '../../pipeline/scan-packed.ts';
import type { WorkerAnswer, WorkerTask } from './scan-worker.ts';

export type { FileEnd } from '../../pipeline/scan-packed.ts';

/** What was found in a file, or in one piece of a long file. */
export interface FileScan {
  readonly path: string;
  readonly wanted: readonly WantedRecord[];
  /** In the last piece of every file: its counts and its damage. */
  readonly end?: FileEnd | undefined;
}

/** Totals of the scan so far. */
export interface ScanProgress {
  readonly files: number;
  readonly records: number;
  /** After decompression. */
  readonly bytes: number;
  readonly packedBytes: number;
}

export interface ScanOptions {
  readonly wanted: Wanted;
  /** The limit for one file's decompressed bytes. */
  readonly maxLogBytes: number;
  /** Worker threads; 1 means none. @default the number of processors */
  readonly threads?: number | undefined;
  /** Compute each file's SHA-256, for a manifest. @default false */
  readonly sha256?: boolean | undefined;
  /** Called after each file. */
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
}

/** A batch for a worker ends at this many bytes or files. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 64;
/** Below this many compressed bytes, about 0.1 s of work, workers would start too late to help. */
const WORTH_WORKERS_BYTES = 2 * BATCH_BYTES;
/** Batches in progress per thread: being read, being scanned, or waiting for their turn. */
const BATCHES_PER_THREAD = 4;

/**
 * Scans the files and yields their wanted records, in order. The `end` of an unreadable file says why; it never stops the others.
 * Files of more than 64 MB decompressed are yielded in pieces. Memory depends on the threads, not on the files: about 100 MB per
 * thread at most.
 *
 * If `threads` is above 1, workers start once there is enough work for them. When run from TypeScript (tests, benchmarks), they run
 * under tsx.
 */
export async function* scanFiles(
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
  options: ScanOptions,
): AsyncGenerator<FileScan, void, undefined> {
  const { wanted, maxLogBytes, sha256 = false, onProgress } = options;
  const settings = { wanted, maxLogBytes, sha256 };
  const threads = Math.max(1, options.threads ?? availableParallelism());
  const batches: Promise<readonly Scanned[]>[] = [];
  const progress = { files: 0, records: 0, bytes: 0, packedBytes: 0 };
  let workers: Workers | undefined;
  let listed = 0;

  async function* scansIn(batch: Promise<readonly Scanned[]>): AsyncGenerator<FileScan, void, undefined> {
    for (const scanned of await batch) {
      for await (const scan of scansOf(scanned, settings)) {
        yield scan;
        if (scan.end === undefined) continue;
        progress.files += 1;
        progress.records += scan.end.records;
        progress.bytes += scan.end.bytes;
        progress.packedBytes += scan.end.packedBytes;
        onProgress?.({ ...progress });
      }
    }
  }

  try {
    for await (const batch of batchesOf(files)) {
      listed += batch.reduce((sum, { size }) => sum + size, 0);
      if (threads > 1 && listed > WORTH_WORKERS_BYTES) workers ??= startWorkers(threads);
      const scanned = scanBatch(batch, settings, workers);
      // It is awaited later. Until then a rejection must not count as unhandled.
      scanned.catch(() => undefined);
      batches.push(scanned);
      while (batches.length >= threads * BATCHES_PER_THREAD) {
        yield* scansIn(batches.shift() as Promise<readonly Scanned[]>);
      }
    }
    for (const batch of batches) yield* scansIn(batch);
  } finally {
    await workers?.destroy();
  }
}

type Workers = Piscina<WorkerTask, WorkerAnswer>;

/** A finished file, or a long one that is scanned in pieces when its turn comes. */
type Scanned = FileScan | { readonly path: string; readonly long: Buffer };

async function* scansOf(scanned: Scanned, settings: ScanSettings): AsyncGenerator<FileScan, void, undefined> {
  if (!('long' in scanned)) yield scanned;
  else for await (const piece of scanLong(scanned.long, settings)) yield { path: scanned.path, ...piece };
}

async function* batchesOf(
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
): AsyncGenerator<readonly LogFile[], void, undefined> {
  let batch: LogFile[] = [];
  let bytes = 0;
  for await (const file of files) {
    batch.push(file);
    bytes += file.size;
    if (bytes < BATCH_BYTES && batch.length < BATCH_FILES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function scanBatch(
  batch: readonly LogFile[],
  settings: ScanSettings,
  workers: Workers | undefined,
): Promise<readonly Scanned[]> {
  const read = await Promise.all(batch.map((file) => readFile(file, settings.maxLogBytes)));
  const short = read.filter((one): one is ReadFile => 'packed' in one && !isLong(one.packed));
  const scanned =
    workers === undefined ? await scanHere(short, settings) : await scanInWorker(short, settings, workers);
  const byFile = new Map(short.map((one, at) => [one as object, scanned[at]]));
  return read.map((one) => byFile.get(one) ?? ('packed' in one ? { path: one.path, long: one.packed } : one));
}

/** Scans on this thread, and yields to the reading of other files after each one. */
async function scanHere(files: readonly ReadFile[], settings: ScanSettings): Promise<readonly FileScan[]> {
  const scans: FileScan[] = [];
  for (const { path, packed } of files) {
    scans.push({ path, ...scanPacked(packed, settings) });
    await setImmediate();
  }
  return scans;
}

interface ReadFile {
  readonly path: string;
  readonly packed: Buffer;
}

async function readFile(file: LogFile, maxBytes: number): Promise<ReadFile | FileScan> {
  try {
    return { path: file.path, packed: await file.read({ maxBytes }) };
  } catch (fault) {
    return { path: file.path, wanted: [], end: failedEnd(messageOf(fault), file.size) };
  }
}

async function scanInWorker(
  files: readonly ReadFile[],
  { wanted, ...settings }: ScanSettings,
  workers: Workers,
): Promise<readonly FileScan[]> {
  if (files.length === 0) return [];
  const { where, ...named } = wanted;
  const packed = packedTogether(files);
  const task = { packed, lengths: files.map((file) => file.packed.length), ...named, ...settings };
  const answer = await workers.run(task, { transferList: [packed.buffer] });
  const json = Buffer.from(answer.json.buffer, answer.json.byteOffset, answer.json.length);
  let at = 0;
  return answer.files.map(({ end, records }, file) => {
    const found = records.map(({ length, index }) => {
      at += length;
      return parsedLater(json.subarray(at - length, at), index);
    });
    const path = files[file]?.path ?? '';
    return { path, end, wanted: where === undefined ? found : found.filter(({ record }) => where(record)) };
  });
}

/** All files in one buffer, which is transferred to the worker instead of copied. */
function packedTogether(files: readonly ReadFile[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(files.reduce((sum, { packed }) => sum + packed.length, 0));
  let at = 0;
  for (const { packed } of files) {
    all.set(packed, at);
    at += packed.length;
  }
  return all;
}

/** A record that is parsed on first access. Printing it verbatim needs no parsing. */
export function parsedLater(json: Buffer, index: number): WantedRecord {
  let parsed: CloudTrailRecord | undefined;
  return {
    json,
    index,
    get record(): CloudTrailRecord {
      parsed ??= JSON.parse(json.toString('utf8')) as CloudTrailRecord;
      return parsed;
    },
  };
}

function startWorkers(threads: number): Workers {
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return new Piscina({
    filename: new URL(`./scan-worker${ending}`, import.meta.url).href,
    name: 'scanTask',
    minThreads: threads,
    maxThreads: threads,
    ...(ending === '.ts' ? { execArgv: ['--import', 'tsx'] } : {}),
  });
}
