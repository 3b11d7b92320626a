/** Reads EC2's two ways of writing parameters alike: `{items: […]}` with lower-camel names, and XML turned into JSON. */

import type { CloudTrailRecord } from '../cloudtrail/record.ts';

/** An object of unknown fields; empty for anything that is none. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as fields. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/**
 * A list however it was written: `{items: […]}`, the rarer `{item: …}`, a plain array, or the member itself when it is the only one
 * (the newer encoding). Nothing, `""` and `{}` are empty lists.
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
 * A scalar as text: ids and tag values may come as numbers or booleans, or as `{content, tag}`. Undefined for what is absent or no
 * scalar; an empty text stays empty.
 */
export function str(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const { content } = fieldsOf(value);
  return content === undefined ? undefined : str(content);
}

/** An account id as text. As a number it has lost its leading zeros: it has twelve digits. */
export function accountIdOf(value: unknown): string | undefined {
  const id = str(value);
  return typeof value === 'number' ? id?.padStart(12, '0') : id;
}

/** A field by its lower-camel name, also where it is written `LikeThis`. */
export function field(fields: Fields, name: string): unknown {
  return fields[name] ?? fields[name.charAt(0).toUpperCase() + name.slice(1)];
}

/** A text field by its lower-camel name; undefined when absent or empty. */
export function textField(fields: Fields, name: string): string | undefined {
  return str(field(fields, name)) || undefined;
}

/** The texts of one field over a list's members; members that are texts themselves count, absent ones do not. */
export function textsIn(list: unknown, name: string): readonly string[] {
  return asList(list).flatMap((member) => {
    const text = textField(fieldsOf(member), name) ?? str(member);
    return text === undefined || text === '' ? [] : [text];
  });
}

/** `requestParameters`, out of its `…Request` where it has one. */
export function requestOf(record: CloudTrailRecord): Fields {
  return unwrapped(record.requestParameters ?? record.RequestParameters, `${record.eventName}Request`);
}

/** `responseElements`, out of its `…Response` where it has one. */
export function responseOf(record: CloudTrailRecord): Fields {
  return unwrapped(record.responseElements ?? record.ResponseElements, `${record.eventName}Response`);
}

/** True when the part was too long to be logged: CloudTrail writes `omitted` as a boolean, and was seen to write it as text. */
export function isOmitted(part: unknown): boolean {
  return str(fieldsOf(part).omitted)?.toLowerCase() === 'true';
}

/** Ids of one type from the record's `resources`, which survives when the parameters are omitted. */
export function resourceIds(record: CloudTrailRecord, type: string): readonly string[] {
  return asList(record.resources).flatMap((resource) => {
    const fields = fieldsOf(resource);
    const arn = str(fields.ARN) ?? str(fields.arn);
    const id = arn?.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1);
    return str(fields.type) === type && id ? [id] : [];
  });
}

function unwrapped(part: unknown, wrapper: string): Fields {
  const fields = fieldsOf(part);
  return wrapper in fields ? fieldsOf(fields[wrapper]) : fields;
}
