/** CloudFormation's custom resource: recognizing its event, and sending the response it waits for. */

import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { messageOf, PipelineError } from '../errors.ts';

/** True for a stack's event: it has a request type and an address for the response. */
export function isStackEvent(event: unknown): event is CloudFormationCustomResourceEvent {
  const { RequestType, ResponseURL } = (event ?? {}) as {
    readonly RequestType?: unknown | undefined;
    readonly ResponseURL?: unknown | undefined;
  };
  return typeof RequestType === 'string' && typeof ResponseURL === 'string';
}

/** How long the response may take. Lambda retries the event long before the stack's own wait is over. */
const ANSWER_MS = 20_000;

/**
 * Reports success to a stack. Throws PipelineError `aws-call-failed` for an address that is not CloudFormation's, and when
 * CloudFormation did not accept the response, or not within `limitMs`: Lambda then retries the event. With an `endpoint`, that of an
 * emulator, its addresses count as CloudFormation's too: all other calls go there as well.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export async function answerStack(
  event: CloudFormationCustomResourceEvent,
  context: Pick<Context, 'logStreamName'>,
  { limitMs = ANSWER_MS, endpoint }: { readonly limitMs?: number; readonly endpoint?: string | undefined } = {},
): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
  refuseForeign(ResponseURL, endpoint);
  const PhysicalResourceId =
    'PhysicalResourceId' in event ? event.PhysicalResourceId : `mirrorwatch-backfill-${LogicalResourceId}`;
  const body = JSON.stringify({
    Status: 'SUCCESS',
    Reason: `see ${context.logStreamName}`,
    PhysicalResourceId,
    StackId,
    RequestId,
    LogicalResourceId,
  });
  const response = await put(ResponseURL, body, limitMs);
  if (!response.ok)
    throw new PipelineError(
      'aws-call-failed',
      `CloudFormation rejected the custom resource's response with status ${response.status}`,
      { operation: 'PUT ResponseURL', retryable: response.status >= 500 },
    );
}

/** CloudFormation's buckets for responses: one a region, named after it without dashes. */
const RESPONSE_HOST =
  /^cloudformation-custom-resource-response-[a-z]{2,}\d{1,2}\.s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d{1,2})?\.amazonaws\.com(?:\.cn)?$/;

/** Throws PipelineError `aws-call-failed`, not to be retried, for an address that CloudFormation does not give: it would learn of the stack. */
function refuseForeign(text: string, endpoint: string | undefined): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && endpoint !== undefined && url.origin === new URL(endpoint).origin) return;
  const isPlain = url?.protocol === 'https:' && url.port === '' && url.username === '' && url.password === '';
  if (url !== undefined && isPlain && RESPONSE_HOST.test(url.hostname)) return;
  throw new PipelineError(
    'aws-call-failed',
    `the custom resource's response was not sent to ${url?.host ?? 'its address'}: it is not a bucket of CloudFormation, so somebody else sent the event`,
    { operation: 'PUT ResponseURL', retryable: false },
  );
}

async function put(url: string, body: string, limitMs: number): Promise<Response> {
  const startedAt = performance.now();
  try {
    // The presigned URL is signed without a content type, and S3 rejects a request that has one.
    const headers = { 'content-type': '' };
    return await fetch(url, { method: 'PUT', body, headers, signal: AbortSignal.timeout(limitMs) });
  } catch (cause) {
    const took = ((performance.now() - startedAt) / 1000).toFixed(1);
    const host = URL.canParse(url) ? new URL(url).host : 'its address';
    throw new PipelineError(
      'aws-call-failed',
      `the custom resource's response could not be sent to ${host}: given up after ${took} s: ${messageOf(cause)}`,
      { operation: 'PUT ResponseURL', retryable: true, cause },
    );
  }
}
