/** One AWS call and its errors. Every adapter calls AWS through here, so all their errors have one form. */

import { AwsCallError, type ErrorConcerns, messageOf, PipelineError } from '../errors.ts';

/** Codes of temporary failures: the same call may succeed later. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const TEMPORARY_CODES: ReadonlySet<string> = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'TransactionInProgressException',
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'SlowDown',
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'ServiceUnavailable',
  'Unavailable',
  'RequestTimeout',
  'RequestTimeoutException',
  'RequestExpired',
  'PriorRequestNotComplete',
  'TimeoutError',
  'AbortError',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
]);

/** Codes of missing permissions. Retrying does not help. */
const DENIED_CODES: ReadonlySet<string> = new Set([
  'UnauthorizedOperation',
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'AuthFailure',
  'OptInRequired',
]);

/** Codes of endpoints that do not know the operation: an emulator, a partition without the feature. */
const UNSUPPORTED_CODES: ReadonlySet<string> = new Set([
  'InvalidAction',
  'UnknownOperation',
  'UnknownOperationException',
  'UnsupportedOperation',
  'NotImplemented',
]);

/** True if AWS refused the call for lack of permission. */
export function isDenied(awsCode: string | undefined): boolean {
  return awsCode !== undefined && DENIED_CODES.has(awsCode);
}

/** True if the endpoint does not offer the operation. */
export function isUnsupported(awsCode: string | undefined): boolean {
  return awsCode !== undefined && UNSUPPORTED_CODES.has(awsCode);
}

interface SdkFault {
  readonly name?: unknown | undefined;
  readonly code?: unknown | undefined;
  readonly Code?: unknown | undefined;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: unknown;
}

/**
 * Makes a call and returns its answer. `operation` is the API's name for it; `concerns` names the resource, account
 * and region it was for.
 *
 * @throws AwsCallError with AWS's code (without a `Client.` or `Server.` prefix) and whether a retry may succeed. Our own
 *   errors, such as credentials that could not be obtained, pass through unchanged.
 */
export async function awsCall<T>(operation: string, concerns: ErrorConcerns, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    if (thrown instanceof PipelineError) throw thrown;
    throw faultOf(operation, concerns, thrown);
  }
}

/** An SDK error as an AwsCallError. @see awsCall */
export function faultOf(operation: string, concerns: ErrorConcerns, thrown: unknown): AwsCallError {
  const fault = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as SdkFault;
  const awsCode = codeOf(fault);
  const status = fault.$metadata?.httpStatusCode ?? 0;
  const retryable =
    TEMPORARY_CODES.has(awsCode) ||
    fault.$retryable !== undefined ||
    isUnreadAnswer(fault) ||
    (status >= 500 && !isUnsupported(awsCode));
  const where = [concerns.resourceId ?? concerns.key, concerns.accountId, concerns.region].filter((part) => part);
  const place = where.length > 0 ? ` (${where.join(', ')})` : '';
  return new AwsCallError(operation, awsCode, `${operation}${place} failed with ${awsCode}: ${wordsOf(thrown)}`, {
    ...concerns,
    retryable,
    cause: thrown,
  });
}

/** True for a success whose answer could not be read: the connection broke off in the middle, or the text is garbled. */
function isUnreadAnswer({ $metadata }: SdkFault): boolean {
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 200 && status < 300;
}

/** The error's message, without the SDK's advice on how to debug an answer that it could not read. */
function wordsOf(thrown: unknown): string {
  return messageOf(thrown).replace(/\s*Deserialization error: to see the raw response.*$/s, '');
}

/** A service error's `Code` or name, or Node's `code` of a connection error. */
function codeOf(fault: SdkFault): string {
  // A service exception's name is its code. Only errors of a connection carry Node's code.
  const isFromService = fault.$metadata?.httpStatusCode !== undefined && !isUnreadAnswer(fault);
  const candidates = [fault.Code, isFromService ? undefined : fault.code, fault.name];
  const code = candidates.find((name): name is string => typeof name === 'string' && name !== '') ?? 'UnknownError';
  return code.replace(/^(?:Client|Server)\./, '');
}
