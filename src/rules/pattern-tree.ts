/** Makes the tree of an alternative from its fields. Equal parts of several alternatives become the same node, and are matched once. */

import type { Alternative, Field, PatternChild, PatternNode } from './pattern.ts';

/** The nodes made so far, by what they ask for, and a number for each field. */
export interface Nodes {
  readonly made: Map<string, PatternNode>;
  readonly numbers: Map<Field, number>;
}

/** No nodes yet. All alternatives of a pattern share them. */
export function internedNodes(): Nodes {
  return { made: new Map(), numbers: new Map() };
}

/** The tree of fields, of which no two have the same name. */
export function alternativeOf(fields: readonly Field[], nodes: Nodes): Alternative {
  const sorted = fields.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const placed = sorted.map((field): Placed => ({ field, path: field.name.split('.') }));
  return { root: nodeOf(placed, 0, nodes), fields: sorted };
}

interface Placed {
  readonly field: Field;
  readonly path: readonly string[];
}

/** The node of fields that share the names up to a depth, in the order of their full names. */
function nodeOf(placed: readonly Placed[], depth: number, nodes: Nodes): PatternNode {
  const key = keyOf(placed, depth, nodes);
  const known = nodes.made.get(key);
  if (known !== undefined) return known;
  const own = placed.find(({ path }) => path.length === depth);
  const below = placed.filter(({ path }) => path.length > depth);
  const firstNeeded = below.findIndex(({ field }) => field.kind === 'some');
  const leading = firstNeeded === -1 ? below : below.slice(0, firstNeeded);
  const made: PatternNode = {
    field: own?.field,
    children: childrenOf(below, depth, nodes),
    needsValue: firstNeeded !== -1,
    below: below.map(({ field, path }) => ({ field, path: path.slice(depth) })),
    leading: leading.map(({ path }) => path.slice(depth)),
  };
  nodes.made.set(key, made);
  return made;
}

function childrenOf(below: readonly Placed[], depth: number, nodes: Nodes): readonly PatternChild[] {
  const names = new Set(below.map(({ path }) => path[depth] ?? ''));
  return [...names].map((name) => {
    const own = below.filter(({ path }) => path[depth] === name);
    return { name, node: nodeOf(own, depth + 1, nodes), dotted: dottedOf(own, depth) };
  });
}

/** The longer names that an object may have for the fields below: `a.b` and `a.b.c` for `c` in `b` in `a`. */
function dottedOf(placed: readonly Placed[], depth: number): PatternChild['dotted'] {
  const paths = new Map<string, readonly string[]>();
  for (const { path } of placed)
    for (let end = depth + 2; end <= path.length; end += 1)
      paths.set(path.slice(depth, end).join('.'), path.slice(depth + 1, end));
  return [...paths].map(([key, path]) => ({ key, path }));
}

/** Which fields, at which depth. */
function keyOf(placed: readonly Placed[], depth: number, { numbers }: Nodes): string {
  const numberOf = (field: Field): number => {
    const number = numbers.get(field) ?? numbers.size;
    numbers.set(field, number);
    return number;
  };
  return `${depth} ${placed.map(({ field }) => numberOf(field)).join(' ')}`;
}
