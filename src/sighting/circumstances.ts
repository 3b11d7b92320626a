/** What every sighting says of its record: where, when, by whom, and how to find it again. */

import { actorOf } from '../cloudtrail/identity.ts';
import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import { accountIdOf, fieldsOf, str } from './fields.ts';
import type { Actor, Evidence } from './sighting.ts';

export interface Circumstances {
  readonly accountId: string;
  readonly region: string;
  readonly eventTime: Date;
  readonly actor: Actor;
  readonly evidence: Evidence;
}

/** Longest text taken over from a record into evidence: CloudTrail's own limit for a user agent. */
const TEXT_LENGTH = 1024;

/**
 * The circumstances of a record, or undefined when it does not say when it happened or in which account: nothing could be done there.
 *
 * The account is the one it happened in (`recipientAccountId`), never first that of whoever called.
 */
export function circumstancesOf(record: CloudTrailRecord, logFile?: string): Circumstances | undefined {
  const accountId =
    accountIdOf(record.recipientAccountId) ?? accountIdOf(record.userIdentity?.accountId) ?? accountOfFile(logFile);
  const eventTime = timeOf(record.eventTime);
  if (accountId === undefined || accountId === '' || eventTime === undefined) return undefined;
  const actor = actorOf(record);
  const source = bounded(record.sourceIPAddress);
  const agent = bounded(record.userAgent);
  return {
    accountId,
    // Global services log where they are kept.
    region: str(record.awsRegion) || 'us-east-1',
    eventTime,
    actor,
    evidence: {
      eventID: bounded(record.eventID) ?? '',
      eventName: bounded(record.eventName) ?? '',
      eventTime: eventTime.toISOString(),
      actor: actor.name,
      ...(source === undefined ? {} : { sourceIPAddress: source }),
      ...(agent === undefined ? {} : { userAgent: agent }),
      ...(logFile === undefined ? {} : { logFile }),
    },
  };
}

/**
 * A time as CloudTrail writes it (`2026-01-31T12:00:00Z`), or as its exports do, with a space and no zone: always UTC. Undefined for
 * anything else.
 */
export function timeOf(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const [, day, clock] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:Z| UTC|\+00:?00)?$/.exec(value) ?? [];
  if (day === undefined || clock === undefined) return undefined;
  const time = new Date(`${day}T${clock.slice(0, 12)}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** The record tells of a call again, with details that came later (`UPDATED_DATA`): nothing new happened. */
export function isUpdate(record: CloudTrailRecord): boolean {
  return str(fieldsOf(record.addendum).reason) === 'UPDATED_DATA';
}

/** The account in the name CloudTrail gives its files. */
function accountOfFile(logFile: string | undefined): string | undefined {
  return /(?:^|[/\\])(\d{12})_CloudTrail_/.exec(logFile ?? '')?.[1];
}

function bounded(value: unknown): string | undefined {
  const text = str(value);
  return text === undefined || text === '' ? undefined : text.slice(0, TEXT_LENGTH);
}
