/** The entry of a worker process that scans shards. */

import { objectsOf } from '../../history/plan/read-plan.ts';
import { parquetForm } from '../../history/records/parquet-form.ts';
import { openZstd } from '../../history/records/zstd.ts';
import { scanShard } from '../../history/shard/scan-shard.ts';
import { scanInTurn } from '../../local/scan/scan-in-turn.ts';
import { logKeyOf } from '../checks/foreign-logs.ts';
import { openPlanPlaces } from './plan-places.ts';
import { serveShards } from './serve-shards.ts';
import type { WorkerSetup } from './worker-setup.ts';

serveShards(async (setup: WorkerSetup, tellFile) => {
  const { plans, result, open } = await openPlanPlaces(setup);
  const ports = {
    ...{ result, open },
    form: parquetForm(await openZstd()),
    keyOf: logKeyOf,
    scan: scanInTurn,
    onFile: ({ packedBytes }: { readonly packedBytes: number }) => tellFile(packedBytes),
  };
  return (pointer) => scanShard(pointer, objectsOf(plans, pointer), setup.run, ports);
});
