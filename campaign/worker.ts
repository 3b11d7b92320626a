/** A process that runs schedules: reads one JSON request a line from stdin, and writes one JSON answer a line to stdout. */

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { FaultAt } from './aws/fault.ts';
import { loadChunks } from './driver/functions.ts';
import { makeDeterministic } from './driver/process.ts';
import { installWire } from './driver/wire.ts';
import { judge, type Violation } from './judge/invariants.ts';
import { reportsOf } from './judge/state-invariants.ts';
import { scheduleOf } from './make-schedule.ts';
import type { Schedule } from './schedule.ts';
import { currentWire, simulate } from './simulate.ts';
import { ENVIRONMENT } from './world/settings.ts';
import { BUCKET } from './world/trail.ts';

/** What a worker is asked for: the schedule of a seed, or one that is given. */
export interface WorkerRequest {
  readonly seed: number;
  readonly schedule?: Schedule;
  /** Whether to send the trace even if nothing failed. */
  readonly trace?: boolean;
}

/** What became of it. */
export interface WorkerAnswer {
  readonly seed: number;
  readonly schedule: Schedule;
  readonly violations: readonly Violation[];
  readonly hit: readonly FaultAt[];
  /** A hash of the trace: two runs of a schedule have the same. */
  readonly fingerprint: string;
  readonly invocations: number;
  readonly calls: number;
  /** Log files, and mails. */
  readonly deliveries: number;
  readonly mails: number;
  readonly reports: number;
  readonly trace?: readonly string[];
}

async function main(folder: string): Promise<void> {
  Object.assign(process.env, ENVIRONMENT);
  makeDeterministic();
  installWire((...request) => {
    if (currentWire.wire === undefined) throw new Error('no world runs');
    currentWire.wire(...request);
  });
  await loadChunks(folder);
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await answerTo(JSON.parse(line) as WorkerRequest, folder);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

async function answerTo(
  { seed, schedule = scheduleOf(seed), trace }: WorkerRequest,
  folder: string,
): Promise<WorkerAnswer> {
  process.env.MIRRORWATCH_SECURITY_HUB = schedule.settings.securityHub === true ? 'yes' : 'no';
  const run = await simulate(schedule, folder);
  const violations = judge(run);
  const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);
  return {
    ...{ seed, schedule, violations, hit: run.hit },
    fingerprint: createHash('sha256').update(run.trace.join('\n')).digest('hex'),
    invocations: sum(run.invocations.values()),
    calls: sum(run.cloud.calls.values()),
    deliveries: [...run.cloud.objects.keys()].filter((key) => key.startsWith(BUCKET)).length,
    mails: run.cloud.mails.length,
    reports: reportsOf(run).length,
    ...((trace || violations.length > 0) && { trace: run.trace }),
  };
}

await main(process.argv[2] ?? '.');
