/** Is an account and region silent for longer than its own habit? */

import { type Rhythm, rhythmOf } from './rhythm.ts';
import { hourOf, type Spoken, WEEK_HOURS, WRITE_EVERY_MS } from './spoken.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** No silence is shorter: CloudTrail itself may take a quarter of an hour. */
export const LEAST_SILENCE_MS: number = HOUR_MS;
/** How long an account and region has to be known before it can be silent: two weeks, as long as a weekly job needs to come a third time. */
export const LEARNING_MS: number = 13.5 * DAY_MS;
/** How much of that it has to have spoken itself. */
const HEARD_MS = 7 * DAY_MS;
/** Its longest silence may have been this part of the time that it is known for: a weekly one has come back twice. */
const MOST_OF_KNOWN = 0.55;
/** In how many hours it has to have spoken, and of one without a weekly rhythm, whose average has to be known. */
const LEAST_HOURS = 3;
const LEAST_RANDOM_HOURS = 8;
/** What speaks at random is silent for twelve times its average once in 160,000 times, and its average is known the less the less it spoke. */
const MOST_AVERAGES = 12;
/** What speaks at intervals is never silent for much longer than on the average; what speaks at random is, for many times as long. */
const REGULAR_AVERAGES = 1.7;
/** How much longer a holiday may make a pause: a day, and some of an hour by which clocks are changed meanwhile. */
const HOLIDAY_MS = 24.5 * HOUR_MS;
/** Hours outside of the usual ones, one after the other, that are a pause. */
const PAUSE_HOURS = 4;

/** How long an account and region may be silent. */
export interface Limits {
  /** All in all, in milliseconds. */
  readonly allowedMs: number;
  /** In the hours in which it usually speaks, in milliseconds. `Infinity` without such hours. */
  readonly allowedUsualMs: number;
}

/** What is to be said of the silence of an account and region. `unknown`: it is not known for long enough. */
export interface Silence {
  readonly verdict: 'speaking' | 'silent' | 'unknown';
  /** How long its newest record is ago, in milliseconds. */
  readonly silentMs: number;
  /** The limit that it is over, or would be over last; null if its habit is not known. In milliseconds. */
  readonly habitMs: number | null;
  /** True if the habit is how long it is silent in its usual hours. */
  readonly isUsualHours: boolean;
}

/** The silence at `now`. A clock that is behind shows none. */
export function silenceAt(spoken: Spoken, now: Date): Silence {
  const silentMs = Math.max(0, now.getTime() - spoken.record);
  const rhythm = rhythmOf(spoken);
  const limits = limitsOf(spoken, rhythm, now.getTime());
  if (limits === undefined) return { verdict: 'unknown', silentMs, habitMs: null, isUsualHours: false };
  const { allowedMs, allowedUsualMs } = limits;
  // What was heard last may not have been written.
  const isSilent = silentMs > allowedMs + WRITE_EVERY_MS;
  const isUsualHours = !isSilent && usualSilenceMs(spoken, rhythm, now.getTime()) > allowedUsualMs + WRITE_EVERY_MS;
  const verdict = isSilent || isUsualHours ? 'silent' : 'speaking';
  return { verdict, silentMs, habitMs: isUsualHours ? allowedUsualMs : allowedMs, isUsualHours };
}

/**
 * How long it may be silent; undefined if that is not known yet: for two weeks, while it has hardly spoken, or while a silence was longer than
 * most of what is known.
 *
 * What has a weekly rhythm is silent if it misses its usual hours for twice as long as it ever did, or is silent for an hour longer than
 * ever. If it has days off, a holiday may also make its usual pause a day longer. What speaks at random is silent after one and a half times
 * its longest silence and twelve times its average one, or more while that is not known well.
 */
export function limitsOf({ first, record, longest }: Spoken, rhythm: Rhythm, now: number): Limits | undefined {
  const { isWeekly, isSparse, rests, spokenHours, knownHours } = rhythm;
  const silences = longest.map(([, ms]) => ms).toSorted((one, other) => one - other);
  const longestMs = silences.at(-1) ?? 0;
  const knownMs = record - first;
  const isKnown = knownMs >= HEARD_MS && spokenHours >= (isWeekly ? LEAST_HOURS : LEAST_RANDOM_HOURS);
  if (!isKnown || now - first < LEARNING_MS || longestMs > MOST_OF_KNOWN * knownMs) return undefined;
  const averageMs = (knownHours * HOUR_MS) / spokenHours;
  const byChanceMs = MOST_AVERAGES * averageMs * (1 + 1 / Math.sqrt(spokenHours));
  if (!isWeekly) {
    const allowedMs = Math.max(LEAST_SILENCE_MS, 1.5 * longestMs, byChanceMs);
    return { allowedMs, allowedUsualMs: Number.POSITIVE_INFINITY };
  }
  // A holiday that came once is no usual pause, and neither is the night of a week whose days off are yet to come.
  const secondMs = silences.at(-2) ?? 0;
  const usualPauseMs = secondMs * 2 >= longestMs ? secondMs : longestMs;
  const pauseMs = HOUR_MS + Math.max(longestMs, rests ? usualPauseMs + HOLIDAY_MS : 0);
  const isAtIntervals = isSparse || longestMs < REGULAR_AVERAGES * averageMs;
  return {
    allowedMs: isAtIntervals ? pauseMs : Math.max(pauseMs, byChanceMs),
    allowedUsualMs: Math.max(LEAST_SILENCE_MS, 2 * Math.max(0, ...longest.map(([, , ms]) => ms))),
  };
}

/**
 * For how long of the silence from the newest record to `end` it usually speaks, in milliseconds. Of what has days off only what comes before
 * the first pause counts: the day after may be a holiday.
 */
export function usualSilenceMs({ record }: Pick<Spoken, 'record'>, { core, rests }: Rhythm, end: number): number {
  const last = Math.min(hourOf(end), hourOf(record) + 2 * WEEK_HOURS);
  let [usualMs, outside] = [0, 0];
  for (let hour = hourOf(record); hour <= last; hour += 1) {
    if (core[hour % WEEK_HOURS]) {
      outside = 0;
      usualMs += Math.min(end, (hour + 1) * HOUR_MS) - Math.max(record, hour * HOUR_MS);
      continue;
    }
    outside += 1;
    if (rests && outside >= PAUSE_HOURS) break;
  }
  return usualMs;
}
