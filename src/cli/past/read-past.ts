/** Reads what logs tell of the past: the calls that changed something, and the period that the records cover. */

import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import type { Config } from '../../config.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { RecordedPast } from '../../pipeline/past/assess-past.ts';
import type { SpanCollector } from '../../pipeline/past/record-span.ts';
import { isWithin } from '../../pipeline/reading/event-period.ts';
import { emptyTally, type Tally } from '../../pipeline/reading/tally.ts';
import { checkLogsRead } from '../checks/logs-read.ts';
import type { VerifyingOptions } from '../checks/request.ts';
import type { Connect } from '../connection.ts';
import { type Log, SILENT } from '../log.ts';
import { type LogSourceOptions, scanPaths } from '../log-source.ts';
import { s3Opener } from '../s3-logs.ts';
import type { ProvenLogs } from '../verifying/proven-logs.ts';

/** How to read the logs. */
export interface PastLogs extends VerifyingOptions {
  readonly paths: readonly string[];
  readonly threads?: number | undefined;
  readonly quiet?: boolean | undefined;
  readonly now: Date;
}

/** The past by the logs, with what was read. */
export interface ReadPast extends RecordedPast {
  readonly tally: Tally;
  /** What was found about the log files themselves; undefined without `--verify`. */
  readonly integrity: readonly IntegrityCheck[] | undefined;
  /**
   * Reads the logs again for the time of every record, wherever a time is outside the calls that were read. Those alone don't show
   * that nothing happened before the first or after the last of them.
   */
  widenTo(times: readonly Date[], scopes: readonly Scope[]): Promise<void>;
}

/** Reads all logs, whatever the time. Throws PipelineError `usage` if there is no record in them. */
export async function readPast(
  logs: PastLogs,
  config: Pick<Config, 'region' | 'maxLogBytes' | 'trail'>,
  connect: Connect,
  log: Log,
): Promise<ReadPast> {
  const [{ sightingsOf }, { distinctSightings }, { collectSpans }, { markUnsound }, { isChecksumFault }] =
    await Promise.all([
      import('../../sighting/readers.ts'),
      import('../../sighting/dedupe.ts'),
      import('../../pipeline/past/record-span.ts'),
      import('../../sighting/unsound.ts'),
      import('../../delivery/decompress.ts'),
    ]);
  const { paths } = logs;
  const { source, proven } = await openSource(logs, config, connect);
  const collector = collectSpans();
  const tally = emptyTally();
  const found = [];
  let fileStart = 0;
  for await (const { path, wanted, end } of scanPaths(paths, source, tally, log)) {
    for (const { record } of wanted) {
      collector.add(record);
      found.push(...sightingsOf(record, path));
    }
    if (isChecksumFault(end?.damage)) markUnsound(found, fileStart);
    if (end !== undefined) fileStart = found.length;
  }
  const integrity = proven?.finish(tally, log);
  await checkLogsRead(paths, source, { tally, matched: found.length > 0, done: 'judged', log });
  return {
    sightings: distinctSightings(found),
    spans: collector.spans,
    tally,
    integrity,
    widenTo: (times, scopes) => widenSpans(collector, { paths, source, times, scopes }),
  };
}

async function openSource(
  { paths, threads, follow, quiet = false, verify, keys, now }: PastLogs,
  config: Pick<Config, 'region' | 'maxLogBytes' | 'trail'>,
  connect: Connect,
): Promise<{ readonly source: LogSourceOptions; readonly proven: ProvenLogs | undefined }> {
  const [{ NOTHING_BESIDES, unplacedBecause, wantedFor }, { provenLogs }] = await Promise.all([
    import('../../sighting/watched.ts'),
    import('../verifying/proven-logs.ts'),
  ]);
  const period = {};
  const { accounts } = config.trail;
  const proven = await provenLogs({ verify, keys, follow }, { paths, period, config, accounts, connect, now });
  const source: LogSourceOptions = {
    ...{ maxLogBytes: config.maxLogBytes, period, quiet, threads, follow, accounts },
    wanted: wantedFor(NOTHING_BESIDES),
    faultOf: (record, path) => unplacedBecause(record, NOTHING_BESIDES, path),
    manifest: true,
    openS3: s3Opener(connect, period),
    prove: proven?.prove,
  };
  return { source, proven };
}

/** Which times records are asked about, and where the records are. */
interface Widening {
  readonly paths: readonly string[];
  readonly source: LogSourceOptions;
  readonly times: readonly Date[];
  readonly scopes: readonly Scope[];
}

/** Reads the logs again for the time of every record, if a time is outside the span of an account and region as it is known so far. */
export async function widenSpans(collector: SpanCollector, { paths, source, times, scopes }: Widening): Promise<void> {
  const { isWithinSpan } = await import('../../pipeline/past/record-span.ts');
  const isOutside = (scope: Scope): boolean =>
    times.some((time) => {
      const span = collector.spans.get(scopeKey(scope));
      return span === undefined || !isWithinSpan(span, time);
    });
  if (scopes.some(isOutside)) await addEveryRecord(paths, source, collector);
}

/** The second pass parses every record, so it is made only where the first one leaves a question. */
async function addEveryRecord(
  paths: readonly string[],
  source: LogSourceOptions,
  collector: SpanCollector,
): Promise<void> {
  const { where } = source.wanted;
  const again = { ...source, wanted: { where }, manifest: false, checkpoint: undefined, faultOf: undefined };
  for await (const { wanted } of scanPaths(paths, again, emptyTally(), SILENT))
    for (const { record } of wanted) if (isWithin(record.eventTime, source.period)) collector.add(record);
}
