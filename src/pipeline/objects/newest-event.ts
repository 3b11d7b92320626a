/** The newest `eventTime` in the bytes of a log, found without parsing its records. */

const NAME = '"eventTime"';
/** After the name of the field, as CloudTrail writes it and as people's tools do. */
const VALUE = /^\s*:\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"/;
const MOST_SPACE = 16;
const VALUE_CHARS = 22;

/**
 * The newest time that any field `eventTime` has, ISO 8601 in UTC with seconds; undefined without one. It may be a field inside of a request,
 * which a caller chose, or lack one that is cut off at the end of a piece: whoever asks bounds it by the time of the delivery.
 */
export function newestEventIn(bytes: Buffer): string | undefined {
  let newest: string | undefined;
  for (let at = bytes.indexOf(NAME); at !== -1; at = bytes.indexOf(NAME, at + NAME.length)) {
    const from = at + NAME.length;
    const text = bytes.toString('latin1', from, from + MOST_SPACE + VALUE_CHARS);
    const [, time] = VALUE.exec(text) ?? [];
    if (time !== undefined && (newest === undefined || time > newest)) newest = time;
  }
  return newest;
}

/** The newer of two such times. */
export function newerEvent(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one > other ? one : other;
}
