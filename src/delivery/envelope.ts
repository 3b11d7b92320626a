/** The wrappings a delivery arrives in: Lambda's batches of SQS, SNS and S3 records, EventBridge events, CloudWatch Logs data. */

/** One message of an event, out of its batch and not yet read. */
export interface Message {
  /** SQS's `messageId`, what `batchItemFailures` names; absent for what did not come through a queue. */
  readonly messageId?: string;
  readonly receiptHandle?: string;
  /** How often the queue has handed it out; 1 the first time. */
  readonly receiveCount?: number;
  /** When it was sent, where the wrapping says so. */
  readonly sentAt?: Date;
  /** The SNS topic it came through, where there was one. */
  readonly topicArn?: string;
  /** The body: text from SQS and SNS, an object from the others. */
  readonly body: unknown;
}
