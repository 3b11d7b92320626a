/** Scans files on this and other threads. What is found comes out in the order of the files. */

import { setImmediate } from 'node:timers/promises';
import type { ScanSettings } from '../../pipeline/objects/file-end.ts';
import { BATCH_BYTES, type Batch, batchesOf } from './batches.ts';
import type { HeldFile, StoredFile } from './read-files.ts';
import { asStored, type FileScan, MOST_ANSWER_BYTES, scanFile, scanWhole } from './scan-file.ts';
import type { ScanPool } from './scan-pool.ts';

/** Batches for each thread that wait, are being scanned, or were scanned before their turn. */
const TURNS_PER_THREAD = 4;
/** No further batch is taken while those in the line are stored in this many bytes. Files of an archive may be long and not packed. */
const MOST_HELD_BYTES = 32 * 1024 * 1024;

/** A batch and its place in the order. */
interface Turn {
  readonly batch: Batch;
  /** Set once it is being scanned: for each file what was found, or the file itself if it still has to be scanned. */
  scans?: Promise<readonly Found[]>;
  isDone: boolean;
}

type Found = { readonly scans: readonly FileScan[] } | StoredFile;

/**
 * Scans the files on the pool's threads and on this one, which takes a batch whenever the others have enough and nothing can be handed on.
 * Holds a fixed number of batches. Closes the pool.
 */
export async function* scanTogether(
  files: AsyncIterable<StoredFile>,
  settings: ScanSettings,
  pool: ScanPool,
): AsyncGenerator<FileScan, void, undefined> {
  const line = startLine(batchesOf(files), TURNS_PER_THREAD * (pool.threads + 1));
  try {
    for (;;) {
      await handOut(line, pool, settings);
      const first = line.turns[0];
      if (first === undefined) return;
      const next = line.waiting().find(({ batch }) => 'files' in batch && batch.bytes <= BATCH_BYTES);
      if (first.scans === undefined || first.isDone || next === undefined) {
        line.turns.shift();
        for (const found of (await first.scans) ?? filesOf(first.batch)) {
          if ('scans' in found) yield* found.scans;
          else
            for await (const scan of scanFile(found, settings)) {
              yield scan;
              await handOut(line, pool, settings);
            }
        }
      } else start(next, scanHere(next.batch, settings));
      // Only now the other threads' answers arrive.
      await setImmediate();
    }
  } finally {
    await pool.close();
  }
}

/** The batches in their order, from the first that was not handed on. */
interface Line {
  readonly turns: Turn[];
  /** The batches that nobody scans yet. */
  readonly waiting: () => readonly Turn[];
  /** Adds the next batch. False if there is none, or no room. */
  readonly extend: () => Promise<boolean>;
}

function startLine(batches: AsyncGenerator<Batch, void, undefined>, mostTurns: number): Line {
  const turns: Turn[] = [];
  return {
    turns,
    waiting: () => turns.filter(({ scans }) => scans === undefined),
    extend: async () => {
      if (turns.length >= mostTurns || heldBytes(turns) >= MOST_HELD_BYTES) return false;
      const { done, value } = await batches.next();
      if (done === true) return false;
      turns.push({ batch: value, isDone: false });
      return true;
    },
  };
}

function heldBytes(turns: readonly Turn[]): number {
  let bytes = 0;
  for (const { batch } of turns) for (const file of filesOf(batch)) bytes += 'packed' in file ? file.packed.length : 0;
  return bytes;
}

/** Gives the other threads what they can take, and keeps one batch for this one. */
async function handOut(line: Line, pool: ScanPool, settings: ScanSettings): Promise<void> {
  for (;;) {
    const next = line.waiting().find(({ batch }) => 'files' in batch);
    if (next === undefined) {
      if (!(await line.extend())) return;
    } else if (pool.isFree() && 'files' in next.batch) start(next, scanInPool(next.batch.files, pool, settings));
    else return;
  }
}

function start(turn: Turn, scans: Promise<readonly Found[]>): void {
  turn.scans = scans;
  const done = (): void => {
    turn.isDone = true;
  };
  // It is awaited in its turn. Until then a rejection must not count as unhandled.
  scans.then(done, done);
}

async function scanInPool(
  files: readonly HeldFile[],
  pool: ScanPool,
  settings: ScanSettings,
): Promise<readonly Found[]> {
  const scans = await pool.scan(files, settings);
  return files.map((file, at) => {
    const scan = scans[at];
    return scan === undefined
      ? file
      : { scans: [{ path: file.path, wanted: scan.wanted, end: asStored(scan.end, file.stored) }] };
  });
}

/** Scans a batch before its turn. Of what would be too much to hold until then, the file itself is kept. */
async function scanHere(batch: Batch, settings: ScanSettings): Promise<readonly Found[]> {
  let left = MOST_ANSWER_BYTES;
  return filesOf(batch).map((file) => {
    const found = 'packed' in file ? scanWhole(file.packed, settings, left) : undefined;
    if (found === undefined) return file;
    left -= found.wantedBytes;
    const stored = 'stored' in file ? file.stored : undefined;
    return { scans: [{ path: file.path, wanted: found.wanted, end: asStored(found.end, stored) }] };
  });
}

const filesOf = (batch: Batch): readonly StoredFile[] => ('files' in batch ? batch.files : [batch.alone]);
