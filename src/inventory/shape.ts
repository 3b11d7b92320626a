/** Two-way maps between AWS's PascalCase answers and our types: one table per noun, used for reading and for writing. */

import { messageOf, PipelineError, type Problem } from '../errors.ts';

/** An object from a JSON file or an SDK answer. */
export type AwsObject = Readonly<Record<string, unknown>>;

/** Reads one kind of value from AWS's form, and writes it back such that reading it again gives the same value. */
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

/** A place that must hold a value, or has a fallback. */
export interface RequiredField<T> extends OptionalField<T> {
  read(from: AwsObject, path: string): T;
}

/** One field for each property: optional ones for optional properties only. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? OptionalField<T[K]> : RequiredField<T[K]>;
};

function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  // Cut to 60 characters: anyone may have written the file it comes from.
  return `${typeof value} ${String(JSON.stringify(value)).slice(0, 60)}`;
}

function mismatch(path: string, expected: string, value: unknown): PipelineError {
  return new PipelineError('snapshot-invalid', `${path}: expected ${expected}, found ${describeValue(value)}`, {
    path,
  });
}

/** A value that `convert` takes over; it gives undefined for anything else, which is reported as not what was `expected`. */
export function scalar<T>(expected: string, convert: (value: unknown) => T | undefined): Shape<T> {
  return {
    read(value, path) {
      const converted = convert(value);
      if (converted === undefined) throw mismatch(path, expected, value);
      return converted;
    },
    write: (value) => value,
  };
}

/** Text, which may be empty. */
export const text: Shape<string> = scalar('text', (value) => (typeof value === 'string' ? value : undefined));

/** An id or a name: text that is not empty. */
export const id: Shape<string> = scalar('an id', (value) =>
  typeof value === 'string' && value !== '' ? value : undefined,
);

/** Text in which AWS often writes a number, such as a protocol; a number is read as its text. */
export const numeral: Shape<string> = scalar('a name or a number', (value) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined,
);

/** A whole number. */
export const integer: Shape<number> = scalar('a whole number', (value) =>
  typeof value === 'number' && Number.isInteger(value) ? value : undefined,
);

/** True or false. */
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

/** A boolean that AWS writes as one of two words. */
export function word(whenTrue: string, whenFalse: string): Shape<boolean> {
  const words = oneOf(whenTrue, whenFalse);
  return { read: (value, path) => words.read(value, path) === whenTrue, write: (on) => (on ? whenTrue : whenFalse) };
}

/** A list of one kind of value; every item must be readable. */
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

/** The value as an object; throws PipelineError `snapshot-invalid` when it isn't one. */
export function asObject(value: unknown, path: string): AwsObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch(path, 'an object', value);
  return value as AwsObject;
}

/** Runs `read`. A value that cannot be read becomes a problem, and the result is undefined. */
export function readable<T>(problems: Problem[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== 'snapshot-invalid') throw error;
    const path = error.concerns.path ?? '';
    problems.push({ path, message: messageOf(error).replace(`${path}: `, '') });
    return undefined;
  }
}

/** An object with these fields; any others are ignored. */
export function object<T extends object>(fields: Fields<T>): Shape<T> {
  // `Fields` types each entry, but Object.entries loses that.
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
        const property = (value as Record<string, unknown>)[name];
        if (property !== undefined) field.write(property, into);
      }
      return into;
    },
  };
}

/** The value at a dotted place (`Placement.AvailabilityZone`); undefined when it, or an object on the way to it, is absent. */
export function at<T>(place: string, shape: Shape<T>): OptionalField<T> {
  const keys = place.split('.');
  const last = keys.at(-1) ?? place;
  return {
    read(from, path) {
      let found: unknown = from;
      for (const key of keys) {
        if (found === undefined || found === null) return undefined;
        found = asObject(found, path)[key];
      }
      return found === undefined || found === null ? undefined : shape.read(found, `${path}.${place}`);
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

/** The value at a place; it is required. */
export function need<T>(place: string, shape: Shape<T>): RequiredField<T> {
  return orElse(at(place, shape), (path) => {
    throw mismatch(`${path}.${place}`, 'a value', undefined);
  });
}

/** The list at a place; empty when absent. Use it only for lists that AWS leaves out when they are empty. */
export function listAt<T>(place: string, item: Shape<T>): RequiredField<readonly T[]> {
  return orElse(at(place, listOf(item)), () => []);
}

/** A field with a fallback for when it is absent. */
export function orElse<T>(field: OptionalField<T>, fallback: (path: string) => T): RequiredField<T> {
  return { ...field, read: (from, path) => field.read(from, path) ?? fallback(path) };
}

/** A field that is read from a second place when the first is absent, and written to the first. */
export function either<T>(first: OptionalField<T>, second: OptionalField<T>): OptionalField<T> {
  return { ...first, read: (from, path) => first.read(from, path) ?? second.read(from, path) };
}
