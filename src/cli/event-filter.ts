/** Which records `events` prints: the filters of its command line. */

import { createHash } from 'node:crypto';
import { type CloudTrailRecord, callFailed } from '../cloudtrail/record.ts';
import type { Wanted } from '../cloudtrail/scanner/scan.ts';
import { callersOf } from '../pipeline/reading/callers.ts';
import { mayBeWithin } from '../pipeline/reading/event-period.ts';

/** The filters; a record must pass all that are given. */
export interface EventFilter {
  readonly eventName?: readonly string[] | undefined;
  /** Full names, or short ones such as `ec2`. */
  readonly eventSource?: readonly string[] | undefined;
  /** An instance id anywhere in the record. */
  readonly instance?: string | undefined;
  /** Part of an actor's name, ARN or session, in any case. */
  readonly actor?: string | undefined;
  /** Only failed calls. */
  readonly errors?: boolean | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/** The filter in the scanner's terms, which can rule out most records without parsing them. Records without a readable time pass `since` and `until`. */
export function matching({ eventName, eventSource, instance, ...filter }: EventFilter): Wanted {
  const tests = testsOf({ instance, ...filter });
  return {
    eventNames: eventName && new Set(eventName),
    eventSources: eventSource && new Set(fullSources(eventSource)),
    anyText: instance === undefined ? undefined : [instance],
    where: tests.length === 0 ? undefined : (record) => tests.every((test) => test(record)),
  };
}

/** Event sources with their full names: `ec2` is `ec2.amazonaws.com`. */
export function fullSources(sources: readonly string[]): readonly string[] {
  return sources.map((source) => (source.includes('.') ? source : `${source}.amazonaws.com`));
}

function testsOf({
  instance,
  actor,
  errors,
  since,
  until,
}: EventFilter): readonly ((record: CloudTrailRecord) => boolean)[] {
  const tests: ((record: CloudTrailRecord) => boolean)[] = [];
  if (errors) tests.push(callFailed);
  if (since !== undefined || until !== undefined)
    tests.push(({ eventTime }) => mayBeWithin(eventTime, { since, until }));
  if (instance !== undefined) tests.push((record) => mentions(record, instance));
  if (actor !== undefined) {
    const text = actor.toLowerCase();
    tests.push((record) => callersOf(record).some((each) => each.toLowerCase().includes(text)));
  }
  return tests;
}

/** True if the id occurs anywhere in the value, by itself or at the end of an ARN. */
function mentions(record: unknown, id: string): boolean {
  // A loop: a record may nest deeper than the stack allows.
  const open: unknown[] = [record];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string' && (value === id || value.endsWith(`/${id}`))) return true;
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) open.push(inner);
  }
  return false;
}

/**
 * A test that is true for a record seen before. Records are compared by `eventID` and `recipientAccountId`; those without an
 * `eventID` by their bytes.
 */
export function repeatFilter(): (record: CloudTrailRecord, json: Buffer) => boolean {
  const seen = new Set<string>();
  return ({ eventID, recipientAccountId }, json) => {
    const account = recipientAccountId ?? '';
    const key =
      typeof eventID === 'string' && typeof account === 'string'
        ? `${eventID} ${account}`
        : createHash('sha256').update(json.toString('latin1'), 'latin1').digest('hex');
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  };
}
