/** Why an event matches a pattern, value by value, or which condition it fails first. */

import { hasLeaf, isLeaf, isObject, leavesIn, valuesBelow } from './event-values.ts';
import { matches } from './match.ts';
import type { Alternative, Field, Leaf, Pattern } from './pattern.ts';
import { alternativeOf, internedNodes } from './pattern-tree.ts';

/** What was found out about an event. */
export type Explanation =
  /** The alternative that matches: each of its fields with the value that meets it; without a value where there may be none. */
  | { readonly matched: true; readonly met: readonly MetField[] }
  /** The alternative that gets furthest: what it meets, and the first field that it does not. */
  | { readonly matched: false; readonly met: readonly MetField[]; readonly failed: FailedField };

/** A field that is met. */
export interface MetField {
  readonly name: string;
  /** Absent where the pattern asks for no value. */
  readonly value?: Leaf | undefined;
}

/** A field that is not met. */
export interface FailedField {
  readonly name: string;
  /** The conditions, in JSON, of which one would have to hold. */
  readonly wanted: readonly string[];
  /** The values that the event has there, the first few. */
  readonly found: readonly Leaf[];
  /** True if a value meets the conditions, but in another element of a list than the fields before it. */
  readonly elsewhere: boolean;
}

/** Values of a field that are tried or shown at most. A record may have thousands. */
const MOST_TRIED = 1000;
const MOST_SHOWN = 5;
const ABSENCE = '{"exists":false}';

/** Explains the answer of `matches` for an event. Takes much longer than the answer itself. */
export function explain({ alternatives }: Pattern, event: unknown): Explanation {
  const tries = alternatives.map((alternative) => furthest(alternative, event));
  // One that matches may ask for less than one that fails late.
  const best =
    tries.find(({ fields, held }) => fields.length === held.length) ??
    tries.reduce((one, other) => (other.held.length > one.held.length ? other : one));
  const failed = best.fields[best.held.length];
  const met = metBy(best.held, event);
  return failed === undefined ? { matched: true, met } : { matched: false, met, failed: failure(failed, event) };
}

/** How many fields, in the order in which they are looked at, hold together. */
function furthest(
  { fields }: Alternative,
  event: unknown,
): { readonly fields: readonly Field[]; readonly held: readonly Field[] } {
  const failedAt = fields.findIndex((_, index) => !holdTogether(fields.slice(0, index + 1), event));
  return { fields, held: failedAt === -1 ? fields : fields.slice(0, failedAt) };
}

function holdTogether(fields: readonly Field[], event: unknown): boolean {
  return matches({ alternatives: [alternativeOf(fields, internedNodes())] }, event);
}

/** A value for each field, all of which hold together: fixed one after the other. */
function metBy(held: readonly Field[], event: unknown): readonly MetField[] {
  let fixed = held;
  return held.map((field, index) => {
    const { name } = field;
    if (field.kind === 'none') return { name };
    for (const value of valuesOf(field, event)) {
      const exact: Field = {
        kind: 'some',
        name,
        tests: [{ text: JSON.stringify(value), exact: value, holds: (leaf) => leaf === value }],
      };
      const tried = fixed.with(index, exact);
      if (!field.tests.some(({ holds }) => holds(value)) || !holdTogether(tried, event)) continue;
      fixed = tried;
      return { name, value };
    }
    return { name };
  });
}

function failure(field: Field, event: unknown): FailedField {
  const { name } = field;
  const found = valuesOf(field, event);
  const wanted = field.kind === 'none' ? [ABSENCE] : field.tests.map(({ text }) => text);
  return { name, wanted, found: found.slice(0, MOST_SHOWN), elsewhere: holdTogether([field], event) };
}

/** The values that an event has at a field's path, each once, in whatever elements of lists. */
function valuesOf({ name }: Field, event: unknown): readonly Leaf[] {
  if (!isObject(event)) return [];
  const found = valuesBelow([event], name.split('.'))
    .filter(hasLeaf)
    .flatMap((value) => leavesIn(value));
  return [...new Set(found)].filter(isLeaf).slice(0, MOST_TRIED);
}
