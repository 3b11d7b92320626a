/** A stack of template.json in the lab: its functions, queues, topics and rules are the lab's own, and run as deployed. */

import { readFileSync } from 'node:fs';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { PipelineError } from '../../src/errors.ts';
import { ZIP } from '../support/zip-functions.ts';
import { sqs } from './lab.ts';

const { AWS_ENDPOINT_URL: ENDPOINT } = process.env;
const REGION = 'us-east-1';
const CODE_BUCKET = 'mirrorwatch-code';
const MAIN = 'template.json';
const textOf = (template: string): string => readFileSync(new URL(`../../${template}`, import.meta.url), 'utf8');

/** A stack's resources: physical ids by logical ids. */
export interface Stack {
  readonly name: string;
  readonly id: (logicalId: string) => string;
}

/** The call of a service that speaks HTTP with a form or with JSON. The lab believes every signature, but reads the service from it. */
async function call(service: string, headers: Readonly<Record<string, string>>, body: string, path = '/') {
  const authorization = `AWS4-HMAC-SHA256 Credential=lab/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=lab`;
  const response = await fetch(`${ENDPOINT}${path}`, { method: 'POST', headers: { authorization, ...headers }, body });
  const text = await response.text();
  if (!response.ok)
    throw new PipelineError('aws-call-failed', `${service} answered ${response.status}: ${text.slice(0, 2000)}`);
  return text;
}

/** An action of a service with the query protocol. Returns its XML. */
export function query(service: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return call(service, headers, new URLSearchParams(parameters).toString());
}

/** Puts events on the default bus, of which the stack's rules choose. */
export async function putEvents(
  events: readonly { readonly source: string; readonly type: string; readonly detail: unknown }[],
): Promise<void> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' };
  for (let start = 0; start < events.length; start += 10) {
    const Entries = events
      .slice(start, start + 10)
      .map(({ source, type, detail }) => ({ Source: source, DetailType: type, Detail: JSON.stringify(detail) }));
    await call('events', headers, JSON.stringify({ Entries }));
  }
}

/** Invokes a function and waits for its answer. */
export function invokeFunction(name: string, event: unknown): Promise<string> {
  return call('lambda', {}, JSON.stringify(event), `/2015-03-31/functions/${name}/invocations`);
}

/** Creates the stack with the bundled zip, and waits until it is complete: of `template.json`, its first sweep has answered then. */
export async function createStack(
  name: string,
  parameters: Readonly<Record<string, string>>,
  template = MAIN,
): Promise<Stack> {
  const s3 = new S3Client({ region: REGION, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: CODE_BUCKET }));
  await s3.send(new PutObjectCommand({ Bucket: CODE_BUCKET, Key: 'mirrorwatch.zip', Body: readFileSync(ZIP) }));
  const all = Object.entries({ CodeS3Bucket: CODE_BUCKET, ...parameters });
  await query('cloudformation', {
    Action: 'CreateStack',
    StackName: name,
    TemplateBody: textOf(template),
    'Capabilities.member.1': 'CAPABILITY_IAM',
    ...Object.fromEntries(
      all.flatMap(([key, value], index) => [
        [`Parameters.member.${index + 1}.ParameterKey`, key],
        [`Parameters.member.${index + 1}.ParameterValue`, value],
      ]),
    ),
  });
  await until(async () =>
    (await query('cloudformation', { Action: 'DescribeStacks', StackName: name })).includes('CREATE_COMPLETE'),
  );
  const listed = await query('cloudformation', { Action: 'DescribeStackResources', StackName: name });
  const ids = new Map<string, string>();
  for (const [, member = ''] of listed.matchAll(/<member>([\s\S]*?)<\/member>/g)) {
    const [logical, physical] = ['LogicalResourceId', 'PhysicalResourceId'].map(
      (tag) => new RegExp(`<${tag}>(.*?)</${tag}>`).exec(member)?.[1],
    );
    if (logical !== undefined && physical !== undefined) ids.set(logical, physical);
  }
  return {
    name,
    id: (logicalId) => {
      const id = ids.get(logicalId);
      if (id === undefined) throw new PipelineError('internal', `the stack has no ${logicalId}`);
      return id;
    },
  };
}

/** Polls until it holds. Throws after `seconds`. */
export async function until(holds: () => Promise<boolean>, seconds = 120): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new PipelineError('internal', `it did not hold within ${seconds} s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** A queue that receives what a topic publishes. Returns its URL. */
export async function aMailbox(topicArn: string): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `mailbox-${crypto.randomUUID()}` }));
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
  const { Attributes = {} } = await sqs.send(asked);
  await query('sns', { Action: 'Subscribe', TopicArn: topicArn, Protocol: 'sqs', Endpoint: Attributes.QueueArn ?? '' });
  return QueueUrl;
}

/** How many messages of a queue can be received. */
export async function queueLength(QueueUrl: string): Promise<number> {
  const AttributeNames = ['ApproximateNumberOfMessages'] as const;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
}

/** What a function's processes have printed: CloudWatch would have it as logs and metrics. */
export async function textsPrintedBy(functionName: string): Promise<string> {
  const listed = (await (await fetch(`${ENDPOINT}/lab/functions`)).json()) as { name: string; log: string }[];
  return listed
    .filter(({ name }) => name === functionName)
    .map(({ log }) => readFileSync(log, 'utf8'))
    .join('\n');
}

interface Alarm {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly unknown[];
  readonly Threshold: number;
}

/** The alarms of the template, by their logical ids. */
export function alarmsInTemplate(): Readonly<Record<string, Alarm | undefined>> {
  const { Resources } = JSON.parse(textOf(MAIN)) as {
    readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Alarm }>>;
  };
  const alarms = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm');
  return Object.fromEntries(alarms.map(([id, { Properties }]) => [id, Properties]));
}

/** A service's metrics in a function's output, one object an invocation. */
export function metricsIn(text: string, service: string): readonly Readonly<Record<string, number>>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{"_aws"') && line.includes(`"service":"${service}"`))
    .map((line) => JSON.parse(line) as Readonly<Record<string, number>>);
}
