/** The time of a run that works on a request of another: after the look that led to it, even if its machine's clock is behind. */

import type { RequestedResources } from '../scope-requests.ts';

/** Clocks that follow AWS's differ by less than this. A message that claims more was not written just now, or not by us. */
const MOST_AHEAD_MS = 10_000;

/**
 * The options with `now`, and the deadline with it, moved behind the looks of those who asked. What is repaired would otherwise be dated
 * before it was found, and the finding would stay open. The same options if their looks are in the past anyway.
 */
export function afterLooks<Options extends { readonly now: Date; readonly deadline?: Date | undefined }>(
  options: Options,
  requested: readonly Pick<RequestedResources, 'lookedAt'>[],
): Options {
  const { now, deadline } = options;
  const newest = Math.max(0, ...requested.map(({ lookedAt }) => lookedAt?.getTime() ?? 0));
  const aheadMs = newest + 1 - now.getTime();
  if (aheadMs <= 0 || aheadMs > MOST_AHEAD_MS) return options;
  const later = (time: Date): Date => new Date(time.getTime() + aheadMs);
  return { ...options, now: later(now), deadline: deadline && later(deadline) };
}
