/** Follows the brackets, quotes and separators of one JSON value, to find its end or the first place where they contradict each other. */

import { parseJson } from '../../delivery/shape.ts';

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const OBJECT = 0x7b;
const LIST = 0x5b;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** `"Records"` with every letter written as a `\u` escape. */
const LONGEST_KEY_BYTES = 44;

/** Records nest a few levels deep. Deeper values would cost memory for each level. */
const MOST_LEVELS = 1000;

/** What a byte is outside a string. */
const KIND = { scalar: 0, space: 1, string: 2, open: 3, close: 4, comma: 5, colon: 6 } as const;
const KINDS = new Uint8Array(256);
for (const byte of [0x20, 0x09, LINE_FEED, CARRIAGE_RETURN]) KINDS[byte] = KIND.space;
for (const byte of [OBJECT, LIST]) KINDS[byte] = KIND.open;
for (const byte of [0x7d, 0x5d]) KINDS[byte] = KIND.close;
KINDS[QUOTE] = KIND.string;
KINDS[0x2c] = KIND.comma;
KINDS[0x3a] = KIND.colon;

/** How to follow a value. */
export interface StructureOptions {
  /** Where to give up on a value that is too long. Later bytes are not looked at. */
  readonly limit: number;
  /** A line break inside a string breaks the value: in a file with a value per line, it was cut off there. */
  readonly linesEndStrings: boolean;
  /** Stop where a list under the value's own key `Records` opens. */
  readonly stopsAtRecords: boolean;
  /** Start behind a member of an object, and follow the rest of it. @default false */
  readonly startsInside?: boolean;
}

/** What was found. `reached` is the first byte that was not needed for it. */
export type Structure =
  | { readonly kind: 'complete'; readonly reached: number }
  /** The opening bracket of its `Records` list is at `reached`. */
  | { readonly kind: 'records'; readonly reached: number }
  | BrokenStructure
  /** The bytes end first. */
  | { readonly kind: 'cut'; readonly lineAt: number | undefined; readonly reached: number };

/** A value that contradicts itself. */
export interface BrokenStructure {
  readonly kind: 'broken';
  /** The token that contradicts what came before, or the limit. */
  readonly at: number;
  /** How many lists were open there. */
  readonly openLists: number;
  /** The first object inside that starts a line: in a file with one value per line, the value may have been cut off before it. */
  readonly lineAt: number | undefined;
  readonly reached: number;
}

/** What is open, and what may come next in the innermost of it. */
interface Nesting {
  readonly open: number[];
  expected: 'key' | 'colon' | 'value' | 'end';
}

/**
 * Follows the value that opens at `from` with a brace or bracket. It breaks where a quote, a bracket, or a comma between two members is
 * missing or too many. Scalars and escapes are not checked, so a complete value may still not be JSON. Looks at every byte once.
 */
export function followValue(bytes: Buffer, from: number, options: StructureOptions): Structure {
  const nesting: Nesting = options.startsInside ? { open: [OBJECT], expected: 'end' } : { open: [], expected: 'value' };
  const to = Math.min(bytes.length, options.limit);
  let ownKey: Buffer | undefined;
  let lineAt: number | undefined;
  let at = from;
  while (at < to) {
    const byte = bytes[at] ?? 0;
    const kind = KINDS[byte] ?? KIND.scalar;
    if (kind === KIND.space) {
      at += 1;
      continue;
    }
    const token =
      kind === KIND.string ? stringAt(bytes, at, to, options.linesEndStrings) : tokenAt(bytes, at, to, kind);
    if (token.cut) break;
    if (kind === KIND.string && nesting.open.length === 1 && nesting.expected === 'key')
      ownKey = bytes.subarray(at, token.end);
    const opensOwnList = byte === LIST && nesting.open.length === 1 && nesting.expected === 'value';
    if (opensOwnList && options.stopsAtRecords && isRecordsKey(ownKey)) return { kind: 'records', reached: at };
    if (token.broken || !accept(nesting, kind, byte)) return broken(nesting, at, token.end, lineAt);
    if (byte === OBJECT && at > from && isLineBreak(bytes[at - 1])) lineAt ??= at;
    at = token.end;
    if (nesting.open.length === 0) return { kind: 'complete', reached: at };
  }
  return to === bytes.length ? { kind: 'cut', lineAt, reached: to } : broken(nesting, to, to, lineAt);
}

function broken({ open }: Nesting, at: number, reached: number, lineAt: number | undefined): BrokenStructure {
  return { kind: 'broken', at, openLists: open.filter((bracket) => bracket === LIST).length, lineAt, reached };
}

/** True for a byte that ends a line. */
export function isLineBreak(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

/** Takes a token into the nesting. False when it cannot come here. */
function accept(nesting: Nesting, kind: number, byte: number): boolean {
  const { open, expected } = nesting;
  const inObject = open[open.length - 1] === OBJECT;
  switch (kind) {
    case KIND.string:
      nesting.expected = expected === 'key' ? 'colon' : 'end';
      return expected === 'key' || expected === 'value';
    case KIND.scalar:
      if (expected !== 'end') nesting.expected = expected === 'value' ? 'end' : 'colon';
      return true;
    case KIND.open:
      open.push(byte);
      nesting.expected = byte === OBJECT ? 'key' : 'value';
      return expected === 'value' && open.length <= MOST_LEVELS;
    case KIND.close:
      nesting.expected = 'end';
      // In ASCII, a closing bracket is its opening one plus 2.
      return open.pop() === byte - 2;
    case KIND.comma:
      nesting.expected = inObject ? 'key' : 'value';
      return inObject || expected === 'end';
    case KIND.colon:
      nesting.expected = 'value';
      return inObject;
  }
  return true;
}

interface Token {
  readonly end: number;
  /** The bytes end inside it. */
  readonly cut?: boolean;
  readonly broken?: boolean;
}

/** A bracket, comma or colon, or a run of scalar bytes. */
function tokenAt(bytes: Buffer, at: number, to: number, kind: number): Token {
  let end = at + 1;
  if (kind === KIND.scalar) while (end < to && KINDS[bytes[end] ?? 0] === KIND.scalar) end += 1;
  return { end };
}

/** A string, broken when what follows its closing quote cannot follow a string. */
function stringAt(bytes: Buffer, from: number, to: number, linesEndStrings: boolean): Token {
  for (let at = from + 1; at < to; at += 1) {
    const byte = bytes[at];
    if (byte === BACKSLASH) at += 1;
    else if (linesEndStrings && isLineBreak(byte)) return { end: at, broken: true };
    else if (byte === QUOTE) return { end: at + 1, broken: at + 1 < to && !mayFollowString(bytes[at + 1] ?? 0) };
  }
  return { end: to, cut: true };
}

const mayFollowString = (byte: number): boolean => {
  const kind = KINDS[byte];
  return kind === KIND.space || kind === KIND.close || kind === KIND.comma || kind === KIND.colon;
};

function isRecordsKey(key: Buffer | undefined): boolean {
  if (key === undefined || key.length > LONGEST_KEY_BYTES) return false;
  return parseJson(key.toString('utf8'))?.value === 'Records';
}
