/** The EventBridge event that carries a CloudTrail record, for patterns that are written for one. */

/** The names of EventBridge's events by the record's `eventType`. @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
const DETAIL_TYPES: Readonly<Record<string, string>> = {
  AwsApiCall: 'AWS API Call via CloudTrail',
  AwsServiceEvent: 'AWS Service Event via CloudTrail',
  AwsConsoleAction: 'AWS Console Action via CloudTrail',
  AwsConsoleSignIn: 'AWS Console Sign In via CloudTrail',
  AwsCloudTrailInsight: 'AWS Insight via CloudTrail',
};

/** The fields that only a pattern of EventBridge's event has: no CloudTrail record has them at its top. */
const OF_THE_EVENT: ReadonlySet<string> = new Set(['source', 'detail-type', 'detail']);

/** True for a pattern, as its JSON value, that is written for the event and not for the record in it. */
export function isForEvent(pattern: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return false;
  return Object.entries(pattern).some(([key, value]) => {
    if (key === '$or') return Array.isArray(value) && value.some(isForEvent);
    return OF_THE_EVENT.has(key.split('.')[0] ?? '');
  });
}

/**
 * The event for a record. Its `id` is the record's, since EventBridge's own is not in the record; `resources` is empty, as in EventBridge's.
 * A record without a type of its own is an API call.
 */
export function eventOfRecord(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { eventID, eventSource, eventTime, eventType, awsRegion, recipientAccountId } = record;
  const service = typeof eventSource === 'string' ? eventSource.replace(/\.amazonaws\.com(?:\.cn)?$/, '') : undefined;
  return {
    version: '0',
    id: eventID,
    'detail-type': DETAIL_TYPES[typeof eventType === 'string' ? eventType : ''] ?? DETAIL_TYPES.AwsApiCall,
    ...(service !== undefined && { source: `aws.${service}` }),
    account: recipientAccountId,
    time: eventTime,
    region: awsRegion,
    resources: [],
    detail: record,
  };
}
