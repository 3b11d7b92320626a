/** CloudFormation's custom resource: its event, and the answer it waits for. */

import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { PipelineError } from '../errors.ts';

/** True for a stack's event: it names a request and an address for the answer. */
export function isStackEvent(event: unknown): event is CloudFormationCustomResourceEvent {
  const { RequestType, ResponseURL } = (event ?? {}) as {
    readonly RequestType?: unknown | undefined;
    readonly ResponseURL?: unknown | undefined;
  };
  return typeof RequestType === 'string' && typeof ResponseURL === 'string';
}

/**
 * Answers a stack with success. Throws PipelineError `aws-call-failed` when CloudFormation did not take the answer: Lambda tries
 * the event again then.
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
  // The signed address admits no content type.
  const answer = await fetch(ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!answer.ok)
    throw new PipelineError('aws-call-failed', `CloudFormation answered ${answer.status} to the backfill's answer`, {
      operation: 'PUT ResponseURL',
      retryable: answer.status >= 500,
    });
}
