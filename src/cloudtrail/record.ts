/** A CloudTrail record as AWS writes it: an open shape that names only the fields we use. */

/**
 * A longer value is not a record. CloudTrail's have at most 256 KB, and may be a little longer once something has formatted them.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
 */
export const MOST_RECORD_BYTES: number = 512 * 1024;

/**
 * One record of a log file. Fields have CloudTrail's own names. Any may be missing, and unknown ones are kept.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export interface CloudTrailRecord {
  readonly eventVersion?: string | undefined;
  readonly userIdentity?: UserIdentity | undefined;
  /** ISO 8601 in UTC, seconds resolution; absent in aggregated events. */
  readonly eventTime?: string | undefined;
  readonly eventSource?: string | undefined;
  readonly eventName?: string | undefined;
  readonly awsRegion?: string | undefined;
  readonly sourceIPAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly requestParameters?: unknown | undefined;
  readonly responseElements?: unknown | undefined;
  readonly additionalEventData?: unknown | undefined;
  readonly serviceEventDetails?: unknown | undefined;
  readonly resources?: unknown | undefined;
  readonly eventID?: string | undefined;
  readonly sharedEventID?: string | undefined;
  readonly eventType?: string | undefined;
  readonly eventCategory?: string | undefined;
  readonly readOnly?: boolean | undefined;
  readonly recipientAccountId?: string | undefined;
  readonly addendum?: unknown | undefined;
  readonly [field: string]: unknown;
}

/** `userIdentity`. Every part is optional: service events have neither `type` nor `arn`. */
export interface UserIdentity {
  readonly type?: string | undefined;
  readonly principalId?: string | undefined;
  readonly arn?: string | undefined;
  readonly accountId?: string | undefined;
  readonly userName?: string | undefined;
  readonly invokedBy?: string | undefined;
  readonly identityProvider?: string | undefined;
  readonly sessionContext?: {
    readonly sessionIssuer?: {
      readonly type?: string | undefined;
      readonly userName?: string | undefined;
      readonly arn?: string | undefined;
      readonly accountId?: string | undefined;
    };
    readonly sourceIdentity?: string | undefined;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/**
 * True when the call failed or was a dry run. Either field is enough: four records of the reference data have a code without a
 * message.
 */
export function callFailed(record: CloudTrailRecord): boolean {
  return Boolean(record.errorCode) || Boolean(record.errorMessage);
}
