/** `npm run campaign`: runs schedules of seeds against the built zip, shrinks the first failure, and says how to replay it. */

import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { plural } from '../src/collections.ts';
import { type Built, buildAll } from './build.ts';
import { describeCatch, hunt } from './hunt.ts';
import { INVARIANTS } from './judge/invariants.ts';
import { scheduleOf } from './make-schedule.ts';
import { soakOf } from './make-soak.ts';
import { MUTATIONS, type MutationName } from './mutations.ts';
import { runAll, runnerOf } from './pool.ts';
import type { Schedule } from './schedule.ts';
import { shrunk } from './shrink.ts';
import { runWatchSuite } from './watch-suite.ts';
import type { WorkerAnswer, WorkerRequest } from './worker.ts';

const USAGE =
  'npm run campaign -- [--seeds N] [--from S] [--seed S] [--size ci|nightly] [--mutation NAME|all] [--soak [--days N]] [--suite watch|hub] [--workers N] [--keep-going] [--no-shrink]';
/** Schedules by size. */
const SIZES: Readonly<Record<string, number>> = { ci: 300, nightly: 10_000 };
/** Schedules between two lines of progress on stderr. */
const PROGRESS_EVERY = 100;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    size: { type: 'string', default: 'ci' },
    workers: { type: 'string', default: String(availableParallelism()) },
    'keep-going': { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    root: { type: 'string' },
    mutation: { type: 'string' },
    soak: { type: 'boolean', default: false },
    days: { type: 'string', default: '30' },
    suite: { type: 'string', default: 'functions' },
    help: { type: 'boolean', default: false },
  },
});

function* requestsFor(from: number, count: number): Generator<WorkerRequest> {
  for (let seed = from; seed < from + count; seed += 1)
    yield { seed, trace: values.trace, ...(values.suite === 'hub' && { schedule: withHub(scheduleOf(seed)) }) };
}

/** The same world, in which findings are imported into Security Hub too. */
function withHub(schedule: Schedule): Schedule {
  return { ...schedule, settings: { ...schedule.settings, securityHub: true } };
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const single = values.seed === undefined ? undefined : Number(values.seed);
  const from = single ?? Number(values.from);
  const count = single === undefined ? Number(values.seeds ?? SIZES[values.size]) : 1;
  if (!Number.isInteger(from) || !(count >= 1)) {
    console.error(USAGE);
    return 1;
  }
  if (values.suite === 'watch')
    return runWatchSuite(from, single === undefined ? Number(values.seeds ?? 24) : 1, console.log) === 0 ? 0 : 1;
  const built = await buildAll(values.root);
  try {
    if (values.mutation !== undefined) return await mutations(built, values.mutation, Number(values.seeds ?? 300));
    if (values.soak) return await soak(built, from, Number(values.days));
    return await campaign(built, from, count);
  } finally {
    built.remove();
  }
}

/** Runs days on end in one world. The report of each midnight is compared with the world. */
async function soak(built: Built, seed: number, days: number): Promise<number> {
  const startedAt = performance.now();
  const runner = runnerOf(built);
  const { violations, trace, ...answer } = await runner.run({ seed, schedule: soakOf(seed, days) });
  runner.stop();
  for (const { invariant, what } of violations) console.log(`${invariant}: ${what}`);
  if (trace !== undefined) writeFileSync('campaign-trace.txt', `${trace.join('\n')}\n`);
  console.log(
    `${days} days (seed ${seed}): ${answer.deliveries} log files, ${answer.reports} midnights, ${answer.mails} mails, ` +
      `${answer.hit.length} faults in ${answer.calls} calls of ${answer.invocations} invocations: ` +
      `${violations.length === 0 ? 'nothing wrong' : `${violations.length} violations`}; ${secondsSince(startedAt)} s`,
  );
  return violations.length === 0 ? 0 : 1;
}

/** Hunts one mutation or all of them. Fails if one is not caught. */
async function mutations(built: Built, wanted: string, most: number): Promise<number> {
  const names = (Object.keys(MUTATIONS) as MutationName[]).filter((name) => wanted === 'all' || name === wanted);
  if (names.length === 0) throw new Error(`no such mutation; there are ${Object.keys(MUTATIONS).join(', ')}, or all`);
  let escaped = 0;
  for (const name of names) {
    const caught = await hunt(name, built, most);
    if (caught.seed === undefined) escaped += 1;
    console.log(describeCatch(caught));
  }
  return escaped === 0 ? 0 : 1;
}

async function campaign(built: Built, from: number, count: number): Promise<number> {
  const startedAt = performance.now();
  const failed: WorkerAnswer[] = [];
  const totals = { schedules: 0, invocations: 0, calls: 0, faults: 0 };
  await runAll(built, requestsFor(from, count), Number(values.workers), (answer) => {
    totals.schedules += 1;
    totals.invocations += answer.invocations;
    totals.calls += answer.calls;
    totals.faults += answer.hit.length;
    if (totals.schedules % PROGRESS_EVERY === 0)
      console.error(`${totals.schedules} of ${count} schedules, ${failed.length} failed, ${secondsSince(startedAt)} s`);
    if (values.trace && answer.trace !== undefined) console.log(answer.trace.join('\n'));
    if (answer.violations.length > 0) {
      failed.push(answer);
      console.log(
        `seed ${answer.seed}: ${answer.violations.map(({ invariant, what }) => `${invariant}: ${what}`).join('\n  ')}`,
      );
    }
    return failed.length === 0 || values['keep-going'];
  });
  console.log(
    `${plural(totals.schedules, 'schedule', 'schedules')} (seeds ${from} to ${from + count - 1}), ${Object.keys(INVARIANTS).length} invariants each: ` +
      `${failed.length} failed; ${totals.faults} faults in ${totals.calls} calls of ${totals.invocations} invocations; ${secondsSince(startedAt)} s`,
  );
  const [first] = failed.toSorted((a, b) => a.seed - b.seed);
  if (first === undefined) return 0;
  if (!values['no-shrink']) await explain(built, first);
  return 1;
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(0);
}

/** Shrinks a failure, prints it with its trace, and says how to repeat it. */
async function explain(built: Built, failed: WorkerAnswer): Promise<void> {
  const invariant = failed.violations[0]?.invariant ?? '';
  const runner = runnerOf(built);
  const smallest = await shrunk(failed, invariant, (schedule) => runner.run({ seed: failed.seed, schedule }));
  runner.stop();
  console.log(`\nseed ${failed.seed} breaks "${invariant}". The smallest schedule that does:`);
  console.log(JSON.stringify(smallest.schedule, null, 1));
  console.log(smallest.violations.map(({ what }) => `=> ${what}`).join('\n'));
  writeFileSync('campaign-trace.txt', `${(smallest.trace ?? []).join('\n')}\n`);
  console.log(
    (smallest.trace ?? [])
      .filter((line) => !/\/(Query|BatchGetItem|PutItem|Describe\w+)\/\d+[^[]* 200$/.test(line))
      .join('\n'),
  );
  console.log(`\nThe whole trace is in campaign-trace.txt. Replay: npm run campaign -- --seed ${failed.seed}`);
}

process.exitCode = await main();
