/** The common part of the functions that process messages: unwrap the event, deliver, send re-checks, answer the queue. */

import type { Context, SQSBatchResponse } from 'aws-lambda';
import type { AwsPorts } from '../aws/ports.ts';
import { plural } from '../collections.ts';
import { type Message, unwrapEvent } from '../delivery/envelope.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { startClock } from '../local/run-clock.ts';
import type { FailedMessage } from '../pipeline/collect.ts';
import { deliver } from '../pipeline/deliver.ts';
import { sendRechecks } from '../pipeline/holds/send-rechecks.ts';
import { isMirroredByNow } from '../pipeline/hooks/mirrored-by-now.ts';
import type { OwnIdentity } from '../pipeline/looks/own-callers.ts';
import type { Recheck } from '../pipeline/recheck.ts';
import { doorsOf } from '../pipeline/trust/doors.ts';
import { boundDeadRun, delayRetries } from './delay-retries.ts';
import { lazyRuntime, openWithoutConfig, type Runtime, settingsOf } from './function.ts';
import { handOverTo } from './hand-over.ts';
import { type HookParts, launchHooks, releaseAsked, releaseMarked } from './hooks.ts';
import { beginInvocation, byAwsTime, type Invocation } from './invocation.ts';
import { reporting, type Telemetry, telemetryOf } from './telemetry.ts';

/** A Lambda handler. Answers a queue with the messages that failed, anything else with nothing. */
export type Handler = (event: unknown, context: Context) => Promise<SQSBatchResponse | undefined>;

/** What sets a function apart from the others that process messages. */
export interface DeliveryRole {
  /** Its name in logs and metrics. */
  readonly service: string;
  /** `hand-over` sends repairs to the `remediate` function if there is a queue to it; `here` makes them in this function. */
  readonly repairs: 'hand-over' | 'here';
  /** Whether EventBridge sends its events to it. Elsewhere events and records are refused. @default false */
  readonly events?: boolean | undefined;
}

/** What a handler works with. Tests replace it. */
export interface HandlerParts {
  readonly open: () => Promise<Runtime>;
  /** The ports for what must be done even without a valid configuration: to delay retries, and to release instances. */
  readonly openWithoutConfig: () => Promise<AwsPorts>;
  readonly telemetry: Telemetry;
  readonly now: () => Date;
  /**
   * Our own queues: messages of our own are taken from them alone, and their failed messages are delivered again when the kind of failure asks
   * for it. @default none
   */
  readonly queueUrls?: readonly string[] | undefined;
  /** The queue of the function that releases instances. @default none: this function does */
  readonly remediationQueueUrl?: string | undefined;
}

/** A handler for any event that carries deliveries, in any of the forms `unwrapEvent` knows. */
export function onDeliveries(role: DeliveryRole, environment: Readonly<Record<string, string | undefined>>): Handler {
  const settings = settingsOf(environment);
  const telemetry = telemetryOf(role.service);
  return deliveryHandler(role, {
    open: lazyRuntime(environment, { use: role.repairs === 'here' ? 'take' : 'publish', telemetry }),
    openWithoutConfig: () => openWithoutConfig(settings),
    queueUrls: [settings.deliveryQueueUrl, settings.remediationQueueUrl].filter((url) => url !== undefined),
    remediationQueueUrl: settings.remediationQueueUrl,
    telemetry,
    now: () => new Date(),
  });
}

/** The handler of a function, made from its parts. */
export function deliveryHandler(role: DeliveryRole, parts: HandlerParts): Handler {
  const { telemetry, queueUrls = [] } = parts;
  let last: Runtime | undefined;
  const open = async (): Promise<Runtime> => {
    last = await parts.open();
    return last;
  };
  const anyAws = async (): Promise<AwsPorts> => {
    try {
      // Opening asks the ledger for the newest configuration: once an invocation is enough.
      return (last ?? (await open())).aws;
    } catch {
      // Processing the messages reports this fault. Releases and the delays of retries have to work regardless.
      return parts.openWithoutConfig();
    }
  };
  const retries = { queueUrls, aws: anyAws, telemetry };
  const { repairs } = role;
  const queueUrl = repairs === 'hand-over' ? parts.remediationQueueUrl : undefined;
  const isMirrored: HookParts['isMirrored'] = async (hold) => {
    const { aws, config } = last ?? (await open());
    return isMirroredByNow(hold, aws.inventory, config, { now: parts.now(), clock: startClock() });
  };
  const doorOf = doorsOf({ queueUrls, events: role.events ?? false });
  const policy: HookParts['policy'] = async () => (await open()).config.hooks;
  const hooks: HookParts = { queueUrl, policy, aws: anyAws, isMirrored, telemetry, doorOf };
  return async (event, context) => {
    const begun = beginInvocation(context, parts.now());
    const { messages, failed } = await reporting(telemetry, context, async () => {
      const unwrapped = unwrapEvent(event);
      try {
        await boundDeadRun(unwrapped, context, retries);
        const asked = await releaseAsked(unwrapped, hooks);
        const failures = [...asked, ...(await processMessages(unwrapped, begun, role, { ...parts, open, hooks }))];
        for (const { message, error } of failures) telemetry.messageFailed(error, { messageId: message.messageId });
        await delayRetries(failures, retries);
        return { messages: unwrapped, failed: failures };
      } catch (error) {
        await delayRetries(
          unwrapped.map((message) => ({ message, error })),
          retries,
        );
        throw error;
      }
    });
    // Each fault has been reported, so this is outside of `reporting`.
    return batchResponse(messages, failed);
  };
}

/** Delivers the messages and sends the re-checks they lead to. Returns the messages that have to be retried. */
async function processMessages(
  messages: readonly Message[],
  begun: Invocation,
  { repairs }: DeliveryRole,
  { open, telemetry, hooks }: HandlerParts & { readonly hooks: HookParts },
): Promise<readonly FailedMessage[]> {
  const runtime = await openOrRelease(messages, open, hooks);
  const { aws, config, ports, settings } = runtime;
  const run = byAwsTime(begun, aws);
  const { now } = run;
  const held = await launchHooks(messages, runtime, hooks);
  const handOver = repairs === 'hand-over' ? handOverTo(runtime, now, held.holds) : undefined;
  const writers = handOver === undefined ? { writer: aws.writer, launcher: aws.launcher } : {};
  const delivered = await deliver(
    messages,
    { ...ports, ...writers, logs: aws.logs, inventory: aws.inventory, tasks: aws.tasks },
    config,
    {
      ...{ ...run, handOver, configuration: runtime.configuration, doorOf: hooks.doorOf, ...identityOf(runtime) },
      handedOverWith: held.holds.map(({ lifecycleActionToken }) => lifecycleActionToken),
    },
  ).catch(async (error: unknown) => {
    await held.giveUp(messageOf(error));
    throw error;
  });
  telemetry.delivered(delivered, now);
  await held.answer({ ...delivered, handsOver: handOver !== undefined });
  const { deliveryQueueUrl } = settings;
  const later = deliveryQueueUrl === undefined ? undefined : laterOn(aws.queues, deliveryQueueUrl);
  await sendRechecks(delivered.rechecks, later, ports.ledger, now);
  return delivered.failed;
}

/** Opens the runtime. Without a valid configuration nothing will be mirrored, so the instances that wait for it are released. */
async function openOrRelease(
  messages: readonly Message[],
  open: HandlerParts['open'],
  hooks: HookParts,
): Promise<Runtime> {
  try {
    return await open();
  } catch (error) {
    const isPassing = error instanceof PipelineError && error.retryable;
    if (!isPassing) await releaseMarked(messages, hooks, `the function could not start: ${messageOf(error)}`);
    throw error;
  }
}

/** Who makes our calls: the role of `remediate`, or where none is set, this function. */
function identityOf({ aws, settings: { writerRoleArn } }: Runtime): OwnIdentity {
  return writerRoleArn === undefined ? { callerArn: aws.accounts.caller } : { writerRoleArn };
}

/** Sends a re-check to the queue that delivers to us. */
function laterOn(queues: AwsPorts['queues'], queueUrl: string): (recheck: Recheck) => Promise<void> {
  return ({ body, delaySeconds }) => queues.send(queueUrl, body, { delaySeconds });
}

/**
 * The answer to the event source. A queue redelivers only the failed messages.
 *
 * Any other source gets an error, under the code of the first fault: Lambda retries the whole event, then dead-letters it.
 */
function batchResponse(messages: readonly Message[], failed: readonly FailedMessage[]): SQSBatchResponse | undefined {
  const isQueue = messages.length > 0 && messages.every(({ messageId }) => messageId !== undefined);
  if (isQueue) {
    const ids = failed.flatMap(({ message }) => message.messageId ?? []);
    return { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) };
  }
  const [first] = failed;
  if (first === undefined) return undefined;
  const { error } = first;
  const text = `${failed.length} of ${plural(messages.length, 'message')} failed: ${messageOf(error)}`;
  throw error instanceof PipelineError
    ? new PipelineError(error.code, text, { ...error.concerns, retryable: error.retryable, cause: error })
    : new PipelineError('internal', text, { cause: error });
}
