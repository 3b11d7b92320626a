/** Reads changes of tags, which may be on resources of any type. */

import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import { asList, type Fields, field, requestOf, textsIn } from '../fields.ts';
import { tagNamesOf, tagsOf } from '../tags.ts';
import type { ReadChanges } from './read-changes.ts';

/**
 * Twice what a call can name: 1,000 resources, each with 50 tags. What a record says multiplies both numbers, so one of 400 KB could name
 * 25 million tags.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html
 */
const MOST_TAGS = 100_000;

/** CreateTags: one change a resource; they share their list of tags, since a record may name 1,000 resources and 50 tags. */
export const readTagging: ReadChanges = ({ request }) => {
  const tags = tagsOf(tagSetIn(request));
  const ids = taggedIds(request);
  if (ids.size === 0 || tags.length === 0 || ids.size * tags.length > MOST_TAGS) return undefined;
  return [...ids].map((resourceId) => ({ kind: 'tags-set', resourceId, tags }));
};

/** DeleteTags: a request that names no tag removes all of them. */
export const readUntagging: ReadChanges = ({ request }) => {
  const set = tagSetIn(request);
  const named = tagNamesOf(set);
  const ids = taggedIds(request);
  const isUnreadable = named.length === 0 && asList(set).length > 0;
  if (ids.size === 0 || isUnreadable || ids.size * named.length > MOST_TAGS) return undefined;
  const tags = named.length === 0 ? 'all' : named;
  return [...ids].map((resourceId) => ({ kind: 'tags-removed', resourceId, tags }));
};

/** Why a CreateTags or DeleteTags proves no tag: it names more than EC2 takes. Undefined for a possible one. */
export function impossibleTags(record: CloudTrailRecord): string | undefined {
  const request = requestOf(record);
  const tags = asList(tagSetIn(request)).length;
  const resources = tags === 0 ? 0 : taggedIds(request).size;
  return resources * tags > MOST_TAGS
    ? `${tags} tags on ${resources} resources, more than EC2 takes in a call`
    : undefined;
}

// In the newer encoding, `tag` is a member's index; only `Tag` is the list.
const tagSetIn = (request: Fields): unknown => field(request, 'tagSet') ?? request.Tag;

function taggedIds(request: Fields): ReadonlySet<string> {
  return new Set(textsIn(field(request, 'resourcesSet') ?? field(request, 'resourceId'), 'resourceId'));
}
