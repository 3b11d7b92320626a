/** What is probably wrong with an event pattern although it compiles: names that do not exist, and conditions that nothing can meet. */

import { didYouMean, nearest } from '../../config/spelling.ts';
import type { Problem } from '../../errors.ts';
import { isForEvent } from '../../rules/event-of-record.ts';
import { type AskedField, askedFields } from './asked-fields.ts';
import { carriesRecord, envelopeDoubts, eventDoubts, isEventField } from './event-doubts.ts';
import { eventNameDoubts, eventSourceDoubts, type NameDoubt } from './name-doubts.ts';
import { shapeDoubts } from './shape-doubts.ts';
import { unreadDoubts } from './unread-records.ts';

/** How many misspelt names of a pattern get a suggestion: each takes about a tenth of a second. */
const MOST_SUGGESTED = 10;

/** What is known about the events that a pattern is asked of. */
export interface AskedOf {
  /** True for a rule of the configuration: it is asked of no event but those that carry records. @default false */
  readonly records?: boolean;
}

/**
 * The doubts about a pattern, each with its path. `value` is the pattern as it is written, known to compile; `path` is its own, or ''.
 * A pattern of EventBridge's event is looked at as far as it is about CloudTrail records.
 */
export function doubtsOfPattern(value: unknown, path: string, { records = false }: AskedOf = {}): readonly Problem[] {
  const isEvent = isForEvent(value);
  const doubts = askedFields(value, path).flatMap((field): readonly NameDoubt[] => [
    ...(isEvent ? inEvent(field, records) : inRecord(field, '')),
    ...mergeDoubts(field),
    ...(records ? unreadDoubts(field) : []),
    ...(records && !isEvent ? envelopeDoubts(field) : []),
  ]);
  const unique = [...new Map(doubts.map((one) => [`${one.path}\n${one.message}`, one])).values()];
  const suggested = new Set(unique.filter(({ misspelt }) => misspelt !== undefined).slice(0, MOST_SUGGESTED));
  return unique.map((one) => ({
    path: one.path,
    message: `${one.message}${suggested.has(one) ? suggestionFor(one) : ''}`,
  }));
}

function suggestionFor({ misspelt }: NameDoubt): string {
  const known = misspelt?.known.find((names) => nearest(misspelt.name, names).length > 0);
  return misspelt === undefined || known === undefined ? '' : didYouMean(misspelt.name, known);
}

/** YAML 1.1 merged the fields of another object by this key. YAML 1.2 has no such key, and a pattern may have any field. */
function mergeDoubts({ names, paths }: AskedField): readonly NameDoubt[] {
  const at = names.indexOf('<<');
  const message = 'is read as a field of this name, and merges nothing; write its fields out';
  return at === -1 ? [] : [{ path: paths[at] ?? '', message }];
}

function inEvent(field: AskedField, records: boolean): readonly NameDoubt[] {
  const [first, ...names] = field.names;
  const carries = records || carriesRecord(field.together);
  if (first !== 'detail' || names.length === 0) return eventDoubts(field, carries);
  return carries ? inRecord(field, 'detail.') : [];
}

/** `base` is what leads to the record: `detail.`, or nothing. */
function inRecord(field: AskedField, base: '' | 'detail.'): readonly NameDoubt[] {
  const from = base === '' ? 0 : 1;
  const ofRecord = { ...field, names: field.names.slice(from), paths: field.paths.slice(from) };
  // Both the record and EventBridge's event have a list of resources.
  const isOfEither = base === '' && field.together.every(({ names }) => isEventField(names[0]));
  const shape = isOfEither ? [] : shapeDoubts(ofRecord);
  if (shape.length > 0) return shape;
  const name = ofRecord.names.join('.');
  if (name === 'eventName') return eventNameDoubts(field, base);
  return name === 'eventSource' ? eventSourceDoubts(field) : [];
}
