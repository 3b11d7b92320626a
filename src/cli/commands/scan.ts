/** `mirrorwatch scan`: logs → sightings → findings against the account. */

import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import type { Wanted } from '../../cloudtrail/scanner/wanted.ts';
import type { Config } from '../../config.ts';
import type { SpanCollector } from '../../pipeline/past/record-span.ts';
import { isWithin, mayBeWithin } from '../../pipeline/reading/event-period.ts';
import { emptyTally, type Tally } from '../../pipeline/reading/tally.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import { refusalsOf } from '../checks/foreign-logs.ts';
import { checkLogsRead } from '../checks/logs-read.ts';
import { checkVerifying, periodOf, refuseToJudgeNothing, type VerifyingOptions } from '../checks/request.ts';
import { type Connect, connectionTo } from '../connection.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import { type LogSourceOptions, scanPaths } from '../log-source.ts';
import {
  type CommonOptions,
  mailOf,
  withAccount,
  withFindings,
  withLogs,
  withMail,
  withVerifying,
} from '../options.ts';
import { withMembers } from '../organization-members.ts';
import { isTableSeen } from '../output.ts';
import { s3Opener } from '../s3-logs.ts';
import { toolVersion } from '../version.ts';
import { openWorldOrRecords } from '../world.ts';

interface ScanOptions extends CommonOptions, VerifyingOptions {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly threads?: number | undefined;
  readonly mail?: string | true | undefined;
}

/** Adds `scan`. */
export function addScan(program: Command): void {
  const command = program
    .command('scan')
    .description('Read log files, and judge the calls in them and what they touch.');
  withAccount(withFindings(withMail(withVerifying(withLogs(command)))), { records: true, older: true })
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch scan logs/ --account account.json
  mirrorwatch scan logs.zip --account none -o jsonl=found.jsonl --fail-on high
  mirrorwatch scan downloaded/ --verify --keys keys.json --account account.json`,
    )
    .action(run);
}

async function run(paths: readonly string[], options: ScanOptions): Promise<void> {
  const log = openLog(options, { tableFollows: isTableSeen(options) });
  const mail = mailOf(options);
  periodOf(options);
  checkVerifying(options);
  const written = await loadConfig(options, log);
  const connect = connectionTo(written);
  const world = await openWorldOrRecords(options, written, connect, log);
  const config = await withMembers(written, world, connect);
  refuseToJudgeNothing(config, world, { records: true });
  const [{ judgeAndReport }, { launchesRecorded }, { readOlderSnapshots }, { widenSpans }, { provenLogs }] =
    await Promise.all([
      import('../judge-and-report.ts'),
      import('../../pipeline/message-content.ts'),
      import('../past/older-snapshots.ts'),
      import('../past/read-past.ts'),
      import('../verifying/proven-logs.ts'),
    ]);
  const tally = emptyTally();
  const now = options.now ?? new Date();
  const { since, until } = options;
  const { accounts } = config.trail;
  const proven = await provenLogs(options, { paths, period: { since, until }, config, accounts, connect, now });
  const source = { ...(await logSource(paths, options, config, connect)), prove: proven?.prove };
  const older = await readOlderSnapshots(options.olderSnapshot, { world, path: options.account, now });
  const { sightings, withdrawn, byPath, collector } = await readSightings(paths, source, tally, {
    watch: config.watch,
    log,
  });
  const integrity = proven?.finish(tally, log);
  const { manifest: files, unlogged, ...counts } = tally;
  const refused = refusalsOf(unlogged.foreignAccounts);
  const matched = sightings.length > 0 || refused.length > 0;
  await checkLogsRead(paths, source, { tally, matched, done: 'judged', log });
  const manifest = files.map((file) => {
    const found = byPath.get(file.path) ?? [];
    return { ...file, sightings: found.length, launches: launchesRecorded(found) };
  });
  await judgeAndReport(
    {
      batches: [{ sightings, withdrawn }],
      scope: 'sighted',
      input: counts,
      manifest,
      refused,
      integrity,
      older,
      recorded: {
        spans: collector.spans,
        widenTo: (times, scopes) => widenSpans(collector, { paths, source, times, scopes }),
      },
    },
    { options, mail, world, config, connect, log },
  );
  await world.close();
}

async function logSource(
  paths: readonly string[],
  { since, until, threads, follow, checkpoint, quiet = false }: ScanOptions,
  { maxLogBytes, trail, watch }: Config,
  connect: Connect,
): Promise<LogSourceOptions> {
  const [{ unplacedBecause, wantedFor }, { watchedBy }, { isUpdate }] = await Promise.all([
    import('../../sighting/watched.ts'),
    import('../../config/watch-config.ts'),
    import('../../sighting/circumstances.ts'),
  ]);
  const period = { since, until };
  // A journal only answers the question it was written for.
  const asked = watchedBy(watch);
  const watched = wantedFor(asked);
  const question = {
    command: 'scan',
    version: toolVersion(),
    paths,
    ...period,
    follow,
    maxLogBytes,
    wanted: wantedText(watched),
  };
  return {
    // An addendum outside the period may complete a record within it.
    wanted: {
      ...watched,
      where: (record) => mayBeWithin(record.eventTime, period) || isUpdate(record),
    },
    faultOf: (record, path) => unplacedBecause(record, asked, path),
    maxLogBytes,
    period,
    quiet,
    manifest: true,
    accounts: trail.accounts,
    openS3: s3Opener(connect, period),
    threads,
    follow,
    checkpoint: checkpoint === undefined ? undefined : { path: checkpoint, question },
  };
}

/** Which records a journal holds: another configuration may want others. */
function wantedText({ eventNames = new Set(), or }: Wanted): string {
  const fields = (or?.byFields?.alternatives ?? []).map((all) => JSON.stringify(all));
  const parts = [
    [...eventNames],
    [...(or?.eventSources ?? [])],
    or?.anyText ?? [],
    ...(fields.length > 0 ? [fields] : []),
  ];
  return createHash('sha256')
    .update(JSON.stringify(parts.map((part) => part.toSorted())))
    .digest('hex');
}

/** The sightings of all files without repeats, and those of each file. */
interface ScannedSightings {
  readonly sightings: readonly Sighting[];
  readonly withdrawn: readonly Sighting[];
  readonly byPath: ReadonlyMap<string, readonly Sighting[]>;
  /** The times of the records that were read. */
  readonly collector: SpanCollector;
}

async function readSightings(
  paths: readonly string[],
  source: LogSourceOptions,
  tally: Tally,
  { watch, log }: { readonly watch: Config['watch']; readonly log: Log },
): Promise<ScannedSightings> {
  const [
    { distinctSightings, withdrawals },
    { sightingsIn },
    { watchedBy },
    { collectSpans },
    { markUnsound },
    { isChecksumFault },
  ] = await Promise.all([
    import('../../sighting/dedupe.ts'),
    import('../../sighting/watched.ts'),
    import('../../config/watch-config.ts'),
    import('../../pipeline/past/record-span.ts'),
    import('../../sighting/unsound.ts'),
    import('../../delivery/decompress.ts'),
  ]);
  const watched = watchedBy(watch);
  const collector = collectSpans();
  const byPath = new Map<string, Sighting[]>();
  for await (const { path, wanted, end } of scanPaths(paths, source, tally, log)) {
    const found = byPath.get(path) ?? [];
    byPath.set(path, found);
    for (const { record } of wanted) {
      if (isWithin(record.eventTime, source.period)) collector.add(record);
      found.push(...sightingsIn(record, watched, path));
    }
    if (isChecksumFault(end?.damage)) markUnsound(found, 0);
  }
  const all = [...byPath.values()].flat();
  const sightings = distinctSightings(all);
  const isAsked = ({ evidence }: Sighting): boolean => isWithin(evidence.eventTime, source.period);
  return { sightings: sightings.filter(isAsked), withdrawn: withdrawals(all), byPath, collector };
}
