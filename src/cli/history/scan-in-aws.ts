/** Scans shards with the functions of a state machine. */

import { setTimeout } from 'node:timers/promises';
import { grouped, plural } from '../../collections.ts';
import { PipelineError } from '../../errors.ts';
import type { FailedShard } from '../../history/run/run-shards.ts';
import { isInS3 } from '../s3-logs.ts';
import { costOf, openRunProgress } from './run-progress.ts';
import { type ScanContext, type ScanWork, sumOf } from './scan-context.ts';

/** Lambda runs 1,000 in a region, unless AWS was asked for more; others may need some. */
const USUAL_CONCURRENCY = 100;
/** A child's start, its task and its end. */
const TRANSITIONS_PER_SHARD = 3;
/**
 * Dollars for a thousand transitions of a Standard state machine, in us-east-1 in November 2026.
 *
 * @see https://aws.amazon.com/step-functions/pricing/
 */
const PRICE_PER_THOUSAND = 0.025;

/** Refuses what functions in AWS cannot reach. Throws PipelineError `usage`. */
export function checkReachable({ read, places }: Pick<ScanWork, 'read' | 'places'>): void {
  const { paths } = read.plan;
  const local = [...paths, places.plan, places.result].find((path) => !isInS3(path));
  if (local === undefined) return;
  throw new PipelineError(
    'usage',
    `${local} is on this machine, where functions in AWS do not reach it: plan s3://bucket/prefix with -o s3://bucket/plan, or scan with --local`,
    { path: local },
  );
}

/** Scans the shards that have no result yet, and waits until the execution ends. Returns those that failed. */
export async function scanInAws(
  arn: string,
  { read, result, run, config, places }: ScanWork,
  { workers, quiet, connect, log }: ScanContext,
): Promise<readonly FailedShard[]> {
  const [{ unfinishedShards }, { runMachine }] = await Promise.all([
    import('../../history/run/unfinished.ts'),
    import('../../history/run/state-machine.ts'),
  ]);
  const { pointers } = read;
  const before = await unfinishedShards(result, pointers);
  if (before.length < pointers.length)
    log.note(`${plural(pointers.length - before.length, 'shard')} of ${pointers.length} done before`);
  if (before.length === 0) return [];
  const startedAt = performance.now();
  const line = openRunProgress(quiet);
  const total = sumOf(before);
  const order = {
    ...{ machine: (await connect()).stateMachine(arn), plan: places.plan, result, run: run.id, pointers },
    ...{ bucketOwners: config.trail.bucketOwners ?? {}, maxConcurrency: workers ?? USUAL_CONCURRENCY },
  };
  const done = { shards: 0, objects: 0 };
  const { status, execution, left } = await runMachine(order, {
    started: (name, how) => log.note(`${how === 'started' ? 'started' : 'follows'} execution ${name}`),
    progress: (open) => {
      const rest = sumOf(open);
      done.shards = before.length - open.length;
      done.objects = total.objects - rest.objects;
      line.update({
        ...{ shards: before.length, shardsDone: done.shards, objects: total.objects, objectsDone: done.objects },
        ...{ bytes: total.bytes, bytesDone: total.bytes - rest.bytes, requests: done.objects },
        elapsedMs: performance.now() - startedAt,
      });
    },
    sleep: (ms) => setTimeout(ms),
  }).finally(() => line.done());
  if (status !== 'SUCCEEDED') log.warn(`execution ${execution} ended as ${status}`);
  const transitions = done.shards * TRANSITIONS_PER_SHARD;
  const dollars = ((transitions / 1000) * PRICE_PER_THOUSAND).toFixed(2);
  log.note(
    `at least ${costOf(done.objects)} to S3 and ${dollars} $ for ${grouped(transitions)} transitions, by list prices; the time of functions is not measured here`,
  );
  return left;
}
