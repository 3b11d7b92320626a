/** Which records a scan returns: names the kernel looks for, text the bytes must contain, and a test on the parsed record. */

import type { CloudTrailRecord } from '../record.ts';

/** Absent parts don't restrict; an empty object wants every record. Plain data except `where`. */
export interface Wanted {
  readonly eventNames?: ReadonlySet<string> | undefined;
  readonly eventSources?: ReadonlySet<string> | undefined;
  /** The record must contain one of these texts (an instance id, an actor's name). Spares parsing the others. */
  readonly anyText?: readonly string[] | undefined;
  /** Decides on the parsed record, after everything else. */
  readonly where?: ((record: CloudTrailRecord) => boolean) | undefined;
}

/** True when the parsed record is wanted. This is the decision; every earlier test is only a shortcut. */
export function isWanted(wanted: Wanted, record: CloudTrailRecord): boolean {
  const { eventNames, eventSources, where } = wanted;
  if (eventNames !== undefined && !(typeof record.eventName === 'string' && eventNames.has(record.eventName)))
    return false;
  if (eventSources !== undefined && !(typeof record.eventSource === 'string' && eventSources.has(record.eventSource)))
    return false;
  return where === undefined || where(record);
}

/**
 * A test on a record's bytes that never refuses a record containing one of the texts, however it is escaped; undefined when there is
 * nothing to test. It looks for the longest run of letters, digits and `_.:@-` of each text, which JSON can only write verbatim or
 * as `\u00…`.
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
