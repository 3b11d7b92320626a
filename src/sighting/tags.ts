/** Reads tags as records write them: `{key, value}` or `{Key, Value}`, with values turned into numbers and booleans. */

import { asList, type Fields, field, fieldsOf, str } from './fields.ts';

/** A tag as in EC2. Keys are case-sensitive. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** The tags of a set. A tag without a value has an empty one. */
export function tagsOf(set: unknown): readonly Tag[] {
  return tagEntriesOf(set).map(({ key, value }) => ({ key, value: value ?? '' }));
}

/** What DeleteTags names: keys, each with a value only if one was given. */
export function tagNamesOf(set: unknown): readonly { readonly key: string; readonly value?: string }[] {
  return tagEntriesOf(set).map(({ key, value }) => (value === undefined ? { key } : { key, value }));
}

function tagEntriesOf(set: unknown): readonly { readonly key: string; readonly value: string | undefined }[] {
  return asList(set).flatMap((member) => {
    const fields: Fields = fieldsOf(member);
    const key = str(field(fields, 'key'));
    return key === undefined ? [] : [{ key, value: str(field(fields, 'value')) }];
  });
}
