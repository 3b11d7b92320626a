/** A scan that goes on where an earlier one was interrupted, and tells the same as if none had been. */

import type { LogFile } from '../../delivery/fetch-log.ts';
import { PipelineError } from '../../errors.ts';
import type { Checkpoint, Recalled } from './checkpoint.ts';
import type { FileScan } from './scan-files.ts';

/**
 * Scans the files that the checkpoint does not know, and yields what all of them give, in their order: the same as `scan` of all.
 *
 * What the journal knows is read from it, what is new is noted before it is yielded. Without a checkpoint it is `scan` itself.
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
  const turns = new Map<number, { readonly file: LogFile; readonly recalled: Recalled | undefined }>();
  let listed = 0;
  let next = 0;
  let stretch = 0;
  async function* fresh(journal: Checkpoint): AsyncGenerator<LogFile, void, undefined> {
    for await (const file of files) {
      const recalled = journal.recall(file);
      turns.set(listed, { file, recalled });
      listed += 1;
      if (recalled === undefined) yield file;
    }
  }
  const finish = (): void => {
    turns.delete(next);
    next += 1;
    stretch = 0;
  };
  async function* known(): AsyncGenerator<FileScan, void, undefined> {
    for (let turn = turns.get(next); turn?.recalled !== undefined; turn = turns.get(next)) {
      yield* turn.recalled();
      finish();
    }
  }
  for await (const result of scan(fresh(checkpoint))) {
    yield* known();
    const turn = turns.get(next);
    if (turn === undefined) throw new PipelineError('internal', `a result came for no file: ${result.path}`);
    await checkpoint.keep(turn.file, result, stretch);
    stretch += 1;
    if (result.end !== undefined) finish();
    yield result;
  }
  yield* known();
}
