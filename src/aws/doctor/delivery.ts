/** Queues, topics, subscriptions and the ledger's table, as their services describe them. */

import { DescribeTableCommand, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Attributes, DeliveryReads } from '../../pipeline/doctor/reads.ts';
import type { Clients } from '../clients.ts';
import { regionOf } from '../queues.ts';
import { ask, onceEach, pagesOf } from './ask.ts';

/** No row has this key, so the query reads nothing. */
const NO_ROW = 'mirrorwatch-doctor';

/** Reads with our own credentials, each in the region that the ARN or the URL names. */
export function deliveryReads(clients: Clients, homeRegion: string): DeliveryReads {
  const sns = (arn: string): SNSClient => clients.home(SNSClient, arn.split(':')[3] || homeRegion);
  const dynamoDb = (): DynamoDBClient => clients.home(DynamoDBClient, homeRegion);
  return {
    queue: onceEach(
      (url) => url,
      (url) =>
        ask('GetQueueAttributes', async () => {
          const region = regionOf(url) ?? homeRegion;
          const client = clients.home(SQSClient, region, { useQueueUrlAsEndpoint: false });
          const { Attributes: found } = await client.send(
            new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
          );
          return attributesOf(found);
        }),
    ),
    topic: onceEach(
      (arn) => arn,
      (arn) =>
        ask('GetTopicAttributes', async () =>
          attributesOf((await sns(arn).send(new GetTopicAttributesCommand({ TopicArn: arn }))).Attributes),
        ),
    ),
    subscriptions: (TopicArn) =>
      ask('ListSubscriptionsByTopic', () =>
        pagesOf(
          (NextToken) => sns(TopicArn).send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken })),
          ({ Subscriptions = [] }) =>
            Subscriptions.map(({ SubscriptionArn = '', Protocol = '', Endpoint = '' }) => ({
              subscriptionArn: SubscriptionArn,
              protocol: Protocol,
              endpoint: Endpoint,
            })),
        ),
      ),
    subscription: (SubscriptionArn) =>
      ask('GetSubscriptionAttributes', async () =>
        attributesOf(
          (await sns(SubscriptionArn).send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes,
        ),
      ),
    table: async (TableName) => {
      const query = await ask('Query', () =>
        dynamoDb().send(
          new QueryCommand({
            TableName,
            Limit: 1,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: NO_ROW } },
          }),
        ),
      );
      if ('fault' in query) return query;
      const described = await ask('DescribeTable', () => dynamoDb().send(new DescribeTableCommand({ TableName })));
      // Only `doctor` describes tables: without that, the query has said what matters.
      if ('fault' in described) return { value: {} };
      const { TableStatus, KeySchema = [] } = described.value.Table ?? {};
      const keys = KeySchema.map(({ AttributeName, KeyType }) => `${AttributeName}:${KeyType}`);
      return { value: { keys, ...(TableStatus !== undefined && { status: TableStatus }) } };
    },
  };
}

function attributesOf(found: Partial<Record<string, string>> | undefined): Attributes {
  return Object.fromEntries(
    Object.entries(found ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}
