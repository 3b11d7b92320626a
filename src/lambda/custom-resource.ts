/** CloudFormation's custom resource: recognizing its event, and sending the response it waits for. */

import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { PipelineError } from '../errors.ts';

/** True for a stack's event: it has a request type and an address for the response. */
export function isStackEvent(event: unknown): event is CloudFormationCustomResourceEvent {
  const { RequestType, ResponseURL } = (event ?? {}) as {
    readonly RequestType?: unknown | undefined;
    readonly ResponseURL?: unknown | undefined;
  };
  return typeof RequestType === 'string' && typeof ResponseURL === 'string';
}

/**
 * Reports success to a stack. Throws PipelineError `aws-call-failed` when CloudFormation did not accept the response: Lambda then
 * retries the event.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export async function answerStack(
  event: CloudFormationCustomResourceEvent,
  context: Pick<Context, 'logStreamName'>,
): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
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
  // The presigned URL is signed without a content type, and S3 rejects a request that has one.
  const response = await fetch(ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!response.ok)
    throw new PipelineError(
      'aws-call-failed',
      `CloudFormation rejected the custom resource's response with status ${response.status}`,
      { operation: 'PUT ResponseURL', retryable: response.status >= 500 },
    );
}
