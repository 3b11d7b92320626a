/** What a worker process reads and writes: its plan, its result, and the planned objects. */

import type { FoundLog } from '../../delivery/fetch-log.ts';
import type { HistoryStore } from '../../history/history-store.ts';
import type { PlannedObject } from '../../history/plan.ts';
import { openStored } from '../../history/shard/open-stored.ts';
import { openPlanned } from '../../local/history/open-planned.ts';
import { connectionTo } from '../connection.ts';
import { isInS3 } from '../s3-logs.ts';
import { openPlace } from './places.ts';
import type { PlaceSetup } from './worker-setup.ts';

/** The opened places. */
export interface PlanPlaces {
  readonly plans: HistoryStore;
  readonly result: HistoryStore;
  /** The log files in a planned object. */
  readonly open: (object: PlannedObject) => AsyncIterable<FoundLog>;
}

/** Opens them, and makes the plan's folder this process's own: the plan's paths are relative to it, those of the command to where it was run. */
export async function openPlanPlaces({ plan, result, folder, config }: PlaceSetup): Promise<PlanPlaces> {
  const connect = connectionTo(config);
  const [plans, results] = [await openPlace(plan, connect), await openPlace(result, connect)];
  if (folder !== undefined) process.chdir(folder);
  return {
    ...{ plans, result: results },
    async *open(object) {
      yield* isInS3(object.key) ? openStored((await connect()).logs, object) : openPlanned(object);
    },
  };
}
