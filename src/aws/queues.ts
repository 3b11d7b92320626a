/** SQS queues: `watch` polls one, re-checks wait in one, and a FIFO queue orders remediation. */

import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Message } from '../delivery/envelope.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** The longest that SQS delays a message. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html */
const MAX_DELAY_SECONDS = 900;

/** The URL only names the queue; the client's endpoint serves it, so `AWS_ENDPOINT_URL` works for queues too. */
const OPTIONS = { useQueueUrlAsEndpoint: false };

/** How to wait for messages. */
export interface ReceiveOptions {
  readonly waitSeconds: number;
  /** How long the messages stay hidden. @default as the queue says */
  readonly visibilitySeconds?: number | undefined;
  /** @default 10 */
  readonly max?: number | undefined;
  /** Ends the wait when it is aborted: the call throws AwsCallError. */
  readonly signal?: AbortSignal | undefined;
}

/** Calls on queues, which are given by URL. Every method throws AwsCallError. */
export interface Queues {
  /** Up to ten messages, as soon as there are any or after `waitSeconds` (at most 20). */
  receive(queueUrl: string, options: ReceiveOptions): Promise<readonly Message[]>;
  /** Acknowledges a message: SQS does not deliver it again. */
  remove(queueUrl: string, receiptHandle: string): Promise<void>;
  /** Hides a message for `seconds` from now; 0 makes it available immediately. */
  hide(queueUrl: string, receiptHandle: string, seconds: number): Promise<void>;
  /** Sends to a standard queue; a delay over `MAX_DELAY_SECONDS` is cut to that. */
  send(queueUrl: string, body: string, options?: { readonly delaySeconds?: number }): Promise<void>;
  /** Sends to a FIFO queue: in order within a group, and once for the same `deduplicationId` within five minutes. */
  sendInOrder(
    queueUrl: string,
    body: string,
    order: { readonly group: string; readonly deduplicationId: string },
  ): Promise<void>;
}

/** Queues of our own account. `homeRegion` is for URLs that name no region, such as an emulator's. */
export function sqsQueues(clients: Clients, homeRegion: string): Queues {
  const call = <T>(operation: string, queueUrl: string, send: (sqs: SQSClient) => Promise<T>): Promise<T> =>
    awsCall(operation, { resourceId: queueUrl }, () =>
      send(clients.home(SQSClient, regionOf(queueUrl) ?? homeRegion, OPTIONS)),
    );

  return {
    async receive(QueueUrl, { waitSeconds, visibilitySeconds, max = 10, signal }) {
      const { Messages = [] } = await call('ReceiveMessage', QueueUrl, (sqs) =>
        sqs.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: max,
            WaitTimeSeconds: waitSeconds,
            VisibilityTimeout: visibilitySeconds,
            MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
          }),
          // A long poll answers after the wait, so the request must time out later.
          {
            requestTimeout: waitSeconds * 1000 + clients.limits.answerMs,
            ...(signal !== undefined && { abortSignal: signal }),
          },
        ),
      );
      return Messages.map(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        receiveCount: numberOf(Attributes?.ApproximateReceiveCount),
        sentAt: dateOf(Attributes?.SentTimestamp),
        body: Body ?? '',
      }));
    },
    async remove(QueueUrl, ReceiptHandle) {
      await call('DeleteMessage', QueueUrl, (sqs) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
    },
    async hide(QueueUrl, ReceiptHandle, seconds) {
      const VisibilityTimeout = Math.max(0, Math.round(seconds));
      await call('ChangeMessageVisibility', QueueUrl, (sqs) =>
        sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout })),
      );
    },
    async send(QueueUrl, MessageBody, { delaySeconds = 0 } = {}) {
      const DelaySeconds = Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(delaySeconds)));
      await call('SendMessage', QueueUrl, (sqs) =>
        sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds })),
      );
    },
    async sendInOrder(QueueUrl, MessageBody, { group, deduplicationId }) {
      await call('SendMessage', QueueUrl, (sqs) =>
        sqs.send(
          new SendMessageCommand({
            QueueUrl,
            MessageBody,
            MessageGroupId: group,
            MessageDeduplicationId: deduplicationId,
          }),
        ),
      );
    },
  };
}

/** The region in a queue's URL, in any partition. */
export function regionOf(queueUrl: string): string | undefined {
  return /^https:\/\/(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\./
    .exec(queueUrl)
    ?.slice(1)
    .find((part) => part);
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function dateOf(milliseconds: string | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(Number(milliseconds));
}
