/** Matches events against a pattern as AWS's engine does, in time that grows with the event and not with the combinations in it. */

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

/** An object of the event. */
type Fields = Readonly<Record<string, unknown>>;

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
  const rest = node.children.filter((child) => !holdsInObject([child], objects, seen));
  return (
    rest.length === 0 || lists.some((each) => objectsIn(each).some((element) => holdsInObject(rest, [element], seen)))
  );
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
  return holdsAt(node.field, values, seen) && holdsBelow(node, values, seen);
}

/** The same for one object, without a list where it is not needed: large lists have thousands of objects. */
function holdsInOne(child: PatternChild, object: Fields, seen: Seen): boolean {
  const { name, node, dotted } = child;
  if (dotted.length > 0 || node.field?.kind !== 'some') return holdsIn(child, [object], seen);
  if (!Object.hasOwn(object, name)) return false;
  const value = object[name];
  return someLeaf(value, node.field, seen) && (node.children.length === 0 || holdsBelow(node, [value], seen));
}

function holdsAt(field: Field | undefined, values: readonly unknown[], seen: Seen): boolean {
  if (field === undefined) return true;
  if (field.kind === 'none') return !values.some(hasLeaf);
  return values.some((value) => someLeaf(value, field, seen));
}

/**
 * What an object holds under a name, and under longer names with dots that begin with it: those as objects in objects. Only its own
 * fields count: a field may be asked for by a name that every object inherits.
 */
function valuesOf(object: Fields, name: string, dotted: PatternChild['dotted']): readonly unknown[] {
  const found = Object.hasOwn(object, name) ? [object[name]] : [];
  for (const { key, path } of dotted)
    if (Object.hasOwn(object, key))
      found.push(path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), object[key]));
  return found;
}

/** Every value at a path below these, in whatever elements of lists. */
function valuesBelow(values: readonly unknown[], path: readonly string[]): readonly unknown[] {
  let found = values;
  for (let depth = 0; depth < path.length; depth += 1) {
    const dotted = path.slice(depth + 1).map((_, index) => ({
      key: path.slice(depth, depth + 2 + index).join('.'),
      path: path.slice(depth + 1, depth + 2 + index),
    }));
    found = found.flatMap(objectsIn).flatMap((object) => valuesOf(object, path[depth] ?? '', dotted));
  }
  return found;
}

/** The objects in a value: itself, or those in a list and the lists in it. */
function objectsIn(value: unknown): readonly Fields[] {
  if (isObject(value)) return [value];
  return Array.isArray(value) ? flatten(value).filter(isObject) : [];
}

function someLeaf(value: unknown, field: Extract<Field, { kind: 'some' }>, seen: Seen): boolean {
  if (isLeaf(value)) return meets(value, field, seen);
  return Array.isArray(value) && flatten(value).some((each) => isLeaf(each) && meets(each, field, seen));
}

function meets(leaf: Leaf, field: Extract<Field, { kind: 'some' }>, seen: Seen): boolean {
  const holds = (): boolean => field.tests.some((test) => test.holds(leaf));
  if (typeof leaf !== 'string' || leaf.length <= LONG_TEXT) return holds();
  const texts = seen.texts.get(field) ?? new Map<string, boolean>();
  seen.texts.set(field, texts);
  const known = texts.get(leaf) ?? holds();
  texts.set(leaf, known);
  return known;
}

/** True if there is a value: objects are none, nor are lists without any. */
function hasLeaf(value: unknown): boolean {
  return isLeaf(value) || (Array.isArray(value) && flatten(value).some(isLeaf));
}

/** The elements of a list, and of the lists in it, in their order. Does not go down by recursion: lists may nest as deep as text allows. */
function flatten(list: readonly unknown[]): readonly unknown[] {
  if (!list.some(Array.isArray)) return list;
  const flat: unknown[] = [];
  const rest = [...list].reverse();
  while (rest.length > 0) {
    const value = rest.pop();
    if (!Array.isArray(value)) flat.push(value);
    else for (let index = value.length - 1; index >= 0; index -= 1) rest.push(value[index]);
  }
  return flat;
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
