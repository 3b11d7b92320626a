/** Working hours: is a moment outside of them, what does a clock in their time zone show, and who may work at any time. */

import { matchesGlob } from '../../collections.ts';
import type { Actor } from '../../sighting/sighting.ts';
import { WEEK_DAYS, type WeekDay, type WorkingHoursPolicy } from './watch-policy.ts';

/** A clock and a calendar on a wall in the time zone. */
interface Local {
  /** `2026-03-14`. */
  readonly day: string;
  readonly weekDay: WeekDay;
  /** Since midnight by the clock: twice the same where the clock is put back. */
  readonly minute: number;
}

/** What the working hours of a policy say of moments. */
export interface WorkingHours {
  /** True outside of the hours. They include the minute in which they begin and not the one in which they end. */
  readonly isOutside: (moment: Date) => boolean;
  /** `Saturday 2026-03-14 03:12`, in the time zone of the policy. */
  readonly textOf: (moment: Date) => string;
}

const MINUTE_MS = 60_000;
const NOON = 12 * 60;
const WEEK_DAY_NAMES = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
} as const satisfies Readonly<Record<WeekDay, string>>;

/** The working hours of a policy. Hours are those of the wall clock, so daylight saving moves them as it moves people. */
export function workingHours({ timeZone, days, hours, holidays }: WorkingHoursPolicy): WorkingHours {
  const localOf = wallClock(timeZone);
  const { fromMinute, toMinute } = hours;
  const workDays: ReadonlySet<WeekDay> = new Set(days);
  const free: ReadonlySet<string> = new Set(holidays);
  const isWorked = ({ day, weekDay }: Local): boolean => workDays.has(weekDay) && !free.has(day);
  const isWithin = (moment: Date): boolean => {
    const local = localOf(moment);
    if (fromMinute < toMinute) return fromMinute <= local.minute && local.minute < toMinute && isWorked(local);
    if (local.minute >= fromMinute) return isWorked(local);
    return local.minute < toMinute && isWorked(localOf(noonBefore(moment, local)));
  };
  return {
    isOutside: (moment) => !isWithin(moment),
    textOf(moment) {
      const { day, weekDay, minute } = localOf(moment);
      return `${WEEK_DAY_NAMES[weekDay]} ${day} ${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
    },
  };
}

/**
 * About noon of the day before: the hour by which a clock is put forward or back does not reach midnight from there, and a day that a
 * zone skipped, as Apia did on 2011-12-30, is not taken for the one before.
 */
function noonBefore(moment: Date, { minute }: Local): Date {
  return new Date(moment.getTime() - (minute + NOON) * MINUTE_MS);
}

function wallClock(timeZone: string): (moment: Date) => Local {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (moment) => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of format.formatToParts(moment)) parts[type] = value;
    const { year = '', month, day, hour, minute, weekday = '' } = parts;
    return {
      day: `${year.padStart(4, '0')}-${month}-${day}`,
      weekDay: WEEK_DAYS.find((name) => name === weekday.toLowerCase()) ?? 'mon',
      minute: 60 * Number(hour) + Number(minute),
    };
  };
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/**
 * True for a caller that may work at any time: the role by its own ARN, never by the name of the session, which the caller chooses; or the
 * user. The account and the path with the name are compared each for itself: a path may hold `:role/`, too.
 */
export function isExempt({ arn, roleArn }: Actor, { exempt }: Pick<WorkingHoursPolicy, 'exempt'>): boolean {
  const caller = roleArn ?? arn;
  if (caller === undefined) return false;
  const parts = partsOf(caller);
  return exempt.some((pattern) => partsOf(pattern).every((part, index) => matchesGlob(part, parts[index] ?? '')));
}

/** The six parts of an ARN. The last one, which may have colons, is whole. */
function partsOf(arn: string): readonly string[] {
  const [arnItself = '', partition = '', service = '', region = '', account = '', ...resource] = arn.split(':');
  return [arnItself, partition, service, region, account, resource.join(':')];
}
