/** Matches events against a pattern as AWS's engine does, in time that grows with the event and not with the combinations in it. */

import { type Fields, flatten, hasLeaf, isLeaf, isObject, objectsIn, valuesBelow, valuesOf } from './event-values.ts';
import type { Field, Leaf, Pattern, PatternChild, PatternNode } from './pattern.ts';

/**
 * True if the event, a parsed JSON value, matches. Anything but an object matches nothing.
 *
 * All fields that are found inside one list have to be in the same element of it. `exists: false` looks at the elements that the fields
 * before it, by their full names, have chosen; if there are none, at every element.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
 */
export function matches({ alternatives }: Pattern, event: unknown): boolean {
  if (!isObject(event)) return false;
  const seen: Seen = { shares: alternatives.length > 1, lists: new Map(), texts: new Map() };
  return alternatives.some(({ root }) => holdsBelow(root, [event], seen));
}

/** A field that needs a value. */
type NeededField = Extract<Field, { readonly kind: 'some' }>;

/** What was found out about the event: alternatives share most of what they ask for. */
interface Seen {
  /** False for a single alternative, which asks everything once. */
  readonly shares: boolean;
  /** By list. */
  readonly lists: Map<object, SeenList>;
  /** By field: which texts meet it. */
  readonly texts: Map<Field, Map<string, boolean>>;
}

/** The objects in a list, and by node those in which it holds. */
interface SeenList {
  readonly objects: readonly Fields[];
  readonly columns: Map<PatternNode, Column>;
}

/** The objects, by their position in the list, in which a node holds; and for each position 1 if it is one of them. */
interface Column {
  readonly at: readonly number[];
  readonly holds: Uint8Array;
}

/** A longer text is tested once for a field, however many lists it is in. */
const LONG_TEXT = 64;

/**
 * Whether what is asked for below a path holds for its values. There is more than one value only where an object has the path both as
 * fields in fields and as names with dots.
 */
function holdsBelow(node: PatternNode, values: readonly unknown[], seen: Seen): boolean {
  if (node.children.length === 0) return true;
  const lists = values.filter((value) => Array.isArray(value));
  const objects = values.filter(isObject);
  const [list] = lists;
  if (list === undefined) return objects.length === 0 ? !node.needsValue : holdsInObject(node.children, objects, seen);
  if (node.leading.some((path) => valuesBelow(values, path).some(hasLeaf))) return false;
  if (!node.needsValue) return true;
  if (lists.length === 1 && objects.length === 0) return holdsInList(node, list, seen);
  return combinationsOf(lists).some((chosen) => holdsMixed(node, objects, lists, chosen, seen));
}

/** The most combinations of elements that are tried where an object has one path in several ways, which no record of AWS has. */
const MOST_COMBINATIONS = 10_000;

/** One object of each list, or none of it, in every combination. */
function combinationsOf(lists: readonly (readonly unknown[])[]): readonly (readonly (Fields | undefined)[])[] {
  let combined: readonly (readonly (Fields | undefined)[])[] = [[]];
  for (const list of lists) {
    const choices = [undefined, ...objectsIn(list)].slice(0, Math.ceil(MOST_COMBINATIONS / combined.length));
    combined = combined.flatMap((before) => choices.map((choice) => [...before, choice]));
  }
  return combined;
}

/**
 * Whether what is asked for below a path holds in objects and chosen elements of lists together. What may not be there may be in no element
 * of a list, unless a field before it has its value in the chosen one: each field has one value, so it chooses in one list only.
 */
function holdsMixed(
  node: PatternNode,
  objects: readonly Fields[],
  lists: readonly (readonly unknown[])[],
  chosen: readonly (Fields | undefined)[],
  seen: Seen,
): boolean {
  const all = [...objects, ...chosen.filter((each) => each !== undefined)];
  if (!holdsInObject(node.children, all, seen)) return false;
  const hasValue = (element: Fields | undefined, path: readonly string[], field: NeededField): boolean =>
    element !== undefined && valuesBelow([element], path).some((value) => someLeaf(value, field, seen));
  const holdsFrom = (index: number, open: ReadonlySet<number>): boolean => {
    const asked = node.below[index];
    if (asked === undefined) return true;
    const { field, path } = asked;
    if (field.kind === 'none') {
      const shut = lists.filter((_, list) => !open.has(list));
      return !shut.some((list) => valuesBelow(list, path).some(hasLeaf)) && holdsFrom(index + 1, open);
    }
    return (
      objects.some((object) => hasValue(object, path, field) && holdsFrom(index + 1, open)) ||
      chosen.some((element, list) => hasValue(element, path, field) && holdsFrom(index + 1, new Set([...open, list])))
    );
  };
  return holdsFrom(0, new Set());
}

/** Whether some object in a list has all that is asked for below it. */
function holdsInList(node: PatternNode, list: readonly unknown[], seen: Seen): boolean {
  if (!seen.shares)
    return objectsIn(list).some((object) => node.children.every((child) => holdsInOne(child, object, seen)));
  const known: SeenList = seen.lists.get(list) ?? { objects: objectsIn(list), columns: new Map() };
  seen.lists.set(list, known);
  const columns = node.children.map((child) => columnOf(child, known, seen));
  const fewest = columns.reduce<Column | undefined>(
    (best, each) => (best === undefined || each.at.length < best.at.length ? each : best),
    undefined,
  );
  return fewest?.at.some((index) => columns.every(({ holds }) => holds[index] === 1)) ?? true;
}

function columnOf(child: PatternChild, { objects, columns }: SeenList, seen: Seen): Column {
  const before = columns.get(child.node);
  if (before !== undefined) return before;
  const at: number[] = [];
  const holds = new Uint8Array(objects.length);
  for (let index = 0; index < objects.length; index += 1) {
    const object = objects[index];
    if (object === undefined || !holdsInOne(child, object, seen)) continue;
    at.push(index);
    holds[index] = 1;
  }
  const column = { at, holds };
  columns.set(child.node, column);
  return column;
}

function holdsInObject(children: readonly PatternChild[], objects: readonly Fields[], seen: Seen): boolean {
  return children.every((child) => holdsIn(child, objects, seen));
}

function holdsIn({ name, node, dotted }: PatternChild, objects: readonly Fields[], seen: Seen): boolean {
  const values = objects.flatMap((object) => valuesOf(object, name, dotted));
  const { field } = node;
  if (field?.kind === 'some' && node.children.length > 0) return holdTogether(node, field, values, seen);
  return holdsAt(field, values, seen) && holdsBelow(node, values, seen);
}

/** The same for one object, without a list where it is not needed: large lists have thousands of objects. */
function holdsInOne(child: PatternChild, object: Fields, seen: Seen): boolean {
  const { name, node, dotted } = child;
  if (dotted.length > 0 || node.field?.kind !== 'some') return holdsIn(child, [object], seen);
  if (!Object.hasOwn(object, name)) return false;
  const value = object[name];
  if (node.children.length === 0) return someLeaf(value, node.field, seen);
  return holdTogether(node, node.field, [value], seen);
}

/**
 * Whether values at one path meet a field and what is asked for below it. A value directly in a list has no place in it, but one in a
 * list in a list has its place in the outer one, where the rest has to be as well.
 */
function holdTogether(node: PatternNode, field: NeededField, values: readonly unknown[], seen: Seen): boolean {
  const below = (index: number, list: unknown): boolean => holdsBelow(node, values.with(index, list), seen);
  return values.some((value, index) => {
    if (!Array.isArray(value)) return isLeaf(value) && meets(value, field, seen) && below(index, value);
    const lists: (readonly unknown[])[] = [value];
    for (let list = lists.pop(); list !== undefined; list = lists.pop()) {
      if (list.some((each) => isLeaf(each) && meets(each, field, seen)) && below(index, list)) return true;
      for (const each of list) if (Array.isArray(each)) lists.push(each);
    }
    return false;
  });
}

function holdsAt(field: Field | undefined, values: readonly unknown[], seen: Seen): boolean {
  if (field === undefined) return true;
  if (field.kind === 'none') return !values.some(hasLeaf);
  return values.some((value) => someLeaf(value, field, seen));
}

function someLeaf(value: unknown, field: NeededField, seen: Seen): boolean {
  if (isLeaf(value)) return meets(value, field, seen);
  return Array.isArray(value) && flatten(value).some((each) => isLeaf(each) && meets(each, field, seen));
}

function meets(leaf: Leaf, field: NeededField, seen: Seen): boolean {
  const holds = (): boolean => field.tests.some((test) => test.holds(leaf));
  if (typeof leaf !== 'string' || leaf.length <= LONG_TEXT) return holds();
  const texts = seen.texts.get(field) ?? new Map<string, boolean>();
  seen.texts.set(field, texts);
  const known = texts.get(leaf) ?? holds();
  texts.set(leaf, known);
  return known;
}
