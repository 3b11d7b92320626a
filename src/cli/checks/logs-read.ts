/** Says so if the named logs hold nothing that could have been judged: no log file, no record, or none in the period. */

import { grouped, plural } from '../../collections.ts';
import type { Period } from '../../delivery/log-key.ts';
import { PipelineError } from '../../errors.ts';
import { isWithin } from '../../pipeline/reading/event-period.ts';
import { emptyTally, type Tally } from '../../pipeline/reading/tally.ts';
import { type Log, SILENT } from '../log.ts';
import { type LogSourceOptions, scanPaths } from '../log-source.ts';

/** What a command read. */
export interface LogsRead {
  readonly tally: Tally;
  /** True if a record of the period is known. */
  readonly matched: boolean;
  /** What the command does with records, as in "nothing was …". */
  readonly done: 'judged' | 'searched';
  readonly log: Log;
}

/**
 * Checks what was read. Warns of a path without a log file if others have one. Throws PipelineError `usage` if there was no record
 * at all, or none in the period. Input that could not be read is named elsewhere, and the run goes on to say so with its exit code.
 */
export async function checkLogsRead(
  paths: readonly string[],
  source: LogSourceOptions,
  { tally, matched, done, log }: LogsRead,
): Promise<void> {
  const { files, records, skipped, rejected } = tally;
  const { foreign, unopened } = tally.unlogged;
  const nothing = (reason: string): PipelineError => new PipelineError('usage', `nothing was ${done}: ${reason}`);
  const names = paths.join(', ');
  const others = skipped['outside-period'] ?? skipped['foreign-account'] ?? 0;
  if (files > 0 && foreign === files && unopened === 0 && others === 0)
    throw nothing(`no file in ${names} is a CloudTrail log (${plural(files, 'file')}${othersIn(tally)}); see above`);
  if (matched || rejected.length > 0) {
    warnOfEmptyPaths(tally, log);
    return;
  }
  if (files === 0 && (skipped['outside-period'] ?? 0) > 0)
    throw nothing(`no log file in ${names} can hold events ${spanOf(source.period)}${othersIn(tally)}`);
  if (files === 0)
    throw nothing(
      `there is no CloudTrail log file in ${names}${othersIn(tally)}; name the folder that contains AWSLogs/, or the files themselves`,
    );
  if (records === 0) throw nothing(`there is no record in ${names} (${plural(files, 'file')}${othersIn(tally)})`);
  warnOfEmptyPaths(tally, log);
  if (!(await anyRecordIn(paths, source)))
    throw nothing(
      `none of the ${plural(records, 'record')} in ${names} is ${spanOf(source.period)}; choose another --since or --until`,
    );
}

function warnOfEmptyPaths({ unlogged: { emptyPaths } }: Tally, log: Log): void {
  for (const path of emptyPaths) log.warn(`${path}: there is no CloudTrail log file in it`);
}

function othersIn({ skipped }: Tally): string {
  const kinds = Object.entries(skipped).map(([kind, count]) => `${grouped(count)} ${kind}`);
  return kinds.length === 0 ? '' : `; skipped: ${kinds.join(', ')}`;
}

/** `from 2026-11-01T00:00:00.000Z on`, `before …`, or `from … to …`. */
export function spanOf({ since, until }: Period): string {
  if (since === undefined) return until === undefined ? 'at any time' : `before ${until.toISOString()}`;
  return `from ${since.toISOString()} ${until === undefined ? 'on' : `to ${until.toISOString()}`}`;
}

/**
 * True if any record at all is in the period. Without a match the first pass does not know, as it parses only records that match, so
 * the files are read again, up to the first record of the period.
 */
async function anyRecordIn(paths: readonly string[], source: LogSourceOptions): Promise<boolean> {
  const { period } = source;
  if (period.since === undefined && period.until === undefined) return true;
  const wanted = { where: ({ eventTime }: { readonly eventTime?: unknown }) => isWithin(eventTime, period) };
  const again = { ...source, wanted, manifest: false, checkpoint: undefined, prove: undefined, faultOf: undefined };
  for await (const scan of scanPaths(paths, again, emptyTally(), SILENT)) {
    if (scan.wanted.length > 0) return true;
  }
  return false;
}
