/** Whether a record is of the period that was asked for. */

import type { Period } from '../../delivery/log-key.ts';

/** True if an event time is within the period. Without a period everything is; an unreadable time is in no period. */
export function isWithin(eventTime: unknown, { since, until }: Period): boolean {
  if (since === undefined && until === undefined) return true;
  const time = typeof eventTime === 'string' ? Date.parse(eventTime) : Number.NaN;
  return (
    !Number.isNaN(time) &&
    (since === undefined || time >= since.getTime()) &&
    (until === undefined || time < until.getTime())
  );
}

/** True if an event time is within the period, or may be, as it cannot be read. */
export function mayBeWithin(eventTime: unknown, period: Period): boolean {
  return isWithin(eventTime, period) || isUnreadable(eventTime);
}

/** True for what is no time at all. */
export function isUnreadable(eventTime: unknown): boolean {
  return typeof eventTime !== 'string' || Number.isNaN(Date.parse(eventTime));
}
