/** The lab behind `AWS_ENDPOINT_URL`: an account with logs and deliveries, and the zip's functions running on it. */

import { execFileSync } from 'node:child_process';
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeTrafficMirrorSessionsCommand, EC2Client, type TrafficMirrorSession } from '@aws-sdk/client-ec2';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type InvokeOptions, invoke } from '../support/zip-functions.ts';

const { AWS_ENDPOINT_URL: ENDPOINT, MIRRORWATCH_LAB: LAB } = process.env;

/** True if there is an endpoint and the scripts that fill it. */
export const LAB_IS_THERE: boolean = ENDPOINT !== undefined && LAB !== undefined;

export interface Scenario {
  readonly accountId: string;
  readonly region: string;
  readonly bucket: string;
  readonly topicArn: string;
  readonly alertTopicArn: string;
  readonly deliveriesQueueUrl: string;
  readonly mailboxQueueUrl: string;
  readonly filterId: string;
  readonly targets: Readonly<Record<string, { readonly zone: string; readonly group: string }>>;
  readonly instances: Readonly<
    Record<
      string,
      {
        readonly zone: string;
        readonly tags: Readonly<Record<string, string>>;
        readonly networkInterfaceId: string;
        readonly terminated?: boolean;
      }
    >
  >;
}

const settings = { region: 'us-east-1' };
export const sqs: SQSClient = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
const ec2 = new EC2Client(settings);
const dynamoDb = new DynamoDBClient(settings);

/** Puts a fresh account with its logs and notifications behind the endpoint. */
export async function aScenario(instances = 24): Promise<Scenario> {
  await fetch(`${ENDPOINT}/moto-api/reset`, { method: 'POST' });
  await faults();
  const script = `${LAB}/scenario.py`;
  const text = execFileSync('python3', [script, '--instances', String(instances)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  await resetCalls();
  return JSON.parse(text) as Scenario;
}

export async function calls(): Promise<Readonly<Record<string, number>>> {
  return (await (await fetch(`${ENDPOINT}/lab/calls`)).json()) as Record<string, number>;
}

export async function resetCalls(): Promise<void> {
  await fetch(`${ENDPOINT}/lab/calls/reset`, { method: 'POST' });
}

/** Makes the endpoint answer with these errors from now on. Without arguments, clears them. */
export async function faults(...wanted: readonly object[]): Promise<void> {
  await fetch(`${ENDPOINT}/lab/faults`, { method: 'POST', body: JSON.stringify(wanted) });
}

export async function sessions(): Promise<readonly TrafficMirrorSession[]> {
  const { TrafficMirrorSessions = [] } = await ec2.send(new DescribeTrafficMirrorSessionsCommand({ MaxResults: 1000 }));
  return TrafficMirrorSessions;
}

let stacks = 0;

/** What template.json creates around the functions: ledger, queue, settings. */
export async function aStack(scenario: Scenario): Promise<Readonly<Record<string, string>>> {
  stacks += 1;
  const TableName = `ledger-${stacks}`;
  const keys = [
    ['pk', 'HASH'],
    ['sk', 'RANGE'],
  ] as const;
  await dynamoDb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map(([AttributeName]) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
    }),
  );
  const QueueName = `remediations-${stacks}.fifo`;
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true' } }));
  const config = {
    region: scenario.region,
    alertTopicArn: scenario.alertTopicArn,
    requiredTags: ['CostCenter'],
    graceSeconds: 300,
    trail: { buckets: [scenario.bucket], topics: [scenario.topicArn], accounts: [scenario.accountId] },
    mirroring: { mode: 'apply', filterId: scenario.filterId, targets: Object.keys(scenario.targets) },
  };
  return {
    AWS_ENDPOINT_URL: ENDPOINT ?? '',
    AWS_REGION: scenario.region,
    AWS_ACCESS_KEY_ID: 'lab',
    AWS_SECRET_ACCESS_KEY: 'lab',
    MIRRORWATCH_CONFIG: JSON.stringify(config),
    MIRRORWATCH_LEDGER_TABLE: TableName,
    MIRRORWATCH_REMEDIATION_QUEUE_URL: QueueUrl,
    MIRRORWATCH_DELIVERY_QUEUE_URL: scenario.deliveriesQueueUrl,
  };
}

/** Ends the leases of crashed functions, as time would: a queue hides a message for longer than a lease lasts. */
export async function endLeases(TableName: string): Promise<void> {
  const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName }));
  for (const { pk, sk, settled } of Items) {
    if (settled?.BOOL !== false || pk === undefined || sk === undefined) continue;
    await dynamoDb.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
  }
}

/** The messages of a queue, hidden for a second. */
export async function received(QueueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}

/** Removes and returns all messages of a queue. */
export async function drained(QueueUrl: string): Promise<readonly Message[]> {
  const taken: Message[] = [];
  for (let page = await received(QueueUrl); page.length > 0; page = await received(QueueUrl)) {
    taken.push(...page);
    for (const { ReceiptHandle } of page) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
  return taken;
}

/** Sends messages again, as a redelivery would. */
export async function putBack(QueueUrl: string, messages: readonly Message[]): Promise<void> {
  for (const { Body } of messages) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: Body }));
}

export interface Work {
  readonly crashes: number;
  readonly handled: number;
  readonly failures: number;
}

/**
 * Feeds a function from its queue as Lambda does, until the queue is empty or after `rounds`. Messages that it does not report as
 * failed are deleted; if it crashes, none are.
 */
export async function workOff(
  zip: string,
  name: string,
  QueueUrl: string,
  options: InvokeOptions & { readonly rounds?: number; readonly onCrash?: () => Promise<void> },
): Promise<Work> {
  let [handled, failures, crashes] = [0, 0, 0];
  for (let round = 0; round < (options.rounds ?? 8); round += 1) {
    const messages = await received(QueueUrl);
    if (messages.length === 0) break;
    const event = { Records: messages.map((message) => toRecord(message, QueueUrl)) };
    let failed: ReadonlySet<string>;
    try {
      const { answer } = await invoke(zip, name, event, options);
      const { batchItemFailures } = answer as { batchItemFailures: { itemIdentifier: string }[] };
      failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    } catch {
      failed = new Set(messages.map(({ MessageId = '' }) => MessageId));
      crashes += 1;
      await options.onCrash?.();
    }
    for (const { MessageId = '', ReceiptHandle } of messages) {
      if (failed.has(MessageId)) failures += 1;
      else await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      handled += 1;
    }
  }
  return { crashes, handled, failures };
}

function toRecord({ MessageId, ReceiptHandle, Body, Attributes }: Message, queueUrl: string): object {
  const eventSourceARN = `arn:aws:sqs:us-east-1:123456789012:${queueUrl.split('/').at(-1)}`;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: 'us-east-1',
  };
}
