/** Makes sense of the bytes around records: what is between two of them, and how they begin. */

/** The key with which CloudTrail starts a record, in its quotes. */
export const USUAL_FIRST_KEY: Buffer = Buffer.from('"eventVersion"');

/** Bytes between two values are not kept beyond this. */
export const MOST_GAP_BYTES: number = 1024 * 1024;
/** The opening of a record, up to its first colon, is looked for in this many bytes. */
export const LONGEST_OPENING_BYTES = 64;

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

/** The first key of a list's first record, in its quotes. CloudTrail's if there is none, or a damaged one. */
export function firstKeyOf(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const start = text.indexOf('{');
  const [, key] = /^\{\s*("[^"\\]+")\s*:/.exec(text.slice(start, start + LONGEST_OPENING_BYTES)) ?? [];
  return key === undefined ? USUAL_FIRST_KEY : Buffer.from(key, 'latin1');
}

function parsedList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(`[${text}]`);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
