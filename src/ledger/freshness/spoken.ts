/** When an account and region spoke, in bounded space: its newest times, the hours of eight weeks, and the longest silences of each week. */

const HOUR_MS = 3_600_000;
/** The hours of a week. */
export const WEEK_HOURS = 168;
/** How many weeks are kept: enough that a holiday or two decide nothing, and short enough that a new habit is learned. */
export const KEPT_WEEKS = 8;
/** The hours that are kept of an account and region. */
export const KEPT_HOURS: number = KEPT_WEEKS * WEEK_HOURS;
/** What is heard of an account and region again within this time is written only if it says something else that is new. */
export const WRITE_EVERY_MS: number = 10 * 60_000;

/** The longest silences that ended in a week, in milliseconds: all in all, and in the hours in which it usually speaks. */
export type LongestSilences = readonly [week: number, longestMs: number, longestUsualMs: number];

/** What is kept of an account and region: about 500 bytes as JSON, however much it says. Times are in milliseconds since 1970. */
export interface Spoken {
  /** The first record that was heard of. */
  readonly first: number;
  /** The newest record. */
  readonly record: number;
  /** When the newest delivery was received. */
  readonly delivery: number;
  /** One bit for each hour of the last eight weeks up to the newest record, in base64: did it speak? The hour `h` since 1970 is bit `h` mod 1,344. */
  readonly hours: string;
  /** At most one entry for each week that is kept, oldest first. */
  readonly longest: readonly LongestSilences[];
  /** Since when its silence is a finding. Absent while it speaks. */
  readonly named?: number | undefined;
}

/** The hour since 1970 of a time in milliseconds. */
export function hourOf(time: number): number {
  return Math.floor(time / HOUR_MS);
}

/** True if it spoke in the hour, which has to be among those that are kept. */
export function spokeIn(hours: Uint8Array, hour: number): boolean {
  const bit = hour % KEPT_HOURS;
  return ((hours[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
}

/** The bits of `hours`. */
export function hoursIn({ hours }: Pick<Spoken, 'hours'>): Uint8Array {
  return Uint8Array.from(Buffer.from(hours, 'base64'));
}
