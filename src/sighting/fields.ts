/** Reads both ways EC2 writes parameters: `{items: […]}` with lower-camel names, and XML turned into JSON. */

import type { CloudTrailRecord } from '../cloudtrail/record.ts';

/** An object of unknown fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value's fields; empty for anything that is not an object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/**
 * A list, however it is written: `{items: […]}`, the rarer `{item: …}`, a plain array, or a single member by itself (the newer
 * encoding). Undefined, null, `""` and `{}` are empty lists.
 */
export function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object') return [value];
  const fields = value as Fields;
  for (const key of ['items', 'item', 'member']) if (key in fields) return asList(fields[key]);
  return Object.keys(fields).length === 0 ? [] : [value];
}

/**
 * A scalar as text. Ids and tag values may be numbers, booleans, or `{content, tag}`. Undefined for anything else; empty text stays
 * empty.
 */
export function str(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const { content } = fieldsOf(value);
  return content === undefined ? undefined : str(content);
}

/** An account id as text, of twelve digits. Written as a number, it has lost its leading zeros. */
export function accountIdOf(value: unknown): string | undefined {
  const id = str(value);
  return typeof value === 'number' ? id?.padStart(12, '0') : id;
}

/** A field by its lower-camel name, even if it is written `LikeThis`. */
export function field(fields: Fields, name: string): unknown {
  return fields[name] ?? fields[name.charAt(0).toUpperCase() + name.slice(1)];
}

/** A text field by its lower-camel name; undefined when absent or empty. */
export function textField(fields: Fields, name: string): string | undefined {
  return str(field(fields, name)) || undefined;
}

/** One text field of each member of a list, or the member itself if it is text. Members without it are left out. */
export function textsIn(list: unknown, name: string): readonly string[] {
  return asList(list).flatMap((member) => {
    const text = textField(fieldsOf(member), name) ?? str(member);
    return text === undefined || text === '' ? [] : [text];
  });
}

/** `requestParameters`, taken out of its `…Request` wrapper if it has one. */
export function requestOf(record: CloudTrailRecord): Fields {
  return withoutWrapper(record.requestParameters ?? record.RequestParameters, `${record.eventName}Request`);
}

/** `responseElements`, taken out of its `…Response` wrapper if it has one. */
export function responseOf(record: CloudTrailRecord): Fields {
  return withoutWrapper(record.responseElements ?? record.ResponseElements, `${record.eventName}Response`);
}

/** True when CloudTrail omitted the part because it was too long. It writes `omitted` as a boolean, but also as text. */
export function isOmitted(part: unknown): boolean {
  return str(fieldsOf(part).omitted)?.toLowerCase() === 'true';
}

/** Ids of one type from the record's `resources`, which is there even when the parameters are omitted. */
export function resourceIds(record: CloudTrailRecord, type: string): readonly string[] {
  return asList(record.resources).flatMap((resource) => {
    const fields = fieldsOf(resource);
    const arn = str(fields.ARN) ?? str(fields.arn);
    const id = arn?.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1);
    return str(fields.type) === type && id ? [id] : [];
  });
}

function withoutWrapper(part: unknown, wrapper: string): Fields {
  const fields = fieldsOf(part);
  return wrapper in fields ? fieldsOf(fields[wrapper]) : fields;
}
