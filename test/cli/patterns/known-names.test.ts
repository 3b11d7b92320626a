import { describe, expect, it } from 'vitest';
import {
  EVENT_NAMES,
  EVENT_SOURCES,
  hasAllNames,
  isEventName,
  isEventOf,
  meantSource,
  sourcesOf,
} from '../../../src/cli/patterns/known-names.ts';
import { WANTED_CALLS } from '../../../src/sighting/readers.ts';

describe('the known event names', () => {
  it('are those of all services', () => {
    expect(EVENT_SOURCES.size).toBeGreaterThan(450);
    expect(EVENT_NAMES.size).toBeGreaterThan(15_000);
    expect([...EVENT_NAMES].filter((name) => !/^[\w.*-]+$/.test(name))).toEqual([]);
  });

  it('have every call that Mirrorwatch reads', () => {
    expect([...WANTED_CALLS].filter((name) => !isEventName(name))).toEqual([]);
  });

  it.each([
    ['ec2', 'RunInstances', 'a call that IAM has an action for'],
    ['s3', 'ListObjects', 'a call whose action has another name'],
    ['s3', 'PutBucketPublicAccessBlock', 'an action whose call has another name'],
    ['s3', 'PutBucketLifecycle', 'a call that has got a new name'],
    ['apigateway', 'CreateRestApi', 'a call of a service whose actions are HTTP methods'],
    ['apigateway', 'CreateApi', 'a call of the second version of a service'],
    ['monitoring', 'PutMetricAlarm', 'a call of a service whose prefix in IAM is another one'],
    ['lambda', 'Invoke', 'a call of Lambda'],
    ['lambda', 'CreateFunction20150331', 'a call with its version'],
    ['lambda', 'UpdateFunctionConfiguration20150331v2', 'a call with a version of its version'],
    ['cloudfront', 'CreateDistribution2020_05_31', "a call with CloudFront's version"],
    ['sts', 'AssumeRoleWithSAML', 'a role that is assumed'],
    ['signin', 'ConsoleLogin', 'a sign-in'],
    ['kms', 'RotateKey', 'an event without a call'],
    ['secretsmanager', 'RotationSucceeded', 'an event without a call'],
    ['autoscaling', 'RegisterScalableTarget', 'a call of a service that logs under the name of another'],
    ['elasticloadbalancing', 'CreateLoadBalancerListeners', 'a call of classic load balancers'],
    ['cassandra', 'CreateKeyspace', 'a call whose permission is another one'],
  ])('are of %s: %s, %s', (source, name) => {
    expect(isEventOf(`${source}.amazonaws.com`, name)).toBe(true);
  });

  it.each(['CreateUsr', 'createUser', 'CreateUser2', 'ec2:RunInstances', '', 'constructor'])('have no %j', (name) => {
    expect(isEventName(name)).toBe(false);
    expect(isEventOf('constructor.amazonaws.com', name)).toBe(false);
  });

  it('are said to be complete only where services log nothing but their calls', () => {
    expect(hasAllNames('iam.amazonaws.com')).toBe(true);
    for (const source of ['signin', 'sso', 'agreement-marketplace', 'billingconsole', 'brewing'])
      expect(hasAllNames(`${source}.amazonaws.com`)).toBe(false);
  });

  it('tell whose they are', () => {
    expect(sourcesOf('RunInstances')).toContain('ec2.amazonaws.com');
    expect(sourcesOf('CreateUser')[0]).toBe('iam.amazonaws.com');
    expect(sourcesOf('PutBucketPolicy')[0]).toBe('s3.amazonaws.com');
    expect(sourcesOf('CreateFunction20150331')).toContain('lambda.amazonaws.com');
  });
});

describe('the source that is meant by', () => {
  it.each([
    ['ec2', 'ec2.amazonaws.com'],
    ['aws.ec2', 'ec2.amazonaws.com'],
    ['EC2.amazonaws.com', 'ec2.amazonaws.com'],
    ['cloudwatch.amazonaws.com', 'monitoring.amazonaws.com'],
    ['eventbridge', 'events.amazonaws.com'],
    ['vpc', 'ec2.amazonaws.com'],
    ['brewing', undefined],
    ['constructor', undefined],
  ])('%s is %s', (text, source) => {
    expect(meantSource(text)).toBe(source);
  });
});
