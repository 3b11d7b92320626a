/** Reads both ways EC2 writes parameters: `{items: […]}` with lower-camel names, and XML turned into JSON. */

import type { CloudTrailRecord } from '../cloudtrail/record.ts';

/** An object of unknown fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** The keys under which an object holds the members of a list. */
const LIST_KEYS = ['items', 'item', 'member'] as const;

/** The value's fields; empty for anything that is not an object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/**
 * A list, however it is written: `{items: […]}`, the rarer `{item: …}`, a plain array, or a single member by itself (the newer
 * encoding). Undefined, null, `""` and `{}` are empty lists.
 */
export function asList(value: unknown): readonly unknown[] {
  // A loop: a record may nest deeper than the stack allows.
  for (let list = value; ; ) {
    if (list === undefined || list === null || list === '') return [];
    if (Array.isArray(list)) return list;
    if (typeof list !== 'object') return [list];
    const fields = list as Fields;
    const key = LIST_KEYS.find((name) => name in fields);
    if (key === undefined) return Object.keys(fields).length === 0 ? [] : [list];
    list = fields[key];
  }
}

/**
 * A scalar as text. Ids and tag values may be numbers, booleans, or `{content, tag}`. Undefined for anything else; empty text stays
 * empty.
 */
export function str(value: unknown): string | undefined {
  let scalar = value;
  while (typeof scalar === 'object' && scalar !== null) scalar = fieldsOf(scalar).content;
  if (typeof scalar === 'string') return scalar;
  return typeof scalar === 'number' || typeof scalar === 'boolean' ? String(scalar) : undefined;
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

/** A whole number by its lower-camel name, even if it is written as text or as `443.0`; undefined for anything else. */
export function numberField(fields: Fields, name: string): number | undefined {
  const text = str(field(fields, name));
  return text !== undefined && /^-?\d{1,15}(\.0+)?$/.test(text) ? Number(text) : undefined;
}

/** True or false by its lower-camel name, even if it is written as text; undefined for anything else. */
export function booleanField(fields: Fields, name: string): boolean | undefined {
  const text = str(field(fields, name))?.toLowerCase();
  return text === 'true' || text === 'false' ? text === 'true' : undefined;
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
    return str(fields.type) === type ? idInArn(fields) : [];
  });
}

/** Everything in the record's `resources`: ids for EC2, whole ARNs for services that go by ARN. */
export function allResourceIds(record: CloudTrailRecord): readonly string[] {
  return asList(record.resources).flatMap((resource) => {
    const fields = fieldsOf(resource);
    return str(fields.type)?.startsWith('AWS::EC2::') ? idInArn(fields) : (arnIn(fields) ?? []);
  });
}

function idInArn(resource: Fields): readonly string[] {
  const arn = arnIn(resource);
  const id = arn?.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1);
  return id ? [id] : [];
}

const arnIn = (resource: Fields): string | undefined => str(resource.ARN) ?? str(resource.arn);

function withoutWrapper(part: unknown, wrapper: string): Fields {
  const fields = fieldsOf(part);
  return wrapper in fields ? fieldsOf(fields[wrapper]) : fields;
}
