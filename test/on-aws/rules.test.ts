import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { invoke, unpackZip } from '../support/zip-functions.ts';
import { aScenario, aStack, drained, LAB_IS_THERE, type Scenario, sqs, workOff } from './lab.ts';
import { aCall, aLogFile } from './trail.ts';

const RULE = {
  name: 'trail-stopped',
  title: 'Trail stopped',
  severity: 'high',
  pattern: { source: ['aws.cloudtrail'], detail: { eventName: ['StopLogging'] } },
  resource: 'requestParameters.name',
  reason: '{userIdentity.arn} stopped {requestParameters.name}',
};
const REPORTS = 'rule-reports';

describe.runIf(LAB_IS_THERE)('a rule of the configuration in the functions of the zip', () => {
  let zip: string;
  let scenario: Scenario;
  let env: Readonly<Record<string, string>>;
  let s3: S3Client;
  beforeAll(async () => {
    zip = await unpackZip();
  });
  beforeEach(async () => {
    scenario = await aScenario(2);
    const stack = await aStack(scenario);
    const config = { ...JSON.parse(stack.MIRRORWATCH_CONFIG ?? '{}'), watch: { rules: [RULE] } };
    env = { ...stack, MIRRORWATCH_CONFIG: JSON.stringify(config), MIRRORWATCH_REPORT_BUCKET: REPORTS };
    s3 = new S3Client({ region: scenario.region, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: REPORTS }));
    await drained(scenario.deliveriesQueueUrl);
    await drained(scenario.mailboxQueueUrl);
  });

  const stopped = (): Readonly<Record<string, unknown>> => ({
    ...aCall(scenario, 'StopLogging', 'mallory', { name: 'main' }, {}),
    eventSource: 'cloudtrail.amazonaws.com',
  });
  const found = async () => {
    const { awsPorts } = await import('../../src/aws/ports.ts');
    const ledger = awsPorts({ region: scenario.region }).ledger(env.MIRRORWATCH_LEDGER_TABLE ?? '');
    return (await ledger.entries({ rules: ['custom:trail-stopped'] })).map(({ finding, notified }) => ({
      ...{ status: finding.status, resourceId: finding.resourceId, reason: finding.reason },
      isMailed: notified.notified !== undefined,
    }));
  };
  const mails = async () => (await drained(scenario.mailboxQueueUrl)).map(({ Body = '' }) => Body).join('\n');

  it('turns a delivered log file into a mail, a ledger entry and a line of the report', async () => {
    const { accountId, region } = scenario;
    const Key = `AWSLogs/${accountId}/CloudTrail/${region}/2026/11/22/${accountId}_CloudTrail_${region}_20261122T1000Z_a1b2c3d4e5f6g7h8.json.gz`;
    await s3.send(new PutObjectCommand({ Bucket: scenario.bucket, Key, Body: aLogFile([stopped()]) }));
    const notice = JSON.stringify({ s3Bucket: scenario.bucket, s3ObjectKey: [Key] });
    const envelope = { Type: 'Notification', MessageId: 'm-1', TopicArn: scenario.topicArn, Message: notice };
    const QueueUrl = scenario.deliveriesQueueUrl;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(envelope) }));
    await workOff(zip, 'watch', QueueUrl, { env });

    const reason = `arn:aws:iam::${accountId}:user/mallory stopped main`;
    expect(await found()).toEqual([{ status: 'open', resourceId: 'main', reason, isMailed: true }]);
    expect(await mails()).toContain('Trail stopped');

    await invoke(zip, 'report', {}, { env });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: REPORTS }));
    const report = Contents.find((object) => object.Key?.endsWith('report.json'));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: REPORTS, Key: report?.Key ?? '' }));
    const { findings } = JSON.parse((await Body?.transformToString()) ?? '{}');
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: 'custom:trail-stopped', resourceId: 'main', reason }),
    );
  });

  it('turns an EventBridge event into a mail within one invocation', async () => {
    const { accountId: account, region } = scenario;
    const detail = stopped();
    const event = {
      ...{ version: '0', id: 'e-1', 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.cloudtrail' },
      ...{ account, time: detail.eventTime, region, resources: [], detail },
    };
    await invoke(zip, 'respond', event, { env });
    expect(await found()).toMatchObject([{ status: 'open', resourceId: 'main', isMailed: true }]);
    expect(await mails()).toContain('Trail stopped');
  });
});
