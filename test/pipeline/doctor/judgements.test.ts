/** What `doctor` makes of AWS's answers, row by row. */

import { describe, expect, it } from 'vitest';
import {
  judgeAlertTopic,
  judgeQueue,
  judgeQueuePolicy,
  judgeSubscription,
  judgeTable,
  judgeTrailTopic,
} from '../../../src/pipeline/doctor/judge-delivery.ts';
import { judgeCaller, judgeClock, judgeMember } from '../../../src/pipeline/doctor/judge-identity.ts';
import { judgeFilters, judgeLimits, judgeTargets } from '../../../src/pipeline/doctor/judge-mirroring.ts';
import { judgeReads } from '../../../src/pipeline/doctor/judge-permissions.ts';
import { judgeCoverage, judgeDigests, judgeEvents, judgeLogging } from '../../../src/pipeline/doctor/judge-trails.ts';
import type { Answer, Fault, Judged } from '../../../src/pipeline/doctor/line.ts';
import type { TrailSeen, TrailStatus } from '../../../src/pipeline/doctor/reads.ts';

const NOW = new Date('2026-03-17T12:00:00Z');
const fault = (kind: Fault['kind'], awsCode: string, operation = 'AnyCall'): { readonly fault: Fault } => ({
  fault: { kind, awsCode, operation, message: 'as AWS put it' },
});
const brief = (judged: readonly Judged[]): readonly string[] =>
  judged.map(({ status, reason }) => `${status}: ${reason}`);
const statuses = (judged: readonly Judged[]): string => judged.map(({ status }) => status).join(', ');

const MAIN: TrailSeen = {
  ...{ trailArn: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/main', name: 'main', homeRegion: 'eu-west-1' },
  ...{ s3BucketName: 'logs', isMultiRegion: true, isOrganization: false, validatesLogFiles: true },
};
const LOGS: TrailStatus = {
  isLogging: true,
  latestDeliveryTime: new Date('2026-03-17T11:55:00Z'),
  latestDeliveryError: '',
  latestDigestDeliveryTime: new Date('2026-03-17T11:00:00Z'),
  latestDigestDeliveryError: '',
  latestNotificationError: '',
};
const FRESH = { ...LOGS, latestDeliveryTime: undefined, latestDigestDeliveryTime: undefined };

describe('any call without an answer', () => {
  const asks: readonly (readonly [string, (answer: { readonly fault: Fault }) => readonly Judged[]])[] = [
    ['a trail', (answer) => judgeCoverage('eu-west-1', answer, [])],
    ['a status', (answer) => judgeLogging(MAIN, answer, { now: NOW, others: false })],
    ['digests', (answer) => judgeDigests(MAIN, answer, NOW)],
    ['events', (answer) => judgeEvents(MAIN, answer)],
    ['a queue', (answer) => judgeQueue('u', answer)],
    ['its policy', (answer) => judgeQueuePolicy(answer, 'u', [])],
    ['subscriptions', (answer) => judgeSubscription('t', 'q', answer)],
    ['mail', (answer) => judgeAlertTopic('t', answer)],
    ['filters', (answer) => judgeFilters(['tmf-1'], 'eu-west-1', answer)],
    [
      'limits',
      (answer) => judgeLimits({ targets: [] }, '1', { sessions: answer, targets: answer, interfaces: answer }),
    ],
  ];
  it.each(asks)('about %s is not checked, whatever the fault', (_, judge) => {
    for (const [kind, code] of [
      ['denied', 'AccessDenied'],
      ['temporary', 'Throttling'],
      ['refused', 'Odd'],
      ['refused', ''],
    ] as const)
      expect(statuses(judge(fault(kind, code)))).toBe('not checked');
  });
});

describe('a trail', () => {
  it.each<[string, Answer<TrailStatus>, boolean, string]>([
    ['logs', { value: LOGS }, false, 'ok'],
    ['is stopped', { value: { ...LOGS, isLogging: false } }, false, 'fail'],
    ['is stopped, and another logs', { value: { ...LOGS, isLogging: false } }, true, 'warn'],
    ['cannot deliver', { value: { ...LOGS, latestDeliveryError: 'AccessDenied' } }, false, 'fail'],
    ['is new', { value: FRESH }, false, 'warn'],
    [
      'has been quiet for two days',
      { value: { ...LOGS, latestDeliveryTime: new Date('2026-03-15T11:00:00Z') } },
      false,
      'warn',
    ],
  ])('that %s', (_, answer, others, status) => {
    expect(statuses(judgeLogging(MAIN, answer, { now: NOW, others }))).toBe(status);
  });

  it.each<[string, Partial<TrailSeen>, Partial<TrailStatus>, string]>([
    ['signs', {}, {}, 'ok'],
    ['does not sign', { validatesLogFiles: false }, {}, 'warn'],
    ['cannot write digests', {}, { latestDigestDeliveryError: 'NoSuchBucket' }, 'fail'],
    ['has just begun', {}, { latestDigestDeliveryTime: undefined }, 'warn'],
    ['has missed some', {}, { latestDigestDeliveryTime: new Date('2026-03-17T06:00:00Z') }, 'warn'],
    [
      'is stopped, which is said elsewhere',
      {},
      { isLogging: false, latestDigestDeliveryTime: new Date('2026-03-01T00:00:00Z') },
      'ok',
    ],
  ])('that %s', (_, trail, status, expected) => {
    expect(statuses(judgeDigests({ ...MAIN, ...trail }, { value: { ...LOGS, ...status } }, NOW))).toBe(expected);
  });

  it('that is stopped comes with the command that starts it', () => {
    const [line] = judgeLogging(MAIN, { value: { ...LOGS, isLogging: false } }, { now: NOW, others: false });
    expect(line?.fix).toBe(
      'aws cloudtrail start-logging --name arn:aws:cloudtrail:eu-west-1:111122223333:trail/main --region eu-west-1',
    );
  });

  it('that delivers elsewhere is named with its bucket', () => {
    expect(brief(judgeCoverage('eu-west-1', { value: [MAIN] }, ['mine']))).toEqual([
      'fail: 1 trail records eu-west-1, and none delivers to a bucket of trail.buckets (mine) but to logs: deliveries from there are refused.',
    ]);
  });

  it.each([
    ['all', 'ok'],
    ['none', 'fail'],
    ['some', 'warn'],
  ] as const)('that records %s of the writes', (writes, status) => {
    expect(statuses(judgeEvents(MAIN, { value: { writes } }))).toBe(status);
  });
});

describe('a queue', () => {
  const queue = (of: Record<string, string>) => judgeQueue('https://q/1/deliveries', { value: of });
  it.each([
    [{ VisibilityTimeout: '1800', RedrivePolicy: '{"maxReceiveCount":5}' }, 'ok, ok'],
    [{ VisibilityTimeout: '30', RedrivePolicy: '{"maxReceiveCount":"5"}' }, 'warn, ok'],
    [{ VisibilityTimeout: '300' }, 'ok, warn'],
    [{ VisibilityTimeout: '300', RedrivePolicy: '{"maxReceiveCount":1}' }, 'ok, warn'],
    [{ VisibilityTimeout: '300', RedrivePolicy: 'not JSON' }, 'ok, not checked'],
    [{}, 'not checked, warn'],
  ])('with %j', (of, expected) => {
    expect(statuses(queue(of as Record<string, string>))).toBe(expected);
  });

  it.each(['AWS.SimpleQueueService.NonExistentQueue', 'QueueDoesNotExist'])('that AWS does not know (%s)', (code) => {
    expect(statuses(judgeQueue('u', fault('missing', code)))).toBe('fail');
  });

  it('without anybody known to send to it is not checked', () => {
    expect(statuses(judgeQueuePolicy({ value: {} }, 'u', []))).toBe('not checked');
  });

  it('whose policy is silent comes with the statement to add', () => {
    const [line] = judgeQueuePolicy({ value: { QueueArn: 'arn:q' } }, 'u', [
      { arn: 'arn:t', service: 'sns.amazonaws.com' },
    ]);
    expect(line?.fix).toBe(
      'Add to the queue\'s policy: {"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"arn:q","Condition":{"ArnEquals":{"aws:SourceArn":"arn:t"}}}',
    );
  });
});

describe('a subscription', () => {
  const own = { subscriptionArn: 'arn:sub', protocol: 'sqs', endpoint: 'arn:q' };
  const value = (of: Record<string, string>) => ({ value: of });
  it.each([
    ['confirmed, raw', [own], value({ RawMessageDelivery: 'true' }), 'ok'],
    ['confirmed, in an envelope', [own], value({}), 'ok'],
    ['confirmed, with a filter', [own], value({ FilterPolicy: '{"a":["b"]}' }), 'warn'],
    ['confirmed, its attributes denied', [own], fault('denied', 'AuthorizationError'), 'ok'],
    ['pending', [{ ...own, subscriptionArn: 'PendingConfirmation' }], undefined, 'fail'],
    ['of another queue', [{ ...own, endpoint: 'arn:other' }], undefined, 'fail'],
    ['of an address that looks like the queue', [{ ...own, protocol: 'email' }], undefined, 'fail'],
  ])('%s', (_, seen, attributes, status) => {
    expect(statuses(judgeSubscription('arn:aws:sns:eu-west-1:1:t', 'arn:q', { value: seen }, attributes))).toBe(status);
  });
});

describe('topics', () => {
  it.each([
    [{ SubscriptionsConfirmed: '2', SubscriptionsPending: '0' }, 'ok'],
    [{ SubscriptionsConfirmed: '2', SubscriptionsPending: '1' }, 'warn'],
    [{ SubscriptionsConfirmed: '0', SubscriptionsPending: '1' }, 'fail'],
    [{}, 'not checked'],
  ])('for mail with %j', (of, status) => {
    expect(statuses(judgeAlertTopic('t', { value: of as Record<string, string> }))).toBe(status);
  });

  it('for chat that nobody has subscribed to say where to add them, and those that are gone which key names them', () => {
    const [judged] = judgeAlertTopic('t', { value: { SubscriptionsConfirmed: '0' } }, 'chatTopicArn');
    expect(judged).toMatchObject({ status: 'fail', reason: expect.stringContaining('Nobody gets the chat messages') });
    expect(JSON.stringify(judged)).toContain('Amazon Q Developer');
    const [gone] = judgeAlertTopic('t', fault('missing', 'NotFound'), 'chatTopicArn');
    expect(JSON.stringify(gone)).toContain('Correct alerts.chatTopicArn');
  });

  it('of a trail that are not trusted, cannot be notified, or are gone', () => {
    const facts = { trusted: ['arn:other'], trailArn: MAIN.trailArn, notificationError: 'AuthorizationError' };
    expect(statuses(judgeTrailTopic('arn:t', fault('missing', 'NotFound'), facts))).toBe('fail, fail, fail');
    expect(statuses(judgeTrailTopic('arn:t', { value: {} }, { ...facts, trusted: [], notificationError: '' }))).toBe(
      'fail',
    );
  });
});

describe('the topic of a trail with a policy that cannot be evaluated', () => {
  const Policy = JSON.stringify({
    Statement: [
      {
        ...{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'SNS:Publish', Resource: 'arn:t' },
        Condition: { StringEquals: { 'AWS:SourceOwner': '111122223333' } },
      },
    ],
  });
  const facts = { trusted: [], trailArn: MAIN.trailArn, notificationError: '' };
  it.each([
    ['to which CloudTrail has published', { ...facts, notifiedAt: NOW }, 'ok'],
    ['to which it never did', facts, 'not checked'],
    [
      'to which it could not',
      { ...facts, notifiedAt: NOW, notificationError: 'AuthorizationError' },
      'fail, not checked',
    ],
  ])('%s', (_, given, expected) => {
    expect(statuses(judgeTrailTopic('arn:t', { value: { Policy } }, given))).toBe(expected);
  });
});

describe('the table', () => {
  it.each([
    [{ status: 'ACTIVE', keys: ['pk:HASH', 'sk:RANGE'] }, 'ok'],
    [{ status: 'ACTIVE', keys: ['id:HASH'] }, 'fail'],
    [{ status: 'CREATING', keys: ['pk:HASH', 'sk:RANGE'] }, 'fail'],
    [{}, 'ok'],
  ])('%j', (value, status) => {
    expect(statuses(judgeTable('t', { value }))).toBe(status);
  });
});

describe('who we are', () => {
  it.each([
    ['ExpiredToken', 'Sign in again'],
    ['SignatureDoesNotMatch', 'clock'],
    ['CredentialsProviderError', 'profile'],
  ])('%s says what to do: %s', (code, words) => {
    expect(judgeCaller(fault('refused', code))[0]).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining(words),
    });
  });

  it('a member role that is refused is a fault, and a silent STS is not', () => {
    expect(statuses(judgeMember('r', '1', fault('denied', 'AccessDenied', 'AssumeRole'), 'read'))).toBe('fail');
    expect(statuses(judgeMember('r', '1', fault('temporary', 'TimeoutError', 'AssumeRole'), 'read'))).toBe(
      'not checked',
    );
  });

  it.each([
    [{ fromMs: -500, toMs: 1500 }, 'ok'],
    [{ fromMs: 59_000, toMs: 60_000 }, 'ok'],
    [{ fromMs: 61_000, toMs: 62_000 }, 'warn'],
    [{ fromMs: -400_000, toMs: -301_000 }, 'fail'],
    [undefined, 'not checked'],
  ])('a clock that differs by %j', (value, status) => {
    expect(statuses(judgeClock({ value }))).toBe(status);
  });
});

describe('permissions', () => {
  it('keys that a region refuses are no denied permission', () => {
    const tried = { action: 'ec2:DescribeSubnets', result: 'unclear', awsCode: 'AuthFailure' } as const;
    expect(brief(judgeReads([tried]))[0]).toMatch(/^fail: This region refuses the credentials themselves/);
  });
});

describe('filters, targets and limits', () => {
  const rule = { ruleNumber: 1, ruleAction: 'accept' } as const;
  const filter = (ingress: object[], egress: object[]) => ({
    ...{ trafficMirrorFilterId: 'tmf-1', tags: [] },
    ingressFilterRules: ingress as (typeof rule)[],
    egressFilterRules: egress as (typeof rule)[],
  });
  it.each([
    [filter([rule], [rule]), 'ok'],
    [filter([rule], []), 'warn'],
    [filter([{ ...rule, ruleAction: 'reject' }], []), 'fail'],
    [{ ...filter([rule], [rule]), trafficMirrorFilterId: 'tmf-2' }, 'fail'],
  ])('a filter %j', (seen, status) => {
    expect(statuses(judgeFilters(['tmf-1'], 'eu-west-1', { value: [seen] }))).toBe(status);
  });

  const target = {
    ...{ trafficMirrorTargetId: 'tmt-1', type: 'network-interface' as const, networkInterfaceId: 'eni-1' },
    ...{ ownerId: '1', tags: [] },
  };
  const sensor = {
    networkInterfaceId: 'eni-1',
    status: 'in-use',
    instanceId: 'i-1',
    instanceState: 'running',
    instanceType: 'c5.large',
  };
  const where = { accountId: '1', region: 'eu-west-1', trusted: ['2'] };
  it.each([
    ['with a sensor that runs', target, [sensor], 'ok'],
    ['with a stopped sensor', target, [{ ...sensor, instanceState: 'stopped' }], 'fail'],
    ['whose sensor could not be described', target, [{ ...sensor, instanceState: undefined }], 'not checked'],
    ['on no instance', target, [{ networkInterfaceId: 'eni-1', status: 'available' }], 'fail'],
    ['whose interface is gone', target, [], 'fail'],
    ['of a trusted account', { ...target, ownerId: '2' }, [], 'ok'],
    ['of a foreign account', { ...target, ownerId: '3' }, [sensor], 'fail'],
    ['that is not there', { ...target, trafficMirrorTargetId: 'tmt-2' }, [sensor], 'fail'],
  ])('a target %s', (_, seen, interfaces, status) => {
    expect(
      statuses(judgeTargets(['tmt-1'], where, { targets: { value: [seen] }, interfaces: { value: interfaces } })),
    ).toBe(status);
  });

  const sessions = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
      ...{ trafficMirrorSessionId: `tms-${at}`, trafficMirrorTargetId: 'tmt-1', trafficMirrorFilterId: 'tmf-1' },
      ...{ networkInterfaceId: `eni-s${at}`, ownerId: '1', sessionNumber: 1, tags: [] },
    }));
  it.each([
    [0, undefined, 'ok, ok'],
    [9, undefined, 'ok, warn'],
    [10, undefined, 'ok, fail'],
    [10, 100, 'ok, ok'],
    [9000, 10_000, 'warn, warn'],
    [10_000, 20_000, 'fail, ok'],
  ])('%i sessions, maxSources %s', (count, maxSources, expected) => {
    const answers = {
      targets: { value: [target] },
      interfaces: { value: [sensor] },
      sessions: { value: sessions(count) },
    };
    expect(statuses(judgeLimits({ targets: [{ id: 'tmt-1', maxSources }] }, '1', answers))).toBe(expected);
  });

  it('a limit that depends on an unknown type is not checked', () => {
    const answers = { targets: { value: [target] }, interfaces: { value: [] }, sessions: { value: [] } };
    expect(statuses(judgeLimits({ targets: [{ id: 'tmt-1' }] }, '1', answers))).toBe('ok, not checked');
  });
});
