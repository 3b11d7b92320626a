/** What each service of the double answers to a call. */

import { EC2_ACTIONS, FakeFault, type Item } from '../../test/support/fake-ec2/account.ts';
import { LAUNCH_ACTIONS } from '../../test/support/fake-ec2/launches.ts';
import { JSON_ACTIONS, QUERY_ACTIONS } from '../../test/support/fake-ec2/other-services.ts';
import type { WireResponse } from '../driver/wire.ts';
import { HOME } from '../world/account.ts';
import type { Cloud } from './cloud.ts';
import { answerDynamoDb } from './dynamodb.ts';
import { type Call, encoded } from './encoding.ts';
import { md5, type Queue } from './queue.ts';
import { noteRepeated, noteShown, runOf } from './repeated-creates.ts';

/** What the double knows about a call besides its content. */
export interface CallContext {
  readonly cloud: Cloud;
  /** The call: `watch#3/Publish/1`. */
  readonly name: string;
  /** The function that calls. */
  readonly by: string;
  /** Items in a page. */
  readonly page: number;
  /** Which key of a batch DynamoDB leaves out, from 0 to 1; undefined for none. */
  readonly unprocessed: number | undefined;
  /** How old EC2's answer is. */
  readonly staleMs: number;
  /** The code with which every session on this interface is refused; undefined for none. */
  readonly refusalOf: (networkInterfaceId: string) => string | undefined;
  /** Has `then` called when the answer has reached the caller, and not at all if it never does. */
  readonly whenRead: (then: () => void) => void;
  /** Called after each change that a function made to sessions, targets or instances. */
  readonly onChange: (accountId: string, action: string, params: Item, answer: Item) => void;
}

type Answer = (call: Call, context: CallContext) => WireResponse;

/** The only function whose role may change sessions, targets and sensors. */
const WRITER = 'remediate';
const CHANGES = /^(Create|Modify|Delete|Run|Terminate)/;

/** The account that the access key belongs to. */
export function accountOf(accessKey: string): string {
  return /^ASIA(\d{12})$/.exec(accessKey)?.[1] ?? HOME;
}

function known<A>(action: A | undefined, name: string): A {
  if (action === undefined)
    throw new FakeFault('InvalidAction', `The action ${name} is not valid for this web service.`);
  return action;
}

const ec2: Answer = (call, context) => {
  const { cloud, name, by, page, staleMs, onChange, refusalOf } = context;
  const accountId = accountOf(call.accessKey);
  const { action, params } = call;
  const launching = action === 'DescribeInstances' ? undefined : LAUNCH_ACTIONS[action];
  const run = known(launching ?? EC2_ACTIONS[action], action);
  if (!CHANGES.test(action)) {
    const account = staleMs > 0 ? cloud.before(accountId, staleMs) : cloud.account(accountId);
    const listed = run({ ...account, page }, params) as Item;
    if (by === WRITER && action === 'DescribeTrafficMirrorSessions') noteShown(context, accountId, params, listed);
    return encoded(call, listed);
  }
  if (by !== WRITER)
    throw new FakeFault('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
  const refusal = action === 'CreateTrafficMirrorSession' ? refusalOf(params.NetworkInterfaceId) : undefined;
  if (refusal !== undefined) throw new FakeFault(refusal, `refused for ${params.NetworkInterfaceId}`);
  const account = cloud.account(accountId);
  const before = action.startsWith('Delete')
    ? cloud.sessions(accountId).find((each) => each.TrafficMirrorSessionId === params.TrafficMirrorSessionId)
    : undefined;
  const count = account.nextId;
  if (action === 'CreateTrafficMirrorSession') noteRepeated(context, accountId, params);
  const answer = run(account, params) as Item;
  const isNew = !/^(Create|Run)/.test(action) || account.nextId !== count;
  if (isNew && action === 'CreateTrafficMirrorSession')
    cloud.sessionMakers.set(answer.TrafficMirrorSession.TrafficMirrorSessionId, runOf(name));
  if (isNew) onChange(accountId, action, params, structuredClone(before ?? answer));
  return encoded(call, answer);
};

const dynamodb: Answer = (call, { cloud, page, unprocessed }) =>
  encoded(call, answerDynamoDb(cloud.tables, call.action, call.params, { page, unprocessed }));

function queueAt(cloud: Cloud, url: unknown): Queue {
  const queue = cloud.queues.get(String(url).split('/').at(-1) ?? '');
  if (queue === undefined) throw new FakeFault('QueueDoesNotExist', 'The specified queue does not exist.');
  return queue;
}

const SQS: Readonly<Record<string, (queue: Queue, params: Item) => object>> = {
  SendMessage: (queue, { MessageBody, DelaySeconds, MessageGroupId, MessageDeduplicationId }) => ({
    MessageId: queue.send(MessageBody, {
      delaySeconds: DelaySeconds,
      group: MessageGroupId,
      deduplicationId: MessageDeduplicationId,
    }),
    MD5OfMessageBody: md5(MessageBody),
  }),
  SendMessageBatch: (queue, { Entries }) => ({
    Successful: (Entries as Item[]).map(
      ({ Id, MessageBody, DelaySeconds, MessageGroupId, MessageDeduplicationId }) => ({
        Id,
        MessageId: queue.send(MessageBody, {
          delaySeconds: DelaySeconds,
          group: MessageGroupId,
          deduplicationId: MessageDeduplicationId,
        }),
        MD5OfMessageBody: md5(MessageBody),
      }),
    ),
    Failed: [],
  }),
  ChangeMessageVisibility: (queue, { ReceiptHandle, VisibilityTimeout }) => {
    queue.hide(ReceiptHandle, VisibilityTimeout);
    return {};
  },
  DeleteMessage: (queue, { ReceiptHandle }) => {
    queue.remove(ReceiptHandle);
    return {};
  },
};

const sqs: Answer = (call, { cloud }) =>
  encoded(call, known(SQS[call.action], call.action)(queueAt(cloud, call.params.QueueUrl), call.params));

const sns: Answer = (call, { cloud, name }) => {
  const { Subject = '', Message = '', MessageAttributes } = call.params;
  const entries: Item[] = MessageAttributes?.entry ?? [];
  const attributes = Object.fromEntries(entries.map(({ Name, Value }) => [Name, Value?.StringValue]));
  cloud.mails.push({ at: cloud.clock.now(), call: name, subject: Subject, body: Message, attributes });
  return encoded(call, { MessageId: `mail-${cloud.mails.length}` });
};

const s3: Answer = ({ action, request }, { cloud }) => {
  const [path = '', search = ''] = request.path.split('?');
  const name = decodeURIComponent(path.slice(1));
  if (action === 'PutObject') {
    cloud.objects.set(name, { at: cloud.clock.now(), content: request.body, metadata: {} });
    return { status: 200, headers: { etag: '"0"' }, body: '' };
  }
  if (action === 'ListObjectsV2') return listed(name, new URLSearchParams(search), cloud);
  const found = cloud.objects.get(name);
  if (found === undefined) throw new FakeFault('NoSuchKey', 'The specified key does not exist.', 404);
  const metadata = Object.entries(found.metadata).map(([key, value]) => [`x-amz-meta-${key}`, value]);
  const headers = { 'content-length': String(found.content.length), etag: '"1"', ...Object.fromEntries(metadata) };
  return { status: 200, headers, body: found.content };
};

function listed(bucket: string, search: URLSearchParams, { objects }: Cloud): WireResponse {
  const prefix = `${bucket.replace(/\/$/, '')}/`;
  const keys = [...objects.keys()]
    .filter((name) => name.startsWith(`${prefix}${search.get('prefix') ?? ''}`))
    .map((name) => name.slice(prefix.length))
    .toSorted();
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`,
  };
}

const query: Answer = (call, { cloud, page }) => {
  if (call.action === 'CompleteLifecycleAction') cloud.completedHooks.push(String(call.params.LifecycleHookName));
  const accountId = accountOf(call.accessKey);
  const account = { ...cloud.account(accountId), page };
  return encoded(call, known(QUERY_ACTIONS[call.action], call.action)({ account, accountId, roles: [] }, call.params));
};

const json: Answer = (call, { cloud, page }) => {
  const accountId = accountOf(call.accessKey);
  const account = { ...cloud.account(accountId), page };
  return encoded(call, known(JSON_ACTIONS[call.action], call.action)({ account, accountId, roles: [] }, call.params));
};

/** As AWS does, the hub refuses a finding of another account than the caller's. */
const securityhub: Answer = (call, { cloud }) => {
  const accountId = accountOf(call.accessKey);
  const findings = known(
    call.action === 'BatchImportFindings' ? (call.params.Findings as Item[]) : undefined,
    call.action,
  );
  const own = findings.filter(({ AwsAccountId }) => AwsAccountId === accountId);
  for (const { Id, RecordState } of own)
    cloud.imports.push({ at: cloud.clock.now(), accountId, findingId: Id.split('/').at(-1), state: RecordState });
  const FailedFindings = findings
    .filter((finding) => !own.includes(finding))
    .map(({ Id }) => ({ Id, ErrorCode: 'InvalidInput', ErrorMessage: "not the caller's account" }));
  return encoded(call, { SuccessCount: own.length, FailedCount: FailedFindings.length, FailedFindings });
};

const SERVICES: Readonly<Record<string, Answer>> = {
  ...{ ec2, dynamodb, sqs, sns, s3 },
  ...{ sts: query, autoscaling: query, elasticloadbalancing: query },
  ...{ ecs: json, cloudtrail: json, securityhub },
};

/** Does what a call asks for and returns the response. Throws FakeFault where the service would refuse. */
export function answerCall(call: Call, context: CallContext): WireResponse {
  if (call.protocol === 'plain') {
    context.cloud.stackAnswers.push(call.request.body.toString());
    return { status: 200, body: '' };
  }
  return known(SERVICES[call.service], `${call.service}:${call.action}`)(call, context);
}
