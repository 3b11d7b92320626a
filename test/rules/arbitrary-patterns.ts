/** Random valid patterns, made from the leaves of an event so that about a third of them match it. */

import fc from 'fast-check';
import { arbitraryEvent, key, type Scalar } from './arbitrary-events.ts';
import { type TestRecipe, testOf, testRecipe } from './arbitrary-tests.ts';

/** One event and several patterns made for it. */
export interface EventAndPatterns {
  readonly event: Readonly<Record<string, unknown>>;
  readonly patterns: readonly Readonly<Record<string, unknown>>[];
}

/** Says how to make a pattern once the event is known. Choosing recipes apart from events lets fast-check shrink both. */
interface PatternRecipe {
  readonly fields: readonly FieldRecipe[];
  readonly ors: readonly OrRecipe[];
}

interface FieldRecipe {
  /** Which leaf of the event, counted from the pattern's first one: neighbours often share an array. */
  readonly offset: number;
  /** What is done to the leaf's path. */
  readonly path: 'as it is' | 'other key' | 'parent' | 'below';
  readonly key: string;
  readonly tests: readonly TestRecipe[];
  /** Which dots of the path become nesting. */
  readonly dots: number;
}

interface OrRecipe {
  readonly depth: number;
  readonly alternatives: readonly PatternRecipe[];
}

const fieldRecipe: fc.Arbitrary<FieldRecipe> = fc.record({
  offset: fc.nat(7),
  path: fc.oneof(
    { weight: 16, arbitrary: fc.constant('as it is' as const) },
    { weight: 1, arbitrary: fc.constantFrom('other key' as const, 'parent' as const, 'below' as const) },
  ),
  key,
  tests: fc.oneof(
    { weight: 2, arbitrary: fc.tuple(testRecipe) },
    { weight: 1, arbitrary: fc.array(testRecipe, { minLength: 2, maxLength: 3 }) },
  ),
  dots: fc.nat(255),
});

function patternRecipe(depth: number, most: number): fc.Arbitrary<PatternRecipe> {
  const alternatives = depth === 0 ? [] : [fc.array(patternRecipe(depth - 1, 2), { minLength: 2, maxLength: 3 })];
  const or = alternatives.map((lists) => fc.record({ depth: fc.nat(3), alternatives: lists }));
  const ors: fc.Arbitrary<readonly OrRecipe[]>[] = or.map((one) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(one, { maxLength: 2 }) }),
  );
  return fc.record({
    fields: fc.array(fieldRecipe, { minLength: 1, maxLength: most }),
    ors: ors[0] ?? fc.constant([]),
  });
}

/** An event and so many patterns for it. No path is given twice in one branch. */
export function arbitraryPairs(patterns: number): fc.Arbitrary<EventAndPatterns> {
  const recipe = fc.tuple(fc.nat(1000), patternRecipe(2, 4));
  return fc
    .tuple(arbitraryEvent, fc.array(recipe, { minLength: patterns, maxLength: patterns }))
    .map(([event, recipes]) => {
      const leaves = leavesOf(event);
      return { event, patterns: recipes.map(([start, one]) => patternFor(leaves, start, one)) };
    });
}

type Leaf = readonly [path: string, value: Scalar];

/** Paths and values in reading order. An event without any gets one, so that there is something to ask for. */
function leavesOf(event: unknown): readonly Leaf[] {
  const leaves: Leaf[] = [];
  function walk(value: unknown, path: readonly string[]): void {
    if (Array.isArray(value)) for (const element of value) walk(element, path);
    else if (typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries(value)) walk(member, [...path, name]);
    else if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      leaves.push([path.join('.'), value]);
  }
  walk(event, []);
  return leaves.length === 0 ? [['eventName', 'CreateUser']] : leaves;
}

interface Field {
  readonly path: readonly string[];
  readonly tests: readonly unknown[];
  readonly dots: number;
}

/** A pattern before it is written: which fields, and which `$or`s beside them. */
interface Node {
  readonly fields: readonly Field[];
  readonly ors: readonly { readonly depth: number; readonly alternatives: readonly Node[] }[];
}

function patternFor(leaves: readonly Leaf[], start: number, recipe: PatternRecipe): Readonly<Record<string, unknown>> {
  const leafAt = (offset: number): Leaf => leaves[(start + offset) % leaves.length] ?? ['eventName', ''];
  return written(nodeOf(recipe, leafAt, new Set()), 0);
}

/** Leaves out every field whose path the branch already has. */
function nodeOf(recipe: PatternRecipe, leafAt: (offset: number) => Leaf, taken: ReadonlySet<string>): Node {
  const seen = new Set(taken);
  const fields: Field[] = [];
  for (const { offset, path, key: name, tests, dots } of recipe.fields) {
    const [leafPath, value] = leafAt(offset);
    const segments = PATHS[path](leafPath.split('.'), name);
    if (seen.has(segments.join('.'))) continue;
    seen.add(segments.join('.'));
    fields.push({ path: segments, tests: tests.map((test) => testOf(test, value)), dots });
  }
  const ors: Node['ors'][number][] = [];
  for (const { depth, alternatives } of recipe.ors) {
    const nodes = alternatives.map((alternative) => nodeOf(alternative, leafAt, seen)).filter(isFilled);
    if (nodes.length < 2) continue;
    ors.push({ depth, alternatives: nodes });
    for (const path of nodes.flatMap(pathsOf)) seen.add(path.join('.'));
  }
  return { fields, ors };
}

const PATHS = {
  'as it is': (path) => path,
  'other key': (path, name) => [...path.slice(0, -1), name],
  parent: (path) => (path.length > 1 ? path.slice(0, -1) : path),
  below: (path, name) => [...path, name],
} as const satisfies Readonly<
  Record<FieldRecipe['path'], (path: readonly string[], name: string) => readonly string[]>
>;

function isFilled(node: Node): boolean {
  return node.fields.length + node.ors.length > 0;
}

function pathsOf(node: Node): readonly (readonly string[])[] {
  return [
    ...node.fields.map(({ path }) => path),
    ...node.ors.flatMap(({ alternatives }) => alternatives.flatMap(pathsOf)),
  ];
}

/** An object being written: its keys, in order. */
type Draft = Map<string, Draft | readonly unknown[]>;

/** The node as JSON, without the first segments of every path: those are around it. */
function written(node: Node, around: number): Readonly<Record<string, unknown>> {
  const draft: Draft = new Map();
  const fields = node.fields.toSorted((one, other) => one.path.length - other.path.length);
  for (const { path, tests, dots } of fields) writeField(draft, path.slice(around), tests, dots);
  for (const { depth, alternatives } of node.ors) writeOr(draft, alternatives, around, depth);
  return finished(draft);
}

/** Writes a path as keys with and without dots, as `dots` says and as the keys that are there already allow. */
function writeField(draft: Draft, path: readonly string[], tests: readonly unknown[], dots: number): void {
  for (let length = 1 + (dots % 3 === 0 ? 1 : 0); length < path.length; length++) {
    const name = path.slice(0, length).join('.');
    const inner = draft.get(name) ?? new Map();
    if (!(inner instanceof Map)) continue;
    draft.set(name, inner);
    writeField(inner, path.slice(length), tests, dots >> 2);
    return;
  }
  draft.set(path.join('.'), tests);
}

/** Writes an `$or` as deep as all its paths allow, at most `depth` keys deep. Leaves it out where there is one already. */
function writeOr(draft: Draft, alternatives: readonly Node[], around: number, depth: number): void {
  const paths = alternatives.flatMap(pathsOf).map((path) => path.slice(around));
  const name = paths[0]?.[0] ?? '';
  const shared = depth > 0 && paths.every((path) => path.length > 1 && path[0] === name);
  const inner = draft.get(name) ?? new Map();
  if (shared && inner instanceof Map && !(depth === 1 && inner.has('$or'))) {
    writeOr(inner, alternatives, around + 1, depth - 1);
    if (inner.size > 0) draft.set(name, inner);
  } else if (!draft.has('$or'))
    draft.set(
      '$or',
      alternatives.map((alternative) => written(alternative, around)),
    );
}

function finished(draft: Draft): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...draft].map(([name, value]) => [name, value instanceof Map ? finished(value) : value]));
}
