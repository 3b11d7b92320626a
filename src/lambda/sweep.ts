/** `sweep.handler`: sweeps whole accounts, on schedule and when the stack is created. */

import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { plural } from '../collections.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { startClock } from '../local/run-clock.ts';
import { sweepMessage } from '../pipeline/own-messages.ts';
import { sweep } from '../pipeline/sweep.ts';
import { answerStack, isStackEvent } from './custom-resource.ts';
import { deadlineOf, handOverTo } from './deliveries.ts';
import { lazyRuntime, type Runtime } from './function.ts';
import { reporting, telemetryOf } from './telemetry.ts';

const open = lazyRuntime(process.env);
const telemetry = telemetryOf('sweep');

/**
 * Sweeps every account and region. A stack's event is answered first and always: the stack must not wait for the sweep, and its
 * deletion must never hang. Throws when an account or region could not be swept; Lambda retries, and skips those already done.
 */
export async function handler(event: unknown, context: Context): Promise<void> {
  const now = new Date();
  await reporting(telemetry, context, () =>
    isStackEvent(event) ? onStack(event, context, now) : sweepAll(nameOf(event, now), context, now),
  );
}

async function onStack(event: CloudFormationCustomResourceEvent, context: Context, now: Date): Promise<void> {
  await answerStack(event, context);
  if (event.RequestType === 'Delete' || event.ResourceProperties.EnableForExistingInstances === 'false') return;
  try {
    await sweepAll(`stack:${event.RequestId}`, context, now);
  } catch (error) {
    // A retry would answer the stack again, at an address that is no longer valid. The schedule sweeps again anyway.
    telemetry.failed(error, { note: messageOf(error) });
  }
}

/**
 * Sweeps a single account and region here. If there are several, sends a message for each; no invocation has to sweep more
 * than one. This invocation sends all of them, which keeps the chain three functions long. Lambda stops longer chains as loops.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
async function sweepAll(name: string, context: Context, now: Date): Promise<void> {
  const runtime = await open();
  const { aws, settings } = runtime;
  const { deliveryQueueUrl } = settings;
  const scopes = await aws.inventory.scopes();
  if (scopes.length > 1 && deliveryQueueUrl !== undefined) {
    for (const scope of scopes) await aws.queues.send(deliveryQueueUrl, sweepMessage({ ...scope, name }));
    telemetry.note('sweep started', { name, scopes: scopes.length });
    return;
  }
  await sweepHere(runtime, name, context, now);
}

async function sweepHere(runtime: Runtime, name: string, context: Context, now: Date): Promise<void> {
  const handOver = handOverTo(runtime, now);
  const { aws, ports, config } = runtime;
  const writers = handOver === undefined ? { writer: aws.writer, launcher: aws.launcher } : {};
  const swept = await sweep({ ...ports, ...writers, inventory: aws.inventory, tasks: aws.tasks }, config, {
    now,
    clock: startClock(),
    name,
    deadline: deadlineOf(context, now),
    handOver,
  });
  telemetry.swept(swept);
  const { failed } = swept.assessment;
  const [first] = failed;
  if (first === undefined) return;
  const failures = plural(failed.length, 'account or region', 'accounts or regions');
  throw new PipelineError('inventory-unreadable', `${failures} could not be swept: ${messageOf(first.error)}`, {
    cause: first.error,
  });
}

/** A name for the sweep that stays the same when it is retried: the id of the schedule's event, otherwise its time. */
function nameOf(event: unknown, now: Date): string {
  const { id, time } = (event ?? {}) as { readonly id?: unknown | undefined; readonly time?: unknown };
  return typeof id === 'string' && id !== '' ? id : typeof time === 'string' ? time : now.toISOString();
}
