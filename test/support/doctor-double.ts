/** A double of AWS for `doctor`: a healthy account whose answers tests replace one by one. It records every call with its parameters. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { unfolded } from './fake-ec2/server.ts';
import { ec2Xml, faultXml, queryXml } from './fake-ec2/xml.ts';
import { pointAt } from './live.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:example-trail`;
export const ALERTS = `arn:aws:sns:${REGION}:${ACCOUNT}:mirrorwatch-alerts`;
export const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:deliveries`;
export const TRAIL = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/main`;

/** The configuration that fits the healthy account. */
export const CONFIG = {
  region: REGION,
  alertTopicArn: ALERTS,
  trail: { buckets: ['example-trail'], topics: [TOPIC], accounts: [ACCOUNT] },
  mirroring: {
    mode: 'apply',
    filterId: 'tmf-0a000000000000001',
    targets: ['tmt-0a000000000000001', 'tmt-0b000000000000001'],
  },
};

type Fields = Readonly<Record<string, unknown>>;

/** An error of AWS. */
export interface Refused {
  readonly code: string;
  readonly message?: string;
  /** @default 400 */
  readonly status?: number;
}

/** What a call gets: fields of an answer, an error, or nothing at all. */
export type Reply = { readonly fields: Fields } | Refused | 'silence';
type Replying = Reply | ((call: DoubleCall) => Reply);

export interface DoubleCall {
  readonly service: string;
  readonly action: string;
  readonly region: string;
  readonly accountId: string;
  readonly params: Fields;
}

export interface DoctorDouble {
  readonly url: string;
  /** Every call so far. */
  readonly calls: DoubleCall[];
  /** Replaces what an action answers, until the next test. */
  reply(action: string, reply: Replying): void;
  /** How far AWS's clock is ahead. */
  aheadMs: number;
  /** Back to the healthy account. */
  reset(): void;
}

/** Fields as an answer. */
export const fields = (of: Fields): Reply => ({ fields: of });

/** A policy that lets a service do something for a source. */
export const policyFor = (Service: string, Action: string, Resource: string, source: string): string =>
  JSON.stringify({
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service },
        Action,
        Resource,
        Condition: { ArnEquals: { 'aws:SourceArn': source } },
      },
    ],
  });

export const TOPIC_ATTRIBUTES = {
  Policy: policyFor('cloudtrail.amazonaws.com', 'SNS:Publish', TOPIC, TRAIL),
  SubscriptionsConfirmed: '1',
  SubscriptionsPending: '0',
};
export const QUEUE_ATTRIBUTES = {
  QueueArn: QUEUE,
  VisibilityTimeout: '1800',
  RedrivePolicy: JSON.stringify({ maxReceiveCount: 5, deadLetterTargetArn: `${QUEUE}-dead` }),
  Policy: policyFor('sns.amazonaws.com', 'sqs:SendMessage', QUEUE, TOPIC),
};
export const TRAIL_FIELDS = {
  ...{ Name: 'main', TrailARN: TRAIL, HomeRegion: REGION, S3BucketName: 'example-trail', SnsTopicARN: TOPIC },
  ...{ IsMultiRegionTrail: true, IsOrganizationTrail: false, LogFileValidationEnabled: true },
};
export const target = (id: string, eni: string, OwnerId = ACCOUNT): Fields => ({
  ...{ TrafficMirrorTargetId: id, NetworkInterfaceId: eni, Type: 'network-interface', OwnerId, Tags: [] },
});

const attributes = (of: Fields): Reply => fields({ Attributes: of });
const seconds = (time: Date): number => time.getTime() / 1000;
const dryRun = (action: string): Refused => ({
  code: 'DryRunOperation',
  message: `${action} would have succeeded`,
  status: 412,
});
const EMPTY_PAGE: Reply = fields({});

/** When the tests take place: the healthy trail delivered shortly before. */
export const NOW = new Date('2026-03-17T12:00:00Z');

const HEALTHY: Readonly<Record<string, Replying>> = {
  GetCallerIdentity: ({ accountId }) =>
    fields({ Account: accountId, Arn: `arn:aws:iam::${accountId}:user/dana`, UserId: 'AIDAEXAMPLE' }),
  AssumeRole: ({ params: { RoleArn } }) =>
    fields({
      Credentials: {
        AccessKeyId: `ASIA${String(RoleArn).split(':')[4]}`,
        SecretAccessKey: 'secret',
        SessionToken: 'token',
        Expiration: '2099-01-01T00:00:00Z',
      },
      AssumedRoleUser: { Arn: `${RoleArn}/mirrorwatch`, AssumedRoleId: 'AROA:x' },
    }),
  DescribeRegions: ({ params }) => {
    const [RegionName] = params.RegionName as readonly string[];
    return fields({ Regions: [{ RegionName, OptInStatus: 'opt-in-not-required' }] });
  },
  DescribeTrails: fields({ trailList: [TRAIL_FIELDS] }),
  GetTrailStatus: fields({
    IsLogging: true,
    LatestDeliveryTime: seconds(new Date('2026-03-17T11:55:00Z')),
    LatestDigestDeliveryTime: seconds(new Date('2026-03-17T11:20:00Z')),
  }),
  GetEventSelectors: fields({ EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }] }),
  ListObjectsV2: fields({ Contents: [{ Key: 'AWSLogs/log.json.gz', Size: 2048 }] }),
  GetObject: fields({}),
  GetTopicAttributes: attributes(TOPIC_ATTRIBUTES),
  GetQueueAttributes: attributes(QUEUE_ATTRIBUTES),
  ListSubscriptionsByTopic: fields({
    Subscriptions: [{ SubscriptionArn: `${TOPIC}:one`, Protocol: 'sqs', Endpoint: QUEUE }],
  }),
  GetSubscriptionAttributes: attributes({ RawMessageDelivery: 'true' }),
  Query: fields({ Items: [], Count: 0 }),
  DescribeTable: fields({
    Table: {
      TableStatus: 'ACTIVE',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    },
  }),
  DescribeTrafficMirrorFilters: fields({
    TrafficMirrorFilters: [
      {
        TrafficMirrorFilterId: 'tmf-0a000000000000001',
        IngressFilterRules: [{ RuleNumber: 100, RuleAction: 'accept' }],
        EgressFilterRules: [{ RuleNumber: 100, RuleAction: 'accept' }],
      },
    ],
  }),
  DescribeTrafficMirrorTargets: fields({
    TrafficMirrorTargets: [
      target('tmt-0a000000000000001', 'eni-0a000000000000001'),
      target('tmt-0b000000000000001', 'eni-0b000000000000001'),
    ],
  }),
  DescribeTrafficMirrorSessions: fields({ TrafficMirrorSessions: [] }),
  DescribeNetworkInterfaces: fields({
    NetworkInterfaces: ['0a', '0b', '0c'].map((at) => ({
      NetworkInterfaceId: `eni-${at}000000000000001`,
      Status: 'in-use',
      InterfaceType: 'interface',
      SubnetId: 'subnet-1',
      Attachment: { InstanceId: `i-${at}000000000000001` },
    })),
  }),
  DescribeInstances: fields({
    Reservations: [
      {
        Instances: ['0a', '0b'].map((at) => ({
          InstanceId: `i-${at}000000000000001`,
          InstanceType: 'c5.xlarge',
          State: { Name: 'running' },
        })),
      },
    ],
  }),
  CreateTrafficMirrorSession: EMPTY_PAGE,
  DeleteTrafficMirrorSession: EMPTY_PAGE,
  DescribeTasks: { code: 'ClusterNotFoundException' },
  DescribeListeners: { code: 'LoadBalancerNotFound' },
  DescribeLoadBalancerAttributes: { code: 'LoadBalancerNotFound' },
  DescribeLoadBalancers: fields({ LoadBalancers: [] }),
};

/** The double for the tests of a file, healthy again before each. */
export function aDoctorDouble(): DoctorDouble {
  let replies: Record<string, Replying> = {};
  const calls: DoubleCall[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => answer(request, Buffer.concat(pieces as unknown as Uint8Array[]).toString(), response));
  });
  const double = {
    url: '',
    calls,
    aheadMs: 0,
    reply(action: string, reply: Replying) {
      replies[action] = reply;
    },
    reset() {
      replies = {};
      calls.length = 0;
      double.aheadMs = 0;
    },
  };

  const answer = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    const call = callOf(request, body);
    calls.push(call);
    const given = replies[call.action] ?? healthy(call);
    const reply = typeof given === 'function' ? given(call) : given;
    if (reply === 'silence') return;
    const date = new Date(Date.now() + double.aheadMs).toUTCString();
    const form = formOf(request, call);
    const type = form === 'json' ? 'application/x-amz-json-1.1' : 'text/xml';
    response.writeHead('code' in reply ? (reply.status ?? 400) : 200, { 'content-type': type, date });
    response.end('code' in reply ? refusal(form, reply) : text(form, call.action, reply.fields));
  };

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    double.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    pointAt(double.url);
  });
  beforeEach(() => double.reset());
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return double;
}

type Form = 'ec2' | 'query' | 'json' | 's3';

function callOf(request: IncomingMessage, body: string): DoubleCall {
  const [, key = '', region = '', signedFor = ''] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
  // IAM and the SDK have different names for CloudWatch.
  const service = signedFor === 'monitoring' ? 'cloudwatch' : signedFor;
  const json = request.headers['x-amz-target'];
  const accountId = /^ASIA(\d{12})$/.exec(key)?.[1] ?? ACCOUNT;
  if (service === 's3') {
    const url = new URL(request.url ?? '', 'http://x');
    const action = url.searchParams.has('list-type')
      ? 'ListObjectsV2'
      : `${request.method === 'GET' ? 'Get' : request.method}Object`;
    return { service, action, region, accountId, params: { path: url.pathname } };
  }
  if (typeof json === 'string')
    return { service, action: json.split('.').at(-1) ?? '', region, accountId, params: JSON.parse(body || '{}') };
  const params = unfolded(new URLSearchParams(body)) as Fields;
  return { service, action: String(params.Action), region, accountId, params };
}

function formOf(request: IncomingMessage, { service }: DoubleCall): Form {
  if (service === 's3' || service === 'ec2') return service;
  return request.headers['x-amz-target'] === undefined ? 'query' : 'json';
}

/** Calls of EC2 with DryRun answer as AWS does; every other call of the healthy account has its answer. */
function healthy({ action, params }: DoubleCall): Replying {
  if (params.DryRun === 'true') return dryRun(action);
  return HEALTHY[action] ?? EMPTY_PAGE;
}

function text(form: Form, action: string, answer: Fields): string {
  if (form === 'json') return JSON.stringify(answer);
  if (form === 'ec2') return ec2Xml(action, answer).replaceAll(/(<\/?)regions>/g, '$1regionInfo>');
  if (form === 's3') {
    const { Contents } = answer as { readonly Contents?: readonly { readonly Key: string; readonly Size: number }[] };
    if (Contents === undefined) return 'x';
    const items = Contents.map(({ Key, Size }) => `<Contents><Key>${Key}</Key><Size>${Size}</Size></Contents>`);
    return `<ListBucketResult><KeyCount>${items.length}</KeyCount>${items.join('')}</ListBucketResult>`;
  }
  const map = (answer.Attributes ?? undefined) as Readonly<Record<string, string>> | undefined;
  if (map === undefined) return queryXml(action, answer);
  const entry = (value: string): string => value.replace(/[<>&]/g, (char) => `&#${char.charCodeAt(0)};`);
  const entries = Object.entries(map).map(
    ([key, value]) => `<entry><key>${key}</key><value>${entry(value)}</value></entry>`,
  );
  return `<${action}Response><${action}Result><Attributes>${entries.join('')}</Attributes></${action}Result></${action}Response>`;
}

function refusal(form: Form, { code, message = 'refused by the double' }: Refused): string {
  if (form === 'json') return JSON.stringify({ __type: code, message });
  if (form === 's3') return `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return faultXml(form, code, message);
}
