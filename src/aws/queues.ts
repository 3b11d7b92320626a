/** SQS queues: what `watch` polls as a process, where re-checks wait, and where remediation is put in order. */

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

/** SQS's longest delay of a message. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html */
export const MAX_DELAY_SECONDS = 900;

/** The URL names the queue; where it is reached is the endpoint's matter, so that `AWS_ENDPOINT_URL` holds for it too. */
const OPTIONS = { useQueueUrlAsEndpoint: false };

/** Calls on queues, each given by its URL. Every method throws AwsCallError. */
export interface Queues {
  /** Up to ten messages, as soon as there is one or after `waitSeconds` (at most 20). */
  receive(
    queueUrl: string,
    options: { readonly waitSeconds: number; readonly visibilitySeconds?: number | undefined; readonly max?: number },
  ): Promise<readonly Message[]>;
  /** Acknowledges a message: it is not handed out again. */
  remove(queueUrl: string, receiptHandle: string): Promise<void>;
  /** Hides a message from others for so long from now; 0 hands it back at once. */
  hide(queueUrl: string, receiptHandle: string, seconds: number): Promise<void>;
  /** Sends to a standard queue; a delay over `MAX_DELAY_SECONDS` is cut to that. */
  send(queueUrl: string, body: string, options?: { readonly delaySeconds?: number }): Promise<void>;
  /** Sends to a FIFO queue: messages of a group in order, one with the same `deduplicationId` within five minutes once. */
  sendInOrder(
    queueUrl: string,
    body: string,
    order: { readonly group: string; readonly deduplicationId: string },
  ): Promise<void>;
}

/** Queues of the own account. `homeRegion` serves URLs that do not name their region (an emulator's). */
export function sqsQueues(clients: Clients, homeRegion: string): Queues {
  const call = <T>(operation: string, queueUrl: string, send: (sqs: SQSClient) => Promise<T>): Promise<T> =>
    awsCall(operation, { resourceId: queueUrl }, () =>
      send(clients.home(SQSClient, regionOf(queueUrl) ?? homeRegion, OPTIONS)),
    );

  return {
    async receive(QueueUrl, { waitSeconds, visibilitySeconds, max = 10 }) {
      const { Messages = [] } = await call('ReceiveMessage', QueueUrl, (sqs) =>
        sqs.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: max,
            WaitTimeSeconds: waitSeconds,
            VisibilityTimeout: visibilitySeconds,
            MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
          }),
          // The answer may come only after the wait: the connection's own patience must be longer.
          { requestTimeout: (waitSeconds + 15) * 1000 },
        ),
      );
      return Messages.map(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
        ...(MessageId === undefined ? {} : { messageId: MessageId }),
        ...(ReceiptHandle === undefined ? {} : { receiptHandle: ReceiptHandle }),
        ...numbered('receiveCount', Attributes?.ApproximateReceiveCount, Number),
        ...numbered('sentAt', Attributes?.SentTimestamp, (ms) => new Date(Number(ms))),
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

/** The region a queue's URL names, in any partition. */
function regionOf(queueUrl: string): string | undefined {
  return /^https:\/\/(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\./
    .exec(queueUrl)
    ?.slice(1)
    .find((part) => part);
}

function numbered<K extends string, T>(
  name: K,
  text: string | undefined,
  read: (text: string) => T,
): { readonly [P in K]?: T } {
  return (text === undefined ? {} : { [name]: read(text) }) as { readonly [P in K]?: T };
}
