/** What the records show of one instance's tags: their values, and which records decide that. */

import type { LaunchedInstance, Sighting, TagsRemovedSighting, TagsSetSighting } from '../sighting/sighting.ts';
import type { KnownTags } from './tag-policy.ts';

/** The period that records vouch for: since the oldest record that decides it, and as of the newest. */
export interface Decided {
  readonly since: Date;
  readonly asOf: Date;
}

/** Which records decide what is known of an instance's tags. */
export interface TagTimes {
  readonly byKey: ReadonlyMap<string, Decided>;
  /** Applies to every key that is not in the map, if it is known to be absent. */
  readonly rest?: Decided | undefined;
}

/** The tags while the calls are replayed. */
export interface TagReplay {
  readonly values: Map<string, string | null>;
  readonly byKey: Map<string, Decided>;
  /** Set once the keys that are not in `values` are known to be absent. */
  rest?: Decided | undefined;
  /** The keys that calls of one second changed in different ways, and the newest call on each key. */
  readonly unsure: Set<string>;
  readonly calledAt: Map<string, number>;
  /** When a call with omitted parameters last changed tags that we don't know. */
  omittedAt?: number | undefined;
}

/** Nothing known. */
export function noTags(): TagReplay {
  return { values: new Map(), byKey: new Map(), unsure: new Set(), calledAt: new Map() };
}

/**
 * Replays a launch, whose response shows every tag. Does nothing if the response was omitted. With an addendum it is known as of just
 * after the call, so that a ledger takes it for newer than what the call's record showed alone, whichever was read first.
 */
export function replayLaunch(
  replay: TagReplay,
  { tags }: LaunchedInstance,
  { eventTime: since, evidence: { addendumID } }: Pick<Sighting, 'eventTime' | 'evidence'>,
): void {
  if (tags === undefined) return;
  const asOf = addendumID === undefined ? since : new Date(since.getTime() + 1);
  replay.rest = { since, asOf };
  for (const { key, value } of tags) {
    know(replay, key, value, since);
    replay.byKey.set(key, { since, asOf });
  }
}

/** Replays CreateTags and returns the keys that it set. */
export function replayTagsSet(replay: TagReplay, { tags, incomplete }: TagsSetSighting, at: Date): readonly string[] {
  if (incomplete) return forgetTags(replay, at);
  for (const { key, value } of tags) {
    const isTie = replay.calledAt.get(key) === at.getTime() && replay.values.get(key) !== value;
    if (isTie || replay.omittedAt === at.getTime()) doubt(replay, key);
    else know(replay, key, value, at);
    replay.calledAt.set(key, at.getTime());
  }
  return tags.map(({ key }) => key);
}

/**
 * Replays DeleteTags, after any CreateTags of the same second, and returns the keys of the tags that it removed or may have removed.
 * CloudTrail's times are in whole seconds. If both calls were made within one, which came last is unknown, and so is the tag.
 */
export function replayTagsRemoved(
  replay: TagReplay,
  { tags, incomplete }: TagsRemovedSighting,
  at: Date,
): readonly string[] {
  if (incomplete) return forgetTags(replay, at);
  if (tags === 'all') return removeAll(replay, at);
  return tags.filter(({ key, value }) => remove(replay, key, value, at)).map(({ key }) => key);
}

/** What the replayed calls show, and since when. */
export function shownBy({ values, byKey, rest, unsure }: TagReplay): {
  readonly tags: KnownTags;
  readonly tagTimes: TagTimes;
} {
  return {
    tags: { values, rest: rest === undefined ? 'unknown' : 'absent', ...(unsure.size > 0 && { unsure }) },
    tagTimes: { byKey, rest },
  };
}

/** The records that decide about all of these keys together; undefined if there are none. */
export function decidedBy({ byKey, rest }: TagTimes, keys: readonly string[]): Decided | undefined {
  const deciding = keys.flatMap((key) => byKey.get(key) ?? rest ?? []);
  const [first] = deciding;
  if (first === undefined) return undefined;
  return deciding.reduce(
    (all, { since, asOf }) => ({
      since: since < all.since ? since : all.since,
      asOf: asOf > all.asOf ? asOf : all.asOf,
    }),
    first,
  );
}

/** A call whose parameters were omitted may have changed any tag. */
function forgetTags(replay: TagReplay, at: Date): readonly string[] {
  replay.values.clear();
  replay.byKey.clear();
  replay.unsure.clear();
  replay.rest = undefined;
  replay.omittedAt = at.getTime();
  return [];
}

/** Removes every tag except `aws:*`, which DeleteTags can't remove. */
function removeAll(replay: TagReplay, at: Date): readonly string[] {
  const present = [...replay.values].filter(([key, value]) => value !== null && !key.startsWith('aws:'));
  const removed = present.map(([key]) => key);
  for (const key of [...replay.values.keys(), ...replay.unsure])
    if (!key.startsWith('aws:')) remove(replay, key, undefined, at);
  if (replay.omittedAt !== at.getTime()) replay.rest = { since: replay.rest?.since ?? at, asOf: at };
  return removed;
}

/** True if the call removed the tag, or may have. A tag that is known to be absent was not removed. */
function remove(replay: TagReplay, key: string, value: string | undefined, at: Date): boolean {
  const known = currentValue(replay, key);
  // With a value, EC2 removes the tag only if it has exactly that value. If the value is unknown, so is the result.
  if (value !== undefined && known !== value) return false;
  const isTie = replay.calledAt.get(key) === at.getTime() && known !== null;
  if (isTie || replay.omittedAt === at.getTime()) doubt(replay, key);
  else know(replay, key, null, at);
  replay.calledAt.set(key, at.getTime());
  return known !== null;
}

/** Undefined for an unknown value, null for a tag that is known to be absent. */
function currentValue({ values, rest, unsure }: TagReplay, key: string): string | null | undefined {
  if (unsure.has(key)) return undefined;
  return values.has(key) ? values.get(key) : rest === undefined ? undefined : null;
}

function know(replay: TagReplay, key: string, value: string | null, at: Date): void {
  const before = currentValue(replay, key) === value ? (replay.byKey.get(key) ?? replay.rest) : undefined;
  replay.byKey.set(key, { since: before?.since ?? at, asOf: at });
  replay.unsure.delete(key);
  if (value !== null || replay.values.has(key) || replay.rest === undefined) replay.values.set(key, value);
}

function doubt(replay: TagReplay, key: string): void {
  replay.values.delete(key);
  replay.byKey.delete(key);
  replay.unsure.add(key);
}
