/** Reads what a record's call changed: by the call's own reader where we model it, otherwise as a change that can't be taken back. */

import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import { allResourceIds, booleanField, type Fields, isOmitted, requestOf, responseOf } from '../fields.ts';
import type { Change } from './change.ts';

/** A successful call as its record shows it. A part that CloudTrail omitted is empty. */
export interface RecordedCall {
  readonly record: CloudTrailRecord;
  readonly request: Fields;
  readonly response: Fields;
  readonly requestOmitted: boolean;
}

/**
 * Reads the changes of a call, exactly as the record says. Empty when it changed nothing that we judge; undefined when the record
 * doesn't say what it changed.
 */
export type ReadChanges = (call: RecordedCall) => readonly Change[] | undefined;

/**
 * The reader of calls that change nothing we judge, such as those on egress rules (mirrored packets enter a sensor), or that change it
 * through another call with a record of its own: CreateFleet through RunInstances.
 */
export const changesNothing: ReadChanges = () => [];

const NOTHING: Fields = {};
const OMITTED = 'lacks its parameters (omitted)';
const UNREADABLE = 'does not say what it changed';
const NOT_MODELLED = 'does not say what it was before';

/**
 * The changes of a successful call; undefined when there are none. A call without a reader, or one whose record doesn't say enough, gives
 * one opaque change of the resources that its record names.
 *
 * @param named the ids that the call's sighting names
 */
export function changesOf(
  record: CloudTrailRecord,
  read: ReadChanges | undefined,
  named: readonly string[],
): readonly Change[] | undefined {
  const [requestOmitted, responseOmitted] = [isOmitted(record.requestParameters), isOmitted(record.responseElements)];
  const request = requestOmitted ? NOTHING : requestOf(record);
  const response = responseOmitted ? NOTHING : responseOf(record);
  if (booleanField(response, '_return') === false || booleanField(response, 'return') === false) return undefined;
  const changes = read?.({ record, request, response, requestOmitted });
  if (changes !== undefined) return changes.length === 0 ? undefined : changes;
  const unread = read === undefined ? NOT_MODELLED : UNREADABLE;
  const lacks = requestOmitted || responseOmitted ? OMITTED : unread;
  return [{ kind: 'opaque', resourceIds: [...new Set([...named, ...allResourceIds(record)])], lacks }];
}
