/** In which hours of the week an account and region usually speaks: what eight weeks of hours say. */

import { hourOf, hoursIn, KEPT_HOURS, KEPT_WEEKS, type Spoken, spokeIn, WEEK_HOURS } from './spoken.ts';

const DAY_HOURS = 24;

/** The rhythm of an account and region. Hours of the week count from Thursday 00:00 UTC, as 1970 began. */
export interface Rhythm {
  /** By hour of the week: it spoke in this hour, the one before and the one after, each in more than half of the weeks. */
  readonly core: readonly boolean[];
  /** True if it mostly speaks in the same hours of each week. */
  readonly isWeekly: boolean;
  /** True if it speaks in fewer than one of six hours. */
  readonly isSparse: boolean;
  /** True if it speaks on some days of the week and not on others, as what people or their jobs do: then it may pause on a holiday. */
  readonly rests: boolean;
  /** In how many hours it spoke, of how many that are known. */
  readonly spokenHours: number;
  readonly knownHours: number;
}

/** A scope of one hour in six or more has so many hours that chance alone puts them into the same hours of each week. */
const SPARSE = 1 / 6;
/** How many of the hours in which it spoke have to be usual ones. */
const MOSTLY = 0.75;
/** On how many days of the week it has to speak to have days off: what speaks on one or two is no work of every day. */
const WORKING_DAYS = 3;

/** The rhythm up to the newest record: a silence that goes on says nothing about it. */
export function rhythmOf(spoken: Pick<Spoken, 'first' | 'record' | 'hours'>): Rhythm {
  const hours = hoursIn(spoken);
  const last = hourOf(spoken.record);
  const first = Math.max(hourOf(spoken.first), last - KEPT_HOURS + 1);
  const spoke = (hour: number): boolean => hour >= first && hour <= last && spokeIn(hours, hour);
  const usual = usualHours(first, last, spoke);
  const around = usualHours(first, last, (hour) => spoke(hour - 1) || spoke(hour) || spoke(hour + 1));
  let [spokenHours, usually, nearly] = [0, 0, 0];
  for (let hour = first; hour <= last; hour += 1) {
    if (!spoke(hour)) continue;
    spokenHours += 1;
    if (usual[hour % WEEK_HOURS]) usually += 1;
    if (around[hour % WEEK_HOURS]) nearly += 1;
  }
  const knownHours = last - first + 1;
  const isSparse = spokenHours < knownHours * SPARSE;
  const byTheHour = usually >= spokenHours * MOSTLY;
  return {
    core: usual.map((isUsual, hour) => isUsual && at(usual, hour - 1) && at(usual, hour + 1)),
    isWeekly: byTheHour || (isSparse && nearly >= spokenHours * MOSTLY),
    isSparse,
    rests: hasDaysOff(isSparse ? around : usual),
    spokenHours,
    knownHours,
  };
}

/**
 * By hour of the week: was it so in more than half of the weeks that are known? Of only two weeks one may have had a holiday that day: then
 * once is enough if that hour is usual on most other days.
 */
function usualHours(first: number, last: number, was: (hour: number) => boolean): readonly boolean[] {
  const shares = Array.from({ length: WEEK_HOURS }, (_, hourOfWeek) => {
    let [weeks, times] = [0, 0];
    const newest = last - ((last - hourOfWeek) % WEEK_HOURS);
    for (let back = 0; back < KEPT_WEEKS; back += 1) {
      const hour = newest - back * WEEK_HOURS;
      if (hour < first) break;
      weeks += 1;
      if (was(hour)) times += 1;
    }
    return { weeks, isHalf: weeks > 0 && times * 2 === weeks, isMost: times * 2 > weeks };
  });
  const days = Array.from({ length: DAY_HOURS }, (_, hourOfDay) =>
    shares.filter(({ isMost }, hour) => isMost && hour % DAY_HOURS === hourOfDay),
  );
  return shares.map(
    ({ weeks, isHalf, isMost }, hour) =>
      isMost || (isHalf && weeks === 2 && (days[hour % DAY_HOURS]?.length ?? 0) >= WORKING_DAYS),
  );
}

function hasDaysOff(usual: readonly boolean[]): boolean {
  const days = Array.from({ length: WEEK_HOURS / DAY_HOURS }, (_, day) =>
    usual.slice(day * DAY_HOURS, (day + 1) * DAY_HOURS).some(Boolean),
  );
  const working = days.filter(Boolean).length;
  return working >= WORKING_DAYS && working < days.length;
}

function at(hours: readonly boolean[], hour: number): boolean {
  return hours[(hour + WEEK_HOURS) % WEEK_HOURS] ?? false;
}
