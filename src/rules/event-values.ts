/** The values of an event, as patterns see them: fields in fields, names with dots, and lists in lists. */

import type { Leaf, PatternChild } from './pattern.ts';

/** An object of the event. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * What an object holds under a name, and under longer names with dots that begin with it: those as objects in objects. Only its own
 * fields count: a field may be asked for by a name that every object inherits.
 */
export function valuesOf(object: Fields, name: string, dotted: PatternChild['dotted']): readonly unknown[] {
  const found = Object.hasOwn(object, name) ? [object[name]] : [];
  for (const { key, path } of dotted)
    if (Object.hasOwn(object, key))
      found.push(path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), object[key]));
  return found;
}

/** Every value at a path below these, in whatever elements of lists. */
export function valuesBelow(values: readonly unknown[], path: readonly string[]): readonly unknown[] {
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
export function objectsIn(value: unknown): readonly Fields[] {
  if (isObject(value)) return [value];
  return Array.isArray(value) ? flatten(value).filter(isObject) : [];
}

/** The values in a value: itself, or those in a list and the lists in it. */
export function leavesIn(value: unknown): readonly Leaf[] {
  if (isLeaf(value)) return [value];
  return Array.isArray(value) ? flatten(value).filter(isLeaf) : [];
}

/** True if there is a value: objects are none, nor are lists without any. */
export function hasLeaf(value: unknown): boolean {
  return isLeaf(value) || (Array.isArray(value) && flatten(value).some(isLeaf));
}

/** The elements of a list, and of the lists in it, in their order. Does not go down by recursion: lists may nest as deep as text allows. */
export function flatten(list: readonly unknown[]): readonly unknown[] {
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

/** True for what a field may have as its value: null, a string, a number, true or false. */
export function isLeaf(value: unknown): value is Leaf {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** True for an object that is no list. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
