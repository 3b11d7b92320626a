/** The effects of making and deleting a resource on its tags, and those of CreateTags and DeleteTags. */

import { POOL_TAG } from '../../mirror/destinations.ts';
import { MANAGED_TAG, UNTIL_TAG } from '../../mirror/policy.ts';
import type { TagsRemoved, TagsSet } from '../../sighting/changes/instances.ts';
import type { Tag } from '../../sighting/tags.ts';
import { cellOf } from '../cells.ts';
import { type AnyEffect, drop, type Effects, empty, type Knowledge, lossOf, put } from './effect.ts';

/** Tags that tell our own sessions, targets and sensors from others. Elsewhere they mean nothing. */
const OURS: ReadonlySet<string> = new Set([MANAGED_TAG, UNTIL_TAG, POOL_TAG]);

/** Those of a policy's keys that mean something on a resource. */
export function keysOn(resourceId: string, tagKeys: readonly string[]): readonly string[] {
  return resourceId.startsWith('tms-') || resourceId.startsWith('tmt-')
    ? tagKeys
    : tagKeys.filter((key) => !OURS.has(key));
}

/** A new resource has these tags and no others. */
export function firstTags(id: string, tags: readonly Tag[], knowledge: Knowledge): readonly AnyEffect[] {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  return keysOn(id, knowledge.tagKeys).map((key) =>
    put(cellOf('tag', id, key), values.get(key) ?? null, knowledge, null),
  );
}

/** The tags go with a resource that is deleted. */
export function lastTags(id: string, knowledge: Knowledge): readonly AnyEffect[] {
  return keysOn(id, knowledge.tagKeys).flatMap((key) => empty(cellOf('tag', id, key), knowledge));
}

/** Sets the policy's keys among the tags. */
export function tagsSet({ resourceId, tags }: TagsSet, knowledge: Knowledge): Effects {
  const keys = keysOn(resourceId, knowledge.tagKeys);
  const effects = tags
    .filter(({ key }) => keys.includes(key))
    .map(({ key, value }) => put(cellOf('tag', resourceId, key), value, knowledge));
  return { effects, unplaced: [], lacks: lossOf(effects, 'does not say which values the tags had before') };
}

/** Removes the policy's keys among those named, or all of them. */
export function tagsRemoved({ resourceId, tags }: TagsRemoved, knowledge: Knowledge): Effects {
  const keys = keysOn(resourceId, knowledge.tagKeys);
  const named = tags === 'all' ? keys.map((key): TagName => ({ key })) : tags;
  const effects = named
    .filter(({ key }) => keys.includes(key) && !key.startsWith('aws:'))
    .map(({ key, value }) => drop(cellOf('tag', resourceId, key), knowledge, value));
  return { effects, unplaced: [], lacks: lossOf(effects, 'does not say whether the tag was there') };
}

interface TagName {
  readonly key: string;
  readonly value?: string;
}
