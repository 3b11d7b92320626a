/** Resumes an interrupted scan. The result is the same as without the interruption. */

import type { LogFile } from '../../delivery/fetch-log.ts';
import { PipelineError } from '../../errors.ts';
import type { Checkpoint, SavedScans } from './checkpoint.ts';
import type { FileScan } from './scan-files.ts';

/**
 * Scans the files that are not in the checkpoint and yields the results of all files in order, just as `scan` of all of them would.
 *
 * Known results are read from the journal, new ones are saved to it before they are yielded. Without a checkpoint this is `scan`.
 */
export async function* resumed(
  files: AsyncIterable<LogFile>,
  scan: (files: AsyncIterable<LogFile>) => AsyncIterable<FileScan>,
  checkpoint: Checkpoint | undefined,
): AsyncGenerator<FileScan, void, undefined> {
  if (checkpoint === undefined) {
    yield* scan(files);
    return;
  }
  const turns = new Map<number, Turn>();
  let listed = 0;
  let next = 0;
  let piece = 0;
  async function* newFiles(journal: Checkpoint): AsyncGenerator<LogFile, void, undefined> {
    for await (const file of files) {
      const saved = journal.savedScans(file);
      turns.set(listed, saved === undefined ? { file } : { saved });
      listed += 1;
      if (saved === undefined) yield file;
    }
  }
  const finish = (): void => {
    turns.delete(next);
    next += 1;
    piece = 0;
  };
  async function* savedResults(): AsyncGenerator<FileScan, void, undefined> {
    for (let turn = turns.get(next); turn !== undefined && 'saved' in turn; turn = turns.get(next)) {
      yield* turn.saved();
      finish();
    }
  }
  for await (const result of scan(newFiles(checkpoint))) {
    yield* savedResults();
    const turn = turns.get(next);
    if (turn === undefined || 'saved' in turn)
      throw new PipelineError(
        'internal',
        `the scan returned a result for a file that it was not given: ${result.path}`,
      );
    await checkpoint.save(turn.file, result, piece);
    piece += 1;
    if (result.end !== undefined) finish();
    yield result;
  }
  yield* savedResults();
}

/** A file whose turn to be yielded comes. One with saved results is not kept: it may hold the bytes of an archive's entry. */
type Turn = { readonly file: LogFile } | { readonly saved: SavedScans };
