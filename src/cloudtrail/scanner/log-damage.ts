/** Makes sense of damaged bytes: what is between two records, and the complete records after a damaged one. */

import { valueEnd } from './json-walk.ts';

/** How CloudTrail starts a record. */
export const USUAL_OPENING: Buffer = Buffer.from('{"eventVersion":');

const MOST_GAP_BYTES = 1024 * 1024;
const LONGEST_OPENING = 64;

/** Where a gap is: in a list or between a file's values, before the first value, after the last, at the start of the file. */
export interface GapPlace {
  readonly inList: boolean;
  readonly first: boolean;
  readonly last: boolean;
  readonly fileStart: boolean;
}

/**
 * What is between two elements: the values there that are not objects (an empty list for plain separators), or damage. `bytes` runs
 * from the end of one element to the start of the next.
 */
export function judgeGap(
  bytes: Buffer,
  { inList, first, last, fileStart }: GapPlace,
): { readonly values: readonly unknown[] } | { readonly damage: string } {
  const decoded = bytes.toString('utf8', 0, MOST_GAP_BYTES);
  const text = fileStart && decoded.startsWith('\ufeff') ? decoded.slice(1) : decoded;
  // A 0 stands in for each neighbour, so JSON's own rules decide whether the commas are right.
  const [before, after] = [inList && !first ? '0' : '', inList && !last ? '0' : ''];
  const values = parsedList(before + text + after);
  if (values !== undefined) return { values: values.slice(before.length, values.length - after.length) };
  return { damage: `${JSON.stringify(text.trim().slice(0, 40))} where a record was expected` };
}

/** How the records of a list start: the first record's bytes up to its first colon. */
export function openingOf(bytes: Buffer): Buffer {
  const start = bytes.indexOf('{');
  const colon = start === -1 ? -1 : bytes.indexOf(':', start);
  return colon === -1 || colon - start > LONGEST_OPENING
    ? USUAL_OPENING
    : Buffer.from(bytes.subarray(start, colon + 1));
}

/** Where the next record seems to start: it opens like the others and follows a comma or a line break. -1 when there is none. */
export function nextOpening(bytes: Buffer, from: number, opening: Buffer): number {
  let at = bytes.indexOf(opening, from);
  while (at !== -1 && !followsRecord(bytes, at)) at = bytes.indexOf(opening, at + 1);
  return at;
}

/** The parts of `bytes` that seem to be complete records. The caller parses each to be sure. */
export function* completeRecords(bytes: Buffer, opening: Buffer): Generator<Buffer> {
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
