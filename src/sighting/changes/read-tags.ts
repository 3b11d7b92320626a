/** Reads changes of tags, which may be on resources of any type. */

import { asList, type Fields, field, textsIn } from '../fields.ts';
import { tagNamesOf, tagsOf } from '../tags.ts';
import type { ReadChanges } from './read-changes.ts';

/** CreateTags: one change a resource; they share their list of tags, since a record may name 1,000 resources and 50 tags. */
export const readTagging: ReadChanges = ({ request }) => {
  const tags = tagsOf(tagSetIn(request));
  const ids = taggedIds(request);
  if (ids.size === 0 || tags.length === 0) return undefined;
  return [...ids].map((resourceId) => ({ kind: 'tags-set', resourceId, tags }));
};

/** DeleteTags: a request that names no tag removes all of them. */
export const readUntagging: ReadChanges = ({ request }) => {
  const set = tagSetIn(request);
  const named = tagNamesOf(set);
  const ids = taggedIds(request);
  const isUnreadable = named.length === 0 && asList(set).length > 0;
  if (ids.size === 0 || isUnreadable) return undefined;
  const tags = named.length === 0 ? 'all' : named;
  return [...ids].map((resourceId) => ({ kind: 'tags-removed', resourceId, tags }));
};

// In the newer encoding, `tag` is a member's index; only `Tag` is the list.
const tagSetIn = (request: Fields): unknown => field(request, 'tagSet') ?? request.Tag;

function taggedIds(request: Fields): ReadonlySet<string> {
  return new Set(textsIn(field(request, 'resourcesSet') ?? field(request, 'resourceId'), 'resourceId'));
}
