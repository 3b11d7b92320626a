/** Working hours in the plainest way: times are texts of a wall clock, and the day before is found by going back minute by minute. */

import type { WrittenWatch } from '../../../src/config/watch-config.ts';

/** `iamUserAfterHours` as the configuration writes it. */
export type WrittenHours = NonNullable<WrittenWatch['iamUserAfterHours']>;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** `2026-03-14 03:12`. Swedes write it so. */
function wallClock(moment: Date, timeZone: string): string {
  const clock =
    clocks.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  clocks.set(timeZone, clock);
  return clock.format(moment);
}

/** True if the moment is outside of the hours. */
export function isOutsideNaively(
  moment: Date,
  { timeZone, days, hours: { from, to }, holidays }: WrittenHours,
): boolean {
  const dayOf = (at: Date) => wallClock(at, timeZone).slice(0, 10);
  const isWorked = (day: string) => {
    const name = new Date(`${day}T12:00:00Z`).toUTCString().slice(0, 3).toLowerCase();
    return (days ?? ['mon', 'tue', 'wed', 'thu', 'fri']).some((each) => each === name) && !holidays?.includes(day);
  };
  const time = wallClock(moment, timeZone).slice(11);
  const today = dayOf(moment);
  if (from < to) return !(from <= time && time < to && isWorked(today));
  if (time >= from) return !isWorked(today);
  if (time >= to) return true;
  let before = moment;
  while (dayOf(before) === today) before = new Date(before.getTime() - 60_000);
  return !isWorked(dayOf(before));
}
