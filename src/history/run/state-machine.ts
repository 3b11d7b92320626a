/** Runs the shards of a plan with a state machine: it starts an execution or finds the one that runs, and follows it by the results. */

import { createHash } from 'node:crypto';
import { PipelineError } from '../../errors.ts';
import type { HistoryStore } from '../history-store.ts';
import type { ShardPointer } from '../plan.ts';
import type { FailedShard } from './run-shards.ts';
import { unfinishedShards } from './unfinished.ts';

/** What is known of an execution. */
export interface Execution {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
  /** Why it failed. */
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** A state machine that scans shards, as `deploy/history.json` makes it. Every method throws AwsCallError. */
export interface StateMachine {
  readonly arn: string;
  /** Starts an execution; false if there is or was one of this name. */
  start(name: string, input: string): Promise<boolean>;
  /** An execution by its name. */
  describe(name: string): Promise<Execution>;
  /** The names of the executions that run, the newest first. */
  running(): AsyncIterable<string>;
}

/** What to run. */
export interface MachineOrder {
  readonly machine: StateMachine;
  /** Where the plan and the result are: `s3://bucket/prefix`. */
  readonly plan: string;
  readonly result: HistoryStore;
  /** The run's id. */
  readonly run: string;
  readonly bucketOwners: Readonly<Record<string, string>>;
  readonly pointers: readonly ShardPointer[];
  /** How many functions work at the same time. */
  readonly maxConcurrency: number;
}

/** What is told while it runs, and how time passes. */
export interface MachineEvents {
  /** Once: `found` if the execution was running already. */
  readonly started: (execution: string, how: 'started' | 'found') => void;
  /** From time to time, with the shards that have no result yet. */
  readonly progress: (left: readonly ShardPointer[]) => void;
  readonly sleep: (ms: number) => Promise<void>;
}

/** How it ended. */
export interface MachineEnd extends Execution {
  /** The name of the execution. */
  readonly execution: string;
  /** The shards that have no result: the next run scans them, and no others. */
  readonly left: readonly FailedShard[];
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
/** Executions for the same shards: each but the last has ended without them. */
const MOST_EXECUTIONS = 100;
const MOST_CAUSE = 300;

/**
 * Scans the shards that have no result yet, and waits for the end. What an execution says of itself decides only when to stop waiting: what
 * was done, the summaries in the result tell. Throws PipelineError `usage` when the result is not in a bucket.
 */
export async function runMachine(order: MachineOrder, events: MachineEvents): Promise<MachineEnd> {
  const execution = await execute(order, events);
  const { machine, result, pointers } = order;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5)) {
    // The status first: what ends after it is in the results by the next look.
    const ended = await machine.describe(execution);
    const left = await unfinishedShards(result, pointers);
    events.progress(left);
    if (ended.status !== 'RUNNING') return { ...ended, execution, left: left.map(failedBy(ended)) };
    await events.sleep(pause);
  }
}

/** The name of the execution that scans the shards. Two that ask at the same time share one. */
async function execute(order: MachineOrder, { started }: MachineEvents): Promise<string> {
  const { machine, result, run, pointers } = order;
  // Two results of one plan may be of the same run.
  const prefix = `${run.slice(0, 16)}-${hashOf(result.place)}-`;
  for await (const name of machine.running())
    if (name.startsWith(prefix)) {
      started(name, 'found');
      return name;
    }
  const pending = Buffer.from(JSON.stringify(await unfinishedShards(result, pointers)));
  const hash = hashOf(pending);
  const file = `pending-${hash}.json`;
  await result.write(file, pending);
  for (let attempt = 1; attempt <= MOST_EXECUTIONS; attempt += 1) {
    const name = `${prefix}${hash}-${attempt}`;
    if (await machine.start(name, inputOf(order, file))) {
      started(name, 'started');
      return name;
    }
    if ((await machine.describe(name)).status !== 'RUNNING') continue;
    started(name, 'found');
    return name;
  }
  throw new PipelineError(
    'usage',
    `${machine.arn} has scanned these ${pointers.length} shards ${MOST_EXECUTIONS} times without an end: look at what its function logs`,
  );
}

function hashOf(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}

/** The input that the state machine of `deploy/history.json` expects. */
function inputOf({ plan, result, run, bucketOwners, maxConcurrency }: MachineOrder, file: string): string {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(result.place) ?? [];
  if (bucket === undefined)
    throw new PipelineError('usage', `${result.place} is in no bucket, and a state machine reaches nothing else`);
  return JSON.stringify({
    ...{ plan, result: result.place, run, bucketOwners, maxConcurrency },
    pending: { bucket, key: prefix === '' ? file : `${prefix}/${file}` },
  });
}

function failedBy({ status, error, cause }: Execution): (pointer: ShardPointer) => FailedShard {
  const why = [error, cause].filter((each) => each !== undefined && each !== '').join(': ');
  const reason = why === '' ? `its function failed, and the execution ended as ${status}` : `${status}: ${why}`;
  return ({ shard, objects }) => ({ shard, objects, reason: reason.slice(0, MOST_CAUSE) });
}
