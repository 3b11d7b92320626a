/** Writes a plan: the manifest of each shard while the objects are still listed, then the pointers, and last the plan itself. */

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { grouped } from '../../collections.ts';
import { PipelineError } from '../../errors.ts';
import type { HistoryStore } from '../history-store.ts';
import {
  type HistoryPlan,
  manifestOf,
  PLAN_FILE,
  PLAN_SCHEMA,
  type PlannedObject,
  SHARDS_FILE,
  type ShardPointer,
  shardName,
} from '../plan.ts';
import { cutShards, type ShardSize } from './cut-shards.ts';

/** What a plan says besides its shards, known when everything is listed. */
export type PlanDetails = Pick<
  HistoryPlan,
  'plannedAt' | 'paths' | 'folder' | 'since' | 'until' | 'accounts' | 'regions'
>;

/** What was listed and is in no shard, known at the end of the listing. */
export type Unplanned = Pick<HistoryPlan, 'skipped' | 'rejected'>;

/** How to plan. */
export interface PlanRequest {
  readonly details: PlanDetails;
  readonly size?: ShardSize | undefined;
  /** Read after the last object was listed. */
  readonly unplanned: () => Unplanned;
  /** Told after each shard. */
  readonly onShard?: ((pointer: ShardPointer) => void) | undefined;
}

/**
 * Plans the objects and writes the plan. Throws PipelineError `usage` when the place holds a plan already, or nothing was listed; and whatever
 * listing or writing throws. A place that was left half-written can be planned again.
 */
export async function writePlan(
  listed: AsyncIterable<PlannedObject>,
  store: HistoryStore,
  { details, size, unplanned, onShard }: PlanRequest,
): Promise<HistoryPlan> {
  if ((await store.read(PLAN_FILE)) !== undefined) throw holdsPlan(store);
  const pointers: ShardPointer[] = [];
  const id = createHash('sha256');
  for await (const objects of cutShards(listed, size)) {
    const shard = shardName(pointers.length + 1);
    const text = objects.map((object) => `${JSON.stringify(inOrder(object))}\n`).join('');
    // With the shard's name, since the same objects in other shards are another plan.
    id.update(`${shard}\n${text}`);
    const pointer: ShardPointer = {
      shard,
      manifest: manifestOf(shard),
      objects: objects.length,
      bytes: objects.reduce((sum, each) => sum + each.size, 0),
    };
    await store.write(pointer.manifest, gzipSync(text, { level: 6 }));
    pointers.push(pointer);
    onShard?.(pointer);
  }
  const leftOut = unplanned();
  // Also when all that was found could not be opened: a plan of nothing would only be in the way of the next.
  if (pointers.length === 0) throw nothingIn(details, leftOut);
  await store.write(SHARDS_FILE, Buffer.from(`${JSON.stringify(pointers)}\n`));
  const plan: HistoryPlan = {
    ...{ schema: PLAN_SCHEMA, id: id.digest('hex') },
    ...details,
    shards: pointers.length,
    objects: pointers.reduce((sum, { objects }) => sum + objects, 0),
    bytes: pointers.reduce((sum, { bytes }) => sum + bytes, 0),
    ...leftOut,
  };
  if (!(await store.write(PLAN_FILE, Buffer.from(`${JSON.stringify(plan, undefined, 2)}\n`), { once: true })))
    throw holdsPlan(store);
  return plan;
}

/** The fields in the order of the contract, so that the same objects give the same plan. */
function inOrder({ key, size, etag, archive }: PlannedObject): PlannedObject {
  return { key, size, ...(etag !== undefined && { etag }), ...(archive === true && { archive }) };
}

function nothingIn({ paths }: PlanDetails, { skipped }: Unplanned): PipelineError {
  const others = skippedInWords(skipped);
  const why = others === '' ? '' : ` (skipped: ${others})`;
  return new PipelineError('usage', `nothing was planned: no log file in ${paths.join(', ')} fits${why}`);
}

/** `12 digest, 3 outside-period`; empty for nothing. */
export function skippedInWords(skipped: HistoryPlan['skipped']): string {
  return Object.entries(skipped)
    .map(([kind, count]) => `${grouped(count)} ${kind}`)
    .join(', ');
}

function holdsPlan({ place }: HistoryStore): PipelineError {
  return new PipelineError(
    'usage',
    `${place} holds a plan already: run it with "mirrorwatch history run ${place}", or give another place with -o`,
    { path: place },
  );
}
