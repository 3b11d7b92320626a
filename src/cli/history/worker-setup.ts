/** What a worker process is told before its first shard: plain data, so that it reaches another process. */

import type { Config } from '../../config.ts';
import type { HistoryRun } from '../../history/history-run.ts';

/** Where a worker reads and writes. */
export interface PlaceSetup {
  /** Where the plan and the result are kept. */
  readonly plan: string;
  readonly result: string;
  /** The folder that relative paths of the plan are in. */
  readonly folder?: string | undefined;
  /** What reaching AWS needs of the configuration. */
  readonly config: Partial<Pick<Config, 'region' | 'trail'>>;
}

/** How a worker scans. */
export interface WorkerSetup extends PlaceSetup {
  readonly run: HistoryRun;
}
