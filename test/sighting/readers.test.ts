import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sightingsOf, WANTED_CALLS } from '../../src/sighting/readers.ts';
import type { Sighting } from '../../src/sighting/sighting.ts';
import { aLaunch, aRecord } from '../support/records.ts';

const INSTANCE = {
  accountId: '111122223333',
  type: 'AWS::EC2::Instance',
  ARN: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0a',
};
const OMITTED = { reason: 'too large', omitted: true, originalSize: 149893 };

/** What a record says, without its circumstances and changes. */
function seenIn(fields: Readonly<Record<string, unknown>>): Partial<Sighting> | undefined {
  const [sighting] = sightingsOf(aRecord(fields));
  if (sighting === undefined) return undefined;
  const { accountId: _a, region: _r, eventTime: _t, actor: _w, evidence: _e, changes: _c, ...seen } = sighting;
  return seen;
}

describe('RunInstances', () => {
  it('gives every instance with its tags and interfaces, from the response', () => {
    const [sighting] = sightingsOf(
      aLaunch([{ instanceId: 'i-0a', tags: { Owner: 'dana', Count: 7 } }, { instanceId: 'i-0b' }]),
    );
    expect(sighting).toMatchObject({
      kind: 'launch',
      accountId: '111122223333',
      region: 'eu-west-1',
      eventTime: new Date('2026-01-31T12:00:00Z'),
      reservationId: 'r-0a',
      instances: [
        {
          instanceId: 'i-0a',
          instanceType: 'm5.large',
          imageId: 'ami-0a',
          availabilityZone: 'eu-west-1a',
          subnetId: 'subnet-0a',
          vpcId: 'vpc-0a',
          privateIpAddress: '10.0.0.5',
          tags: [
            { key: 'Owner', value: 'dana' },
            { key: 'Count', value: '7' },
          ],
          networkInterfaceIds: ['eni-of-i-0a'],
        },
        { instanceId: 'i-0b', tags: [] },
      ],
    });
    expect(sighting).not.toHaveProperty('incomplete');
  });

  it.each([
    ['a dry run', { errorCode: 'Client.DryRunOperation', responseElements: null }],
    ['a failure with a message only', { errorMessage: 'no', responseElements: null }],
    ['the same call seen at an endpoint', { eventCategory: 'NetworkActivity' }],
    ['a response without instances', { responseElements: { instancesSet: {} } }],
    ['a record without a time', { eventTime: undefined }],
    ['a call of the same name in another service', { eventSource: 'example.amazonaws.com' }],
  ])('gives no sighting for %s', (_what, fields) => {
    expect(sightingsOf(aLaunch([{ instanceId: 'i-0a' }], fields))).toEqual([]);
  });

  it.each([true, 'true'])('asks for a live look-up when the response was omitted (omitted: %j)', (omitted) => {
    const [sighting] = sightingsOf(aLaunch([], { responseElements: { ...OMITTED, omitted }, resources: [INSTANCE] }));
    expect(sighting).toMatchObject({
      kind: 'launch',
      incomplete: true,
      instances: [{ instanceId: 'i-0a', networkInterfaceIds: [] }],
      evidence: { note: 'responseElements omitted: needs a live look-up' },
    });
    expect(sighting?.kind === 'launch' && sighting.instances[0]).not.toHaveProperty('tags');
  });

  it('never mistakes a missing response for a launch of nothing', () => {
    expect(seenIn({ eventName: 'RunInstances' })).toEqual({ kind: 'launch', instances: [], incomplete: true });
  });

  it('is complete when only the request was omitted', () => {
    const [sighting] = sightingsOf(aLaunch([{ instanceId: 'i-0a' }], { requestParameters: OMITTED }));
    expect(sighting).toMatchObject({ kind: 'launch', instances: [{ instanceId: 'i-0a' }] });
    expect(sighting).not.toHaveProperty('incomplete');
  });
});

describe('CreateFleet', () => {
  const fleet = (fleetInstanceSet: unknown) =>
    seenIn({
      eventName: 'CreateFleet',
      responseElements: { CreateFleetResponse: { fleetId: 'fleet-1', fleetInstanceSet, errorSet: '' } },
    });

  it.each([
    ['one instance', { item: { instanceIds: { item: 'i-0a' }, instanceType: 'm5.large' } }, ['i-0a']],
    [
      'several',
      { item: [{ instanceIds: { item: ['i-0a', 'i-0b'] } }, { instanceIds: { item: 'i-0c' } }] },
      ['i-0a', 'i-0b', 'i-0c'],
    ],
  ])('gives only ids: %s', (_what, set, ids) => {
    const seen = fleet(set);
    expect(seen?.kind === 'launch' && seen.instances?.map(({ instanceId }) => instanceId)).toEqual(ids);
  });

  it('gives nothing when it succeeded without launching an instance', () => {
    expect(fleet('')).toBeUndefined();
  });
});

describe('tags', () => {
  const resourcesSet = { items: [{ resourceId: 'i-0a' }, { resourceId: 'vol-0a' }] };

  it('CreateTags sets every tag on every resource', () => {
    expect(
      seenIn({
        eventName: 'CreateTags',
        requestParameters: { resourcesSet, tagSet: { items: [{ key: 'Owner', value: 'dana' }] } },
      }),
    ).toEqual({
      kind: 'tags-set',
      resourceIds: ['i-0a', 'vol-0a'],
      tags: [{ key: 'Owner', value: 'dana' }],
    });
  });

  it.each([
    ['by key', { items: [{ key: 'Owner' }] }, [{ key: 'Owner' }]],
    ['with an empty value', { items: [{ key: 'Owner', value: '' }] }, [{ key: 'Owner', value: '' }]],
    ['with a value', { items: [{ key: 'Owner', value: 'dana' }] }, [{ key: 'Owner', value: 'dana' }]],
    ['all of them', {}, 'all'],
    ['all of them when the set is missing', undefined, 'all'],
  ])('DeleteTags removes %s', (_what, tagSet, tags) => {
    expect(seenIn({ eventName: 'DeleteTags', requestParameters: { resourcesSet, tagSet } })).toEqual({
      kind: 'tags-removed',
      resourceIds: ['i-0a', 'vol-0a'],
      tags,
    });
  });

  it.each(['CreateTags', 'DeleteTags'])(
    '%s with its request omitted names the ids in `resources` and needs a live look-up',
    (eventName) => {
      expect(seenIn({ eventName, requestParameters: OMITTED, resources: [INSTANCE] })).toMatchObject({
        resourceIds: ['i-0a'],
        tags: [],
        incomplete: true,
      });
    },
  );
});

describe('the other calls', () => {
  const instancesSet = { items: [{ instanceId: 'i-0a' }, { instanceId: 'i-0b' }] };
  const session = {
    trafficMirrorSessionId: 'tms-0a',
    networkInterfaceId: 'eni-0a',
    trafficMirrorTargetId: 'tmt-0a',
    trafficMirrorFilterId: 'tmf-0a',
    ownerId: 111122223333,
  };
  const path = (what: string, ...resourceIds: string[]) => ({ kind: 'mirror-path-changed', what, resourceIds });

  it.each<[name: string, fields: Readonly<Record<string, unknown>>, seen: object]>([
    [
      'TerminateInstances',
      { requestParameters: { instancesSet } },
      { kind: 'terminated', instanceIds: ['i-0a', 'i-0b'] },
    ],
    ['StartInstances', { responseElements: { instancesSet } }, { kind: 'started', instanceIds: ['i-0a', 'i-0b'] }],
    [
      'StopInstances',
      { requestParameters: OMITTED, responseElements: { instancesSet } },
      { kind: 'stopped', instanceIds: ['i-0a', 'i-0b'] },
    ],
    [
      'BidEvictedEvent',
      {
        userIdentity: { accountId: '111122223333', invokedBy: 'ec2.amazonaws.com' },
        serviceEventDetails: { instanceIdSet: ['i-0a'] },
      },
      { kind: 'terminated', instanceIds: ['i-0a'] },
    ],
    ['BidEvictedEvent', {}, { kind: 'terminated', instanceIds: [], incomplete: true }],
    [
      'AttachNetworkInterface',
      { requestParameters: { networkInterfaceId: 'eni-0a', instanceId: 'i-0a', deviceIndex: 1 } },
      { kind: 'interface-attached', networkInterfaceId: 'eni-0a', instanceId: 'i-0a' },
    ],
    [
      'DetachNetworkInterface',
      { requestParameters: { attachmentId: 'eni-attach-0a' } },
      { kind: 'interface-detached' },
    ],
    [
      'CreateNetworkInterface',
      { responseElements: { networkInterface: { networkInterfaceId: 'eni-0a' } } },
      { kind: 'interface-created', networkInterfaceId: 'eni-0a' },
    ],
    [
      'DeleteNetworkInterface',
      { requestParameters: { networkInterfaceId: 'eni-0a' } },
      { kind: 'interface-deleted', networkInterfaceId: 'eni-0a' },
    ],
    [
      'ModifyNetworkInterfaceAttribute',
      { requestParameters: { networkInterfaceId: 'eni-0a', groupSet: {} } },
      path('network-interface', 'eni-0a'),
    ],
    [
      'ModifyInstanceAttribute',
      { requestParameters: { instanceId: 'i-0a', instanceType: { value: 't2.micro' } } },
      path('instance-type', 'i-0a'),
    ],
    [
      'CreateTrafficMirrorSession',
      {
        requestParameters: { CreateTrafficMirrorSessionRequest: { NetworkInterfaceId: 'eni-0a', SessionNumber: 1 } },
        responseElements: { CreateTrafficMirrorSessionResponse: { trafficMirrorSession: session } },
      },
      {
        kind: 'session-created',
        trafficMirrorSessionId: 'tms-0a',
        networkInterfaceId: 'eni-0a',
        trafficMirrorTargetId: 'tmt-0a',
        trafficMirrorFilterId: 'tmf-0a',
      },
    ],
    [
      'ModifyTrafficMirrorSession',
      {
        requestParameters: {
          ModifyTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-0a', TrafficMirrorTargetId: 'tmt-0b' },
        },
      },
      { kind: 'session-modified', trafficMirrorSessionId: 'tms-0a', trafficMirrorTargetId: 'tmt-0b' },
    ],
    [
      'DeleteTrafficMirrorSession',
      { requestParameters: { trafficMirrorSessionId: 'tms-0a' } },
      { kind: 'session-deleted', trafficMirrorSessionId: 'tms-0a' },
    ],
    [
      'CreateTrafficMirrorTarget',
      {
        responseElements: {
          CreateTrafficMirrorTargetResponse: { trafficMirrorTarget: { trafficMirrorTargetId: 'tmt-0a', tagSet: '' } },
        },
      },
      path('target', 'tmt-0a'),
    ],
    [
      'DeleteTrafficMirrorFilterRule',
      { requestParameters: { DeleteTrafficMirrorFilterRuleRequest: { TrafficMirrorFilterRuleId: 'tmfr-0a' } } },
      path('filter', 'tmfr-0a'),
    ],
    [
      'DeleteVpcEndpoints',
      { requestParameters: { DeleteVpcEndpointsRequest: { VpcEndpointId: { content: 'vpce-0a', tag: 1 } } } },
      path('target', 'vpce-0a'),
    ],
    [
      'RevokeSecurityGroupIngress',
      {
        requestParameters: {
          groupId: 'sg-0a',
          ipPermissions: { items: [{ groups: { items: [{ groupId: 'sg-0b' }] } }] },
        },
      },
      path('security-group', 'sg-0a'),
    ],
    [
      'ModifySecurityGroupRules',
      { requestParameters: { ModifySecurityGroupRulesRequest: { GroupId: 'sg-0a' } } },
      path('security-group', 'sg-0a'),
    ],
    [
      'ReplaceNetworkAclAssociation',
      { requestParameters: { networkAclId: 'acl-0a', associationId: 'aclassoc-0a' } },
      path('network-acl', 'acl-0a', 'aclassoc-0a'),
    ],
    [
      'DeleteRoute',
      { requestParameters: { routeTableId: 'rtb-0a', destinationCidrBlock: '0.0.0.0/0' } },
      path('route', 'rtb-0a'),
    ],
    [
      'DeleteVpcPeeringConnection',
      { requestParameters: { vpcPeeringConnectionId: 'pcx-0a' } },
      path('route', 'pcx-0a'),
    ],
    [
      'DeleteTransitGatewayVpcAttachment',
      {
        requestParameters: {
          DeleteTransitGatewayVpcAttachmentRequest: { TransitGatewayAttachmentId: 'tgw-attach-0a' },
        },
      },
      path('route', 'tgw-attach-0a'),
    ],
    [
      'DeleteListener',
      {
        eventSource: 'elasticloadbalancing.amazonaws.com',
        requestParameters: { listenerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/net/a/b/c' },
      },
      path('load-balancer', 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/net/a/b/c'),
    ],
    [
      'DisassociateResourceShare',
      {
        eventSource: 'ram.amazonaws.com',
        requestParameters: { resourceShareArn: 'arn:share', resourceArns: ['arn:tmt'] },
      },
      path('resource-share', 'arn:share', 'arn:tmt'),
    ],
    ['RevokeSecurityGroupEgress', { requestParameters: OMITTED }, { ...path('security-group'), incomplete: true }],
    [
      'AuthorizeSecurityGroupIngress',
      {
        requestParameters: OMITTED,
        responseElements: { securityGroupRuleSet: { items: [{ groupId: 'sg-0a' }, { groupId: 'sg-0a' }] } },
      },
      path('security-group', 'sg-0a'),
    ],
    [
      'RevokeSecurityGroupIngress',
      { requestParameters: OMITTED, responseElements: { _return: true } },
      { ...path('security-group'), incomplete: true },
    ],
    [
      'DeleteSecurityGroup',
      { requestParameters: { groupId: 'sg-0a' } },
      { kind: 'security-group-deleted', resourceIds: ['sg-0a'] },
    ],
  ])('%s', (eventName, fields, seen) => {
    expect(seenIn({ eventName, ...fields })).toEqual(seen);
  });

  it.each([
    [
      'an attribute of no concern',
      {
        eventName: 'ModifyInstanceAttribute',
        requestParameters: { instanceId: 'i-0a', disableApiTermination: { value: false } },
      },
    ],
    ["EFS's CreateTags", { eventName: 'CreateTags', eventSource: 'elasticfilesystem.amazonaws.com' }],
    ['a call that is not in the table', { eventName: 'DescribeInstances' }],
  ])('gives no sighting for %s', (_what, fields) => {
    expect(seenIn(fields)).toBeUndefined();
  });
});

describe('the circumstances', () => {
  it('name the account where the call happened, not the caller’s', () => {
    const [sighting] = sightingsOf(aLaunch([{ instanceId: 'i-0a' }], { recipientAccountId: '444455556666' }));
    expect(sighting?.accountId).toBe('444455556666');
  });

  it.each([
    ['the caller', {}, undefined, '111122223333'],
    [
      'the name of the file',
      { userIdentity: {} },
      'a/777788889999_CloudTrail_eu-west-1_20260131T1200Z_x.json.gz',
      '777788889999',
    ],
  ])('fall back to the account of %s', (_what, fields, logFile, accountId) => {
    const record = aLaunch([{ instanceId: 'i-0a' }], { recipientAccountId: undefined, ...fields });
    expect(sightingsOf(record, logFile)[0]?.accountId).toBe(accountId);
  });

  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00.123456', '2026-01-31T12:00:00.123Z'],
  ])('read the time %s as UTC', (eventTime, expected) => {
    expect(sightingsOf(aLaunch([{ instanceId: 'i-0a' }], { eventTime }))[0]?.evidence.eventTime).toBe(expected);
  });

  it.each(['yesterday', '2026-13-45T99:00:00Z', 1769860800, null])('reject a time like %j', (eventTime) => {
    expect(sightingsOf(aLaunch([{ instanceId: 'i-0a' }], { eventTime }))).toEqual([]);
  });

  it('include the evidence', () => {
    expect(sightingsOf(aLaunch([{ instanceId: 'i-0a' }]), 'logs/a.json.gz')[0]?.evidence).toEqual({
      eventID: '11111111-2222-4333-8444-555555555555',
      eventName: 'RunInstances',
      eventTime: '2026-01-31T12:00:00.000Z',
      actor: 'dana',
      sourceIPAddress: '203.0.113.7',
      userAgent: 'aws-cli/2.17',
      logFile: 'logs/a.json.gz',
    });
  });
});

it('never throws, whatever a record contains', () => {
  const parts = fc.oneof(
    fc.jsonValue(),
    fc.record({ instancesSet: fc.jsonValue(), tagSet: fc.jsonValue(), items: fc.jsonValue() }, { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...WANTED_CALLS),
      fc.constantFrom('ec2.amazonaws.com', 'ram.amazonaws.com', 'elasticloadbalancing.amazonaws.com'),
      fc.record({
        requestParameters: parts,
        responseElements: parts,
        serviceEventDetails: parts,
        resources: fc.jsonValue(),
        userIdentity: fc.jsonValue(),
        addendum: fc.jsonValue(),
      }),
      (eventName, eventSource, fields) => {
        expect(Array.isArray(sightingsOf(aRecord({ eventName, eventSource, ...fields })))).toBe(true);
      },
    ),
  );
});
