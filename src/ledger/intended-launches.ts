/** Intended launches of sensors as ledgers keep them: one list for each account and region. */

import type { IntendedLaunch, SensorSlot } from '../remediation/sensors/launch-log.ts';
import { KEPT_DAYS } from './change-log.ts';

/** An intended launch with its time in milliseconds since 1970. */
export type StoredLaunch = Omit<IntendedLaunch, 'at'> & { readonly at: number };

/** How a list changes. The same list means that nothing does. */
export type LaunchEdit = (stored: readonly StoredLaunch[]) => readonly StoredLaunch[];

const KEPT_MS = KEPT_DAYS * 86_400_000;
/** Launches that are kept of an account and region: a row stays far below DynamoDB's 400 KB. */
export const MOST_LAUNCHES = 1000;

/** The launch that is intended for the slot. */
export function launchIn(stored: readonly StoredLaunch[], { pool, ordinal }: SensorSlot): IntendedLaunch | undefined {
  const found = stored.find((each) => each.pool === pool && each.ordinal === ordinal);
  return found && toLaunch(found);
}

/** The list with a launch for the slot, unless it has one. What is too old is left out, and the oldest of what are too many. */
export function withLaunch({ pool, ordinal }: SensorSlot, secret: string, now: Date): LaunchEdit {
  return (stored) => {
    if (launchIn(stored, { pool, ordinal }) !== undefined) return stored;
    const kept = stored.filter(({ at }) => at > now.getTime() - KEPT_MS);
    return [...kept, { pool, ordinal, secret, at: now.getTime() }].slice(-MOST_LAUNCHES);
  };
}

/** The list with the instance of a launch, unless it has one. A launch that is not listed any more is listed again. */
export function withInstance(launch: IntendedLaunch, instanceId: string, now: Date): LaunchEdit {
  const { pool, ordinal, secret } = launch;
  return (stored) => {
    const noted = { pool, ordinal, secret, instanceId, at: now.getTime() };
    const known = stored.find((each) => each.secret === secret);
    if (known === undefined) return [...stored, noted].slice(-MOST_LAUNCHES);
    return known.instanceId === undefined ? stored.map((each) => (each === known ? noted : each)) : stored;
  };
}

/** The list without a launch, unless an instance of it was noted since it was read. */
export function withoutLaunch({ secret, instanceId }: IntendedLaunch): LaunchEdit {
  return (stored) => {
    const left = stored.filter((each) => each.secret !== secret || each.instanceId !== instanceId);
    return left.length === stored.length ? stored : left;
  };
}

/** A launch as the port gives it. */
export function toLaunch({ at, ...launch }: StoredLaunch): IntendedLaunch {
  return { ...launch, at: new Date(at) };
}
