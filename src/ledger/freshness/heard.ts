/** What is learned of when an account and region spoke, from each delivery. */

import type { Scope } from '../../inventory/inventory.ts';
import { rhythmOf } from './rhythm.ts';
import { limitsOf, silenceAt, usualSilenceMs } from './silence.ts';
import {
  hourOf,
  hoursIn,
  KEPT_HOURS,
  KEPT_WEEKS,
  type LongestSilences,
  type Spoken,
  WEEK_HOURS,
  WRITE_EVERY_MS,
} from './spoken.ts';

const HOUR_MS = 3_600_000;

/** What one file or message of records says about when an account and region spoke. */
export interface Heard extends Scope {
  /** The time of its newest record, as it says. */
  readonly record: Date;
  /** When it was written or sent, as its name or its sender says. @default when it is received */
  readonly delivered?: Date | undefined;
}

/** How far a record may be ahead of the time in its file's name, which has no seconds. */
const AHEAD_MS = 5 * 60_000;

/**
 * What is known after something was heard at `now`. Whatever a record says, it is no newer than its delivery. What was silent for longer than
 * is kept begins anew.
 */
export function withHeard(before: Spoken | undefined, heard: Heard, now: Date): Spoken {
  const { record, delivered = now } = heard;
  const received = now.getTime();
  const written = Math.min(delivered.getTime(), received);
  const time = Math.min(record.getTime(), written + AHEAD_MS, received);
  if (before === undefined || time - before.record >= KEPT_HOURS * HOUR_MS) {
    const hours = withHour(new Uint8Array(KEPT_HOURS / 8), time, time);
    return { first: time, record: time, delivery: received, hours, longest: [] };
  }
  const delivery = Math.max(before.delivery, received);
  const newest = Math.max(before.record, time);
  const hours = withHour(movedTo(before, newest), time, newest);
  if (time <= before.record) return { ...before, delivery, hours };
  const { named: _, ...rest } = before;
  return { ...rest, record: newest, delivery, hours, longest: withSilence(before, Math.max(time, written)) };
}

/** The bits after the newest record moved on: the hours that are passed over hold what is eight weeks old. */
function movedTo(before: Spoken, newest: number): Uint8Array {
  const hours = hoursIn(before);
  const [from, to] = [hourOf(before.record) + 1, hourOf(newest)];
  for (let hour = Math.max(from, to - KEPT_HOURS + 1); hour <= to; hour += 1) {
    const bit = hour % KEPT_HOURS;
    hours[bit >> 3] = (hours[bit >> 3] ?? 0) & ~(1 << (bit & 7));
  }
  return hours;
}

/** The bits with that of the time, unless it is too old to be kept. */
function withHour(hours: Uint8Array, time: number, newest: number): string {
  if (hourOf(time) > hourOf(newest) - KEPT_HOURS) {
    const bit = hourOf(time) % KEPT_HOURS;
    hours[bit >> 3] = (hours[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return Buffer.from(hours).toString('base64');
}

/**
 * The longest silences after one ended at `end`. A silence that was longer than the habit is learned as one that just was not: what was
 * stopped once may not be silent for as long again, and a habit that really changed is learned after a few such findings.
 */
function withSilence(before: Spoken, end: number): Spoken['longest'] {
  const week = Math.floor(hourOf(end) / WEEK_HOURS);
  const kept = before.longest.filter((each) => each[0] > week - KEPT_WEEKS);
  const silenceMs = end - before.record;
  const known = kept.find((each) => each[0] === week) ?? [week, 0, 0];
  // Nothing longer is learned of it either: what is usual is a part of it.
  if (silenceMs <= known[2]) return kept;
  const rhythm = rhythmOf(before);
  const limits = limitsOf(before, rhythm, end);
  const usualMs = usualSilenceMs(before, rhythm, end);
  const isTooLong = limits !== undefined && silenceAt(before, new Date(end)).verdict === 'silent';
  const most = isTooLong ? limits : { allowedMs: silenceMs, allowedUsualMs: usualMs };
  const added: LongestSilences = [
    week,
    Math.max(known[1], Math.min(silenceMs, most.allowedMs)),
    Math.max(known[2], Math.min(usualMs, most.allowedUsualMs)),
  ];
  return [...kept.filter((each) => each[0] !== week), added].toSorted((one, other) => one[0] - other[0]);
}

/** True if what is known after something was heard has to be written: at most every ten minutes, each new hour, and when a finding is over. */
export function isWorthWriting(before: Spoken | undefined, after: Spoken): boolean {
  if (before === undefined) return true;
  if (before.named !== undefined && after.named === undefined) return true;
  return (
    after.record - before.record >= WRITE_EVERY_MS ||
    after.delivery - before.delivery >= WRITE_EVERY_MS ||
    after.hours !== before.hours
  );
}

/** What is known after all of this was heard, and whether it has to be written. */
export function afterHearing(
  before: Spoken | undefined,
  heard: readonly Heard[],
  now: Date,
): { readonly spoken: Spoken | undefined; readonly isNew: boolean } {
  const inOrder = heard.toSorted((one, other) => one.record.getTime() - other.record.getTime());
  const spoken = inOrder.reduce<Spoken | undefined>((known, each) => withHeard(known, each, now), before);
  return { spoken, isNew: spoken !== undefined && isWorthWriting(before, spoken) };
}
