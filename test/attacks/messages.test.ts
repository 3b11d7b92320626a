/** Attacks by somebody who may send messages to a topic or queue, or write objects into a bucket that is read. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/audit/finding.ts';
import { type AwsPorts, openAws } from '../../src/aws/ports.ts';
import { parseConfig } from '../../src/config.ts';
import type { LogObject } from '../../src/delivery/log-object.ts';
import { messageOf, PipelineError } from '../../src/errors.ts';
import { type DeliveryRole, deliveryHandler } from '../../src/lambda/deliveries.ts';
import { lazyRuntime } from '../../src/lambda/function.ts';
import type { Telemetry } from '../../src/lambda/telemetry.ts';
import { recheckMessage, remediateMessage, sweepMessage } from '../../src/pipeline/own-messages.ts';
import { aBucket, aLaunchRecord, aLogKey, BUCKET } from '../support/deliveries.ts';
import { ACCOUNT, anInventory, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { aFakeAws, livePorts, pointAt } from '../support/live.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:trail`;
const OTHER = '444455556666';
const URL_OF = (name: string): string => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
const ARN_OF = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
const DELIVERIES = 'deliveries';
const REMEDIATIONS = 'remediations.fifo';
const SCOPE = { accountId: ACCOUNT, region: REGION };
const NOW = at(120);

const CONFIG = {
  region: REGION,
  graceSeconds: 0,
  requiredTags: ['CostCenter'],
  trail: { buckets: [BUCKET], topics: [TOPIC], accounts: [ACCOUNT, OTHER] },
  mirroring: {
    mode: 'apply',
    filterId: 'tmf-1',
    targets: ['tmt-a'],
    lifecycleHooks: ['mirror-first'],
    onSuspicion: { filterId: 'tmf-1', targetIds: ['tmt-b'], hours: 4 },
  },
};

interface Setup {
  readonly config?: object;
  /** Whether the function may list the bucket. S3 refuses those who may not an object that does not exist. @default true */
  readonly mayList?: boolean;
  readonly now?: () => Date;
}

/** The functions of a stack, with a bucket and an account. Every message is sent by the attacker. */
function aStack({ config: more = {}, now = () => NOW, mayList = true }: Setup = {}) {
  const config = parseConfig(JSON.stringify({ ...CONFIG, ...more }), 'config.json');
  const bucket = aBucket();
  const requests: string[] = [];
  const account = anAccountOf(anInventory());
  const ledger = aLedger();
  const calls: string[] = [];
  const looks: string[] = [];
  const live = livePorts();
  const aws: AwsPorts = {
    ...live,
    logs: {
      ...bucket.logs,
      fetch: async (object: LogObject, options) => {
        requests.push(object.key);
        return bucket.logs.fetch(object, options).catch((fault: unknown) => {
          if (mayList) throw fault;
          throw new PipelineError('log-unreadable', `${object.key} could not be read`, { awsCode: 'AccessDenied' });
        });
      },
    },
    inventory: {
      scopes: account.source.scopes,
      load: async (scope, ...others) => {
        looks.push(`${scope.accountId} ${scope.region}`);
        return account.source.load(scope, ...others);
      },
    },
    writer: account.writer,
    tasks: { describe: async () => [] },
    lifecycle: { complete: async (_, { instanceId }, result) => calls.push(`${result} ${instanceId}`) > 0 },
    queues: {
      ...live.queues,
      hide: async () => undefined,
      send: async (_, body) => void calls.push(`sent ${body}`),
      sendInOrder: async (_, body) => void calls.push(`sent ${body}`),
    },
  };
  const ignored = (): void => undefined;
  const faults: string[] = [];
  const telemetry: Telemetry = {
    ...{ begin: ignored, delivered: ignored, swept: ignored, note: ignored, end: ignored },
    failed: (error) => void faults.push(String(error)),
    messageFailed: (error) => void faults.push(String(error)),
  };
  const aFunction = (role: DeliveryRole) => {
    const open = async () => ({ settings: { config: 'c' }, config, aws, ports: { ledger } });
    const queueUrls = [URL_OF(DELIVERIES), URL_OF(REMEDIATIONS)];
    const handler = deliveryHandler(role, { open, openWithoutConfig: async () => aws, telemetry, now, queueUrls });
    return (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 300_000 } as Context);
  };
  return {
    ...{ bucket, requests, calls, looks, faults },
    watch: aFunction({ service: 'watch', repairs: 'here' }),
    respond: aFunction({ service: 'respond', repairs: 'here', events: true }),
    remediate: aFunction({ service: 'remediate', repairs: 'here' }),
    sessions: async () =>
      (await account.source.load(SCOPE, { kind: 'all' }, { mirroring: true })).trafficMirrorSessions,
    findings: async (): Promise<readonly Finding[]> =>
      (await ledger.entries({ rules: ['log-integrity'] })).map(({ finding }) => finding),
  };
}

type Stack = ReturnType<typeof aStack>;

const text = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));
const inQueue = (body: unknown, queue = DELIVERIES): object => ({
  Records: [
    {
      ...{ messageId: 'm-1', receiptHandle: 'r-1', eventSource: 'aws:sqs', eventSourceARN: ARN_OF(queue) },
      attributes: { ApproximateReceiveCount: '1' },
      body: text(body),
    },
  ],
});
const published = (body: unknown): object => ({ Type: 'Notification', TopicArn: TOPIC, Message: text(body) });
const fromTopic = (body: unknown): object => ({
  Records: [{ EventSource: 'aws:sns', Sns: { ...published(body), Timestamp: NOW.toISOString() } }],
});
const noticeOf = (...keys: readonly string[]): object => ({ s3Bucket: BUCKET, s3ObjectKey: keys });
const DONE = { batchItemFailures: [] };

const ENI = ['eni-1'];
const REMEDIATE = remediateMessage(SCOPE, { networkInterfaceIds: ENI });
const SUSPECT = remediateMessage(SCOPE, {
  networkInterfaceIds: ENI,
  suspicions: [
    {
      ...SCOPE,
      ...{ kind: 'suspicion', eventTime: at(119), actor: { name: 'GuardDuty', ours: false } },
      evidence: { eventID: 'e', eventName: 'GuardDuty Finding', eventTime: at(119).toISOString(), actor: 'GuardDuty' },
      ...{ guardDutyFindingId: 'f', guardDutyFindingType: 'Backdoor:EC2/C&CActivity.B' },
      ...{ instanceId: 'i-1', networkInterfaceIds: ENI },
    },
  ],
});
const RECHECK = recheckMessage({ ...SCOPE, instanceIds: ['i-1'], networkInterfaceIds: [] });
const SWEEP = sweepMessage({ ...SCOPE, name: 'the next schedule' });
const RELEASE = JSON.stringify({
  ...{ mirrorwatch: 'release', ...SCOPE, result: 'ABANDON', reason: 'forged' },
  hold: {
    ...{ autoScalingGroupName: 'web', lifecycleHookName: 'mirror-first', lifecycleActionToken: 't', instanceId: 'i-9' },
  },
});

const anEvent = (detailType: string, source: string, detail: object, more: object = {}): object => ({
  ...{ version: '0', id: 'e-1', 'detail-type': detailType, source, account: ACCOUNT, region: REGION, resources: [] },
  ...{ time: at(119).toISOString(), detail, ...more },
});
const RUNNING = anEvent('EC2 Instance State-change Notification', 'aws.ec2', {
  'instance-id': 'i-1',
  state: 'running',
});
const CALL = (record: object = {}, more: object = {}): object =>
  anEvent('AWS API Call via CloudTrail', 'aws.ec2', aLaunchRecord(119, 'i-1', {}, { ...record }), more);
const HELD = anEvent('EC2 Instance-launch Lifecycle Action', 'aws.autoscaling', {
  ...{ LifecycleActionToken: 't', AutoScalingGroupName: 'web', LifecycleHookName: 'mirror-first' },
  ...{ EC2InstanceId: 'i-1', LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING', Origin: 'EC2' },
});

/** The attack is acknowledged, does nothing, and is the one finding of this kind. */
async function expectRefused(stack: Stack, kind: string): Promise<Finding | undefined> {
  expect(stack.faults).toEqual([]);
  expect(stack.calls).toEqual([]);
  expect(stack.looks).toEqual([]);
  const findings = await stack.findings();
  expect(findings.map(({ detail }) => detail.refused)).toEqual([kind]);
  expect(findings[0]).toMatchObject({ severity: 'critical', status: 'open' });
  return findings[0];
}

interface Speech {
  readonly attack: string;
  readonly send: (stack: Stack) => Promise<unknown>;
}

describe('messages of our own', () => {
  it.each<Speech>([
    {
      attack: 'a request for repairs published to the trail topic repairs nothing',
      send: ({ watch }) => watch(inQueue(published(REMEDIATE))),
    },
    {
      attack: 'a request for repairs from a topic that invokes the function repairs nothing',
      send: ({ remediate }) => remediate(fromTopic(REMEDIATE)),
    },
    {
      attack: 'a forged suspicion published to the trail topic redirects nobody',
      send: ({ watch }) => watch(inQueue(published(SUSPECT))),
    },
    {
      attack: 'a request to abandon an instance published to the trail topic abandons nobody',
      send: ({ watch }) => watch(inQueue(published(RELEASE))),
    },
    {
      attack: 'a re-check published to the trail topic looks at nothing',
      send: ({ watch }) => watch(inQueue(published(RECHECK))),
    },
    {
      attack: 'a sweep published to the trail topic does not pass for the next one of the schedule',
      send: ({ watch }) => watch(inQueue(published(SWEEP))),
    },
    {
      attack: 'a request for repairs wrapped in a batch of another queue repairs nothing',
      send: ({ watch }) => watch(inQueue(inQueue(REMEDIATE))),
    },
    {
      attack: 'a request for repairs in an SNS envelope without a topic repairs nothing',
      send: ({ watch }) => watch(inQueue({ Type: 'Notification', Message: REMEDIATE })),
    },
    {
      attack: 'a request for repairs in a queue that is not ours repairs nothing',
      send: ({ watch }) => watch(inQueue(REMEDIATE, 'another')),
    },
    {
      attack: 'a request for repairs in a queue of our name in another account repairs nothing',
      send: ({ watch }) => {
        const event = JSON.parse(
          JSON.stringify(inQueue(REMEDIATE)).replaceAll(`:${ACCOUNT}:deliveries`, ':999988887777:deliveries'),
        );
        return watch(event);
      },
    },
    {
      attack: 'a request for repairs in a queue of our name in another region repairs nothing',
      send: ({ watch }) => {
        const event = JSON.parse(JSON.stringify(inQueue(REMEDIATE)).replaceAll(`:${REGION}:`, ':us-east-1:'));
        return watch(event);
      },
    },
    {
      attack: 'a request for repairs as a direct invocation repairs nothing',
      send: ({ remediate }) => remediate(JSON.parse(REMEDIATE)),
    },
    {
      attack: 'a request to abandon an instance as a direct invocation abandons nobody',
      send: ({ remediate }) => remediate(JSON.parse(RELEASE)),
    },
  ])('$attack', async ({ send }) => {
    const stack = aStack();
    await send(stack);
    await expectRefused(stack, 'own-message');
    expect(await stack.sessions()).toEqual([]);
  });

  const releaseOf = (lifecycleHookName: string, more: object = {}): string =>
    JSON.stringify({
      ...{ mirrorwatch: 'release', ...SCOPE, result: 'CONTINUE', reason: 'forged' },
      hold: { autoScalingGroupName: 'web', lifecycleHookName, lifecycleActionToken: 't', instanceId: 'i-9' },
      ...more,
    });

  it("a forged release of somebody else's hook in our own queue completes nothing", async () => {
    const stack = aStack();
    expect(await stack.remediate(inQueue(releaseOf('theirs'), REMEDIATIONS))).toEqual(DONE);
    const finding = await expectRefused(stack, 'own-message');
    expect(finding?.reason).toMatch(/lifecycle hook "theirs": neither mirroring.lifecycleHooks names this hook/);
  });

  it("a request for repairs in our own queue that brings somebody else's hook along completes nothing", async () => {
    const stack = aStack();
    const { hold } = JSON.parse(releaseOf('theirs'));
    const asked = { mirrorwatch: 'remediate', ...SCOPE, networkInterfaceIds: [], holds: [hold] };
    expect(await stack.remediate(inQueue(asked, REMEDIATIONS))).toEqual(DONE);
    expect(stack.calls).toEqual([]);
    expect((await stack.findings()).map(({ detail }) => detail.refused)).toEqual(['own-message']);
  });

  it('a forged request in our own queue to abandon an instance abandons nobody unless the configuration says so', async () => {
    const stack = aStack();
    const forged = releaseOf('mirror-first', { result: 'ABANDON' });
    expect(await stack.remediate(inQueue(forged, REMEDIATIONS))).toEqual(DONE);
    expect(stack.calls).toEqual(['CONTINUE i-9']);
    expect((await stack.findings()).map(({ reason }) => reason).join()).toMatch(/onHookFailure does not say "abandon"/);
    const abandoning = aStack({
      config: { mirroring: { ...CONFIG.mirroring, onHookFailure: 'abandon' } },
    });
    expect(await abandoning.remediate(inQueue(forged, REMEDIATIONS))).toEqual(DONE);
    expect(abandoning.calls).toEqual(['ABANDON i-9']);
    expect(await abandoning.findings()).toEqual([]);
  });

  it('a message of our own with values that we would not write is refused by the name of the field', async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => `i-${n}`);
    const forged: readonly (readonly [object, RegExp])[] = [
      [{ mirrorwatch: 'recheck', ...SCOPE, instanceIds: many }, /at instanceIds: Too big/],
      [
        { mirrorwatch: 'recheck', ...SCOPE, instanceIds: ['i-1', '../i-2'] },
        /at instanceIds\.1: must be the id of an instance/,
      ],
      [{ mirrorwatch: 'recheck', ...SCOPE, networkInterfaceIds: ['i-1'] }, /at networkInterfaceIds\.0: must be the id/],
      [{ mirrorwatch: 'recheck', ...SCOPE, resourceIds: ['a'.repeat(2_049)] }, /at resourceIds\.0: Too big/],
      [{ mirrorwatch: 'recheck', accountId: '1', region: REGION }, /at accountId: must be an account id of 12 digits/],
      [
        { mirrorwatch: 'recheck', accountId: ACCOUNT, region: 'evil.example/' },
        /at region: must be the name of a region/,
      ],
      [{ mirrorwatch: 'sweep', ...SCOPE, name: 'a'.repeat(100_000) }, /at name: must be at most 200 printable/],
      [{ mirrorwatch: 'sweep', ...SCOPE, name: 'a\nb' }, /at name: must be at most 200 printable/],
    ];
    for (const [message, fault] of forged) {
      const stack = aStack();
      expect(await stack.watch(inQueue(message))).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-1' }] });
      expect(stack.faults.join()).toMatch(fault);
      expect([...stack.looks, ...stack.calls]).toEqual([]);
    }
  });

  it('a made-up account or region is refused before anybody is asked for a role', async () => {
    const asked = fakeAws().count('AssumeRole') + fakeAws().count('GetCallerIdentity');
    const { accounts } = livePorts({ assumeRole: { roleName: 'r', externalId: 'secret' }, accounts: [ACCOUNT] });
    for (const scope of [
      { accountId: '1', region: REGION },
      { accountId: `${ACCOUNT}:role/evil`, region: REGION },
      { accountId: OTHER, region: 'evil.example.com/#' },
      { accountId: OTHER, region: 'evil-region-1' },
    ])
      await expect(accounts.credentialsFor(scope)).rejects.toThrow('cannot call');
    expect(fakeAws().count('AssumeRole') + fakeAws().count('GetCallerIdentity')).toBe(asked);
  });
});

const fakeAws = aFakeAws();

describe('a bucket', () => {
  it('a bucket of our name that somebody else owns is not read', async () => {
    const headers: unknown[] = [];
    const server = createServer((request, response) => {
      headers.push(request.headers['x-amz-expected-bucket-owner']);
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    pointAt(`http://localhost:${(server.address() as AddressInfo).port}`, '_S3');
    const trail = { buckets: [{ name: BUCKET, accountId: OTHER }, 'unknown-owner'] };
    const { logs } = await openAws(parseConfig(JSON.stringify({ trail }), 'c'), { region: REGION, pathStyle: true });
    for (const bucket of [BUCKET, 'unknown-owner']) {
      await expect(logs.fetch({ bucket, key: aLogKey(1) }, { maxBytes: 10 })).rejects.toThrow('AccessDenied');
      await expect(logs.folders(bucket, '')).rejects.toThrow('AccessDenied');
    }
    delete process.env.AWS_ENDPOINT_URL_S3;
    server.close();
    expect(headers).toEqual([OTHER, OTHER, undefined, undefined]);
  });

  /** What `use` throws where the buckets of these names are another account's, as S3 answers then. */
  async function refusedBy(use: () => Promise<unknown>): Promise<string> {
    const server = createServer((request, response) => {
      const isOthers = request.headers['x-amz-expected-bucket-owner'] === ACCOUNT;
      response.writeHead(isOthers ? 403 : 200).end(isOthers ? '<Error><Code>AccessDenied</Code></Error>' : '{}');
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    pointAt(`http://localhost:${(server.address() as AddressInfo).port}`, '_S3');
    try {
      return await use().then(
        () => 'nothing',
        (error: unknown) => messageOf(error),
      );
    } finally {
      delete process.env.AWS_ENDPOINT_URL_S3;
      server.close();
    }
  }

  it('a bucket with the name of the configuration that somebody else owns configures nothing', async () => {
    const environment = {
      MIRRORWATCH_CONFIG: 's3://settings/config.json',
      MIRRORWATCH_DELIVERY_QUEUE_URL: URL_OF(DELIVERIES),
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: process.env.AWS_ENDPOINT_URL,
    };
    const open = lazyRuntime(environment, { telemetry: { note: () => undefined } });
    expect(await refusedBy(open)).toMatch(/the bucket settings has to be account 111122223333's/);
  });

  it('a bucket with the name of the reports that somebody else owns gets no report', async () => {
    const put = () => livePorts().reportStore('reports').put('report.json', '{}', 'application/json');
    expect(await refusedBy(put)).toMatch(/the bucket reports has to be account 111122223333's/);
  });
});

describe('the external id', () => {
  it('an account that trail.accounts does not list is not sent the external id', async () => {
    const before = fakeAws().count('AssumeRole');
    for (const accounts of [[ACCOUNT], undefined]) {
      const role = { roleName: 'mirrorwatch-member', externalId: 'secret' };
      const ports = livePorts({ ownAccountId: ACCOUNT, assumeRole: role, accounts });
      const scope = { accountId: '999988887777', region: REGION };
      await expect(ports.inventory.load(scope, { kind: 'all' }, { mirroring: false })).rejects.toThrow(
        'neither trail.accounts nor mirroring.trustedOwners lists it',
      );
    }
    expect(fakeAws().count('AssumeRole')).toBe(before);
  });
});

describe('events and records', () => {
  it.each<Speech>([
    {
      attack: 'an event that an instance runs, sent to the delivery queue, is not believed',
      send: ({ watch }) => watch(inQueue(RUNNING)),
    },
    {
      attack: 'an API call of EventBridge, sent to the delivery queue, is not believed',
      send: ({ watch }) => watch(inQueue(CALL())),
    },
    {
      attack: 'an API call of EventBridge, published to the trail topic, is not believed',
      send: ({ watch }) => watch(inQueue(published(CALL()))),
    },
    {
      attack: 'an event published to a topic that invokes the function for events is not believed',
      send: ({ respond }) => respond(fromTopic(RUNNING)),
    },
    {
      attack: 'a lifecycle action sent to the delivery queue completes no hook',
      send: ({ watch }) => watch(inQueue(HELD)),
    },
    {
      attack: 'bare records sent to the delivery queue are not believed',
      send: ({ watch }) => watch(inQueue({ Records: [aLaunchRecord(119, 'i-1')] })),
    },
    {
      attack: 'an event sent to the queue of repairs is not believed',
      send: ({ remediate }) => remediate(inQueue(RUNNING, REMEDIATIONS)),
    },
    {
      attack: 'an API call with a source that anybody can put on the bus is not believed',
      send: ({ respond }) => respond({ ...CALL(), source: 'my.app' }),
    },
    {
      attack: 'an API call with the source of a partner is not believed',
      send: ({ respond }) => respond({ ...CALL(), source: 'aws.partner/evil.example/ec2' }),
    },
  ])('$attack', async ({ send }) => {
    const stack = aStack();
    await send(stack);
    await expectRefused(stack, 'event');
    expect(await stack.sessions()).toEqual([]);
  });

  it.each<Speech & { readonly kind: string }>([
    {
      attack: 'an API call of another account than its event is not believed',
      kind: 'scope',
      send: ({ respond }) => respond(CALL({ recipientAccountId: OTHER })),
    },
    {
      attack: 'an API call of another region than its event is not believed',
      kind: 'scope',
      send: ({ respond }) => respond(CALL({ awsRegion: 'us-west-2' })),
    },
    {
      attack: 'an API call from the future is not believed',
      kind: 'time',
      send: ({ respond }) => respond(CALL({ eventTime: at(126).toISOString().replace('.000', '') })),
    },
    {
      attack: 'an event from the future is not believed',
      kind: 'time',
      send: ({ respond }) => respond({ ...RUNNING, time: at(126).toISOString() }),
    },
  ])('$attack', async ({ send, kind }) => {
    const stack = aStack();
    await send(stack);
    await expectRefused(stack, kind);
  });

  it('an event of EventBridge is believed where it is sent to', async () => {
    const stack = aStack();
    await stack.respond(RUNNING);
    expect(await stack.findings()).toEqual([]);
    expect(await stack.sessions()).toHaveLength(1);
  });
});

describe('keys', () => {
  it.each([
    { attack: 'a key that climbs out of its folder is not asked for', key: `AWSLogs/../${aLogKey(1)}` },
    { attack: 'a log outside of AWSLogs is not asked for', key: `backup/${aLogKey(1).split('/').at(-1)}` },
    { attack: 'a file of any name outside of AWSLogs is not asked for', key: 'uploads/log.json.gz' },
    { attack: 'a folder that only ends like AWSLogs is not taken for it', key: `my${aLogKey(1)}` },
    {
      attack: 'a key whose folder names another region than its name is not asked for',
      key: aLogKey(1).replace(`/${REGION}/`, '/us-west-2/'),
    },
    {
      attack: 'a key whose folder names another account than its name is not asked for',
      key: aLogKey(1).replace(`/${ACCOUNT}_`, `/${OTHER}_`),
    },
  ])('$attack', async ({ key }) => {
    const stack = aStack();
    stack.bucket.put(key, [aLaunchRecord(119, 'i-1')]);
    expect(await stack.watch(inQueue(published(noticeOf(key))))).toEqual(DONE);
    expect(stack.requests).toEqual([]);
    await expectRefused(stack, 'key');
  });

  it('a log under a prefix that is not configured is not asked for', async () => {
    const stack = aStack({ config: { trail: { ...CONFIG.trail, prefixes: ['central'] } } });
    const [ours, theirs] = [`central/${aLogKey(1)}`, `uploads/central/${aLogKey(2)}`];
    for (const key of [ours, theirs]) stack.bucket.put(key, []);
    expect(await stack.watch(inQueue(published(noticeOf(ours, theirs))))).toEqual(DONE);
    expect(stack.requests).toEqual([ours]);
    await expectRefused(stack, 'key');
  });

  it('an encoded climb out of the folder is asked for neither as written nor decoded', async () => {
    const stack = aStack();
    const key = `%2e%2e/${aLogKey(1)}`;
    expect(await stack.watch(inQueue(published(noticeOf(key))))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-1' }],
    });
    expect(stack.requests).toEqual([key]);
  });
});

describe('logs', () => {
  it.each([
    {
      attack: 'a record of another of our accounts in a log is not believed',
      kind: 'scope',
      record: { recipientAccountId: OTHER },
    },
    {
      attack: 'a record of another region in a log is not believed',
      kind: 'scope',
      record: { awsRegion: 'us-west-2' },
    },
    {
      attack: 'a record from the future is not believed',
      kind: 'time',
      record: { eventTime: '2099-01-01T00:00:00Z' },
    },
    {
      attack: 'a record of a made-up region is not believed',
      kind: 'scope',
      record: { awsRegion: 'evil.example.com/#' },
    },
  ])('$attack', async ({ kind, record }) => {
    const stack = aStack();
    stack.bucket.put(aLogKey(1), [aLaunchRecord(119, 'i-1', {}, record)]);
    expect(await stack.watch(inQueue(published(noticeOf(aLogKey(1)))))).toEqual(DONE);
    const finding = await expectRefused(stack, kind);
    expect(finding?.detail.samples).toEqual([`s3://${BUCKET}/${aLogKey(1)}#launch-119-i-1`]);
  });

  it('a forged record does not take the honest ones beside it along', async () => {
    const stack = aStack();
    const forged = aLaunchRecord(1, 'i-2', {}, { awsRegion: 'us-west-2' });
    stack.bucket.put(aLogKey(1), [forged, aLaunchRecord(118, 'i-1')]);
    expect(await stack.watch(inQueue(published(noticeOf(aLogKey(1)))))).toEqual(DONE);
    expect(stack.looks).toEqual([`${ACCOUNT} ${REGION}`]);
    expect(await stack.sessions()).toHaveLength(1);
    expect(await stack.findings()).toHaveLength(1);
  });
});

const many = (count: number, make: (n: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, n) => make(n));

describe('floods', () => {
  it('5,000 keys in a foreign bucket are one finding with a count and samples', async () => {
    const stack = aStack();
    const forged = { s3Bucket: 'evil', s3ObjectKey: many(5000, aLogKey) };
    expect(await stack.watch(inQueue(published(forged)))).toEqual(DONE);
    const finding = await expectRefused(stack, 'bucket');
    expect(finding?.detail).toMatchObject({ count: 5000, source: 's3://evil' });
    expect(finding?.detail.samples).toHaveLength(5);
  });

  it('as many foreign buckets as keys are a few findings', async () => {
    const stack = aStack();
    const Records = many(5000, (n) => `evil-${n}`).map((name) => ({
      ...{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' },
      s3: { bucket: { name }, object: { key: aLogKey(1) } },
    }));
    expect(await stack.watch(inQueue({ Records }))).toEqual(DONE);
    expect(await stack.findings()).toHaveLength(11);
  });

  it('as many foreign accounts as keys are a bounded number of findings', async () => {
    const stack = aStack();
    const keys = many(5000, (n) => aLogKey(1).replaceAll(ACCOUNT, String(999900000000 + n)));
    expect(await stack.watch(inQueue(published(noticeOf(...keys))))).toEqual(DONE);
    expect((await stack.findings()).length).toBeLessThanOrEqual(111);
    expect(stack.requests).toEqual([]);
  });

  it('5,000 forged records in one log are one finding', async () => {
    const stack = aStack();
    const records = many(5000, (n) => `i-${n}`).map((id) => aLaunchRecord(1, id, {}, { awsRegion: 'us-west-2' }));
    stack.bucket.put(aLogKey(1), records);
    expect(await stack.watch(inQueue(published(noticeOf(aLogKey(1)))))).toEqual(DONE);
    expect((await expectRefused(stack, 'scope'))?.detail.count).toBe(5000);
  });

  it('refusals of one hour are counted together, and those of the next by themselves', async () => {
    let minute = 120;
    const stack = aStack({ now: () => at(minute) });
    const forged = inQueue(published({ s3Bucket: 'evil', s3ObjectKey: [aLogKey(1)] }));
    const counts: unknown[] = [];
    for (minute of [120, 121, 190]) {
      await stack.watch(forged);
      counts.push((await stack.findings()).map(({ detail }) => detail.count));
    }
    expect(counts).toEqual([[1], [2], [1]]);
  });

  it.each([
    {
      attack: '5,000 keys that do not exist cost a bounded number of requests, and the error counts the rest',
      mayList: true,
    },
    { attack: '5,000 keys that do not exist cost no more in a bucket that watch may not list', mayList: false },
  ])('$attack', async ({ mayList }) => {
    const stack = aStack({ mayList });
    const failed = await stack.watch(inQueue(published(noticeOf(...many(5000, aLogKey)))));
    expect(failed).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-1' }] });
    expect(stack.requests.length).toBeLessThanOrEqual(60);
    expect(stack.faults).toEqual([expect.stringContaining('objects of a message that names 5000 were not asked for')]);
    expect(stack.faults[0]?.length).toBeLessThan(20_000);
  });

  it('keys that do not exist keep nobody from reading what another message names', async () => {
    const stack = aStack();
    stack.bucket.put(aLogKey(4999), [aLaunchRecord(118, 'i-1')]);
    const [flood, honest] = [noticeOf(...many(5000, aLogKey)), noticeOf(aLogKey(4999))].map((body, n) => ({
      ...{ messageId: `m-${n}`, eventSource: 'aws:sqs', eventSourceARN: ARN_OF(DELIVERIES), attributes: {} },
      body: text(published(body)),
    }));
    expect(await stack.watch({ Records: [flood, honest] })).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-0' }] });
    expect(await stack.sessions()).toHaveLength(1);
  });
});
