/** Why DynamoDB cancelled a transaction: a conflict, which reads again; throttling, which waits; or an item that it does not take. */

import { AwsCallError, PipelineError } from '../../errors.ts';

/** The codes that mean someone else wrote in between. */
export const CONFLICTS: ReadonlySet<string> = new Set([
  'ConditionalCheckFailedException',
  'ConditionalCheckFailed',
  'TransactionConflictException',
  'TransactionConflict',
]);

/** The reasons of a cancelled transaction that a later attempt may not have. */
const THROTTLED: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'ThrottlingError',
]);

/** The codes that mean an item cannot be stored as it is: it is too large, or not valid. */
const REFUSED: ReadonlySet<string> = new Set([
  'ItemCollectionSizeLimitExceeded',
  'ItemCollectionSizeLimitExceededException',
  'ValidationError',
  'ValidationException',
]);

/**
 * The worst reason for which a transaction was cancelled; undefined for another fault. What refuses an item outranks throttling, and that a
 * conflict: reading again would change neither.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export function cancellationOf(fault: unknown): string | undefined {
  const { cause } = fault instanceof PipelineError ? fault : {};
  const sdkFault = cause instanceof AwsCallError ? cause.cause : cause;
  const { name, message, CancellationReasons } = Object(sdkFault) as Readonly<Record<string, unknown>>;
  if (name !== 'TransactionCanceledException') return undefined;
  const all = Array.isArray(CancellationReasons)
    ? CancellationReasons.map((reason) => String(Object(reason).Code))
    : (/\[([\w, ]+)\]/.exec(String(message))?.[1]?.split(', ') ?? []);
  const codes = all.filter((code) => code !== 'None');
  return codes.find((code) => REFUSED.has(code)) ?? codes.find((code) => !CONFLICTS.has(code)) ?? codes[0];
}

/** The fault with the reason as its code, and with whether a later attempt may succeed. */
export function cancelled(fault: unknown, reason: string): unknown {
  if (!(fault instanceof PipelineError) || fault.concerns.awsCode === reason) return fault;
  const retryable = fault.retryable || THROTTLED.has(reason);
  return new PipelineError(fault.code, fault.message, { ...fault.concerns, awsCode: reason, retryable, cause: fault });
}

/** True if DynamoDB cancelled a transaction because it was asked too much at once. */
export function isThrottled(fault: unknown): boolean {
  return THROTTLED.has(codeOf(fault));
}

/** True if DynamoDB does not take an item, however often it is tried. */
export function isRefused(fault: unknown): boolean {
  return REFUSED.has(codeOf(fault));
}

function codeOf(fault: unknown): string {
  return fault instanceof PipelineError ? (fault.concerns.awsCode ?? '') : '';
}
