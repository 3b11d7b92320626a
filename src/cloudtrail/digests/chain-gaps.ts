/** What is missing in a chain of digests: before its start, between two of them, after its end. */

import { readLogKey } from '../../delivery/log-key.ts';
import { digestSubject, type IntegrityCheck, type Link, placeOf } from './judge-digest.ts';

/** A digest that is there but proves nothing, and the end of its hour by its name. */
export interface Span {
  readonly key: string;
  readonly end: Date;
}

/** The time for which digests are expected. */
export interface Expectation {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly now: Date;
}

/** CloudTrail writes a digest every hour, even without events, and delivers it within the next. After that it is missing. */
export const DIGEST_DUE_MS = 2 * 3_600_000;

export const HOUR_MS = 3_600_000;

/**
 * What is missing before each of the digests, which are those that may be believed, newest first. A gap is not counted twice where an
 * invalid digest is in it: `others` are those, and what is missing before them is found by the hours in their names.
 */
export function gapsBefore(
  kept: readonly Link[],
  others: readonly Span[],
  expected: Expectation,
): ReadonlyMap<Link, readonly IntegrityCheck[]> {
  const places = new Set(kept.map(({ digest }) => placeOf(digest)));
  const gaps = new Map<Link, readonly IntegrityCheck[]>();
  for (const [at, link] of kept.entries()) {
    const older = kept[at + 1];
    const found = gapBefore(link, { older, others, places }, expected);
    if (found.length > 0) gaps.set(link, found);
  }
  return gaps;
}

interface Before {
  readonly older: Link | undefined;
  readonly others: readonly Span[];
  readonly places: ReadonlySet<string>;
}

function gapBefore(link: Link, { older, others, places }: Before, expected: Expectation): readonly IntegrityCheck[] {
  const { found, digest } = link;
  const { previous, start } = digest;
  const { since } = expected;
  if (since !== undefined && start <= since) return [];
  const base = digestSubject(found, readLogKey(digest.key));
  if (previous === undefined) return startOfChain(link, older, expected);
  const object = placeOf(previous);
  if (places.has(object)) {
    if (older === undefined || placeOf(older.digest) !== object || older.digest.end.getTime() === start.getTime())
      return [];
    const reason = 'there is a gap between the end of this digest and the start of the next one';
    return [{ ...base, object, status: 'missing', reason, from: older.digest.end, to: start }];
  }
  const bad = others.filter(({ end }) => end <= start && (older === undefined || end > older.digest.end));
  const isThere = bad.some(({ key }) => nameOf(key) === nameOf(previous.key));
  const from = older?.digest.end ?? since;
  const to = isThere ? oldestOf(bad, start) : start;
  if (from !== undefined && from >= to) return [];
  if (found.bucket !== undefined && previous.bucket !== digest.bucket) return [elsewhere(link, object, from)];
  if (isThere && from === undefined) return [];
  const span = { ...base, from, to, object: isThere ? base.object : object };
  return [from === undefined ? { ...span, ...beforeTheFirst(start) } : { ...span, ...missingSpan(from, to) }];
}

/** The start of the oldest hour that a bad digest claims, up to which nothing else is missing. */
function oldestOf(bad: readonly Span[], start: Date): Date {
  return new Date(Math.min(start.getTime(), ...bad.map(({ end }) => end.getTime())) - HOUR_MS);
}

function beforeTheFirst(start: Date): Pick<IntegrityCheck, 'status' | 'reason' | 'notDue'> {
  const reason = `what was given starts at ${minuteOf(start)}: this digest is from before, and nothing before that time is proven`;
  return { status: 'unverified', reason, notDue: true };
}

/** CloudTrail wrote to another bucket before. We never follow a digest into another bucket. */
function elsewhere({ found, digest }: Link, object: string, from: Date | undefined): IntegrityCheck {
  const reason = `the trail wrote to another bucket before ${minuteOf(digest.start)}, which was not read: verify it as well`;
  const subject = { ...digestSubject(found, readLogKey(digest.key)), object, from, to: digest.start };
  return { ...subject, status: 'unverified', reason, notDue: from === undefined ? true : undefined };
}

function startOfChain(
  { found, digest }: Link,
  older: Link | undefined,
  { since }: Expectation,
): readonly IntegrityCheck[] {
  const from = older?.digest.end ?? since;
  if (from === undefined || from >= digest.start) return [];
  const reason = 'a new chain starts here: digests were not written, or earlier ones were deleted';
  const base = digestSubject(found, readLogKey(digest.key));
  return [{ ...base, from, to: digest.start, status: older === undefined ? 'unverified' : 'missing', reason }];
}

function missingSpan(from: Date, to: Date): Pick<IntegrityCheck, 'status' | 'reason'> {
  const count = Math.max(1, Math.round((to.getTime() - from.getTime()) / HOUR_MS));
  const why = 'CloudTrail writes one every hour';
  return { status: 'missing', reason: count === 1 ? why : `${why}; ${count - 1} before it missing too` };
}

/**
 * What is missing after the newest digest that may be believed. The end of a period in the past has to be covered. Only what is newer than
 * two hours may lack a digest.
 */
export function gapAfter(
  newest: Link | undefined,
  others: readonly Span[],
  { until, now }: Expectation,
): readonly IntegrityCheck[] {
  if (newest === undefined) return [];
  const { found, digest } = newest;
  if (until === undefined && found.bucket === undefined) return [];
  const due = new Date(now.getTime() - DIGEST_DUE_MS);
  const to = until === undefined || until > due ? due : until;
  if (endWith(others, digest.end) >= to) return [];
  const reason =
    'there is no valid digest after this one, although one is written every hour: logging was stopped, or they were deleted';
  return [{ ...digestSubject(found, readLogKey(digest.key)), from: digest.end, to, status: 'missing', reason }];
}

/** The end of the hours of bad digests that follow without a gap: each of them is reported by itself. */
function endWith(others: readonly Span[], end: Date): Date {
  const sorted = others.toSorted((one, other) => one.end.getTime() - other.end.getTime());
  return sorted.reduce((last, next) => {
    const ahead = next.end.getTime() - last.getTime();
    return ahead > 0 && ahead <= HOUR_MS ? next.end : last;
  }, end);
}

const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

const minuteOf = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
