/** A CloudTrail record as AWS wrote it: an open shape, of which only what is used is named. */

/**
 * One record of a log file. Fields carry CloudTrail's own names; any of them may be missing, and unknown ones are kept.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export interface CloudTrailRecord {
  readonly eventVersion?: string;
  readonly userIdentity?: UserIdentity;
  /** ISO 8601 in UTC, seconds resolution; absent in aggregated events. */
  readonly eventTime?: string;
  readonly eventSource?: string;
  readonly eventName?: string;
  readonly awsRegion?: string;
  readonly sourceIPAddress?: string;
  readonly userAgent?: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters?: unknown;
  readonly responseElements?: unknown;
  readonly additionalEventData?: unknown;
  readonly serviceEventDetails?: unknown;
  readonly resources?: unknown;
  readonly eventID?: string;
  readonly sharedEventID?: string;
  readonly eventType?: string;
  readonly eventCategory?: string;
  readonly readOnly?: boolean;
  readonly recipientAccountId?: string;
  readonly addendum?: unknown;
  readonly [field: string]: unknown;
}

/** `userIdentity`, of which every part is optional: service events carry neither `type` nor `arn`. */
export interface UserIdentity {
  readonly type?: string;
  readonly principalId?: string;
  readonly arn?: string;
  readonly accountId?: string;
  readonly userName?: string;
  readonly invokedBy?: string;
  readonly identityProvider?: string;
  readonly sessionContext?: {
    readonly sessionIssuer?: {
      readonly type?: string;
      readonly userName?: string;
      readonly arn?: string;
      readonly accountId?: string;
    };
    readonly sourceIdentity?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/**
 * True when the call did not happen: it failed, or was a dry run. Either field alone is enough, four records of the
 * reference data carry a code without a message.
 */
export function callFailed(record: CloudTrailRecord): boolean {
  return Boolean(record.errorCode) || Boolean(record.errorMessage);
}
