/** Cuts a listing into shards that take about as long as each other. */

import type { PlannedObject } from '../plan.ts';

/** How much a shard holds at most. An object of its own weight still gets a shard, however large it is. */
export interface ShardSize {
  /** An object costs a request and a moment, however small it is. @see SHARD_SIZE */
  readonly objects: number;
  /** As stored. */
  readonly bytes: number;
}

/** Enough that starting a worker costs little beside it, and little enough that a function is done with it long before its 15 minutes. */
export const SHARD_SIZE: ShardSize = { objects: 5000, bytes: 256 * 1024 * 1024 };

/**
 * The objects in shards, in their order: each object once, none left out, no shard empty. A shard is full when the share of its objects and that of
 * its bytes add up to one. Holds one shard.
 */
export async function* cutShards(
  listed: AsyncIterable<PlannedObject>,
  { objects, bytes }: ShardSize = SHARD_SIZE,
): AsyncGenerator<readonly PlannedObject[], void, undefined> {
  const weightOf = ({ size }: PlannedObject): number => 1 / objects + size / bytes;
  let shard: PlannedObject[] = [];
  let weight = 0;
  for await (const object of listed) {
    const added = weightOf(object);
    // Of a thousand thousandths, the sum is a little more or less than one.
    if (shard.length > 0 && weight + added > 1 + ROUNDING) {
      yield shard;
      shard = [];
      weight = 0;
    }
    shard.push(object);
    weight += added;
  }
  if (shard.length > 0) yield shard;
}

const ROUNDING = 1e-9;
