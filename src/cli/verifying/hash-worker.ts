/** The entry of a worker process that hashes shards. */

import { objectsOf } from '../../history/plan/read-plan.ts';
import { hashShard } from '../../history/verify/hash-shard.ts';
import { requestPace } from '../../pipeline/verify/request-pace.ts';
import { openPlanPlaces } from '../history/plan-places.ts';
import { serveShards } from '../history/serve-shards.ts';
import type { PlaceSetup } from '../history/worker-setup.ts';

/** How a worker hashes. */
export interface HashSetup extends PlaceSetup {
  /** The plan's id. */
  readonly planId: string;
  readonly maxLogBytes: number;
  /** The most requests that this one worker makes at the same time. */
  readonly mostRequests: number;
}

serveShards(async (setup: HashSetup, tellFile) => {
  const { plans, result, open } = await openPlanPlaces(setup);
  const { planId, maxLogBytes } = setup;
  // What a bucket answers in one shard, it answers in the next.
  const pace = requestPace(setup.mostRequests);
  return (pointer) =>
    hashShard(pointer, objectsOf(plans, pointer), planId, { result, open, pace, maxLogBytes, onFile: tellFile });
});
