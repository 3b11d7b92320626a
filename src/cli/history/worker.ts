/** The entry of a worker process: scans the shards that its parent sends, one at a time, and ends with its parent. */

import { messageOf } from '../../errors.ts';
import { objectsOf } from '../../history/plan/read-plan.ts';
import type { PlannedObject } from '../../history/plan.ts';
import { parquetForm } from '../../history/records/parquet-form.ts';
import { openZstd } from '../../history/records/zstd.ts';
import { openStored } from '../../history/shard/open-stored.ts';
import { scanShard } from '../../history/shard/scan-shard.ts';
import { openPlanned } from '../../local/history/open-planned.ts';
import type { WorkerAnswer, WorkerOrder } from '../../local/history/worker-processes.ts';
import { scanInTurn } from '../../local/scan/scan-in-turn.ts';
import { logKeyOf } from '../checks/foreign-logs.ts';
import { connectionTo } from '../connection.ts';
import { isInS3 } from '../s3-logs.ts';
import { openPlace } from './places.ts';
import type { WorkerSetup } from './worker-setup.ts';

type Scan = (pointer: Parameters<typeof objectsOf>[1]) => Promise<WorkerAnswer>;

const tell = (answer: WorkerAnswer): void => {
  process.send?.(answer);
};

async function scannerFor({ plan, result, folder, run, config }: WorkerSetup): Promise<Scan> {
  const connect = connectionTo(config);
  // Places are relative to the folder of the command, the plan's paths to that of the plan.
  const [plans, results] = [await openPlace(plan, connect), await openPlace(result, connect)];
  if (folder !== undefined) process.chdir(folder);
  const ports = {
    result: results,
    form: parquetForm(await openZstd()),
    keyOf: logKeyOf,
    scan: scanInTurn,
    async *open(object: PlannedObject) {
      yield* isInS3(object.key) ? openStored((await connect()).logs, object) : openPlanned(object);
    },
    onFile: ({ packedBytes, records }: { readonly packedBytes: number; readonly records: number }) =>
      tell({ kind: 'file', packedBytes, records }),
  };
  return async (pointer) => {
    try {
      return { kind: 'done', summary: await scanShard(pointer, objectsOf(plans, pointer), run, ports) };
    } catch (fault) {
      return { kind: 'failed', reason: messageOf(fault) };
    }
  };
}

function serve(): void {
  let scanner: Promise<Scan> | undefined;
  process.on('message', async (order: WorkerOrder<WorkerSetup>) => {
    if (order.kind === 'start') {
      scanner = scannerFor(order.setup);
      return;
    }
    const scan = await scanner;
    if (scan !== undefined) tell(await scan(order.pointer));
  });
  // A worker whose parent is gone has nobody to work for.
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches every process of the terminal: the parent says what becomes of the work, and ends its workers.
  process.on('SIGINT', () => undefined);
}

serve();
