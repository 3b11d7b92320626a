/** Reads an event pattern, as EventBridge has them: finds every fault with its path, and compiles it for matching. */

import type { Problem } from '../errors.ts';
import { isLeaf } from './event-values.ts';
import { conditionOf, isOperator, numberFault, operatorNames } from './operators.ts';
import type { Field, Pattern, Test } from './pattern.ts';
import { alternativeOf, internedNodes } from './pattern-tree.ts';

/** A pattern that can be matched, or everything that is wrong with it. */
export type Compiled = { readonly pattern: Pattern } | { readonly problems: readonly Problem[] };

/** The most combinations of alternatives, as EventBridge has it. Each list with `exists: false` beside other values counts twice. */
export const MOST_ALTERNATIVES = 1000;
/** The most levels of fields and of `$or`, and the most conditions: far more than a pattern of EventBridge's length can have. */
const MOST_LEVELS = 64;
const MOST_TESTS = 2000;

/**
 * Compiles a pattern from its JSON value. Problems name their path (`detail.eventName[0].prefix`), all of them at once.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function compilePattern(value: unknown): Compiled {
  const reading: Reading = { problems: [], tests: 0 };
  if (!isObject(value)) return { problems: [{ path: '', message: 'must be an object' }] };
  const parts = readObject(value, { path: [], fields: [], inOr: false }, reading);
  const alternatives = product(parts);
  if (alternatives === undefined)
    problem(reading, [], `has more than ${MOST_ALTERNATIVES} combinations of alternatives; write several rules`);
  const problems = [...reading.problems, ...uniqueProblems((alternatives ?? []).flatMap(repeatedIn))];
  if (alternatives === undefined || problems.length > 0) return { problems };
  const nodes = internedNodes();
  return {
    pattern: {
      alternatives: alternatives.map((asked) =>
        alternativeOf(
          asked.map(({ field }) => field),
          nodes,
        ),
      ),
    },
  };
}

interface Reading {
  readonly problems: Problem[];
  tests: number;
}

/** Where a value of the pattern is: its path in the pattern, and the names of the fields that lead to it. */
interface Place {
  readonly path: readonly PropertyKey[];
  readonly fields: readonly string[];
  readonly inOr: boolean;
}

/** A part of a pattern: what one list asks for, or alternatives of which one has to hold. */
type Part = { readonly asked: readonly Asked[] } | { readonly anyOf: readonly (readonly Part[])[] };

/** A field with where the pattern asks for it. The list of a field may be met in several ways. */
interface Asked {
  readonly field: Field;
  readonly path: string;
}

function readObject(value: object, place: Place, reading: Reading): readonly Part[] {
  const entries = Object.entries(value);
  if (entries.length === 0) problem(reading, place.path, 'must not be empty');
  if (place.path.length > MOST_LEVELS) {
    problem(reading, place.path, `nests more than ${MOST_LEVELS} levels deep`);
    return [];
  }
  return entries.flatMap(([key, inner]) => readEntry(key, inner, place, reading));
}

function readEntry(key: string, inner: unknown, place: Place, reading: Reading): readonly Part[] {
  const path = [...place.path, key];
  if (key === '$or') return readOr(inner, { ...place, path }, reading);
  if (place.inOr && isOperator(key)) {
    problem(reading, path, 'is the name of an operator, which cannot be a field inside $or');
    return [];
  }
  const within = { ...place, path, fields: [...place.fields, ...key.split('.')] };
  if (Array.isArray(inner)) return readList(inner, within, reading);
  if (isObject(inner)) return readObject(inner, within, reading);
  problem(
    reading,
    path,
    `must be a list or an object, found ${JSON.stringify(inner)?.slice(0, 60)}; write [${JSON.stringify(inner)?.slice(0, 60)}]`,
  );
  return [];
}

function readOr(inner: unknown, place: Place, reading: Reading): readonly Part[] {
  if (!Array.isArray(inner) || inner.length < 2) {
    problem(reading, place.path, 'must be a list of two or more objects');
    return [];
  }
  const anyOf = inner.map((one: unknown, index) => {
    const path = [...place.path, index];
    if (isObject(one)) return readObject(one, { ...place, path, inOr: true }, reading);
    problem(reading, path, 'must be an object');
    return [];
  });
  return [{ anyOf }];
}

/** The values and conditions of one field. `exists: false` among others makes it two ways to meet the field. */
function readList(list: readonly unknown[], { path, fields }: Place, reading: Reading): readonly Part[] {
  if (list.length === 0) problem(reading, path, 'must not be empty');
  reading.tests += list.length;
  if (reading.tests > MOST_TESTS) {
    // Once: everything that follows is beyond them as well.
    if (reading.tests - list.length <= MOST_TESTS)
      problem(reading, path, `is beyond the ${MOST_TESTS} conditions that a pattern may have`);
    return [];
  }
  const name = fields.join('.');
  const at = pathOf(path);
  const mayBeAbsent = list.some((entry) => isAbsence(entry));
  const tests = list.flatMap((entry, index) => (isAbsence(entry) ? [] : readTest(entry, [...path, index], reading)));
  const ways: Asked[] = [];
  if (mayBeAbsent) ways.push({ field: { kind: 'none', name }, path: at });
  // A list whose every entry is refused still asks for its field, which another part of the pattern may ask for too.
  if (tests.length > 0 || !mayBeAbsent) ways.push({ field: { kind: 'some', name, tests }, path: at });
  return [{ asked: ways }];
}

/** True for `{ "exists": false }`. */
function isAbsence(entry: unknown): boolean {
  return isObject(entry) && Object.keys(entry).length === 1 && 'exists' in entry && entry.exists === false;
}

function readTest(entry: unknown, path: readonly PropertyKey[], reading: Reading): readonly Test[] {
  const text = JSON.stringify(entry) ?? '';
  if (isObject(entry)) return readCondition(entry, text, path, reading);
  if (Array.isArray(entry)) {
    problem(reading, path, 'must not be a list in a list');
    return [];
  }
  const fault = typeof entry === 'number' ? numberFault(entry) : undefined;
  if (fault !== undefined) problem(reading, path, fault);
  if (!isLeaf(entry)) return [];
  return [{ text, exact: entry, holds: (leaf) => leaf === entry, ...(typeof entry === 'string' && { part: entry }) }];
}

function readCondition(entry: object, text: string, path: readonly PropertyKey[], reading: Reading): readonly Test[] {
  const names = Object.keys(entry);
  const [name = ''] = names;
  if (names.length !== 1) {
    problem(reading, path, 'must have exactly one operator; write several objects for several conditions');
    return [];
  }
  if (!isOperator(name)) {
    problem(reading, [...path, name], `is not an operator; there are ${operatorNames().join(', ')}`);
    return [];
  }
  const made = conditionOf(name, Object.getOwnPropertyDescriptor(entry, name)?.value);
  if ('holds' in made) return [{ text, holds: made.holds, part: made.part }];
  for (const { at = [], refused } of [made, ...(made.more ?? [])]) problem(reading, [...path, name, ...at], refused);
  return [];
}

/** Every combination of what the parts ask for; undefined if there are too many. */
function product(parts: readonly Part[]): readonly (readonly Asked[])[] | undefined {
  let combined: readonly (readonly Asked[])[] = [[]];
  for (const part of parts) {
    const ways = waysOf(part);
    if (ways === undefined || combined.length * ways.length > MOST_ALTERNATIVES) return undefined;
    combined = combined.flatMap((before) => ways.map((way) => [...before, ...way]));
  }
  return combined;
}

function waysOf(part: Part): readonly (readonly Asked[])[] | undefined {
  if ('asked' in part) return part.asked.map((one) => [one]);
  const ways: (readonly Asked[])[] = [];
  for (const one of part.anyOf) {
    const inner = product(one);
    if (inner === undefined) return undefined;
    ways.push(...inner);
  }
  return ways;
}

/** The fields that an alternative asks for twice. AWS's engine silently keeps the later one: what was meant as "and" is lost. */
function repeatedIn(asked: readonly Asked[]): readonly Problem[] {
  const first = new Map<string, string>();
  return asked.flatMap(({ field: { name }, path }) => {
    const before = first.get(name);
    if (before === undefined) first.set(name, path);
    const twice =
      before === path ? 'is asked for twice, with and without dots in a name' : `asks for the same field as ${before}`;
    return before === undefined ? [] : [{ path, message: `${twice}; AWS would keep one of them` }];
  });
}

function uniqueProblems(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((one) => [`${one.path}\n${one.message}`, one])).values()];
}

function problem({ problems }: Reading, path: readonly PropertyKey[], message: string): void {
  problems.push({ path: pathOf(path), message });
}

/** `detail.eventName[0].prefix`. */
function pathOf(parts: readonly PropertyKey[]): string {
  return parts
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
