/** The reference of the configuration: every key of its JSON Schema with its type, what it means, and its default. */

import { uniqueBy } from '../../src/collections.ts';
import { configSchema } from '../../src/config-schema.ts';
import { code, prose, table } from './markdown.ts';

/** What of JSON Schema the configuration's schema uses. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

/** A section for the keys at the top, and one for each key that holds others. */
export function configurationReference(): string {
  const { properties = {}, required } = configSchema() as Schema;
  const [nested, plain] = [true, false].map((wanted) =>
    Object.entries(properties).filter(([, schema]) => objectsIn(schema).length > 0 === wanted),
  ) as [[string, Schema][], [string, Schema][]];
  const top = table(
    HEADS,
    [...plain, ...nested].flatMap(([key, schema]) => [rowOf(key, schema, required)]),
  );
  const seen = new Map<string, string>();
  const sections = nested.map(
    ([key, schema]) =>
      `## ${key}\n\n${prose(schema.description ?? '')}\n\n${table(HEADS, rowsBelow(key, schema, seen))}`,
  );
  return [`## At the top\n\n${top}`, ...sections].join('\n');
}

const HEADS = ['key', 'value', 'means'];

/** The rows of all keys inside a value. Objects that were listed before are named, not repeated; of two spellings of a key, the first is listed. */
function rowsBelow(path: string, schema: Schema, seen: Map<string, string>): readonly (readonly string[])[] {
  const rows = allRowsBelow(path, schema, seen);
  return uniqueBy(rows, ([key = '']) => key.toLowerCase());
}

function allRowsBelow(path: string, schema: Schema, seen: Map<string, string>): readonly (readonly string[])[] {
  return objectsIn(schema).flatMap(({ inside, object }) =>
    Object.entries(object.properties ?? {}).flatMap(([key, value]) => {
      const place = `${path}${inside}.${key}`;
      const row = rowOf(place, value, object.required);
      if (objectsIn(value).length === 0) return [row];
      const text = JSON.stringify(value);
      const before = seen.get(text);
      if (before !== undefined) return [[...row.slice(0, -1), `${row.at(-1)} Its keys are those of ${code(before)}.`]];
      seen.set(text, place);
      return [row, ...rowsBelow(place, value, seen)];
    }),
  );
}

/** The objects with keys of their own that a value is, or holds in a list, and how a path into them goes on. */
function objectsIn(schema: Schema): readonly { readonly inside: '' | '[]'; readonly object: Schema }[] {
  if (schema.properties !== undefined) return [{ inside: '', object: schema }];
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(objectsIn);
  if (schema.items !== undefined) return objectsIn(schema.items).map(({ object }) => ({ inside: '[]', object }));
  return [];
}

function rowOf(path: string, schema: Schema, required: readonly string[] = []): readonly string[] {
  const isRequired = required.includes(path.slice(path.lastIndexOf('.') + 1));
  return [code(path), `${typeOf(schema)}${isRequired ? ', required' : ''}`, prose(schema.description ?? '')];
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  object: 'object',
  array: 'list',
};

function typeOf(schema: Schema): string {
  const { type, anyOf, items } = schema;
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum !== undefined) return either(schema.enum.map((value) => code(String(value))));
  if (anyOf !== undefined) return either(anyOf.map(typeOf));
  if (Array.isArray(type)) return either(type.map((one) => typeOf({ type: one })));
  if (type === 'array' && items !== undefined) return `list: ${typeOf(items)}`;
  return `${TYPES[String(type)] ?? type ?? 'anything'}${rangeOf(schema)}`;
}

/** Values that a key may have. `null` stands for a key that is left out. */
function either(types: readonly string[]): string {
  return [...new Set(types.filter((type) => type !== 'null'))].join(' or ');
}

/** The range of a number. Bounds that only say that JavaScript's numbers end are left out. */
function rangeOf({ minimum, exclusiveMinimum, maximum }: Schema): string {
  const isMeant = (bound: number | undefined): boolean =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const from = isMeant(minimum) ? ` from ${minimum}` : isMeant(exclusiveMinimum) ? ` above ${exclusiveMinimum}` : '';
  return `${from}${isMeant(maximum) ? ` to ${maximum}` : ''}`;
}
