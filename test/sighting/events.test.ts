import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lifecycleActionOf, sightingsOfEvent } from '../../src/sighting/events.ts';
import { aLaunch } from '../support/records.ts';

const event = (source: string, detailType: string, detail: object): Record<string, unknown> => ({
  version: '0',
  id: 'event-1',
  'detail-type': detailType,
  source,
  account: '111122223333',
  time: '2026-01-31T12:00:00Z',
  region: 'eu-west-1',
  resources: [],
  detail,
});

const state = (value: string) =>
  event('aws.ec2', 'EC2 Instance State-change Notification', { 'instance-id': 'i-0a', state: value });

const task = (detail: object = {}) =>
  event('aws.ecs', 'ECS Task State Change', {
    taskArn: 'arn:aws:ecs:eu-west-1:111122223333:task/c/t',
    clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/c',
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    launchType: 'FARGATE',
    version: 3,
    attachments: [
      { type: 'elb', details: [] },
      {
        type: 'eni',
        status: 'ATTACHED',
        details: [
          { name: 'subnetId', value: 'subnet-0a' },
          { name: 'networkInterfaceId', value: 'eni-0a' },
        ],
      },
    ],
    ...detail,
  });

const finding = (resource: object) =>
  event('aws.guardduty', 'GuardDuty Finding', {
    accountId: '444455556666',
    region: 'eu-west-2',
    id: 'finding-1',
    type: 'Backdoor:EC2/C&CActivity.B',
    resource,
  });

const scaled = (detailType: string, detail: object = {}) =>
  event('aws.autoscaling', detailType, {
    LifecycleActionToken: 'token',
    AutoScalingGroupName: 'web',
    LifecycleHookName: 'hook',
    EC2InstanceId: 'i-0a',
    Origin: 'EC2',
    Destination: 'AutoScalingGroup',
    ...detail,
  });

describe('sightingsOfEvent', () => {
  it.each([
    ['running', ['started']],
    ['stopped', ['stopped']],
    ['shutting-down', ['terminated']],
    ['terminated', ['terminated']],
    ['pending', []],
    ['stopping', []],
    ['constructor', []],
  ])('reads the state %s', (value, kinds) => {
    expect(sightingsOfEvent(state(value)).map(({ kind }) => kind)).toEqual(kinds);
  });

  it('keeps account, region and time', () => {
    expect(sightingsOfEvent(state('running'))).toEqual([
      {
        kind: 'started',
        instanceIds: ['i-0a'],
        accountId: '111122223333',
        region: 'eu-west-1',
        eventTime: new Date('2026-01-31T12:00:00Z'),
        actor: { name: 'aws.ec2', ours: false },
        evidence: {
          eventID: 'event-1',
          eventName: 'EC2 Instance State-change Notification',
          eventTime: '2026-01-31T12:00:00.000Z',
          actor: 'aws.ec2',
        },
      },
    ]);
  });

  it('reads a running task with its interface and version', () => {
    expect(sightingsOfEvent(task())).toMatchObject([
      { kind: 'task-running', version: 3, launchType: 'FARGATE', networkInterfaceIds: ['eni-0a'] },
    ]);
  });

  it.each([
    ['stopped', { lastStatus: 'STOPPED', desiredStatus: 'STOPPED', version: 6 }, ['task-stopped']],
    ['running but to be stopped', { desiredStatus: 'STOPPED' }, []],
    ['pending', { lastStatus: 'PENDING' }, []],
    ['without its cluster', { clusterArn: undefined }, []],
  ])('reads a task that is %s', (_what, detail, kinds) => {
    expect(sightingsOfEvent(task(detail)).map(({ kind }) => kind)).toEqual(kinds);
  });

  it('reads an interface as DescribeTasks spells it, and none when there is none yet', () => {
    const attachments = [
      { type: 'ElasticNetworkInterface', details: [{ name: 'networkInterfaceId', value: 'eni-0b' }] },
      { type: 'eni', details: [] },
    ];
    expect(sightingsOfEvent(task({ attachments }))).toMatchObject([{ networkInterfaceIds: ['eni-0b'] }]);
  });

  it.each([
    [
      'an instance',
      {
        resourceType: 'Instance',
        instanceDetails: { instanceId: 'i-0a', networkInterfaces: [{ networkInterfaceId: 'eni-0a' }] },
      },
      [
        {
          kind: 'suspicion',
          accountId: '444455556666',
          region: 'eu-west-2',
          guardDutyFindingId: 'finding-1',
          instanceId: 'i-0a',
          networkInterfaceIds: ['eni-0a'],
        },
      ],
    ],
    [
      'an instance without interfaces',
      { resourceType: 'Instance', instanceDetails: { instanceId: 'i-0a', networkInterfaces: [] } },
      [{ instanceId: 'i-0a', networkInterfaceIds: [] }],
    ],
    [
      'a task',
      { resourceType: 'ECSCluster', ecsClusterDetails: { arn: 'arn:cluster', taskDetails: { arn: 'arn:task' } } },
      [{ kind: 'suspicion', clusterArn: 'arn:cluster', taskArn: 'arn:task' }],
    ],
    ['an access key', { resourceType: 'AccessKey' }, []],
  ])('reads a GuardDuty finding about %s', (_what, resource, sightings) => {
    const seen = sightingsOfEvent(finding(resource));
    expect(seen).toHaveLength(sightings.length);
    expect(seen).toMatchObject(sightings);
  });

  it.each([
    ['EC2 Instance-launch Lifecycle Action', {}, ['started']],
    ['EC2 Instance-launch Lifecycle Action', { Destination: 'WarmPool' }, []],
    ['EC2 Instance Launch Successful', {}, ['started']],
    ['EC2 Instance Terminate Successful', {}, ['terminated']],
    ['EC2 Instance-terminate Lifecycle Action', {}, []],
  ])("reads Auto Scaling's %s %j", (detailType, detail, kinds) => {
    expect(sightingsOfEvent(scaled(detailType, detail)).map(({ kind }) => kind)).toEqual(kinds);
  });

  it('reads an API call like its record, in the event’s account if the record names none', () => {
    const record = {
      ...aLaunch([{ instanceId: 'i-0a' }]),
      recipientAccountId: undefined,
      userIdentity: { type: 'AWSService' },
    };
    const sightings = sightingsOfEvent(
      event('aws.ec2', 'AWS API Call via CloudTrail', JSON.parse(JSON.stringify(record))),
    );
    expect(sightings).toMatchObject([
      { kind: 'launch', accountId: '111122223333', instances: [{ instanceId: 'i-0a' }] },
    ]);
  });

  it('never throws, whatever an event contains', () => {
    const detailTypes = [
      'EC2 Instance State-change Notification',
      'ECS Task State Change',
      'GuardDuty Finding',
      'EC2 Instance Launch Successful',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom('aws.ec2', 'aws.ecs', 'aws.guardduty', 'aws.autoscaling'),
        fc.constantFrom(...detailTypes),
        fc.jsonValue(),
        (source, type, detail) => {
          expect(Array.isArray(sightingsOfEvent({ ...event(source, type, {}), detail }))).toBe(true);
          expect(lifecycleActionOf({ detail })).toBeUndefined();
        },
      ),
    );
  });
});

describe('lifecycleActionOf', () => {
  it('reads the hold on a launch', () => {
    expect(lifecycleActionOf(scaled('EC2 Instance-launch Lifecycle Action'))).toEqual({
      accountId: '111122223333',
      region: 'eu-west-1',
      autoScalingGroupName: 'web',
      lifecycleHookName: 'hook',
      lifecycleActionToken: 'token',
      instanceId: 'i-0a',
    });
  });

  it.each(['EC2 Instance-terminate Lifecycle Action', 'EC2 Instance Launch Successful'])(
    'is undefined for %s',
    (detailType) => {
      expect(lifecycleActionOf(scaled(detailType))).toBeUndefined();
    },
  );
});
