/**
 * A made recording of deliveries: what accounts and regions of known habits say, and when each that was stopped would have to have spoken
 * again. Written from the habits alone: nothing here knows how silence is judged.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How late a file may be: silence can be seen only from when the next one would have come. */
const LATE = 35 * MINUTE;

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One file: when its newest record happened, when it was written, and when it was received. Milliseconds. */
export interface MadeDelivery {
  readonly scope: string;
  readonly record: number;
  readonly written: number;
  readonly received: number;
}

/** The recording's calendar. Local time is UTC plus the offset, which changes on the day of the daylight shift. */
export interface Calendar {
  readonly start: number;
  readonly end: number;
  /** From when on local clocks are changed, and by how many hours. */
  readonly shiftAt: number;
  readonly shiftHours: number;
  readonly offsetHours: number;
  /** The beginning of each holiday's local day. */
  readonly holidays: readonly number[];
}

type Chance = () => number;

/** A habit: when it speaks, and the longest that it may be silent from one of its records on, in milliseconds. */
export interface Habit {
  readonly name: string;
  readonly records: (calendar: Calendar, chance: Chance) => readonly number[];
  /** How long from the record `last` on it would be silent at most if nothing was stopped. `averageMs` is between its records so far. */
  readonly longestFrom: (last: number, calendar: Calendar, averageMs: number) => number;
}

const localOf = (time: number, { shiftAt, shiftHours, offsetHours }: Calendar): number =>
  time + (offsetHours + (time >= shiftAt ? shiftHours : 0)) * HOUR;
const hourOfDay = (local: number): number => (local % DAY) / HOUR;
/** 1970 began on a Thursday; 0 is Monday. */
const weekday = (local: number): number => (Math.floor(local / DAY) + 3) % 7;
const isHoliday = (local: number, { holidays }: Calendar): boolean =>
  holidays.some((day) => local >= day && local < day + DAY);
const isWorkday = (local: number, calendar: Calendar): boolean => weekday(local) < 5 && !isHoliday(local, calendar);

/** Every so many minutes, more or less, while `isOn`. */
function every(minutes: number, jitter: number, isOn: (local: number, calendar: Calendar) => boolean = () => true) {
  return (calendar: Calendar, chance: Chance): readonly number[] => {
    const records: number[] = [];
    for (let time = calendar.start + chance() * minutes * MINUTE; time < calendar.end; time += minutes * MINUTE) {
      const moved = time + (chance() - 0.5) * 2 * jitter * MINUTE;
      if (isOn(localOf(moved, calendar), calendar)) records.push(moved);
    }
    return records;
  };
}

/** At random, on the average every so many minutes, while `isOn`: nothing that was says when the next one comes. */
function random(minutes: number, isOn: (local: number, calendar: Calendar) => boolean = () => true) {
  return (calendar: Calendar, chance: Chance): readonly number[] => {
    const records: number[] = [];
    for (let time = calendar.start; time < calendar.end; ) {
      time += -Math.log(1 - chance()) * minutes * MINUTE;
      if (time < calendar.end && isOn(localOf(time, calendar), calendar)) records.push(time);
    }
    return records;
  };
}

/** A silence that something random with this average makes once in ten thousand years: of 1,700 such accounts and regions, one in six years. */
const onceInTenThousandYears = (averageMs: number): number => averageMs * Math.log((10_000 * 365.25 * DAY) / averageMs);
const byChance: Habit['longestFrom'] = (_, __, averageMs) => Math.max(HOUR, onceInTenThousandYears(averageMs) + LATE);

const office =
  (from: number, to: number) =>
  (local: number, calendar: Calendar): boolean =>
    isWorkday(local, calendar) && hourOfDay(local) >= from && hourOfDay(local) < to;
const anyDay =
  (from: number, to: number) =>
  (local: number): boolean =>
    hourOfDay(local) >= from && hourOfDay(local) < to;

/**
 * What works in hours is silent for `within` in them. In the last three, one of which a shift of the clocks may have moved, its day may be
 * over: then for its longest pause, which a holiday makes a day longer if it has days off.
 */
const inHours =
  (from: number, to: number, within: number, { daysOff }: { readonly daysOff: number }) =>
  (last: number, calendar: Calendar): number => {
    const hour = hourOfDay(localOf(last, calendar));
    if (hour + within / HOUR < to - 2) return within;
    return (to - hour + 24 - (to - from) + 24 * daysOff) * HOUR + within;
  };

/** Once a day at this hour, give or take some minutes, on the days that `isOn`. */
const daily =
  (hour: number, jitter: number, isOn: (local: number, calendar: Calendar, time: number) => boolean) =>
  (calendar: Calendar, chance: Chance): readonly number[] => {
    const records: number[] = [];
    for (let day = calendar.start; day < calendar.end; day += DAY) {
      const time = day + hour * HOUR + (chance() - 0.5) * 2 * jitter * MINUTE;
      if (isOn(localOf(time, calendar), calendar, time)) records.push(time);
    }
    return records;
  };

const steady = (ms: number) => (): number => ms;

/** The habits, each with the silence that it may have itself. */
export const HABITS: readonly Habit[] = [
  ...[5, 7, 15, 30].map(
    (minutes): Habit => ({
      name: `every ${minutes} minutes`,
      records: every(minutes, minutes / 4),
      longestFrom: steady(Math.max(HOUR, 1.5 * minutes * MINUTE + LATE)),
    }),
  ),
  { name: 'every hour', records: every(60, 5), longestFrom: steady(70 * MINUTE + LATE) },
  ...(
    [
      [8, 18, 5],
      [9, 17, 10],
      [7, 20, 5],
    ] as const
  ).map(
    ([from, to, minutes]): Habit => ({
      name: `office hours ${from} to ${to}, every ${minutes} minutes`,
      records: every(minutes, 2, office(from, to)),
      longestFrom: inHours(from, to, HOUR + LATE, { daysOff: 3 }),
    }),
  ),
  {
    name: 'office hours, at random every 8 minutes',
    records: random(8, office(8, 18)),
    longestFrom: inHours(8, 18, onceInTenThousandYears(8 * MINUTE), { daysOff: 3 }),
  },
  {
    name: 'every day from 6 to 22, every 5 minutes',
    records: every(5, 2, anyDay(6, 22)),
    longestFrom: inHours(6, 22, HOUR + LATE, { daysOff: 0 }),
  },
  { name: 'nightly batch', records: daily(2.2, 10, () => true), longestFrom: steady(24 * HOUR + 20 * MINUTE + LATE) },
  {
    name: 'nightly batch over the hour',
    records: daily(3, 20, () => true),
    longestFrom: steady(24 * HOUR + 40 * MINUTE + LATE),
  },
  {
    name: 'nightly batch of workdays',
    records: daily(1.5, 15, isWorkday),
    longestFrom: steady(96 * HOUR + 30 * MINUTE + LATE),
  },
  {
    name: 'weekly',
    // By UTC, as its hour: by a local day it would come a day later, after eight days, when clocks are changed around midnight.
    records: daily(4.3, 10, (_local, _calendar, time) => weekday(time) === 6),
    longestFrom: steady(7 * DAY + 20 * MINUTE + LATE),
  },
  { name: 'at random every 10 minutes', records: random(10), longestFrom: byChance },
  { name: 'at random every 6 hours', records: random(360), longestFrom: byChance },
  { name: 'at random every 12 hours', records: random(720), longestFrom: byChance },
];

/** An account and region of a recording: its habit, and when it was stopped, if it was, and went on, if it did. */
export interface MadeScope {
  readonly name: string;
  readonly habit: Habit;
  readonly calendar: Calendar;
  readonly stopped?: { readonly at: number; readonly until: number } | undefined;
}

/** A recording of 30 days. */
export interface Recording {
  readonly scopes: readonly MadeScope[];
  /** In the order in which they were received. */
  readonly deliveries: readonly MadeDelivery[];
  readonly start: number;
  readonly end: number;
}

const DAYS = 30;
/** A Monday. */
const START = Date.UTC(2026, 1, 23);

/** The recording of a seed: three accounts and regions of each habit, of which every other one is stopped, and some of those go on. */
export function recordingOf(seed: number, start: number = START): Recording {
  const chance = chanceOf(seed);
  const pick = (from: number, to: number): number => from + chance() * (to - from);
  const end = start + DAYS * DAY;
  // A long weekend, and a holiday within a week.
  const long = start + (chance() < 0.5 ? 7 : 21) * DAY;
  const within = start + (long === start + 7 * DAY ? 14 : 0) * DAY + Math.floor(pick(1, 4)) * DAY;
  const holidays = [long, within];
  const shiftAt = start + (15 + Math.floor(pick(0, 8))) * DAY + HOUR;
  const shiftHours = chance() < 0.5 ? 1 : -1;
  const scopes = HABITS.flatMap((habit, number) =>
    [0, 1, 2].map((copy): MadeScope => {
      const offsetHours = Math.floor(pick(-8, 10));
      const calendar = { start, end, shiftAt, shiftHours, offsetHours, holidays };
      const at = start + pick(habit.name === 'weekly' ? 20.5 : 15, habit.name === 'weekly' ? 22 : 21) * DAY;
      const until = chance() < 0.3 ? at + pick(2, 4) * DAY : end;
      const stopped = (number + copy) % 2 === 0 ? { at, until } : undefined;
      return { name: `${habit.name} (${copy})`, habit, calendar, stopped };
    }),
  );
  const deliveries = scopes.flatMap((scope) => deliveriesOf(scope, chance));
  return { scopes, deliveries: deliveries.toSorted((a, b) => a.received - b.received), start, end };
}

/** Most files come within minutes; some come late, and some are announced again, minutes or days later. */
function deliveriesOf({ name, habit, calendar, stopped }: MadeScope, chance: Chance): readonly MadeDelivery[] {
  const isStopped = (time: number): boolean => stopped !== undefined && time >= stopped.at && time < stopped.until;
  return habit.records(calendar, chance).flatMap((record): readonly MadeDelivery[] => {
    if (isStopped(record)) return [];
    const lateMs = (chance() < 0.02 ? 10 + chance() * 25 : 1 + chance() * 5) * MINUTE;
    const written = record + lateMs;
    const received = written + chance() * 20_000;
    const once = { scope: name, record, written, received };
    if (chance() > 0.02) return [once];
    return [once, { ...once, received: received + chance() * 3 * DAY }];
  });
}

/** The newest record before a scope was stopped, and until when it has to be named: two hours after its habit. Undefined if it was not. */
export function dueOf({ name, habit, calendar, stopped }: MadeScope, deliveries: readonly MadeDelivery[]) {
  if (stopped === undefined) return undefined;
  const before = new Set(
    deliveries.filter((one) => one.scope === name && one.record < stopped.at).map(({ record }) => record),
  );
  const last = Math.max(...before);
  const averageMs = (last - calendar.start) / before.size;
  return { last, due: last + habit.longestFrom(last, calendar, averageMs) + 2 * HOUR };
}
