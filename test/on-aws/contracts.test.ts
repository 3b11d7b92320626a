import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe } from 'vitest';
import { awsPorts } from '../../src/aws/ports.ts';
import { ledgerContract } from '../contract/ledger.ts';
import { testLogStore } from '../contract/log-store.ts';
import { publisherContract } from '../contract/publisher.ts';
import { putObjects } from '../support/s3-objects.ts';
import { drained, LAB_IS_THERE, sqs } from './lab.ts';

const region = 'us-east-1';
const ports = () => awsPorts({ region, pathStyle: true });
let made = 0;

describe.runIf(LAB_IS_THERE)('behind AWS_ENDPOINT_URL', () => {
  beforeAll(() => fetch(`${process.env.AWS_ENDPOINT_URL}/moto-api/reset`, { method: 'POST' }));

  ledgerContract(
    'DynamoDB',
    async () => {
      made += 1;
      const TableName = `contract-${made}`;
      const keys = [
        ['pk', 'HASH'],
        ['sk', 'RANGE'],
      ] as const;
      await new DynamoDBClient({ region }).send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: keys.map(([AttributeName]) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: keys.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
        }),
      );
      return { ledger: ports().ledger(TableName), again: async () => ports().ledger(TableName) };
    },
    { runs: 5 },
  );

  describe('S3', () => {
    testLogStore(async (objects) => {
      const s3 = new S3Client({ region, forcePathStyle: true });
      await putObjects(s3, objects);
      return ports().logs;
    });
  });

  publisherContract('SNS', async () => {
    made += 1;
    const sns = new SNSClient({ region });
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: `alerts-${made}` }));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `mailbox-${made}` }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
    const bodies: string[] = [];
    return {
      publisher: ports().publisher(TopicArn),
      received: async () => {
        for (const { Body = '{}' } of await drained(QueueUrl)) {
          const { Subject, Message } = JSON.parse(Body) as { Subject: string; Message: string };
          bodies.push(`${Subject}\n${Message}`);
        }
        return bodies;
      },
    };
  });
});
