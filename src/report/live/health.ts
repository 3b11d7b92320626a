/** Whether a process that watches does its work: it reads its inbox, and its batches succeed. */

import { durationWords } from '../words.ts';
import type { LiveState } from './state.ts';

/** Healthy, or why not. A process that starts or stops isn't healthy either, but nothing is wrong with it. */
export type Health =
  | { readonly ok: true }
  | { readonly ok: false; readonly kind: 'starting' | 'stopping' | 'failing'; readonly reason: string };

/** A queue answers at least every 20 seconds, a folder every second. */
export const READ_WITHIN_SECONDS = 300;
/** So long every batch may fail: a passing fault of AWS is over by then. */
export const FAILING_WITHIN_SECONDS = 300;
/** So long one batch may take. Sweeps of large organisations take minutes. */
export const BATCH_WITHIN_SECONDS = 1_800;

/**
 * The health at this time. A process that has not read its inbox yet is not healthy: nothing shows that it can. While a batch is in work,
 * the inbox need not be read.
 */
export function healthOf(state: LiveState, now: Date): Health {
  const { watched, startedAt, lastRead, work, readFault, batchFault, isStopping } = state;
  const seconds = (time: Date): number => (now.getTime() - time.getTime()) / 1000;
  // Whole minutes: a screen reader would announce every second.
  const minutes = (time: Date): string => durationWords(Math.floor(seconds(time) / 60) * 60);
  const unread = `the ${watched.kind} has not been read`;
  const why = readFault === undefined ? '' : `: ${readFault.reason}`;
  if (isStopping) return { ok: false, kind: 'stopping', reason: 'stopping' };
  if (lastRead === undefined) {
    const isNew = readFault === undefined && seconds(startedAt) <= READ_WITHIN_SECONDS;
    if (isNew) return { ok: false, kind: 'starting', reason: `${unread} yet` };
    return failing(`${unread} since the start${why}`);
  }
  if (work === undefined && seconds(lastRead) > READ_WITHIN_SECONDS)
    return failing(`${unread} for ${minutes(lastRead)}${why}`);
  if (work !== undefined && seconds(work.since) > BATCH_WITHIN_SECONDS)
    return failing(`one batch has been in work for ${minutes(work.since)}`);
  if (batchFault !== undefined && seconds(batchFault.since) > FAILING_WITHIN_SECONDS)
    return failing(`every batch has failed for ${minutes(batchFault.since)}: ${batchFault.reason}`);
  return { ok: true };
}

function failing(reason: string): Health {
  return { ok: false, kind: 'failing', reason };
}
