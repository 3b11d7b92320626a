/** Which records a scan returns: names the kernel looks for, text the bytes must contain, and a test on the parsed record. */

import type { CloudTrailRecord } from '../record.ts';
import type { WantedNames } from './json-elements.ts';

/** Absent parts don't restrict; an empty object wants every record. Plain data except `where`. */
export interface Wanted {
  readonly eventNames?: ReadonlySet<string> | undefined;
  readonly eventSources?: ReadonlySet<string> | undefined;
  /** The record must contain one of these texts (an instance id, an actor's name). Spares parsing the others. */
  readonly anyText?: readonly string[] | undefined;
  /** Records that are wanted although `eventNames` lacks their name: those from one of these sources, or with one of these texts in them. */
  readonly or?: OrWanted | undefined;
  /** Decides on the parsed record, after everything else. */
  readonly where?: ((record: CloudTrailRecord) => boolean) | undefined;
}

/** Beside `eventNames`, and with neither `eventSources` nor `anyText`. */
export interface OrWanted {
  readonly eventSources: ReadonlySet<string>;
  readonly anyText: readonly string[];
}

/** What of it the kernel decides. */
export function wantedNames({ eventNames: names, eventSources, or }: Wanted): WantedNames {
  if (or === undefined) return { names, sources: eventSources, mode: 'both' };
  return { names, sources: or.eventSources, mode: or.anyText.length > 0 ? 'all' : 'either' };
}

/** True when the parsed record is wanted. This is the decision; every earlier test is only a shortcut. */
export function isWanted(wanted: Wanted, record: CloudTrailRecord): boolean {
  const { eventNames, eventSources, or, where } = wanted;
  const { eventName, eventSource } = record;
  const isNamed = eventNames === undefined || (typeof eventName === 'string' && eventNames.has(eventName));
  // Whoever asks for texts looks again: how the record wrote them is not seen any more.
  const isBeside =
    or !== undefined &&
    (or.anyText.length > 0 || (typeof eventSource === 'string' && or.eventSources.has(eventSource)));
  if (!isNamed && !isBeside) return false;
  if (eventSources !== undefined && !(typeof eventSource === 'string' && eventSources.has(eventSource))) return false;
  return where === undefined || where(record);
}

/**
 * A test on a record's bytes that never refuses a record containing one of the texts, however it is escaped; undefined when there is
 * nothing to test. It looks for the longest run of letters, digits and `_.:@-` of each text, which JSON can only write verbatim or
 * as `\u00…`.
 */
export function textTest(texts: readonly string[] | undefined): ((bytes: Buffer) => boolean) | undefined {
  if (texts === undefined || texts.length === 0) return undefined;
  const runs = texts.map((text) => longest(text.match(/[\w.:@-]+/g) ?? []));
  if (runs.some((run) => run === '')) return undefined;
  const needles = runs.map((run) => Buffer.from(run));
  return (bytes) => needles.some((needle) => bytes.includes(needle)) || bytes.includes('\\u00');
}

function longest(runs: readonly string[]): string {
  return runs.reduce((best, run) => (run.length > best.length ? run : best), '');
}
