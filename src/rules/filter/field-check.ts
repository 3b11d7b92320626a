/** Whether a value of a record, in its bytes, may meet a field of a pattern. */

import type { AskedField } from '../../cloudtrail/scanner/wanted.ts';
import { compilePattern } from '../compile-pattern.ts';
import { isLeaf } from '../event-values.ts';
import type { Leaf } from '../pattern.ts';
import { textEnd } from './key-path.ts';

/** A field that a pattern asks for, as bytes are tested for it. */
export interface FieldCheck {
  /** With dots. */
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  /** True if the path has more parts than its name. */
  readonly isNested: boolean;
  /** True if a record without the field may match. */
  readonly mayLack: boolean;
  /** Whether the value that begins there may meet the field. Certain only of texts, numbers, true, false and null. */
  readonly mayMeet: (record: Buffer, from: number) => boolean;
}

/**
 * A record that does not say its account is asked as if it said one, so that it is named among those that could not be judged.
 */
const ACCOUNT = 'recipientAccountId';

/** Prepares a field for many records. */
export function fieldCheck({ path, tests }: AskedField): FieldCheck {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const isAccount = path === ACCOUNT;
  const meets = testOf({ path, tests });
  const mayMeet = remembering((leaf) => meets(leaf) || (isAccount && !isAccountId(leaf)));
  return {
    ...{ path, name, isNested: name !== path, mayLack: isAccount },
    mayMeet: (record, from) => record[from] === OPEN_BRACKET || mayMeet(record, from, scalarEnd(record, from)),
  };
}

function isAccountId(leaf: Leaf): boolean {
  return typeof leaf === 'string' && /^\d{12}$/.test(leaf);
}

/** The condition that the field's tests make together. */
function testOf({ path, tests }: AskedField): (leaf: Leaf) => boolean {
  const compiled = compilePattern({ [path]: tests.map((test): unknown => JSON.parse(test)) });
  const [field] = 'pattern' in compiled ? (compiled.pattern.alternatives[0]?.fields ?? []) : [];
  return field?.kind === 'some' ? (leaf) => field.tests.some(({ holds }) => holds(leaf)) : () => true;
}

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const COMMA = 0x2c;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

function scalarEnd(record: Buffer, from: number): number {
  if (record[from] === QUOTE) return Math.min(textEnd(record, from), record.length);
  let at = from;
  for (; at < record.length; at += 1) {
    const byte = record[at] ?? 0;
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= SPACE) break;
  }
  return at;
}

/** Longer values are not remembered, nor are more than these. */
const LONGEST_REMEMBERED = 64;
const MOST_REMEMBERED = 1000;

/** The test on a value in bytes. It remembers its answers: most records have the same few regions, agents and addresses. */
function remembering(test: (leaf: Leaf) => boolean): (record: Buffer, from: number, to: number) => boolean {
  const answers = new Map<string, boolean>();
  const last = { bytes: new Uint8Array(LONGEST_REMEMBERED), length: 0, answer: true };
  return (record, from, to) => {
    const length = to - from;
    if (length > LONGEST_REMEMBERED) return mayMeet(record.toString('utf8', from, to), test);
    if (length === last.length && isSame(record, from, last.bytes, length)) return last.answer;
    const bytes = record.toString('latin1', from, to);
    const answer = answers.get(bytes) ?? mayMeet(record.toString('utf8', from, to), test);
    if (answers.size >= MOST_REMEMBERED) answers.clear();
    answers.set(bytes, answer);
    record.copy(last.bytes, 0, from, to);
    Object.assign(last, { length, answer });
    return answer;
  };
}

function isSame(record: Uint8Array, from: number, bytes: Uint8Array, length: number): boolean {
  for (let at = 0; at < length; at += 1) if (record[from + at] !== bytes[at]) return false;
  return true;
}

function mayMeet(json: string, test: (leaf: Leaf) => boolean): boolean {
  try {
    const leaf: unknown = JSON.parse(json);
    return !isLeaf(leaf) || test(leaf);
  } catch {
    // Not JSON: the parse of the record says so.
    return true;
  }
}
