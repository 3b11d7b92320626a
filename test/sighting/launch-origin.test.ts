import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { launchActor } from '../../src/sighting/launch-origin.ts';
import { sightingsOf } from '../../src/sighting/readers.ts';
import { aLaunch, aRecord } from '../support/records.ts';

type Tags = Readonly<Record<string, string>>;

/** A service in its own role, as CloudTrail writes it. */
const linked = (role: string, service: string) => ({
  userIdentity: {
    type: 'AssumedRole',
    arn: `arn:aws:sts::111122223333:assumed-role/${role}/session`,
    invokedBy: service,
    sessionContext: {
      sessionIssuer: { userName: role, arn: `arn:aws:iam::111122223333:role/aws-service-role/${service}/${role}` },
    },
  },
  sourceIPAddress: service,
  userAgent: service,
});
const SCALING = linked('AWSServiceRoleForAutoScaling', 'autoscaling.amazonaws.com');
const FLEET = linked('AWSServiceRoleForEC2Fleet', 'ec2fleet.amazonaws.com');
const SPOT = linked('AWSServiceRoleForEC2SpotFleet', 'spotfleet.amazonaws.com');
const ECS = linked('AWSServiceRoleForECS', 'ecs.amazonaws.com');
const BATCH = linked('AWSServiceRoleForBatch', 'batch.amazonaws.com');

/** By whom the launch is said to be, and through what. */
function told(tags: Tags, fields: object = {}) {
  const [sighting] = sightingsOf(aLaunch([{ instanceId: 'i-0a', tags }], { ...fields }));
  const { actor, through } = sighting?.evidence ?? {};
  expect(sighting?.actor.name).toBe(actor);
  return { actor, through };
}

const GROUP = { 'aws:autoscaling:groupName': 'web-asg' };
const FLEET_TAG = { 'aws:ec2:fleet-id': 'fleet-1' };
const NODES = { 'eks:nodegroup-name': 'ng-1', 'eks:cluster-name': 'prod' };
const STACK = { 'aws:cloudformation:stack-name': 'web', 'aws:cloudformation:logical-id': 'Instance' };
const CATALOG = {
  'aws:servicecatalog:provisionedProductArn': 'arn:aws:servicecatalog:eu-west-1:111122223333:stack/web/pp-0a',
  'aws:servicecatalog:provisioningPrincipalArn': 'arn:aws:sts::111122223333:assumed-role/EndUser/dana',
};

describe('a launch by a service names what it launched for', () => {
  it.each<[string, Tags, object, string]>([
    ['an Auto Scaling group', GROUP, SCALING, 'Auto Scaling group web-asg'],
    ['a group that launches by a fleet', { ...GROUP, ...FLEET_TAG }, SCALING, 'Auto Scaling group web-asg'],
    ['an EC2 Fleet', FLEET_TAG, FLEET, 'EC2 Fleet fleet-1'],
    ['a Spot Fleet', { 'aws:ec2spot:fleet-request-id': 'sfr-1' }, SPOT, 'Spot Fleet sfr-1'],
    [
      'an ECS capacity provider',
      { 'aws:ecs:capacityProviderName': 'managed', 'aws:ecs:clusterName': 'shop', ...FLEET_TAG },
      ECS,
      'EC2 Fleet fleet-1 (ECS capacity provider managed of cluster shop)',
    ],
    ['an ECS cluster', { 'aws:ecs:clusterName': 'shop' }, ECS, 'ECS cluster shop'],
    [
      'a group of ECS',
      { ...GROUP, AmazonECSManaged: 'true' },
      SCALING,
      'Auto Scaling group web-asg (tagged ECS capacity)',
    ],
    [
      'an EKS node group',
      { ...GROUP, ...NODES },
      SCALING,
      'Auto Scaling group web-asg (tagged EKS node group ng-1 of cluster prod)',
    ],
    ['an EKS cluster', { 'aws:eks:cluster-name': 'prod', ...FLEET_TAG }, FLEET, 'EC2 Fleet fleet-1 (EKS cluster prod)'],
    ['a Batch environment', { 'aws:batch:compute-environment': 'jobs' }, BATCH, 'Batch compute environment jobs'],
    [
      'a group of Batch',
      { ...GROUP, AWSBatchServiceTag: 'batch' },
      SCALING,
      'Auto Scaling group web-asg (tagged Batch)',
    ],
    ['a group of a stack', { ...GROUP, ...STACK }, SCALING, 'Auto Scaling group web-asg (CloudFormation stack web)'],
    [
      'a service without a role',
      GROUP,
      { userIdentity: { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' } },
      'Auto Scaling group web-asg',
    ],
    [
      'an Auto Scaling group, in an old record that shows the root user',
      GROUP,
      { userIdentity: { type: 'Root', accountId: '111122223333', invokedBy: 'autoscaling.amazonaws.com' } },
      'Auto Scaling group web-asg',
    ],
    ['nothing but a tag that anybody may set', { AWSBatchServiceTag: 'batch' }, BATCH, 'batch (tagged Batch)'],
    ['nothing that the record has', {}, SCALING, 'Auto Scaling'],
    ['an empty name', { 'aws:autoscaling:groupName': ' ' }, SCALING, 'Auto Scaling'],
  ])('%s', (_what, tags, fields, actor) => {
    expect(told(tags, fields)).toEqual({ actor, through: undefined });
  });
});

describe('a launch by anybody else keeps its actor, and says what it was made through', () => {
  it.each<[string, Tags, string | undefined]>([
    ['a stack', STACK, 'CloudFormation stack web'],
    [
      'a product of Service Catalog',
      { ...STACK, ...CATALOG },
      'CloudFormation stack web (Service Catalog product web/pp-0a provisioned by EndUser/dana)',
    ],
    ['a fleet', FLEET_TAG, 'EC2 Fleet fleet-1'],
    ['tags that anybody may set', { ...NODES, AWSBatchServiceTag: 'batch', AmazonECSManaged: 'true' }, undefined],
  ])('%s', (_what, tags, through) => {
    expect(told(tags)).toEqual({ actor: 'dana', through });
  });

  it('names the root user who calls another service', () => {
    const userIdentity = { type: 'Root', accountId: '111122223333', invokedBy: 'cloudformation.amazonaws.com' };
    expect(told(STACK, { userIdentity })).toEqual({ actor: 'root@111122223333', through: 'CloudFormation stack web' });
  });

  it('does not take a role for a service because of its name', () => {
    const { userIdentity } = linked('AWSServiceRoleForMallory', 'x');
    const sessionIssuer = {
      userName: 'AWSServiceRoleForMallory',
      arn: 'arn:aws:iam::111122223333:role/AWSServiceRoleForMallory',
    };
    const own = { ...userIdentity, invokedBy: undefined, sessionContext: { sessionIssuer } };
    expect(told(NODES, { userIdentity: own })).toEqual({
      actor: 'AWSServiceRoleForMallory/session',
      through: undefined,
    });
  });
});

it('takes the fleet from the token of its launch when there is no tag', () => {
  const token = 'fleet-180da986-0bb4-c936-0c9a-0e20a0c6d1aa';
  const requestParameters = { clientToken: `${token}-0` };
  expect(told({}, { ...FLEET, requestParameters }).actor).toBe(`EC2 Fleet ${token}`);
  expect(told({}, { requestParameters }).through).toBeUndefined();
});

it('takes the tags that were asked for when the response was omitted', () => {
  const tags = Object.entries(GROUP).map(([key, value]) => ({ key, value }));
  const requestParameters = { tagSpecificationSet: { items: [{ resourceType: 'instance', tags }] } };
  const record = aLaunch([], { ...SCALING, requestParameters, responseElements: { omitted: true } });
  expect(sightingsOf(record)[0]?.evidence.actor).toBe('Auto Scaling group web-asg');
});

it('names nothing that not all instances of a launch share', () => {
  const record = aLaunch([{ instanceId: 'i-0a', tags: GROUP }, { instanceId: 'i-0b' }], SCALING);
  expect(sightingsOf(record)[0]?.evidence.actor).toBe('Auto Scaling');
});

it('leaves other calls to who made them', () => {
  const record = aRecord({
    ...SCALING,
    eventName: 'TerminateInstances',
    requestParameters: { instancesSet: { items: [{ instanceId: 'i-0a' }] } },
  });
  expect(sightingsOf(record)[0]?.evidence.actor).toBe('Auto Scaling');
});

it('gives a name of at most 200 characters, whatever the tags are, and never throws', () => {
  const keys = fc.constantFrom(...Object.keys({ ...GROUP, ...FLEET_TAG, ...NODES, ...STACK, ...CATALOG }));
  const caller = { name: 'Auto Scaling', ours: false, service: true } as const;
  fc.assert(
    fc.property(fc.dictionary(keys, fc.string({ maxLength: 300 })), (tags) => {
      const { actor } = launchActor(aLaunch([{ instanceId: 'i-0a', tags }]), caller);
      expect(actor.name.length).toBeLessThanOrEqual(200);
      expect(actor.name.trim()).not.toBe('');
    }),
  );
});
