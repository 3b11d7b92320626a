/** Two-way maps between AWS's PascalCase answers and our types: one table a noun, read from left to right and back. */

import { PipelineError } from '../errors.ts';

/** An object as it lies in a JSON file or an SDK answer. */
export type AwsObject = Readonly<Record<string, unknown>>;

/** How one kind of value is read from AWS's form, and written back so that reading gives the same again. */
export interface Shape<T> {
  /** Throws PipelineError `snapshot-invalid` whose message begins with `path` when the value is not of this kind. */
  read(value: unknown, path: string): T;
  write(value: T): unknown;
}

/** A place in an AWS object that holds a value. `null` counts as absent. */
export interface OptionalField<T> {
  read(from: AwsObject, path: string): T | undefined;
  write(value: T, into: Record<string, unknown>): void;
}

/** A place that must hold a value, or has one to fall back on. */
export interface RequiredField<T> extends OptionalField<T> {
  read(from: AwsObject, path: string): T;
}

/** One field for each property: optional ones for optional properties only. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? OptionalField<T[K]> : RequiredField<T[K]>;
};

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  // Bounded: the value comes from a file that anyone may have written.
  return `${typeof value} ${String(JSON.stringify(value)).slice(0, 60)}`;
}

function mismatch(path: string, expected: string, value: unknown): PipelineError {
  return new PipelineError('snapshot-invalid', `${path}: expected ${expected}, found ${kindOf(value)}`, { path });
}

function scalar<T>(expected: string, convert: (value: unknown) => T | undefined): Shape<T> {
  return {
    read(value, path) {
      const converted = convert(value);
      if (converted === undefined) throw mismatch(path, expected, value);
      return converted;
    },
    write: (value) => value,
  };
}

export const text: Shape<string> = scalar('text', (value) => (typeof value === 'string' ? value : undefined));

/** An id or a name: text that is not empty. */
export const id: Shape<string> = scalar('an id', (value) =>
  typeof value === 'string' && value !== '' ? value : undefined,
);

/** Text that AWS fills with a number, such as a protocol; a number is taken as its text. */
export const numeral: Shape<string> = scalar('a name or a number', (value) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined,
);

export const integer: Shape<number> = scalar('a whole number', (value) =>
  typeof value === 'number' && Number.isInteger(value) ? value : undefined,
);

export const flag: Shape<boolean> = scalar('true or false', (value) =>
  typeof value === 'boolean' ? value : undefined,
);

/** A time: ISO 8601 text as the CLI prints it, or the SDK's Date. Written as ISO 8601 UTC. */
export const time: Shape<Date> = {
  read(value, path) {
    const date = value instanceof Date ? value : typeof value === 'string' ? new Date(value) : undefined;
    if (date === undefined || Number.isNaN(date.getTime())) throw mismatch(path, 'a time', value);
    return date;
  },
  write: (date) => date.toISOString(),
};

/** One of a few words, exactly as AWS writes them. */
export function oneOf<const T extends string>(...words: readonly T[]): Shape<T> {
  return scalar(words.join(' | '), (value) => words.find((word) => word === value));
}

/** `false` for one word and `true` for the other, for AWS's switches that are texts. */
export function word(whenTrue: string, whenFalse: string): Shape<boolean> {
  const words = oneOf(whenTrue, whenFalse);
  return { read: (value, path) => words.read(value, path) === whenTrue, write: (on) => (on ? whenTrue : whenFalse) };
}

/** A list of things of one kind; every item must be readable. */
export function listOf<T>(item: Shape<T>): Shape<readonly T[]> {
  return {
    read(value, path) {
      if (!Array.isArray(value)) throw mismatch(path, 'a list', value);
      return value.map((each, index) => item.read(each, `${path}[${index}]`));
    },
    write: (values) => values.map((value) => item.write(value)),
  };
}

/** A value wrapped in an object of one key: `{"GroupId": "sg-1"}` for `sg-1`. */
export function wrapped<T>(key: string, item: Shape<T>): Shape<T> {
  const field = need(key, item);
  return {
    read: (value, path) => field.read(asObject(value, path), path),
    write(value) {
      const into: Record<string, unknown> = {};
      field.write(value, into);
      return into;
    },
  };
}

/** The value as an object; throws PipelineError `snapshot-invalid` when it is none. */
export function asObject(value: unknown, path: string): AwsObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch(path, 'an object', value);
  return value as AwsObject;
}

/** An object of these fields; what is in it besides is left aside. */
export function object<T extends object>(fields: Fields<T>): Shape<T> {
  // The mapped type says what each entry is; Object.entries forgets it.
  const entries = Object.entries(fields) as [string, OptionalField<unknown>][];
  return {
    read(value, path) {
      const from = asObject(value, path);
      const into: Record<string, unknown> = {};
      for (const [name, field] of entries) {
        const read = field.read(from, path);
        if (read !== undefined) into[name] = read;
      }
      return into as T;
    },
    write(value) {
      const into: Record<string, unknown> = {};
      for (const [name, field] of entries) {
        const held = (value as Record<string, unknown>)[name];
        if (held !== undefined) field.write(held, into);
      }
      return into;
    },
  };
}

/** The value at a dotted place (`Placement.AvailabilityZone`); undefined when it, or what it lies in, is absent. */
export function at<T>(place: string, shape: Shape<T>): OptionalField<T> {
  const keys = place.split('.');
  const last = keys.at(-1) ?? place;
  return {
    read(from, path) {
      let held: unknown = from;
      for (const key of keys) {
        if (held === undefined || held === null) return undefined;
        held = asObject(held, path)[key];
      }
      return held === undefined || held === null ? undefined : shape.read(held, `${path}.${place}`);
    },
    write(value, into) {
      let holder = into;
      for (const key of keys.slice(0, -1)) {
        holder[key] ??= {};
        holder = holder[key] as Record<string, unknown>;
      }
      holder[last] = shape.write(value);
    },
  };
}

/** The value at a place, which must be there. */
export function need<T>(place: string, shape: Shape<T>): RequiredField<T> {
  return orElse(at(place, shape), (path) => {
    throw mismatch(`${path}.${place}`, 'a value', undefined);
  });
}

/** The list at a place; an absent one is empty. Only for lists that AWS leaves out when they are empty. */
export function listAt<T>(place: string, item: Shape<T>): RequiredField<readonly T[]> {
  return orElse(at(place, listOf(item)), () => []);
}

/** A field that has a value to fall back on. */
export function orElse<T>(field: OptionalField<T>, fallback: (path: string) => T): RequiredField<T> {
  return { ...field, read: (from, path) => field.read(from, path) ?? fallback(path) };
}

/** A field that is read at a second place when the first is empty, and written at the first. */
export function either<T>(first: OptionalField<T>, second: OptionalField<T>): OptionalField<T> {
  return { ...first, read: (from, path) => first.read(from, path) ?? second.read(from, path) };
}
