/** Finds where the next record begins past damage, and tells it from an object inside the damaged record. */

// Quotes and brackets cannot be trusted past damage, so a record is found by how it opens and what comes before it. In a list, an
// object inside a record may open the same way. It is told by what follows: its list closes, and its record goes on.

import { isSpace, skipSpace } from './json-walk.ts';
import { LONGEST_OPENING_BYTES, USUAL_FIRST_KEY } from './log-damage.ts';
import { followValue, isLineBreak } from './value-structure.ts';

const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;
/** How far before an opening we look for the comma. Pretty-printed files have a line break and an indentation between. */
export const LOOKBEHIND_BYTES = 64;

/** Where a record may begin. */
export interface Opening {
  readonly at: number;
  /**
   * `element`: of a list; it opens like the others, after a comma or at the start of a line. `value`: an object at the start of a line,
   * and not in a list. `line`: the same after a comma, colon or bracket, where a line was cut off or a value spans lines.
   */
  readonly kind: 'element' | 'value' | 'line';
}

/** What is searched for the next record. */
export interface SearchPlace {
  /** The first key of the list's records, in its quotes. */
  readonly firstKey: Buffer;
  readonly isInList: boolean;
  /** No bytes will be added. */
  readonly ended: boolean;
}

/** Where the next record may begin, or undefined. An opening whose bytes are not all there is found once they are. */
export function nextOpening(
  bytes: Buffer,
  from: number,
  { firstKey, isInList, ended }: SearchPlace,
): Opening | undefined {
  for (let at = nextBrace(bytes, from); at !== -1; at = nextBrace(bytes, at + 1)) {
    if (!ended && at + LONGEST_OPENING_BYTES > bytes.length) return undefined;
    const startsLine = isLineBreak(bytes[at - 1]);
    const isUsual = opensWith(bytes, at, firstKey) || opensWith(bytes, at, USUAL_FIRST_KEY);
    if (!startsLine && !isUsual) continue;
    const before = lastVisible(bytes, at);
    if (isUsual && (isInList ? startsLine || before === COMMA : !startsLine && before === COMMA))
      return { at, kind: 'element' };
    if (!startsLine) continue;
    if (!isInsideValue(before)) return { at, kind: 'value' };
    if (!isInList) return { at, kind: 'line' };
  }
  return undefined;
}

/**
 * Judges an object that starts a line. It is a value if another line or the end follows it; otherwise the search goes on at `at`. If it
 * is damaged, what is before it decides: it is not a value after a comma, colon or bracket (`kind` is `line`).
 */
export function judgeLine(bytes: Buffer, { at, kind }: Opening, limit: number, ended: boolean): RunOfObjects {
  const value = followValue(bytes, at, { limit, linesEndStrings: true, stopsAtRecords: false });
  const { reached } = value;
  if (value.kind === 'broken' && kind === 'value') return { kind: 'records', reached };
  if (value.kind === 'broken') return { kind: 'nested', at: value.at, reached };
  const next = bytes[skipSpace(bytes, reached)];
  if (!ended && next === undefined) return { kind: 'cut', reached };
  if (value.kind === 'cut')
    return kind === 'value' ? { kind: 'records', reached } : { kind: 'undecided', at: reached, reached };
  return next === undefined || next === OPEN_BRACE
    ? { kind: 'records', reached }
    : { kind: 'nested', at: reached, reached };
}

/** What a run of objects, separated by commas, proves to be: records, or objects inside a damaged record. */
export type RunOfObjects =
  | { readonly kind: 'records'; readonly reached: number }
  /** The list they are in closed, and was not the list of records. Everything before `at` is inside the damaged record. */
  | { readonly kind: 'nested'; readonly at: number; readonly reached: number }
  /** They end in damage at `at`, or the file does. */
  | { readonly kind: 'undecided'; readonly at: number; readonly reached: number }
  /** It takes more bytes to tell. */
  | { readonly kind: 'cut'; readonly reached: number };

/** What is known about where a run is. */
export interface RunPlace {
  /** No object inside the damaged record lies beyond this. */
  readonly limit: number;
  /** The list of records is inside an object. */
  readonly inContainer: boolean | 'unknown';
  /** No bytes will be added. */
  readonly ended: boolean;
}

/** Follows the objects from `from` on, up to the end of their list or the `limit`. */
export function followRun(bytes: Buffer, from: number, { limit, inContainer, ended }: RunPlace): RunOfObjects {
  const options = { limit: Number.POSITIVE_INFINITY, linesEndStrings: false, stopsAtRecords: false };
  let at = from;
  while (at <= limit) {
    const value = followValue(bytes, at, { ...options, limit: Math.max(at, limit) + 1 });
    if (value.kind === 'broken' && value.at > limit) break;
    if (value.kind === 'broken') return { kind: 'undecided', at: value.at, reached: value.reached };
    const end = skipSpace(bytes, value.reached);
    const separator = bytes[end];
    const next = separator === COMMA ? skipSpace(bytes, end + 1) : end;
    if (value.kind === 'cut' || next === bytes.length)
      return ended ? { kind: 'undecided', at: next, reached: next } : { kind: 'cut', reached: next };
    if (separator === CLOSE_BRACKET) return judgeListEnd(bytes, end + 1, inContainer, ended);
    // A key: the object is the value of a member before it.
    if (separator === COMMA && bytes[next] === QUOTE) return { kind: 'nested', at: next, reached: next };
    if (separator !== COMMA || bytes[next] !== OPEN_BRACE) return { kind: 'undecided', at: next, reached: next };
    at = next;
  }
  return { kind: 'records', reached: at };
}

/** The list of records is the last thing in its file, or in its container. `after`: the byte after its bracket. */
function judgeListEnd(
  bytes: Buffer,
  after: number,
  inContainer: RunPlace['inContainer'],
  ended: boolean,
): RunOfObjects {
  const closesContainer = inContainer !== false && bytes[skipSpace(bytes, after)] === CLOSE_BRACE;
  const at = skipSpace(bytes, closesContainer ? skipSpace(bytes, after) + 1 : after);
  const next = bytes[at];
  if (next === undefined && !ended) return { kind: 'cut', reached: at };
  if (next === COMMA || next === CLOSE_BRACE || next === CLOSE_BRACKET)
    return { kind: 'nested', at: after, reached: at };
  return closesContainer || inContainer !== true
    ? { kind: 'records', reached: at }
    : { kind: 'undecided', at: after, reached: at };
}

/** The next opening brace, or -1. There may be millions of them in a row. */
function nextBrace(bytes: Buffer, from: number): number {
  return bytes[from] === OPEN_BRACE ? from : bytes.indexOf(OPEN_BRACE, from);
}

function opensWith(bytes: Buffer, at: number, key: Buffer): boolean {
  let start = at + 1;
  while (start < at + LONGEST_OPENING_BYTES && isSpace(bytes[start])) start += 1;
  // Most braces open something else, and a look at two bytes tells.
  if (bytes[start] !== QUOTE || bytes[start + 1] !== key[1]) return false;
  const opening = bytes.subarray(start, at + LONGEST_OPENING_BYTES);
  return opening.subarray(0, key.length).equals(key) && opening[skipSpace(opening, key.length)] === COLON;
}

/** Lists opened minus lists closed in the bytes, whether in strings or not. */
export function openedLists(bytes: Buffer, from: number, to: number): number {
  let opened = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at];
    if (byte === 0x5b) opened += 1;
    else if (byte === CLOSE_BRACKET) opened -= 1;
  }
  return opened;
}

/** The last byte before `at` that is not whitespace, or undefined when it is too far away. */
function lastVisible(bytes: Buffer, at: number): number | undefined {
  for (let before = at - 1; before >= Math.max(0, at - LOOKBEHIND_BYTES); before -= 1)
    if (!isSpace(bytes[before])) return bytes[before];
  return undefined;
}

/** True for a bracket, comma or colon that an object inside a value follows. */
const isInsideValue = (byte: number | undefined): boolean =>
  byte === COMMA || byte === COLON || byte === 0x5b || byte === OPEN_BRACE;
