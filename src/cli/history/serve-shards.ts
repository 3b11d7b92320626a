/** A worker process: works on the shards that its parent sends, one at a time, and ends with its parent. */

import { messageOf } from '../../errors.ts';
import type { ShardPointer } from '../../history/plan.ts';
import type { WorkerAnswer, WorkerOrder } from '../../local/history/worker-processes.ts';

/** Tells the parent of a file that was read. */
export type TellFile = (packedBytes: number) => void;

/** Serves the process's parent. `start` makes, of the setup that the parent sends first, what works on a shard. */
export function serveShards<Setup, Result>(
  start: (setup: Setup, tellFile: TellFile) => Promise<(pointer: ShardPointer) => Promise<Result>>,
): void {
  const tell = (answer: WorkerAnswer<Result>): void => {
    process.send?.(answer);
  };
  let worker: Promise<(pointer: ShardPointer) => Promise<Result>> | undefined;
  process.on('message', async (order: WorkerOrder<Setup>) => {
    if (order.kind === 'start') {
      worker = start(order.setup, (packedBytes) => tell({ kind: 'file', packedBytes }));
      // It is awaited, and its fault told, with the first shard.
      worker.catch(() => undefined);
      return;
    }
    try {
      const work = await worker;
      if (work !== undefined) tell({ kind: 'done', result: await work(order.pointer) });
    } catch (fault) {
      tell({ kind: 'failed', reason: messageOf(fault) });
    }
  });
  // A worker whose parent is gone has nobody to work for.
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches every process of the terminal: the parent says what becomes of the work, and ends its workers.
  process.on('SIGINT', () => undefined);
}
