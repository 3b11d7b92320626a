/** The newest `eventTime` in the bytes of a log, found without parsing its records. */

const NAME = Buffer.from('"eventTime"');
/** What follows the name of the field as CloudTrail writes it, and as people's tools do. */
const VALUE = /^\s*:\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"/;
const MOST_SPACE = 16;
const VALUE_CHARS = 22;
const [COLON, QUOTE] = [0x3a, 0x22];

/**
 * The newest time that any field `eventTime` has, ISO 8601 in UTC with seconds; undefined without one. It may be a field inside of a request,
 * which a caller chose, or lack one that is cut off at the end of a piece: whoever asks bounds it by the time of the delivery.
 */
export function newestEventIn(bytes: Buffer): string | undefined {
  let newest: string | undefined;
  let newestAt = -1;
  for (let at = bytes.indexOf(NAME); at !== -1; at = bytes.indexOf(NAME, at + NAME.length)) {
    const from = at + NAME.length;
    const isCompact = bytes[from] === COLON && bytes[from + 1] === QUOTE;
    // Of the many that are no newer, not even a text is made.
    if (isCompact && newestAt !== -1 && !isAfter(bytes, from + 2, newestAt)) continue;
    const [, time] = VALUE.exec(bytes.toString('latin1', from, from + MOST_SPACE + VALUE_CHARS)) ?? [];
    if (time === undefined || (newest !== undefined && time <= newest)) continue;
    newest = time;
    newestAt = isCompact ? from + 2 : -1;
  }
  return newest;
}

/** True if the bytes at `at` come after those at `other`, in the order of their values. */
function isAfter(bytes: Buffer, at: number, other: number): boolean {
  for (let index = 0; index < VALUE_CHARS; index += 1) {
    const difference = (bytes[at + index] ?? 0) - (bytes[other + index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** The newer of two such times. */
export function newerEvent(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one > other ? one : other;
}
