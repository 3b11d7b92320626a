import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sightingsOf, WANTED_CALLS } from '../../../src/sighting/readers.ts';
import { changesIn } from '../../support/encodings.ts';
import { aLaunch, aRecord } from '../../support/records.ts';

const LOAD_BALANCING = 'elasticloadbalancing.amazonaws.com';
const LISTENER = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/net/a/b/c';

describe('calls whose changes we do not model', () => {
  it.each([
    ['DeleteListener', LOAD_BALANCING, { listenerArn: LISTENER }, [LISTENER]],
    ['ModifyManagedPrefixList', 'ec2.amazonaws.com', { prefixListId: 'pl-0a' }, ['pl-0a']],
    ['DeleteVpcPeeringConnection', 'ec2.amazonaws.com', { vpcPeeringConnectionId: 'pcx-0a' }, ['pcx-0a']],
    ['DeleteTransitGateway', 'ec2.amazonaws.com', { transitGatewayId: 'tgw-0a' }, ['tgw-0a']],
    ['DeleteRouteTable', 'ec2.amazonaws.com', { routeTableId: 'rtb-0a' }, ['rtb-0a']],
    ['DeleteVpcEndpoints', 'ec2.amazonaws.com', { vpcEndpointIds: ['vpce-0a', 'vpce-0b'] }, ['vpce-0a', 'vpce-0b']],
    ['DeleteResourceShare', 'ram.amazonaws.com', { resourceShareArn: 'arn:share' }, ['arn:share']],
    ['ModifyTrafficMirrorFilterNetworkServices', 'ec2.amazonaws.com', { trafficMirrorFilterId: 'tmf-0a' }, ['tmf-0a']],
  ])('%s is opaque for what it names', (eventName, eventSource, requestParameters, resourceIds) => {
    expect(changesIn({ eventName, eventSource, requestParameters })).toEqual([
      { kind: 'opaque', resourceIds, lacks: 'does not say what it was before' },
    ]);
  });
});

it('names everything in `resources` when the parameters were omitted, each once', () => {
  const resources = [
    { type: 'AWS::EC2::SecurityGroup', ARN: 'arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a' },
    { type: 'AWS::EC2::SecurityGroup', ARN: 'arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a' },
    { type: 'AWS::ElasticLoadBalancingV2::Listener', ARN: LISTENER },
  ];
  const requestParameters = { omitted: true, reason: 'requestParameters too large' };
  expect(changesIn({ eventName: 'RevokeSecurityGroupIngress', requestParameters, resources })).toEqual([
    { kind: 'opaque', resourceIds: ['sg-0a', LISTENER], lacks: 'lacks its parameters (omitted)' },
  ]);
});

it('sees no change in a call that was answered with `false`', () => {
  const fields = { responseElements: { _return: false } };
  const call = { eventName: 'DeleteNetworkInterface', requestParameters: { networkInterfaceId: 'eni-0a' } };
  expect(changesIn(call)).toHaveLength(1);
  expect(sightingsOf(aRecord({ ...call, ...fields }))).toHaveLength(1);
  expect(changesIn({ ...call, ...fields })).toBeUndefined();
});

it('sees no change in a call that failed, or in one that only tried', () => {
  for (const errorCode of ['Client.DryRunOperation', 'Client.UnauthorizedOperation'])
    expect(sightingsOf(aLaunch([{ instanceId: 'i-0a' }], { errorCode, responseElements: null }))).toEqual([]);
});

/** The names that readers look for, so that random parts reach deep into them. */
const NAMES = [
  ...['groupId', 'ipPermissions', 'ipProtocol', 'fromPort', 'ipRanges', 'cidrIp', 'groups', 'securityGroupRuleId'],
  ...['securityGroupRule', 'securityGroupRuleSet', 'revokedSecurityGroupRuleSet', 'unknownIpPermissionSet', 'isEgress'],
  ...['networkAclId', 'ruleNumber', 'egress', 'ruleAction', 'aclProtocol', 'cidrBlock', 'portRange', 'from', 'to'],
  ...[
    'routeTableId',
    'destinationCidrBlock',
    'gatewayId',
    'localTarget',
    'associationId',
    'newAssociationId',
    'subnetId',
  ],
  ...['trafficMirrorSession', 'trafficMirrorSessionId', 'trafficMirrorFilterRule', 'sessionNumber', 'RemoveField'],
  ...['instancesSet', 'instanceId', 'previousState', 'currentState', 'name', 'networkInterfaceSet', 'attachment'],
  ...['networkInterface', 'networkInterfaceId', 'groupSet', 'instanceType', 'resourcesSet', 'resourceId', 'tagSet'],
  ...['key', 'value', 'Tag', 'items', 'item', 'member', 'content', 'omitted', '_return', '__proto__', 'constructor'],
];

const hostile = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(
      '',
      '-1',
      'tcp',
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/99',
      'i-0a',
      'allow',
      true,
      false,
      null,
      0,
      -1,
      1e21,
    ),
    fc.string({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...NAMES), tie('value')), { maxLength: 6 }).map(Object.fromEntries),
  ),
})).value;

it('never throws, and never gives an empty list, whatever a record contains', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...WANTED_CALLS),
      fc.constantFrom('ec2.amazonaws.com', 'ram.amazonaws.com', LOAD_BALANCING),
      fc.record({ requestParameters: hostile, responseElements: hostile, resources: hostile, addendum: hostile }),
      fc.boolean(),
      (eventName, eventSource, fields, isWrapped) => {
        const { requestParameters, responseElements } = fields;
        const wrapped = {
          requestParameters: { [`${eventName}Request`]: requestParameters },
          responseElements: { [`${eventName}Response`]: responseElements },
        };
        const record = aRecord({ eventName, eventSource, ...fields, ...(isWrapped ? wrapped : {}) });
        for (const { changes } of sightingsOf(record)) expect(changes?.length).not.toBe(0);
      },
    ),
    { numRuns: 3000 },
  );
});

it.each(['items', 'content', 'item'])('survives `%s` nested 100,000 deep', (key) => {
  let deep: unknown = 'i-0a';
  for (let depth = 0; depth < 100_000; depth += 1) deep = { [key]: deep };
  for (const eventName of WANTED_CALLS) {
    const parts = {
      instancesSet: deep,
      resourcesSet: deep,
      tagSet: deep,
      groupId: deep,
      ipPermissions: deep,
      addendum: deep,
    };
    const record = aRecord({ eventName, requestParameters: parts, responseElements: parts, resources: deep });
    expect(() => sightingsOf(record)).not.toThrow();
  }
});
