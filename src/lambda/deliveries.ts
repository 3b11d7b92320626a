/** The common part of the functions that process messages: unwrap the event, deliver, send re-checks, answer the queue. */

import { createHash } from 'node:crypto';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import type { AwsPorts } from '../aws/ports.ts';
import { plural } from '../collections.ts';
import { type Message, unwrapEvent } from '../delivery/envelope.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { ActRequest } from '../pipeline/act.ts';
import type { AssessedScope } from '../pipeline/assess.ts';
import type { FailedMessage } from '../pipeline/collect.ts';
import { deliver } from '../pipeline/deliver.ts';
import type { OwnIdentity } from '../pipeline/looks/own-callers.ts';
import { changesToHandOver } from '../pipeline/looks/session-changes.ts';
import { remediateMessage } from '../pipeline/own-messages.ts';
import { suspicionsOf } from '../pipeline/relevant-sightings.ts';
import type { PlanStep } from '../remediation/plan.ts';
import { isInstanceId, type SuspicionSighting } from '../sighting/sighting.ts';
import { delayRetries } from './delay-retries.ts';
import { lazyRuntime, openWithoutConfig, type Runtime, settingsOf } from './function.ts';
import { beginInvocation, type Invocation } from './invocation.ts';
import { reporting, type Telemetry, telemetryOf } from './telemetry.ts';

/** A Lambda handler. Answers a queue with the messages that failed, anything else with nothing. */
export type Handler = (event: unknown, context: Context) => Promise<SQSBatchResponse | undefined>;

/** What sets a function apart from the others that process messages. */
export interface DeliveryRole {
  /** Its name in logs and metrics. */
  readonly service: string;
  /** `hand-over` sends repairs to the `remediate` function if there is a queue to it; `here` makes them in this function. */
  readonly repairs: 'hand-over' | 'here';
  /** Runs after every event, even if the runtime could not be opened or the deliveries failed. */
  readonly always?:
    | ((messages: readonly Message[], aws: () => Promise<AwsPorts>, telemetry: Telemetry) => Promise<void>)
    | undefined;
}

/** What a handler works with. Tests replace it. */
export interface HandlerParts {
  readonly open: () => Promise<Runtime>;
  /** The ports for `always`, which must work without a valid configuration. */
  readonly openWithoutConfig: () => Promise<AwsPorts>;
  readonly telemetry: Telemetry;
  readonly now: () => Date;
  /** The queues whose failed messages are delivered again when the kind of failure asks for it. @default none */
  readonly queueUrls?: readonly string[] | undefined;
}

/** A handler for any event that carries deliveries, in any of the forms `unwrapEvent` knows. */
export function onDeliveries(role: DeliveryRole, environment: Readonly<Record<string, string | undefined>>): Handler {
  const settings = settingsOf(environment);
  return deliveryHandler(role, {
    open: lazyRuntime(environment, role.repairs === 'here' ? 'take' : 'publish'),
    openWithoutConfig: () => openWithoutConfig(settings),
    queueUrls: [settings.deliveryQueueUrl, settings.remediationQueueUrl].filter((url) => url !== undefined),
    telemetry: telemetryOf(role.service),
    now: () => new Date(),
  });
}

/** The handler of a function, made from its parts. */
export function deliveryHandler(role: DeliveryRole, parts: HandlerParts): Handler {
  const { telemetry, queueUrls = [] } = parts;
  const anyAws = async (): Promise<AwsPorts> => {
    try {
      return (await parts.open()).aws;
    } catch {
      // Processing the messages reports this fault. `always` and the delays of retries have to work regardless.
      return parts.openWithoutConfig();
    }
  };
  const retries = { queueUrls, aws: anyAws, telemetry };
  return async (event, context) => {
    const begun = beginInvocation(context, parts.now());
    const { messages, failed } = await reporting(telemetry, context, async () => {
      const unwrapped = unwrapEvent(event);
      try {
        const failures = await processMessages(unwrapped, begun, role, parts);
        for (const { message, error } of failures) telemetry.messageFailed(error, { messageId: message.messageId });
        await delayRetries(failures, retries);
        return { messages: unwrapped, failed: failures };
      } catch (error) {
        await delayRetries(
          unwrapped.map((message) => ({ message, error })),
          retries,
        );
        throw error;
      } finally {
        await role.always?.(unwrapped, anyAws, telemetry);
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
  { open, telemetry }: HandlerParts,
): Promise<readonly FailedMessage[]> {
  const runtime = await open();
  const { aws, config, ports, settings } = runtime;
  const { now } = begun;
  const handOver = repairs === 'hand-over' ? handOverTo(runtime, now) : undefined;
  const writers = handOver === undefined ? { writer: aws.writer, launcher: aws.launcher } : {};
  const delivered = await deliver(
    messages,
    { ...ports, ...writers, logs: aws.logs, inventory: aws.inventory, tasks: aws.tasks },
    config,
    { ...begun, handOver, ...identityOf(runtime) },
  );
  telemetry.delivered(delivered, now);
  const { deliveryQueueUrl } = settings;
  if (deliveryQueueUrl !== undefined) {
    for (const { body, delaySeconds } of delivered.rechecks)
      await aws.queues.send(deliveryQueueUrl, body, { delaySeconds });
  }
  return delivered.failed;
}

/** Who makes our calls: the role of `remediate`, or where none is set, this function. */
function identityOf({ aws, settings: { writerRoleArn } }: Runtime): OwnIdentity {
  return writerRoleArn === undefined ? { callerArn: aws.accounts.caller } : { writerRoleArn };
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

/** Interfaces in one message to `remediate`: at five new sessions a second, well within the time of a function. */
const INTERFACES_PER_MESSAGE = 100;

/** Changes to sessions in one message: a third of the 256 KB that SQS takes. EC2 allows far fewer in the minutes that count. */
const CHANGES_PER_MESSAGE = 1000;

function pagesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}

/**
 * Sends repairs to the `remediate` function, in order for each account and region. Undefined if it has no queue; the
 * caller then makes the repairs itself.
 */
export function handOverTo({ aws, settings }: Runtime, now: Date): ActRequest['handOver'] {
  const { remediationQueueUrl } = settings;
  if (remediationQueueUrl === undefined) return undefined;
  return async (assessed, { steps }) => {
    const { scope } = assessed;
    const ids = [...new Set(steps.map(({ networkInterfaceId }) => networkInterfaceId))];
    const changes = pagesOf(changesToHandOver(assessed.sightings ?? [], now), CHANGES_PER_MESSAGE);
    for (const page of pagesOf(ids, INTERFACES_PER_MESSAGE)) {
      const suspicions = suspicionsAbout(page, assessed);
      // Which interface a deleted session was on is often unknown, so each interface goes with every change.
      for (const some of changes.length === 0 ? [[]] : changes) {
        const resourceIds = tasksOf(steps, page);
        const asked = { networkInterfaceIds: page, resourceIds, suspicions, sessionChanges: some };
        const body = remediateMessage(scope, asked);
        const deduplicationId = createHash('sha256').update(`${now.toISOString()}\n${body}`).digest('hex');
        await aws.queues.sendInOrder(remediationQueueUrl, body, { group: scopeKey(scope), deduplicationId });
      }
    }
  };
}

/** The tasks that own these interfaces: a task that ended meanwhile is not found by its interfaces. */
function tasksOf(steps: readonly PlanStep[], networkInterfaceIds: readonly string[]): readonly string[] {
  const page = new Set(networkInterfaceIds);
  const owners = steps.filter((step) => page.has(step.networkInterfaceId)).map(({ resourceId }) => resourceId);
  return [...new Set(owners.filter((resourceId) => !isInstanceId(resourceId)))];
}

/** The suspicions about any of these interfaces, each reduced to the interfaces among them. */
function suspicionsAbout(
  networkInterfaceIds: readonly string[],
  { sightings = [], audited }: AssessedScope,
): readonly SuspicionSighting[] {
  const page = new Set(networkInterfaceIds);
  return suspicionsOf(sightings).flatMap((sighting) => {
    const { instanceId } = sighting;
    const ofInstance = instanceId === undefined ? [] : (audited.account?.interfacesOf(instanceId) ?? []);
    const suspected = [...sighting.networkInterfaceIds, ...ofInstance.map((each) => each.networkInterfaceId)];
    const onPage = suspected.filter((id) => page.has(id));
    return onPage.length > 0 ? [{ ...sighting, networkInterfaceIds: onPage }] : [];
  });
}
