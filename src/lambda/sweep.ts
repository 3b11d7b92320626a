/** `sweep.handler`: whole accounts, on schedule and when the stack is created. */

import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { messageOf, PipelineError } from '../errors.ts';
import { sweepMessage } from '../pipeline/recheck.ts';
import { sweep } from '../pipeline/sweep.ts';
import { answerStack, isStackEvent } from './custom-resource.ts';
import { deadlineOf, handOverTo } from './deliveries.ts';
import { type OpenFunction, opener } from './function.ts';
import { telemetryOf } from './telemetry.ts';

const open = opener(process.env);
const telemetry = telemetryOf('sweep');

/**
 * Sweeps every account and region. A stack's event is answered first and always: the stack must not wait for the sweep, and its
 * deletion must never hang. Throws when a scope could not be swept, so that Lambda tries again; scopes that are done are skipped then.
 */
export async function handler(event: unknown, context: Context): Promise<void> {
  telemetry.begin(context);
  try {
    if (isStackEvent(event)) await onStack(event, context);
    else await sweepAll(nameOf(event), context);
  } catch (error) {
    telemetry.failed(error);
    throw error;
  } finally {
    telemetry.end();
  }
}

async function onStack(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  await answerStack(event, context);
  if (event.RequestType === 'Delete' || event.ResourceProperties.EnableForExistingInstances === 'false') return;
  try {
    await sweepAll(`stack:${event.RequestId}`, context);
  } catch (error) {
    // The stack has its answer; asking it again would be answered to a closed address. The schedule sweeps again.
    telemetry.failed(error, { note: messageOf(error) });
  }
}

/**
 * One account and region is swept here; of several each gets a message of its own, so that no function has more to do than one of
 * them. They all hang on this invocation and none on another, so that the chain stays three functions long, far from what Lambda
 * takes for a loop.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
async function sweepAll(name: string, context: Context): Promise<void> {
  const opened = await open();
  const { aws, settings } = opened;
  const { deliveryQueueUrl } = settings;
  const scopes = await aws.inventory.scopes();
  if (scopes.length > 1 && deliveryQueueUrl !== undefined) {
    for (const scope of scopes) await aws.queues.send(deliveryQueueUrl, sweepMessage({ ...scope, name }));
    telemetry.note('sweep begun', { name, scopes: scopes.length });
    return;
  }
  await sweepHere(opened, name, context);
}

async function sweepHere(opened: OpenFunction, name: string, context: Context): Promise<void> {
  const now = new Date();
  const handOver = handOverTo(opened, now);
  const { aws, ports, config } = opened;
  const swept = await sweep(
    {
      ...{ ...ports, inventory: aws.inventory, tasks: aws.tasks },
      ...(handOver === undefined && { writer: aws.writer, launcher: aws.launcher }),
    },
    config,
    { now, name, deadline: deadlineOf(context, now), ...(handOver !== undefined && { handOver }) },
  );
  telemetry.swept(swept);
  const [first] = swept.assessment.failed;
  if (first !== undefined)
    throw new PipelineError(
      'inventory-unreadable',
      `${swept.assessment.failed.length} accounts and regions could not be swept`,
      { cause: first.error },
    );
}

/** A schedule's event has its own id, and keeps it when it is tried again. */
function nameOf(event: unknown): string {
  const { id, time } = (event ?? {}) as { readonly id?: unknown | undefined; readonly time?: unknown };
  return typeof id === 'string' && id !== '' ? id : typeof time === 'string' ? time : new Date().toISOString();
}
