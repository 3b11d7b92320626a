/** Tells a shard without an event of the period from one in which nothing of what is looked for happened. */

import type { FoundLog, LogFile } from '../../delivery/fetch-log.ts';
import type { FilePiece, ScanSettings } from '../../pipeline/objects/file-end.ts';
import { isWithin } from '../../pipeline/reading/event-period.ts';
import { chosenLog, type LogChoice } from '../../pipeline/reading/found-logs.ts';
import { emptyTally } from '../../pipeline/reading/tally.ts';
import type { RunSettings } from '../history-run.ts';
import type { PlannedObject } from '../plan.ts';

/** How a worker reads logs. */
export interface LogPorts {
  readonly open: (object: PlannedObject) => AsyncIterable<FoundLog>;
  readonly scan: (files: AsyncIterable<LogFile>, settings: ScanSettings) => AsyncIterable<FilePiece>;
  readonly keyOf: (path: string) => string;
}

/**
 * True if the objects hold a record of the period, whatever it says, or one of them cannot be read. Reads them up to the first such record; none
 * of them if all times are asked for.
 */
export async function holdsRecordOf(
  objects: readonly PlannedObject[],
  { period, accounts, maxLogBytes }: Pick<RunSettings, 'period' | 'accounts' | 'maxLogBytes'>,
  ports: LogPorts,
): Promise<boolean> {
  if (period.since === undefined && period.until === undefined) return true;
  const wanted = { where: ({ eventTime }: { readonly eventTime?: unknown }) => isWithin(eventTime, period) };
  const files = logsIn(objects, { period, accounts, manifest: false }, ports);
  for await (const { wanted: found, end } of ports.scan(files, { wanted, maxLogBytes, sha256: false }))
    if (found.length > 0 || end?.damage !== undefined) return true;
  return false;
}

async function* logsIn(
  objects: readonly PlannedObject[],
  choice: LogChoice,
  { open, keyOf }: Pick<LogPorts, 'open' | 'keyOf'>,
): AsyncGenerator<LogFile> {
  for (const object of objects)
    for await (const found of open(object)) {
      const chosen = chosenLog(found, choice, emptyTally(), keyOf);
      if (chosen.kind === 'log') yield chosen.file;
    }
}
