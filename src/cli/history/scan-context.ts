/** What a scan of shards works on, wherever it runs. */

import type { Config } from '../../config.ts';
import type { HistoryRun } from '../../history/history-run.ts';
import type { HistoryStore } from '../../history/history-store.ts';
import type { ReadPlan } from '../../history/plan/read-plan.ts';
import type { ShardPointer } from '../../history/plan.ts';
import type { Connect } from '../connection.ts';
import type { Log } from '../log.ts';

/** A plan, and where its result goes. */
export interface ScanWork {
  readonly read: ReadPlan;
  readonly result: HistoryStore;
  readonly run: HistoryRun;
  readonly config: Config;
  /** As they were given. */
  readonly places: { readonly plan: string; readonly result: string };
}

/** How a command scans. */
export interface ScanContext {
  /** At most so many at the same time. */
  readonly workers: number | undefined;
  readonly quiet: boolean;
  readonly connect: Connect;
  readonly log: Log;
}

/** The objects and bytes of shards. */
export function sumOf(pointers: readonly ShardPointer[]): { readonly objects: number; readonly bytes: number } {
  return {
    objects: pointers.reduce((sum, { objects }) => sum + objects, 0),
    bytes: pointers.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
