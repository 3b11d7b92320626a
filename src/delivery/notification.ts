/** What a message tells us: which log objects were written, or the records and events themselves. */

/** An object in a bucket that may be a log file. */
export interface LogObject {
  readonly bucket: string;
  /** The decoded key. */
  readonly key: string;
  /** The same key in the other reading (encoded or not), to be tried once when `key` does not exist. */
  readonly alternativeKey?: string;
  readonly versionId?: string;
  readonly eTag?: string;
  /** In bytes as it lies in the bucket; absent when the notification does not say. */
  readonly size?: number;
  /** The bucket's region where the notification says it. */
  readonly region?: string;
}

/** Why a message needs nothing: it is acknowledged and counted under this name. */
export type NoopKind =
  | 's3-test-event'
  | 'cloudtrail-validation'
  | 'subscription-confirmation'
  | 'control-message'
  | 'not-a-creation'
  | 'foreign';

export type Notification =
  | {
      readonly kind: 'objects';
      readonly objects: readonly LogObject[] /** The topic that sent it, to be compared with `trail.topics`. */;
      readonly topicArn?: string;
    }
  /** Whole CloudTrail records: EventBridge's *AWS API Call via CloudTrail*, a CloudWatch Logs subscription. */
  | { readonly kind: 'records'; readonly records: readonly unknown[]; readonly logGroup?: string }
  /** Another EventBridge event that starts a walk: a state change, an ECS task, a GuardDuty finding, a lifecycle action. */
  | {
      readonly kind: 'event';
      readonly source: string;
      readonly detailType: string;
      readonly event: Readonly<Record<string, unknown>>;
    }
  /** A message of our own (`{"mirrorwatch": "recheck", …}`): its content, to be judged by who reads it. */
  | { readonly kind: 'own'; readonly name: string; readonly content: Readonly<Record<string, unknown>> }
  | { readonly kind: 'nothing'; readonly why: NoopKind; readonly detail: string };
