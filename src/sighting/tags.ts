/** Tags as the records write them: `{key, value}` or `{Key, Value}`, values coerced to numbers and booleans. */

import { asList, type Fields, field, fieldsOf, str } from './fields.ts';
import type { Tag } from './sighting.ts';

/** The tags of a set; one without a value has the empty one. */
export function tagsOf(set: unknown): readonly Tag[] {
  return entriesOf(set).map(({ key, value }) => ({ key, value: value ?? '' }));
}

/** What DeleteTags names: keys, with a value only where one was given. */
export function tagNamesOf(set: unknown): readonly { readonly key: string; readonly value?: string }[] {
  return entriesOf(set).map(({ key, value }) => (value === undefined ? { key } : { key, value }));
}

function entriesOf(set: unknown): readonly { readonly key: string; readonly value: string | undefined }[] {
  return asList(set).flatMap((member) => {
    const fields: Fields = fieldsOf(member);
    const key = str(field(fields, 'key'));
    return key === undefined ? [] : [{ key, value: str(field(fields, 'value')) }];
  });
}
