/** Which records a scan returns: names the kernel looks for, text the bytes must contain, and a test on the parsed record. */

import type { CloudTrailRecord } from '../record.ts';
import type { WantedNames } from './json-elements.ts';

/** Absent parts don't restrict; an empty object wants every record. Plain data except `where` and `or.byFields.mayMatch`. */
export interface Wanted {
  readonly eventNames?: ReadonlySet<string> | undefined;
  readonly eventSources?: ReadonlySet<string> | undefined;
  /** The record must contain one of these texts (an instance id, an actor's name). Spares parsing the others. */
  readonly anyText?: readonly string[] | undefined;
  /** Records that are wanted although `eventNames` lacks their name: those from one of these sources, or with such texts or fields in them. */
  readonly or?: OrWanted | undefined;
  /** Decides on the parsed record, after everything else. */
  readonly where?: ((record: CloudTrailRecord) => boolean) | undefined;
}

/** Beside `eventNames`, and with neither `eventSources` nor `anyText`. */
export interface OrWanted {
  readonly eventSources: ReadonlySet<string>;
  readonly anyText: readonly string[];
  /** Decides on records without any of these. */
  readonly byFields?: FieldFilter | undefined;
}

/** Records that are wanted for the values of some fields. */
export interface FieldFilter {
  /** What the filter is made of, as plain data: a function cannot be handed to another thread. */
  readonly alternatives: readonly (readonly AskedField[])[];
  /** A test on the bytes of an ordinary record. Never refuses one that is wanted. */
  readonly mayMatch: (record: Buffer) => boolean;
}

/** A field of which some value has to meet one of the tests. */
export interface AskedField {
  /** With dots. */
  readonly path: string;
  /** As an event pattern writes them, in JSON. */
  readonly tests: readonly string[];
}

/** What of it the kernel decides. */
export function wantedNames({ eventNames: names, eventSources, or }: Wanted): WantedNames {
  if (or === undefined) return { names, sources: eventSources, mode: 'both' };
  return { names, sources: or.eventSources, mode: readsBytes(or) ? 'all' : 'either' };
}

/** True when the parsed record is wanted. This is the decision; every earlier test is only a shortcut. */
export function isWanted(wanted: Wanted, record: CloudTrailRecord): boolean {
  const { eventNames, eventSources, or, where } = wanted;
  const { eventName, eventSource } = record;
  const isNamed = eventNames === undefined || (typeof eventName === 'string' && eventNames.has(eventName));
  // Whoever asks for texts or fields looks again: how the record wrote them is not seen any more.
  const isBeside =
    or !== undefined && (readsBytes(or) || (typeof eventSource === 'string' && or.eventSources.has(eventSource)));
  if (!isNamed && !isBeside) return false;
  if (eventSources !== undefined && !(typeof eventSource === 'string' && eventSources.has(eventSource))) return false;
  return where === undefined || where(record);
}

/** True if records have to be looked into that have no name or source that is wanted. */
function readsBytes({ anyText, byFields }: OrWanted): boolean {
  return anyText.length > 0 || byFields !== undefined;
}

/** What the bytes of an ordinary record have to have, unless its name or source is wanted; undefined when there is nothing to test. */
export function bytesTest({ anyText, or }: Wanted): ((bytes: Buffer) => boolean) | undefined {
  const texts = anyText ?? or?.anyText ?? [];
  const byText = textTest(texts);
  const byFields = or?.byFields?.mayMatch;
  if (byFields === undefined || texts.length === 0) return byFields ?? byText;
  return byText === undefined ? undefined : (bytes) => byText(bytes) || byFields(bytes);
}

/**
 * A test on a record's bytes that never refuses a record containing one of the texts, however it is escaped; undefined when there is
 * nothing to test. It looks for the longest run of letters, digits and `_.:@-` of each text, which JSON can only write verbatim or
 * as `\u00…`.
 */
function textTest(texts: readonly string[]): ((bytes: Buffer) => boolean) | undefined {
  if (texts.length === 0) return undefined;
  const runs = texts.map((text) => longest(text.match(/[\w.:@-]+/g) ?? []));
  if (runs.some((run) => run === '')) return undefined;
  const needles = runs.map((run) => Buffer.from(run));
  return (bytes) => needles.some((needle) => bytes.includes(needle)) || bytes.includes('\\u00');
}

function longest(runs: readonly string[]): string {
  return runs.reduce((best, run) => (run.length > best.length ? run : best), '');
}
