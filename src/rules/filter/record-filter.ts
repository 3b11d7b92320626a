/** Tells by a record's bytes that rules cannot match it, without parsing it: a field that they ask for has no value that meets them. */

import type { AskedField } from '../../cloudtrail/scanner/wanted.ts';
import { type FieldCheck, fieldCheck } from './field-check.ts';
import { type KeyWalk, walkKeys } from './key-path.ts';
import { type KeyPlaces, noPlaces, searchFor } from './key-places.ts';

const BACKSLASH = 0x5c;
/** What every escaped letter, digit or `_:@-` begins with. */
const ESCAPE = Buffer.from('\\u00');

/** An addendum takes back what a rule has found, but need not repeat what the rule asks for. */
const ADDENDUM = 'addendum';

/**
 * A test that is false only for a record that none of the alternatives can match: each asks for a field that has no value, or only others.
 * Every value at a field's path counts, also those that a repeated name hides. Lists, and all that is not certain, may match, and so may an
 * addendum.
 *
 * The record has to be one of CloudTrail's itself: what is in a text of an envelope is not seen.
 */
export function recordFilter(alternatives: readonly (readonly AskedField[])[]): (record: Buffer) => boolean {
  const { fields, asked } = numbered(alternatives);
  const names = [...new Set([ADDENDUM, ...fields.map(({ name }) => name)])];
  const numbers = fields.map(({ name }) => names.indexOf(name));
  const search = searchFor(names);
  const found = noPlaces();
  /** 0: not asked yet, 1: has a value that may meet it, 2: has none. */
  const answers = new Uint8Array(fields.length);
  const isMissed = (record: Buffer, field: FieldCheck, number: number): boolean => {
    if (answers[number] === 0) answers[number] = hasMatch(record, field, found, numbers[number] ?? 0) ? 1 : 2;
    return answers[number] === 2;
  };
  return (record) => {
    search(record, found);
    answers.fill(0);
    for (const all of asked) if (!all.some(({ field, number }) => isMissed(record, field, number))) return true;
    for (let at = 0; at < found.count; at += 1) if (found.names[at] === 0) return true;
    return record.includes(BACKSLASH) && record.includes(ESCAPE);
  };
}

/** True if a field may have a value that meets it: at one of the places that were found for its name. */
function hasMatch(record: Buffer, field: FieldCheck, { count, names, ends, values }: KeyPlaces, name: number): boolean {
  let walk: KeyWalk | undefined;
  let mayLack = field.mayLack;
  for (let at = 0; at < count; at += 1) {
    const value = values[at] ?? 0;
    if (names[at] !== name || isObject(record, value)) continue;
    mayLack = false;
    if (!field.mayMeet(record, value)) continue;
    if (!field.isNested) return true;
    walk ??= walkKeys(record);
    if (walk.mayHavePath(ends[at] ?? 0, field.path)) return true;
  }
  return mayLack;
}

/** True for an object. What is in it is at other paths, and its members of the same name have places of their own. */
function isObject(record: Buffer, at: number): boolean {
  return record[at] === 0x7b;
}

/** A field with its number. */
interface NumberedField {
  readonly field: FieldCheck;
  readonly number: number;
}

interface Numbered {
  /** By their numbers. */
  readonly fields: readonly FieldCheck[];
  /** Those of each alternative. */
  readonly asked: readonly (readonly NumberedField[])[];
}

/** The fields that the alternatives ask for, each once. */
function numbered(alternatives: readonly (readonly AskedField[])[]): Numbered {
  const known = new Map<string, NumberedField>();
  const asked = alternatives.map((all) =>
    all.map((one) => {
      const key = JSON.stringify([one.path, one.tests]);
      const made = known.get(key) ?? { field: fieldCheck(one), number: known.size };
      known.set(key, made);
      return made;
    }),
  );
  return { fields: [...known.values()].map(({ field }) => field), asked };
}
