/** The shell of the functions that work off messages: unwrap, deliver, re-queue, answer. */

import { createHash } from 'node:crypto';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import type { AwsPorts } from '../aws/ports.ts';
import { type Message, unwrapEvent } from '../delivery/envelope.ts';
import { PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { ActRequest } from '../pipeline/act.ts';
import type { AssessedScope } from '../pipeline/assess.ts';
import { type Delivered, deliver } from '../pipeline/deliver.ts';
import { remediateMessage } from '../pipeline/recheck.ts';
import { suspicionsOf } from '../pipeline/relevant-sightings.ts';
import type { SuspicionSighting } from '../sighting/sighting.ts';
import { type OpenFunction, opener, openWithoutConfig, settingsOf } from './function.ts';
import { type Telemetry, telemetryOf } from './telemetry.ts';

export type Handler = (event: unknown, context: Context) => Promise<SQSBatchResponse | undefined>;

export interface DeliveryShell {
  /** The name in logs and metrics. */
  readonly service: string;
  /** `hand-over` leaves repairs to the `remediate` function where there is a queue to it; `here` makes them. */
  readonly repairs: 'hand-over' | 'here';
  /** Called in every case, also when nothing could be opened or judged, with the messages and the way to AWS that there is. */
  readonly after?:
    | ((messages: readonly Message[], aws: () => Promise<AwsPorts>, telemetry: Telemetry) => Promise<void>)
    | undefined;
}

/** Interfaces in one message to the remediator: at five creates a second well within a function's time. */
const INTERFACES_PER_MESSAGE = 100;

/** A handler for any event that carries deliveries, in every form we know. */
export function onDeliveries(shell: DeliveryShell, environment: Readonly<Record<string, string | undefined>>): Handler {
  const open = opener(environment);
  const telemetry = telemetryOf(shell.service);
  const anyAws = async (): Promise<AwsPorts> => {
    try {
      return (await open()).aws;
    } catch {
      // What made it impossible is thrown by the work itself; this is for what must be done all the same.
      return openWithoutConfig(settingsOf(environment));
    }
  };
  return async (event, context) => {
    telemetry.begin(context);
    try {
      return await work(event, context, { shell, open, anyAws, telemetry });
    } catch (error) {
      telemetry.failed(error);
      throw error;
    } finally {
      telemetry.end();
    }
  };
}

interface DeliveryContext {
  readonly shell: DeliveryShell;
  readonly open: () => Promise<OpenFunction>;
  readonly anyAws: () => Promise<AwsPorts>;
  readonly telemetry: Telemetry;
}

async function work(
  event: unknown,
  context: Context,
  delivery: DeliveryContext,
): Promise<SQSBatchResponse | undefined> {
  const { shell, anyAws, telemetry } = delivery;
  const messages = unwrapEvent(event);
  try {
    const delivered = await workOff(messages, context, delivery);
    for (const { message, error } of delivered.failed) telemetry.failed(error, { messageId: message.messageId });
    return answer(messages, delivered);
  } finally {
    await shell.after?.(messages, anyAws, telemetry);
  }
}

async function workOff(
  messages: readonly Message[],
  context: Context,
  { shell, open, telemetry }: DeliveryContext,
): Promise<Delivered> {
  const opened = await open();
  const { aws, config, ports, settings } = opened;
  const now = new Date();
  const handOver = shell.repairs === 'hand-over' ? handOverTo(opened, now) : undefined;
  const delivered = await deliver(
    messages,
    {
      ...{ ...ports, logs: aws.logs, inventory: aws.inventory, tasks: aws.tasks },
      ...(handOver === undefined && { writer: aws.writer, launcher: aws.launcher }),
    },
    config,
    { now, deadline: deadlineOf(context, now), ...(handOver !== undefined && { handOver }) },
  );
  telemetry.delivered(delivered, now);
  const { deliveryQueueUrl } = settings;
  for (const { body, delaySeconds } of deliveryQueueUrl === undefined ? [] : delivered.rechecks)
    await aws.queues.send(deliveryQueueUrl ?? '', body, { delaySeconds });
  return delivered;
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
  return async (assessed, { steps }) => {
    const { scope } = assessed;
    const ids = [...new Set(steps.map(({ networkInterfaceId }) => networkInterfaceId))];
    for (let at = 0; at < ids.length; at += INTERFACES_PER_MESSAGE) {
      const page = ids.slice(at, at + INTERFACES_PER_MESSAGE);
      const body = remediateMessage(scope, page, suspicionsAbout(page, assessed));
      const deduplicationId = createHash('sha256').update(`${now.toISOString()}\n${body}`).digest('hex');
      await aws.queues.sendInOrder(remediationQueueUrl, body, { group: scopeKey(scope), deduplicationId });
    }
  };
}

/** The suspicions that some of these interfaces are mirrored for, with no more interfaces than these. */
function suspicionsAbout(
  networkInterfaceIds: readonly string[],
  { sightings = [], audited }: AssessedScope,
): readonly SuspicionSighting[] {
  const page = new Set(networkInterfaceIds);
  return suspicionsOf(sightings).flatMap((sighting) => {
    const { instanceId } = sighting;
    const own = instanceId === undefined ? [] : (audited.account?.interfacesOf(instanceId) ?? []);
    const all = [...sighting.networkInterfaceIds, ...own.map((each) => each.networkInterfaceId)];
    return all.some((id) => page.has(id))
      ? [{ ...sighting, networkInterfaceIds: all.filter((id) => page.has(id)) }]
      : [];
  });
}

/** So much of a function's time is kept for recording, mailing and answering. */
const RESERVE_MS = 5_000;

/** When changes must stop: before the function's own end, with time to record them. */
export function deadlineOf(context: Pick<Context, 'getRemainingTimeInMillis'>, now: Date): Date {
  const remaining = context.getRemainingTimeInMillis();
  return new Date(now.getTime() + remaining - Math.min(RESERVE_MS, remaining / 2));
}
