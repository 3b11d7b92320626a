/** `verify --plan`: what there is to verify, and the hashes of its files, shard by shard. */

import { resolve } from 'node:path';
import { plural } from '../../collections.ts';
import type { Config } from '../../config.ts';
import type { Period } from '../../delivery/log-key.ts';
import type { HistoryPlan } from '../../history/plan.ts';
import { MOST_REQUESTS } from '../../pipeline/verify/request-pace.ts';
import type { VerifyPorts } from '../../pipeline/verify/verify-logs.ts';
import type { Connect } from '../connection.ts';
import { runLocally, workersFor } from '../history/local-shards.ts';
import { openPlace, resultPlaceOf } from '../history/places.ts';
import type { Log } from '../log.ts';
import { isInS3 } from '../s3-logs.ts';
import type { HashSetup } from './hash-worker.ts';

/** What of the command line says how to verify a plan. */
export interface PlannedOptions {
  readonly result?: string | undefined;
  readonly workers?: number | undefined;
  readonly quiet?: boolean | undefined;
}

/** What a plan says is to be verified, as `verify` is told it otherwise. */
export interface PlannedVerify {
  readonly paths: readonly string[];
  readonly period: Period;
  /** Undefined: all of them. */
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly known: NonNullable<VerifyPorts['known']>;
}

/**
 * Hashes the shards of a plan that have no hashes yet, and returns what to verify with them. A shard that cannot be hashed is named; its files
 * are read when they are judged. Throws PipelineError `usage` for a place without a plan, or with another plan's hashes.
 */
export async function openPlannedVerify(
  place: string,
  options: PlannedOptions,
  { config, connect, log }: { readonly config: Config; readonly connect: Connect; readonly log: Log },
): Promise<PlannedVerify> {
  const [{ readPlan }, { unfinishedShards }, { hashesNameOf }, { knownHashes }] = await Promise.all([
    import('../../history/plan/read-plan.ts'),
    import('../../history/run/unfinished.ts'),
    import('../../history/verify/hash-shard.ts'),
    import('../../history/verify/known-hashes.ts'),
  ]);
  const read = await readPlan(await openPlace(place, connect));
  const resultPlace = options.result ?? resultPlaceOf(place);
  const result = await openPlace(resultPlace, connect);
  const { plan, pointers } = read;
  const left = await unfinishedShards(result, pointers, hashesNameOf);
  const { region, trail, maxLogBytes } = config;
  const setup: HashSetup = {
    ...{ plan: place, result: resultPlace, folder: plan.folder, config: { region, trail } },
    ...{ planId: plan.id, maxLogBytes },
    mostRequests: Math.max(1, Math.floor(MOST_REQUESTS / Math.max(1, workersFor(left, options.workers)))),
  };
  const failed = await runLocally(
    { read, left, script: workerScript(), setup, words: { has: 'hashes', done: 'hashed' } },
    { workers: options.workers, quiet: options.quiet ?? false, log },
  );
  for (const { shard, objects, reason } of failed)
    log.warn(`shard ${shard} with ${plural(objects, 'object')} was not hashed: ${reason}; its files are read now`);
  const pathOf = pathFrom(plan.folder);
  const known = await knownHashes({ result, plan: plan.id, pointers, pathOf });
  for (const { path, reason } of known.unusable) log.warn(`${path}: ${reason}; its files are read now`);
  return { ...wholeOf(plan, pathOf), known: known.of };
}

function wholeOf(
  { paths, since, until, accounts, regions }: HistoryPlan,
  pathOf: (planned: string) => string,
): Omit<PlannedVerify, 'known'> {
  return {
    paths: paths.map(pathOf),
    period: {
      since: since === undefined ? undefined : new Date(since),
      until: until === undefined ? undefined : new Date(until),
    },
    ...(accounts.length > 0 && { accounts }),
    ...(regions.length > 0 && { regions }),
  };
}

/** A planned path from here: the plan's are relative to the folder where it was made. */
function pathFrom(folder: string | undefined): (planned: string) => string {
  const isHere = folder === undefined || folder === process.cwd();
  return (planned) => (isHere || isInS3(planned) ? planned : resolve(folder, planned));
}

/** The module of a worker: beside this one, or beside the command in what was built. */
function workerScript(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? './hash-worker.ts' : './hash-worker.js', import.meta.url);
}
