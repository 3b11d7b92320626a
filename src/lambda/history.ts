/** `history.handler`: scans one shard of a plan that is kept in a bucket. The state machine of `deploy/history.json` calls it for each. */

import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { type AwsPorts, openAws } from '../aws/ports.ts';
import { readStoredPlace } from '../delivery/listing/log-tree.ts';
import { PipelineError } from '../errors.ts';
import { readRun } from '../history/history-run.ts';
import type { HistoryStore } from '../history/history-store.ts';
import { objectsOf } from '../history/plan/read-plan.ts';
import { GZIP, nativeZstd } from '../history/records/packing.ts';
import { parquetForm } from '../history/records/parquet-form.ts';
import { openStored } from '../history/shard/open-stored.ts';
import { scanShard } from '../history/shard/scan-shard.ts';
import type { ShardSummary } from '../history/shard/shard-summary.ts';
import { scanInTurn } from '../local/scan/scan-in-turn.ts';
import { settingsOf, surroundingsOf } from './function.ts';
import { reporting, telemetryOf } from './telemetry.ts';

/** What the function is asked, as `history run` and the state machine put it together. */
export type ShardOrder = z.infer<typeof orderSchema>;

const place = z.string().startsWith('s3://');
const orderSchema = z.object({
  plan: place,
  result: place,
  /** The run's id: the answer to another question is not added to it. */
  run: z.string(),
  /** The accounts that own the buckets of the logs, as `trail.bucketOwners` says. */
  bucketOwners: z.record(z.string(), z.string()).optional(),
  pointer: z.object({
    shard: z.string().regex(/^\d{5,9}$/),
    manifest: z.string(),
    objects: z.number(),
    bytes: z.number(),
  }),
});

/** What the state machine keeps of the answer. What was found is in the result. */
export type ShardAnswer = Pick<ShardSummary, 'shard' | 'objects'> & { readonly records: number };

const telemetry = telemetryOf('history');

/**
 * Scans the shard, or answers with the summary that is there already. Throws if the order is not one, the run is another, or reading or
 * writing failed in a way that may pass: the state machine then asks again.
 */
export async function handler(event: unknown, context: Context): Promise<ShardAnswer> {
  return reporting(telemetry, context, async () => {
    const order = readOrder(event);
    const summary = await scan(order, await portsFor(order, context));
    const { shard, objects, input } = summary;
    telemetry.note('shard scanned', { shard, ...objects, records: input.records, bytes: input.bytes });
    return { shard, objects, records: input.records };
  });
}

function readOrder(event: unknown): ShardOrder {
  const read = orderSchema.safeParse(event);
  if (read.success) return read.data;
  throw new PipelineError('usage', `the event is no order to scan a shard: ${z.prettifyError(read.error)}`);
}

/** The region comes from the environment, as do endpoints. Plans and results are in buckets of the function's own account. */
function portsFor({ plan, result, bucketOwners }: ShardOrder, context: Context): Promise<AwsPorts> {
  const [, , , , own = ''] = context.invokedFunctionArn.split(':');
  const ours = Object.fromEntries([plan, result].map((path) => [bucketOf(path).bucket, own]));
  const trail = { buckets: [], topics: [], accounts: [], bucketOwners: { ...bucketOwners, ...ours } };
  return openAws({ trail }, surroundingsOf(settingsOf(process.env)));
}

async function scan({ plan, result, run: id, pointer }: ShardOrder, aws: AwsPorts): Promise<ShardSummary> {
  const results = storeAt(result, aws);
  const run = await readRun(results);
  if (run?.id !== id)
    throw new PipelineError(
      'usage',
      `${result} holds ${run === undefined ? 'no run' : 'another run'}, and the shard is of run ${id}`,
      { path: result },
    );
  return scanShard(pointer, objectsOf(storeAt(plan, aws), pointer), run, {
    result: results,
    // Lambda's Node has Zstandard; an older one, as in an emulator, packs what it can.
    form: parquetForm(nativeZstd() ?? GZIP),
    keyOf: (path) => path,
    scan: scanInTurn,
    open: (object) => openStored(aws.logs, object),
  });
}

function storeAt(path: string, aws: AwsPorts): HistoryStore {
  const { bucket, prefix } = bucketOf(path);
  return aws.historyStore(bucket, prefix.replace(/\/+$/, ''));
}

function bucketOf(path: string): { readonly bucket: string; readonly prefix: string } {
  const stored = readStoredPlace(path);
  if (stored === undefined) throw new PipelineError('usage', `${path} names no bucket`, { path });
  return stored;
}
