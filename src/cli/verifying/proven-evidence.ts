/** `report --verify`: the evidence of a report is what proven files hold. */

import type { Config } from '../../config.ts';
import type { Period } from '../../delivery/log-key.ts';
import type { ProveEntries } from '../../pipeline/report-source.ts';
import type { Rejected } from '../../report/report.ts';
import type { Connect } from '../connection.ts';
import type { Log } from '../log.ts';
import { openProgress } from '../terminal/progress.ts';
import { faultsIn } from './trail-faults.ts';
import { keySource, openPaths } from './verify-input.ts';

/** What to verify, and with what. */
export interface EvidenceRequest {
  readonly paths: readonly string[];
  readonly keys: readonly string[];
  readonly period: Period;
  readonly config: Config;
  readonly connect: Connect;
  readonly follow?: boolean | undefined;
  readonly log: Pick<Log, 'warn'>;
  readonly now: Date;
  readonly quiet: boolean;
}

/** Returns how a report's entries are proven by the logs at the paths: back to the oldest record that they cite. */
export function evidenceProver(request: EvidenceRequest): ProveEntries {
  const { paths, keys, period, config, connect, follow, now, log, quiet } = request;
  return async (entries) => {
    const [{ startEvidence }, { verifyLogs }] = await Promise.all([
      import('../../pipeline/verify/proven-evidence.ts'),
      import('../../pipeline/verify/verify-logs.ts'),
    ]);
    const evidence = startEvidence(entries);
    const { maxLogBytes, trail } = config;
    const rejectedKeys: Rejected[] = [];
    const line = openProgress(process.stderr, quiet, () => performance.now());
    const { since = now, until } = period;
    const oldest = evidence.oldest !== undefined && evidence.oldest < since ? evidence.oldest : since;
    const { checks, rejected } = await verifyLogs(
      { paths, buckets: trail.buckets, period: { since: oldest, until }, now, maxLogBytes },
      {
        ...(await openPaths(paths, { connect, follow, log })),
        keys: keySource(keys, config, rejectedKeys),
        onProven: evidence.add,
        onProgress: ({ done, bytes }) => line.update({ filesDone: done, bytesDone: bytes }),
      },
    ).finally(() => line.done());
    const kept = evidence.kept();
    return { entries: kept.entries, rejected: [...rejectedKeys, ...rejected, ...faultsIn(checks), ...kept.rejected] };
  };
}
