/** Reads a plan back: what it says, its pointers, and the objects of one shard at a time. */

import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Rejected } from '../../ledger/reading.ts';
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

const count = z.number().int().nonnegative();

const planSchema = z.object({
  schema: z.literal(PLAN_SCHEMA),
  id: z.string().regex(/^[0-9a-f]{64}$/),
  plannedAt: z.iso.datetime(),
  paths: z.array(z.string()).readonly(),
  folder: z.string().optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  accounts: z.array(z.string()).readonly(),
  regions: z.array(z.string()).readonly(),
  shards: count,
  objects: count,
  bytes: count,
  skipped: z.record(z.string(), count),
  rejected: z.array(z.custom<Rejected>((value) => typeof value === 'object' && value !== null)).readonly(),
});

const pointersSchema = z
  .array(
    z.object({
      shard: z.string().regex(/^\d{5,9}$/),
      manifest: z.string(),
      objects: count,
      bytes: count,
    }),
  )
  .readonly();

const objectSchema = z.object({
  key: z.string().min(1),
  size: count,
  etag: z.string().optional(),
  archive: z.literal(true).optional(),
});

/** A plan with its pointers. */
export interface ReadPlan {
  readonly plan: HistoryPlan;
  readonly pointers: readonly ShardPointer[];
}

/** Reads a plan. Throws PipelineError `usage` when the place holds none, or one that is damaged: with the file and what is wrong with it. */
export async function readPlan(store: Pick<HistoryStore, 'read' | 'place'>): Promise<ReadPlan> {
  const bytes = await store.read(PLAN_FILE);
  if (bytes === undefined)
    throw new PipelineError(
      'usage',
      `${store.place} holds no complete plan: make one with "mirrorwatch history plan PATH -o ${store.place}"`,
      { path: store.place },
    );
  const plan = parsed(planSchema, bytes, `${store.place}/${PLAN_FILE}`);
  const pointers = parsed(pointersSchema, await store.read(SHARDS_FILE), `${store.place}/${SHARDS_FILE}`);
  const planned = pointers.reduce((sum, { objects }) => sum + objects, 0);
  if (pointers.length !== plan.shards || planned !== plan.objects)
    throw damaged(
      `${store.place}/${SHARDS_FILE}`,
      `it points to ${pointers.length} shards with ${planned} objects, and the plan has ${plan.shards} with ${plan.objects}`,
    );
  const odd = pointers.find(({ shard, manifest }, at) => shard !== shardName(at + 1) || manifest !== manifestOf(shard));
  if (odd !== undefined)
    throw damaged(
      `${store.place}/${SHARDS_FILE}`,
      `shard ${odd.shard} with ${JSON.stringify(odd.manifest)} is twice in it or out of order, or has another shard's manifest`,
    );
  return { plan, pointers };
}

/** The objects of a shard, in their order. Throws PipelineError `usage` when the manifest is missing, damaged or not as long as its pointer says. */
export async function* objectsOf(
  store: Pick<HistoryStore, 'read' | 'place'>,
  { manifest, objects }: ShardPointer,
): AsyncGenerator<PlannedObject, void, undefined> {
  const path = `${store.place}/${manifest}`;
  const bytes = await store.read(manifest);
  if (bytes === undefined) throw damaged(path, 'there is no such file');
  let lines: readonly string[];
  try {
    lines = gunzipSync(bytes, { maxOutputLength: MOST_MANIFEST_BYTES }).toString('utf8').split('\n').slice(0, -1);
  } catch (cause) {
    throw damaged(path, messageOf(cause), cause);
  }
  if (lines.length !== objects) throw damaged(path, `it has ${lines.length} lines, and its pointer says ${objects}`);
  for (const [at, line] of lines.entries()) yield parsed(objectSchema, Buffer.from(line), `${path}#${at + 1}`);
}

/** A key has 1,024 bytes at most, and a shard thousands of them. */
const MOST_MANIFEST_BYTES = 256 * 1024 * 1024;

function parsed<T>(schema: z.ZodType<T>, bytes: Buffer | undefined, path: string): T {
  if (bytes === undefined) throw damaged(path, 'there is no such file');
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw damaged(path, cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause), cause);
  }
}

function damaged(path: string, reason: string, cause?: unknown): PipelineError {
  return new PipelineError('usage', `${path}: the plan is damaged: ${reason}`, { path, cause });
}
