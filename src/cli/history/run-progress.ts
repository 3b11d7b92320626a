/** The progress of a run: how far it is, how fast, how much longer, and what it has cost so far. */

import { grouped } from '../../collections.ts';
import { openCounter } from '../terminal/progress.ts';
import { megabytes } from './plan.ts';

/** What there is to do, and what was done. */
export interface RunProgress {
  readonly shards: number;
  readonly shardsDone: number;
  readonly objects: number;
  readonly objectsDone: number;
  readonly bytes: number;
  readonly bytesDone: number;
  /** Requests to S3 that are billed; undefined where objects are files. */
  readonly requests?: number | undefined;
  readonly elapsedMs: number;
}

/**
 * Dollars for a million GET requests, in us-east-1 in November 2026.
 *
 * @see https://aws.amazon.com/s3/pricing/
 */
export const GET_PRICE_PER_MILLION = 0.4;

/** What stands behind `3/12`: `shards  8,210/60,000 objects  22.1 MB/s  4 min left  0.02 $ for 8,210 requests`. */
export function runProgressText(progress: RunProgress): string {
  const { objects, objectsDone, bytes, bytesDone, requests, elapsedMs } = progress;
  const words = ['shards', `${grouped(objectsDone)}/${grouped(objects)} objects`, megabytes(bytesDone)];
  if (elapsedMs > 500) words.push(`${(bytesDone / 1e3 / elapsedMs).toFixed(1)} MB/s`);
  // An object costs as much as so many bytes: where they are small, their number tells how far it is.
  const part = (share(objectsDone, objects) + share(bytesDone, bytes)) / 2;
  if (part > 0 && elapsedMs > 1000) words.push(`${durationOf(elapsedMs / part - elapsedMs)} left`);
  if (requests !== undefined) words.push(costOf(requests));
  return words.join('  ');
}

/** `0.02 $ for 8,210 requests`: what GET requests cost by AWS's list price in us-east-1; transfer to another region is not counted. */
export function costOf(requests: number): string {
  return `${((requests / 1e6) * GET_PRICE_PER_MILLION).toFixed(2)} $ for ${grouped(requests)} requests`;
}

const share = (done: number, all: number): number => (all === 0 ? 1 : Math.min(1, done / all));

/** `12 s`, `4 min`, `3 h 20 min`. */
export function durationOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A line on stderr that shows it. */
export function openRunProgress(quiet: boolean): { update(progress: RunProgress): void; done(): void } {
  const line = openCounter(process.stderr, quiet, () => performance.now());
  return {
    update: (progress) => line.update(progress.shardsDone, progress.shards, runProgressText(progress)),
    done: () => line.done(),
  };
}
