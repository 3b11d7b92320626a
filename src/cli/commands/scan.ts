/** `mirrorwatch scan`: logs → sightings → findings against the account. */

import type { Command } from 'commander';
import type { Sighting } from '../../sighting/sighting.ts';
import { openLog } from '../log.ts';
import { emptyTally, isWithin, scanPaths } from '../log-source.ts';
import { type CommonOptions, mailOf, readCount, readTime, withAccount, withFindings } from '../options.ts';
import { s3Opener } from '../s3-logs.ts';
import { toolVersion } from '../version.ts';
import { connectionTo, loadConfig, openWorldOrRecords } from '../world.ts';

interface ScanOptions extends CommonOptions {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly threads?: number | undefined;
  readonly mail?: string | true | undefined;
  readonly checkpoint?: string | undefined;
}

/** Adds `scan`. */
export function addScan(program: Command): void {
  const command = program
    .command('scan')
    .description('Find what log files show, and judge the instances they touch.')
    .argument('<path...>', 'log files, folders, zips, or s3://bucket/prefix')
    .option('--since <time>', 'only events from this day or time (eventTime)', readTime)
    .option('--until <time>', 'only events before this day or time', readTime)
    .option('--threads <n>', 'worker threads (default: the cores; 1 = none)', readCount)
    .option('--checkpoint <file>', 'note what is done here, so that an interrupted scan goes on from there')
    .option('--mail [folder]', 'mail what is due: into this folder, or to alertTopicArn; needs --ledger');
  withAccount(withFindings(command))
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch scan logs/ --account account.json
  mirrorwatch scan logs.zip --account none -o jsonl=found.jsonl --fail-on high`,
    )
    .action(run);
}

async function run(paths: readonly string[], options: ScanOptions): Promise<void> {
  const log = openLog(options);
  const mail = mailOf(options);
  const config = await loadConfig(options, log);
  const { since, until, threads, checkpoint } = options;
  const connect = connectionTo(config);
  const world = await openWorldOrRecords(options, config, connect, log);
  const [{ judge }, { distinctSightings }, { sightingsOf, WANTED_CALLS }, { launchesOf }] = await Promise.all([
    import('../judge.ts'),
    import('../../sighting/dedupe.ts'),
    import('../../sighting/readers.ts'),
    import('../../pipeline/collect.ts'),
  ]);
  const period = { ...(since && { since }), ...(until && { until }) };
  const tally = emptyTally();
  const source = {
    wanted: {
      eventNames: WANTED_CALLS,
      where: ({ eventTime }: { readonly eventTime?: unknown }) => isWithin(eventTime, period),
    },
    maxLogBytes: config.maxLogBytes,
    period,
    quiet: options.quiet ?? false,
    manifest: true,
    openS3: s3Opener(connect, period),
    ...(threads !== undefined && { threads }),
    ...(checkpoint !== undefined && {
      checkpoint: {
        path: checkpoint,
        question: { command: 'scan', version: toolVersion(), paths, ...period, maxLogBytes: config.maxLogBytes },
      },
    }),
  };
  const found: Sighting[] = [];
  for await (const { path, wanted } of scanPaths(paths, source, tally, log)) {
    for (const { record } of wanted) found.push(...sightingsOf(record, path));
  }
  const sightings = distinctSightings(found);
  const { manifest, ...counts } = tally;
  const input = { ...counts, sightings: sightings.length, launches: launchesOf(sightings) };
  await judge({ sightings, scope: 'sighted', input, manifest }, { options, mail, world, config, connect, log });
  await world.close();
}
