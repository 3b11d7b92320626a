/** `mirrorwatch history plan`: lists the objects of years, and cuts them into shards. */

import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { grouped, plural } from '../../collections.ts';
import type { FoundLog } from '../../delivery/fetch-log.ts';
import { accountsIn, regionsIn } from '../../delivery/log-key.ts';
import { skippedInWords } from '../../history/plan/write-plan.ts';
import type { HistoryPlan } from '../../history/plan.ts';
import { isRepeat } from '../../pipeline/reading/found-logs.ts';
import { logKeyOf } from '../checks/foreign-logs.ts';
import { checkAccounts, checkRegions, periodOf } from '../checks/request.ts';
import { connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import { type CommonOptions, FOLLOW_LINKS, readCount, readList, readTime, withConfig } from '../options.ts';
import { isInS3, s3Opener, withoutRepeats } from '../s3-logs.ts';
import { openCounter } from '../terminal/progress.ts';
import { openPlace } from './places.ts';

interface PlanOptions extends Pick<CommonOptions, 'config' | 'quiet' | 'jsonLogs' | 'now'> {
  readonly out: string;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly shardObjects?: number | undefined;
  readonly shardBytes?: number | undefined;
  readonly follow?: boolean | undefined;
}

/** Adds `history plan`. */
export function addHistoryPlan(history: Command): void {
  const command = history
    .command('plan')
    .description('List the log files of a period, and cut them into shards that can be scanned anywhere.')
    .argument('<path...>', 'log files, folders, archives, or s3://bucket/prefix')
    .requiredOption('-o, --out <place>', 'where to keep the plan: a new folder, or s3://bucket/prefix')
    .option('--since <time>', 'only files that may hold events from this day or time', readTime)
    .option('--until <time>', 'only files that may hold events before this day or time', readTime)
    .option('--accounts <list>', 'only these accounts, such as 111122223333,444455556666', readList)
    .option('--regions <list>', 'only these regions, such as eu-west-1,us-east-1', readList)
    .option('--shard-objects <n>', 'the most objects of a shard (default: 5000)', readShardObjects)
    .option('--shard-bytes <size>', 'the most stored bytes of a shard, such as 64MB (default: 256MB)', readSize)
    .option('--follow', FOLLOW_LINKS);
  withConfig(command)
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch history plan s3://org-trail/AWSLogs/ --since 2024-01-01 --until 2027-01-01 -o plan
  mirrorwatch history plan logs/ -o plan
  mirrorwatch history run plan --local --account none`,
    )
    .action(run);
}

/** A worker holds the keys and outcomes of its shard. */
const MOST_SHARD_OBJECTS = 100_000;

function readShardObjects(value: string): number {
  const objects = readCount(value);
  if (objects > MOST_SHARD_OBJECTS)
    throw new InvalidArgumentError(`A shard has at most ${grouped(MOST_SHARD_OBJECTS)} objects.`);
  return objects;
}

/** Reads a number of bytes: `1000`, `64MB`, `1GB`, in units of 1,024. Throws InvalidArgumentError. */
export function readSize(value: string): number {
  const [, digits, unit = ''] = /^([1-9]\d{0,11})(KB|MB|GB|)$/i.exec(value) ?? [];
  if (digits === undefined)
    throw new InvalidArgumentError('It must be a number of bytes, such as 1000000, 64MB or 1GB.');
  return Number(digits) * 1024 ** ['', 'KB', 'MB', 'GB'].indexOf(unit.toUpperCase());
}

async function run(paths: readonly string[], options: PlanOptions): Promise<void> {
  const log = openLog(options);
  const period = periodOf(options);
  checkAccounts(options.accounts);
  checkRegions(options.regions, log);
  const config = options.config === undefined ? undefined : await loadConfig(options, log);
  const connect = connectionTo(config ?? {});
  const [{ nothingLeftOut, plannedObjects }, { writePlan }, { SHARD_SIZE }, { openingOf, openLogs }] =
    await Promise.all([
      import('../../history/plan/planned-objects.ts'),
      import('../../history/plan/write-plan.ts'),
      import('../../history/plan/cut-shards.ts'),
      import('../../local/logs/log-folder.ts'),
    ]);
  const { accounts = [], regions = [], follow = false } = options;
  const store = await openPlace(options.out, connect);
  const leftOut = nothingLeftOut();
  const seen = { objects: 0, accounts: new Set<string>(), regions: new Set<string>() };
  const line = openCounter(process.stderr, options.quiet ?? false, () => performance.now());
  let folder: string | undefined;
  const see = (key: string): void => {
    // Most objects are in the folder of a region and day, with the one before, and say the same.
    const its = key.slice(0, key.lastIndexOf('/') + 1);
    if (its === folder && /\/CloudTrail[A-Za-z-]*\/[^/]+\/\d{4}\/\d\d\/\d\d\/$/.test(its)) return;
    folder = its;
    for (const account of accountsIn(key)) seen.accounts.add(account);
    for (const region of regionsIn(key)) seen.regions.add(region);
  };
  const all = async function* () {
    const openS3 = s3Opener(connect, { ...period, accounts, regions, whole: true });
    const opened = openingOf(paths.filter((path) => !isInS3(path)));
    for (const path of withoutRepeats(paths)) {
      const found = isInS3(path) ? await openS3(path) : openLogs([path], { follow, opened, asOne: true });
      for await (const object of plannedObjects(
        namingGaps(path, found, log),
        { period, accounts, regions },
        { leftOut, keyOf: logKeyOf, onRejected: (input) => log.rejected(input) },
      )) {
        seen.objects += 1;
        see(object.key);
        line.update(seen.objects, seen.objects, 'objects listed');
        yield object;
      }
    }
  };
  const plan = await writePlan(all(), store, {
    details: {
      plannedAt: (options.now ?? new Date()).toISOString(),
      paths,
      ...(paths.some((path) => !isInS3(path)) && { folder: process.cwd() }),
      ...(period.since !== undefined && { since: period.since.toISOString() }),
      ...(period.until !== undefined && { until: period.until.toISOString() }),
      ...{ accounts, regions },
    },
    size: {
      objects: options.shardObjects ?? SHARD_SIZE.objects,
      bytes: options.shardBytes ?? SHARD_SIZE.bytes,
    },
    unplanned: () => leftOut,
  }).finally(() => line.done());
  report(plan, seen, options, log);
}

/** What is found at a path; warns, as `scan` does, of links that are not followed, and of a path without a log file. */
async function* namingGaps(path: string, found: AsyncIterable<FoundLog>, log: Log): AsyncGenerator<FoundLog> {
  let isEmpty = true;
  let hasLink = false;
  for await (const one of found) {
    isEmpty &&= one.kind === 'skipped' && !isRepeat(one.why);
    if (one.kind === 'skipped' && one.why === 'link' && !hasLink) {
      log.warn(`${one.path}: a link, which is not followed; --follow follows it, and others here`);
      hasLink = true;
    }
    yield one;
  }
  if (isEmpty) log.warn(`${path}: there is no CloudTrail log file in it`);
}

function report(
  { objects, bytes, shards, skipped, rejected }: HistoryPlan,
  { accounts, regions }: { readonly accounts: ReadonlySet<string>; readonly regions: ReadonlySet<string> },
  { out }: PlanOptions,
  log: Log,
): void {
  const others = skippedInWords(skipped);
  const where =
    accounts.size === 0 ? '' : ` of ${plural(accounts.size, 'account')} in ${plural(regions.size, 'region')}`;
  log.note(
    `${plural(objects, 'object')}${where}, ${megabytes(bytes)}, in ${plural(shards, 'shard')}${others === '' ? '' : `; skipped: ${others}`}`,
  );
  process.stdout.write(`${out}\n`);
  process.exitCode = rejected.length > 0 ? INCOMPLETE : CLEAN;
}

/** `12.3 MB`, in units of 1,000,000 bytes. */
export function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
