/** One AWS call, and what its fault becomes: every adapter goes through here, so that faults look alike. */

import { AwsCallError, type ErrorConcerns, messageOf, PipelineError } from '../errors.ts';

/** Codes that say: the same call may be answered later. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const PASSING_CODES: ReadonlySet<string> = new Set([
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

/** Codes that say: these credentials may not do this, and will not be allowed to by asking again. */
const DENIED_CODES: ReadonlySet<string> = new Set([
  'UnauthorizedOperation',
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'AuthFailure',
  'OptInRequired',
]);

/** Codes that say: this endpoint does not know the operation (an emulator, a partition without the feature). */
const UNSUPPORTED_CODES: ReadonlySet<string> = new Set([
  'InvalidAction',
  'UnknownOperation',
  'UnknownOperationException',
  'UnsupportedOperation',
  'NotImplemented',
]);

/** True when AWS answered that the caller is not allowed to make the call. */
export function isDenied(awsCode: string | undefined): boolean {
  return awsCode !== undefined && DENIED_CODES.has(awsCode);
}

/** True when the endpoint does not offer the operation at all. */
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
 * Makes a call and returns its answer. `operation` is the API's name of it; `concerns` is what a person needs to find the place
 * again.
 *
 * @throws AwsCallError with AWS's code (a `Client.` or `Server.` prefix taken off) and whether it may succeed later. An error
 *   that is one of ours already (credentials of an account that could not be had) passes through as it is.
 */
export async function awsCall<T>(operation: string, concerns: ErrorConcerns, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    if (thrown instanceof PipelineError) throw thrown;
    throw faultOf(operation, concerns, thrown);
  }
}

/** The fault of a call as this program's error. @see awsCall */
export function faultOf(operation: string, concerns: ErrorConcerns, thrown: unknown): AwsCallError {
  const fault = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as SdkFault;
  const awsCode = codeOf(fault);
  const status = fault.$metadata?.httpStatusCode ?? 0;
  const retryable =
    PASSING_CODES.has(awsCode) || fault.$retryable !== undefined || (status >= 500 && !isUnsupported(awsCode));
  const where = [concerns.resourceId ?? concerns.key, concerns.accountId, concerns.region].filter((part) => part);
  const place = where.length > 0 ? ` (${where.join(', ')})` : '';
  return new AwsCallError(operation, awsCode, `${operation}${place} failed with ${awsCode}: ${messageOf(thrown)}`, {
    ...concerns,
    retryable,
    cause: thrown,
  });
}

/** AWS's code: of a service's answer its `Code` or name, of a connection's fault Node's `code`. */
function codeOf(fault: SdkFault): string {
  // A service exception's name is its code; only what never reached a service has a plain name and a code of the system's.
  const named = [fault.Code, fault.$metadata?.httpStatusCode === undefined ? fault.code : undefined, fault.name];
  const code = named.find((name): name is string => typeof name === 'string' && name !== '') ?? 'UnknownError';
  return code.replace(/^(?:Client|Server)\./, '');
}
