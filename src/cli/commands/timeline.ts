/** `mirrorwatch timeline`: one resource's life by the records, with the spans in which it complied. */

import type { Command } from 'commander';
import { PipelineError } from '../../errors.ts';
import type { FoundResource } from '../../pipeline/past/trace-resource.ts';
import type { TimelineDocument } from '../../report/past/timeline-document.ts';
import { checkVerifying, periodOf, type VerifyingOptions } from '../checks/request.ts';
import { connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import {
  type CommonOptions,
  FOLLOW_LINKS,
  outputOption,
  readCount,
  readTime,
  withConfig,
  withOlderSnapshots,
  withRegions,
  withVerifying,
} from '../options.ts';
import { jsonText, outputsOf, terminalColumns, writeAnswer } from '../output.ts';
import type { ReadPast } from '../past/read-past.ts';
import { hasColours } from '../terminal/colours.ts';
import { accountReadAt, openWorld, scopesOf, type World } from '../world.ts';

interface TimelineOptions
  extends VerifyingOptions,
    Pick<CommonOptions, 'config' | 'account' | 'olderSnapshot' | 'ledger' | 'output' | 'quiet' | 'jsonLogs' | 'now'> {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly threads?: number | undefined;
  readonly regions?: readonly string[] | undefined;
}

/** Adds `timeline`. */
export function addTimeline(program: Command): void {
  const command = program
    .command('timeline')
    .description("Show one resource's life: what happened to it, by whom, and when it was tagged and mirrored.")
    .argument('<id>', 'an instance (i-…), interface (eni-…), mirror session (tms-…), or the ARN of a task')
    .argument('<logs...>', 'log files, folders, zips, tars, or s3://bucket/prefix; they should reach until today')
    .option(
      '--since <time>',
      'from this day or time (default: the first change that the logs record in its account and region)',
      readTime,
    )
    .option(
      '--until <time>',
      'before this day or time (default: after the last such change; the logs may end later)',
      readTime,
    )
    .option('--follow', FOLLOW_LINKS)
    .option('--threads <n>', 'threads to scan with, this one included (default: one per core)', readCount);
  withRegions(withVerifying(command))
    .optionsGroup('Output:')
    .addOption(outputOption(['csv', 'json', 'table'], 'table'));
  withConfig(
    withOlderSnapshots(
      command
        .optionsGroup('Account and history:')
        .option('--account <snapshot>', 'a snapshot file; default: live AWS by the usual credential chain'),
    ).option('--ledger <file>', 'the history, for what it kept of earlier calls; nothing is written to it'),
  )
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch timeline i-0123456789abcdef0 logs/ --account account.json
  mirrorwatch timeline i-0123456789abcdef0 logs/ --since 2026-03-17 -o json
  mirrorwatch timeline i-0123456789abcdef0 logs/ --verify --keys keys.json`,
    )
    .action(run);
}

async function run(id: string, paths: readonly string[], options: TimelineOptions): Promise<void> {
  const log = openLog(options);
  checkId(id);
  periodOf(options);
  checkVerifying(options);
  const config = await loadConfig(options, log);
  const connect = connectionTo(config, options);
  const world = await openWorld({ ...options, original: true }, config, connect, log);
  const { scopes, absent } = await scopesOf(world, options.regions);
  const [{ withKept }, { olderWithin, readOlderSnapshots }, { readPast }, { findResource }] = await Promise.all([
    import('../past/audit-as-of.ts'),
    import('../past/older-snapshots.ts'),
    import('../past/read-past.ts'),
    import('../../pipeline/past/trace-resource.ts'),
  ]);
  const now = options.now ?? new Date();
  const readAt = accountReadAt(world, now);
  const { snapshots, problems } = await readOlderSnapshots(options.olderSnapshot, {
    world,
    path: options.account,
    now,
  });
  const { threads, follow, quiet, verify, keys } = options;
  const past = await readPast({ paths, threads, follow, quiet, verify, keys, now }, config, connect, log);
  await nameUnproven(past, log);
  const { sightings, spans } = past;
  const { found, unused } = await withKept(options.ledger, connect, async (kept) => {
    const { older, rejected: unused } = await olderWithin(snapshots, { past, kept, now });
    const request = { id, scopes, sightings, spans, accountReadAt: readAt, kept, older };
    return { found: await findResource(request, world.source, config), unused: [...problems, ...unused] };
  });
  if (found === undefined) throw unknownId(id, world);
  const document = await documentOf(found, past, readAt, options);
  await print(document, options, log);
  const others = [...world.problems, ...absent, ...unused];
  const rejected = [...past.tally.rejected, ...others];
  for (const input of others) log.rejected(input);
  process.exitCode = rejected.length > 0 ? INCOMPLETE : CLEAN;
  await world.close();
}

/** A timeline has no findings: what is missing of the trail is input that could not be read. */
async function nameUnproven({ integrity, tally }: ReadPast, log: Log): Promise<void> {
  if (integrity === undefined) return;
  const { nameFaults } = await import('../verifying/trail-faults.ts');
  nameFaults(integrity, tally, log);
}

function checkId(id: string): void {
  if (/^(m?i|eni|tms)-[0-9a-z-]+$/.test(id) || /^arn:aws[a-z-]*:ecs:/.test(id)) return;
  throw new PipelineError(
    'usage',
    `${JSON.stringify(id)} cannot be the id of an instance (i-…), an interface (eni-…), a mirror session (tms-…) or the ARN of a task`,
    { resourceId: id },
  );
}

function unknownId(id: string, { kind }: World): PipelineError {
  const where = kind === 'snapshot' ? 'the snapshot' : 'the account';
  return new PipelineError('usage', `${id} is neither in ${where} nor in a record that says what it was`, {
    resourceId: id,
  });
}

async function documentOf(
  found: FoundResource,
  past: ReadPast,
  accountReadAt: Date | undefined,
  { since, until }: TimelineOptions,
): Promise<TimelineDocument> {
  const [{ timelineDocument }, { scopeKey }] = await Promise.all([
    import('../../report/past/timeline-document.ts'),
    import('../../inventory/inventory.ts'),
  ]);
  const key = scopeKey(found.scope);
  const asked = [since, until].filter((time) => time !== undefined);
  if (asked.length > 0 || !past.spans.has(key)) await past.widenTo(asked, [found.scope]);
  const records = past.spans.get(key);
  if (records === undefined)
    throw new PipelineError('usage', `the logs have no record of ${key}, where ${found.resourceId} is`);
  // Times are in whole seconds; the last of them counts in full.
  const period = { since: since ?? records.first, until: until ?? new Date(records.last.getTime() + 1000) };
  if (period.since >= period.until)
    throw new PipelineError(
      'usage',
      `the period from ${period.since.toISOString()} to ${period.until.toISOString()} is empty: the records of ${key} are from ${records.first.toISOString()} to ${records.last.toISOString()}`,
    );
  return timelineDocument({ ...found, ...found.scope, period, accountReadAt, records, timeline: found.trace(period) });
}

async function print(document: TimelineDocument, options: TimelineOptions, log: Log): Promise<void> {
  const [{ renderTimeline }, { timelineCsv }] = await Promise.all([
    import('../../report/terminal/timeline-table.ts'),
    import('../../report/past/timeline-csv.ts'),
  ]);
  await writeAnswer(
    outputsOf(options),
    {
      json: () => jsonText(document),
      csv: () => timelineCsv(document),
      table: (path) =>
        renderTimeline(document, {
          columns: path === undefined ? terminalColumns() : undefined,
          color: path === undefined && hasColours(process.stdout),
        }),
    },
    log,
  );
}
