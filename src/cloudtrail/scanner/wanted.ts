/** Which records a scan hands over: names the kernel can look for, text that must lie in the bytes, and a last word on the parsed record. */

import type { CloudTrailRecord } from '../record.ts';

/** Absent parts do not restrict; nothing at all means every record. Plain data but for `where`. */
export interface Wanted {
  readonly eventNames?: ReadonlySet<string> | undefined;
  readonly eventSources?: ReadonlySet<string> | undefined;
  /** Texts of which one must stand somewhere in the record (an instance id, an actor's name); spares the parse of the others. */
  readonly anyText?: readonly string[] | undefined;
  /** Decides on the parsed record, after everything else. */
  readonly where?: ((record: CloudTrailRecord) => boolean) | undefined;
}

/** True when the parsed record is wanted: the decision, of which everything before it is only a short cut. */
export function isWanted(wanted: Wanted, record: CloudTrailRecord): boolean {
  const { eventNames, eventSources, where } = wanted;
  if (eventNames !== undefined && !(typeof record.eventName === 'string' && eventNames.has(record.eventName)))
    return false;
  if (eventSources !== undefined && !(typeof record.eventSource === 'string' && eventSources.has(record.eventSource)))
    return false;
  return where === undefined || where(record);
}

/**
 * A test on a record's bytes that never refuses a record in which one of the texts stands, however it is escaped; undefined when
 * there is nothing to test. It looks for the longest run of letters, digits and `_.:@-` of each text, which JSON can only write
 * as it stands or as `\u00…`.
 */
export function textTest(texts: readonly string[] | undefined): ((bytes: Buffer) => boolean) | undefined {
  if (texts === undefined) return undefined;
  const runs = texts.map((text) => longest(text.match(/[\w.:@-]+/g) ?? []));
  if (runs.some((run) => run === '')) return undefined;
  const needles = runs.map((run) => Buffer.from(run));
  return (bytes) => needles.some((needle) => bytes.includes(needle)) || bytes.includes('\\u00');
}

function longest(runs: readonly string[]): string {
  return runs.reduce((best, run) => (run.length > best.length ? run : best), '');
}
