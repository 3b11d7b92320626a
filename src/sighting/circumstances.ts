/** What every sighting says about its record: where, when, who, and how to find it. */

import { actorOf } from '../cloudtrail/identity.ts';
import { type CloudTrailRecord, callFailed } from '../cloudtrail/record.ts';
import { accountIdOf, fieldsOf, str } from './fields.ts';
import { launchActor } from './launch-origin.ts';
import { recordedEventID } from './own-calls.ts';
import type { Actor, Evidence } from './sighting.ts';

/** Where and when a call happened, who made it, and its evidence. */
export interface Circumstances {
  readonly accountId: string;
  readonly region: string;
  readonly eventTime: Date;
  readonly actor: Actor;
  readonly evidence: Evidence;
}

/** The longest text copied from a record into evidence: CloudTrail's own limit for a user agent. */
const TEXT_LENGTH = 1024;
/** The longest text that a message quotes from where a time should be. */
const SHOWN_LENGTH = 40;

/**
 * The circumstances of a record, or undefined when it doesn't say when or in which account it happened: we could not act on it.
 *
 * The account is the one it happened in (`recipientAccountId`). The caller's own account is only a fallback.
 */
export function circumstancesOf(record: CloudTrailRecord, logFile?: string): Circumstances | undefined {
  const accountId = accountOf(record, logFile);
  const eventTime = timeOf(record.eventTime);
  if (accountId === undefined || eventTime === undefined) return undefined;
  const { actor, through } = launchActor(record, actorOf(record));
  return {
    accountId,
    // Global services log without a region or in this one.
    region: str(record.awsRegion) || 'us-east-1',
    eventTime,
    actor,
    evidence: {
      ...idsOf(record),
      eventName: bounded(record.eventName) ?? '',
      eventTime: eventTime.toISOString(),
      actor: actor.name,
      ...(through !== undefined && { through }),
      sourceIPAddress: bounded(record.sourceIPAddress),
      userAgent: bounded(record.userAgent),
      logFile,
    },
  };
}

/** Why a record has no circumstances, in words about it, bounded in length; undefined when it has. */
export function lackOf(record: CloudTrailRecord, logFile?: string): string | undefined {
  const { eventTime } = record;
  const written = bounded(eventTime)?.slice(0, SHOWN_LENGTH);
  const lacks = [
    ...(timeOf(eventTime) !== undefined
      ? []
      : [written === undefined ? 'it has no eventTime' : `its eventTime ${JSON.stringify(written)} is not a time`]),
    ...(accountOf(record, logFile) !== undefined
      ? []
      : ['it names no account, neither in recipientAccountId nor in userIdentity.accountId']),
  ];
  return lacks.length === 0 ? undefined : lacks.join(', and ');
}

/** The account that the call happened in, by the record or else by its log file's key; undefined if neither says. An empty id is none. */
export function accountOf(
  { recipientAccountId, userIdentity }: CloudTrailRecord,
  logFile?: string,
): string | undefined {
  return accountIdOf(recipientAccountId) || accountIdOf(userIdentity?.accountId) || accountOfFile(logFile);
}

/**
 * A time as CloudTrail writes it (`2026-01-31T12:00:00Z`) or as its exports do, with a space and no zone. Always UTC. Undefined for
 * anything else, such as the 30th of February.
 */
export function timeOf(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const [, day, clock] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:Z| UTC|\+00:?00)?$/.exec(value) ?? [];
  if (day === undefined || clock === undefined) return undefined;
  const time = new Date(`${day}T${clock.slice(0, 12)}Z`);
  // A day that its month has not would become one of the next month.
  return Number.isNaN(time.getTime()) || !time.toISOString().startsWith(day) ? undefined : time;
}

/** True when the record repeats a call with details that came later (`UPDATED_DATA`). Nothing new happened. */
export function isUpdate(record: CloudTrailRecord): boolean {
  return str(fieldsOf(record.addendum).reason) === 'UPDATED_DATA';
}

/** True for an addendum that says that its call failed after all: the error is among the fields that it updates. */
export function isWithdrawal(record: CloudTrailRecord): boolean {
  if (!isUpdate(record) || !callFailed(record)) return false;
  const { updatedFields } = fieldsOf(record.addendum);
  const fields = Array.isArray(updatedFields) ? updatedFields : [updatedFields];
  return fields.some((field) => /\berror(?:Code|Message)\b/.test(str(field) ?? ''));
}

/**
 * The ids of a record's call. An addendum has an `eventID` of its own and names the call's as `originalEventID`.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
function idsOf(record: CloudTrailRecord): Pick<Evidence, 'eventID' | 'addendumID' | 'note'> {
  const own = recordedEventID(bounded(record.eventID) ?? '');
  if (!isUpdate(record)) return { eventID: own };
  const eventID = recordedEventID(bounded(fieldsOf(record.addendum).originalEventID) ?? own);
  return { eventID, addendumID: own, note: 'read from a later addendum to its record' };
}

/** True for the same call seen at a VPC endpoint: it has a record of its own besides. */
export function isNetworkActivity({ eventCategory, eventType }: CloudTrailRecord): boolean {
  return eventCategory === 'NetworkActivity' || eventType === 'AwsVpceEvent';
}

/** The account in the file names that CloudTrail gives. */
function accountOfFile(logFile: string | undefined): string | undefined {
  return /(?:^|[/\\])(\d{12})_CloudTrail_/.exec(logFile ?? '')?.[1];
}

function bounded(value: unknown): string | undefined {
  const text = str(value);
  return text === undefined || text === '' ? undefined : text.slice(0, TEXT_LENGTH);
}
