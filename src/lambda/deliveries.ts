/** The shell of the functions that work off messages: unwrap, deliver, re-queue, answer. */

import { createHash } from 'node:crypto';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { type Message, unwrapEvent } from '../delivery/envelope.ts';
import { PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { ActRequest } from '../pipeline/act.ts';
import { type Delivered, deliver } from '../pipeline/deliver.ts';
import { type OpenFunction, opener } from './function.ts';
import { type Telemetry, telemetryOf } from './telemetry.ts';

export type Handler = (event: unknown, context: Context) => Promise<SQSBatchResponse | undefined>;

export interface DeliveryShell {
  /** The name in logs and metrics. */
  readonly service: string;
  /** `hand-over` leaves repairs to the `remediate` function where there is a queue to it; `here` makes them. */
  readonly repairs: 'hand-over' | 'here';
  /** Called in every case when the work is done, with what was delivered if it was. */
  readonly after?: (
    open: OpenFunction,
    messages: readonly Message[],
    delivered: Delivered | undefined,
    telemetry: Telemetry,
  ) => Promise<void>;
}

/** Interfaces in one message to the remediator: at five creates a second well within a function's time. */
const INTERFACES_PER_MESSAGE = 100;

/** A handler for any event that carries deliveries, in every form we know. */
export function onDeliveries(shell: DeliveryShell, environment: Readonly<Record<string, string | undefined>>): Handler {
  const open = opener(environment);
  const telemetry = telemetryOf(shell.service);
  return async (event, context) => {
    telemetry.begin(context);
    try {
      return await work(event, context, { shell, open, telemetry });
    } catch (error) {
      telemetry.failed(error);
      throw error;
    } finally {
      telemetry.end();
    }
  };
}

interface Bench {
  readonly shell: DeliveryShell;
  readonly open: () => Promise<OpenFunction>;
  readonly telemetry: Telemetry;
}

async function work(
  event: unknown,
  context: Context,
  { shell, open, telemetry }: Bench,
): Promise<SQSBatchResponse | undefined> {
  const opened = await open();
  const { aws, config, ports, settings } = opened;
  const messages = unwrapEvent(event);
  const now = new Date();
  const handOver = shell.repairs === 'hand-over' ? handOverTo(opened, now) : undefined;
  let delivered: Delivered | undefined;
  try {
    delivered = await deliver(
      messages,
      { ...ports, logs: aws.logs, inventory: aws.inventory, ...(handOver === undefined && { writer: aws.writer }) },
      config,
      { now, deadline: deadlineOf(context, now), ...(handOver !== undefined && { handOver }) },
    );
    telemetry.delivered(delivered, now);
    const { deliveryQueueUrl } = settings;
    for (const { body, delaySeconds } of deliveryQueueUrl === undefined ? [] : delivered.rechecks)
      await aws.queues.send(deliveryQueueUrl ?? '', body, { delaySeconds });
  } finally {
    await shell.after?.(opened, messages, delivered, telemetry);
  }
  for (const { message, error } of delivered.failed) telemetry.failed(error, { messageId: message.messageId });
  return answer(messages, delivered);
}

/** From a queue the failed messages alone come again; anything else fails as a whole, so that Lambda retries it and then dead-letters it. */
function answer(messages: readonly Message[], { failed }: Delivered): SQSBatchResponse | undefined {
  const queued = messages.length > 0 && messages.every(({ messageId }) => messageId !== undefined);
  if (queued)
    return {
      batchItemFailures: failed.flatMap(({ message }) =>
        message.messageId === undefined ? [] : [{ itemIdentifier: message.messageId }],
      ),
    };
  const [first] = failed;
  if (first !== undefined)
    throw new PipelineError(
      'notification-unreadable',
      `${failed.length} of ${messages.length} messages could not be worked off`,
      { cause: first.error },
    );
  return undefined;
}

/** Sends what is to be repaired to the one function that may, in order for each account and region; undefined when there is no queue to it. */
export function handOverTo({ aws, settings }: OpenFunction, now: Date): ActRequest['handOver'] {
  const { remediationQueueUrl } = settings;
  if (remediationQueueUrl === undefined) return undefined;
  return async ({ scope }, { steps }) => {
    const ids = [...new Set(steps.map(({ networkInterfaceId }) => networkInterfaceId))];
    for (let at = 0; at < ids.length; at += INTERFACES_PER_MESSAGE) {
      const body = JSON.stringify({
        mirrorwatch: 'remediate',
        ...scope,
        instanceIds: [],
        networkInterfaceIds: ids.slice(at, at + INTERFACES_PER_MESSAGE),
      });
      const deduplicationId = createHash('sha256').update(`${now.toISOString()}\n${body}`).digest('hex');
      await aws.queues.sendInOrder(remediationQueueUrl, body, { group: scopeKey(scope), deduplicationId });
    }
  };
}

/** So much of a function's time is kept for recording, mailing and answering. */
const RESERVE_MS = 5_000;

/** When changes must stop: before the function's own end, with time to record them. */
export function deadlineOf(context: Pick<Context, 'getRemainingTimeInMillis'>, now: Date): Date {
  const remaining = context.getRemainingTimeInMillis();
  return new Date(now.getTime() + remaining - Math.min(RESERVE_MS, remaining / 2));
}
