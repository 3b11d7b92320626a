/** What to make of bytes that should not be there: the text between two records, and whole records behind a damaged one. */

import { valueEnd } from './json-walk.ts';

/** How CloudTrail begins a record. */
export const USUAL_OPENING: Buffer = Buffer.from('{"eventVersion":');

const MOST_GAP_BYTES = 1024 * 1024;
const LONGEST_OPENING = 64;

/** Where a gap lies: in a list or between values of a file, before the first value, behind the last, at the file's beginning. */
export interface GapPlace {
  readonly inList: boolean;
  readonly first: boolean;
  readonly last: boolean;
  readonly fileStart: boolean;
}

/**
 * What stands between two values: the values there that are no objects, none of them for separators alone, or damage. `bytes`
 * reaches from the end of one value to the beginning of the next.
 */
export function judgeGap(
  bytes: Buffer,
  { inList, first, last, fileStart }: GapPlace,
): { readonly values: readonly unknown[] } | { readonly damage: string } {
  const whole = bytes.toString('utf8', 0, MOST_GAP_BYTES);
  const text = fileStart && whole.startsWith('\ufeff') ? whole.slice(1) : whole;
  // A number stands for the neighbour on either side, so that JSON's own rules for commas decide.
  const [before, after] = [inList && !first ? '0' : '', inList && !last ? '0' : ''];
  const values = parsedList(before + text + after);
  if (values !== undefined) return { values: values.slice(before.length, values.length - after.length) };
  return { damage: `${JSON.stringify(text.trim().slice(0, 40))} where a record was expected` };
}

/** The first bytes of the list's first record up to its first colon: how this file begins its records. */
export function openingOf(bytes: Buffer): Buffer {
  const start = bytes.indexOf('{');
  const colon = start === -1 ? -1 : bytes.indexOf(':', start);
  return colon === -1 || colon - start > LONGEST_OPENING
    ? USUAL_OPENING
    : Buffer.from(bytes.subarray(start, colon + 1));
}

/** Where, from `from` on, a record seems to begin: like the file's others, and behind a comma or on a line of its own. */
export function nextOpening(bytes: Buffer, from: number, opening: Buffer): number {
  let at = bytes.indexOf(opening, from);
  while (at !== -1 && !followsRecord(bytes, at)) at = bytes.indexOf(opening, at + 1);
  return at;
}

/** The stretches of `bytes` that seem to be whole records, for a parse to judge. */
export function* wholeRecords(bytes: Buffer, opening: Buffer): Generator<Buffer> {
  let at = nextOpening(bytes, 0, opening);
  while (at !== -1) {
    const end = valueEnd(bytes, at);
    if (end !== -1) yield bytes.subarray(at, end);
    at = nextOpening(bytes, end === -1 ? at + 1 : end, opening);
  }
}

function followsRecord(bytes: Buffer, at: number): boolean {
  const before = bytes.toString('latin1', Math.max(0, at - 64), at);
  return /,[ \t\r\n]*$/.test(before) || /[\r\n]$/.test(before);
}

function parsedList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(`[${text}]`);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
