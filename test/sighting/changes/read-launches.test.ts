import { describe, expect, it } from 'vitest';
import { sightingsOf } from '../../../src/sighting/readers.ts';
import { changesIn, changesInBoth } from '../../support/encodings.ts';
import { aRecord } from '../../support/records.ts';

const INTERFACE = {
  networkInterfaceId: 'eni-0a',
  subnetId: 'subnet-0a',
  vpcId: 'vpc-0a',
  ownerId: '012345678901',
  privateIpAddress: '10.0.0.5',
  interfaceType: 'interface',
  groupSet: { items: [{ groupId: 'sg-0a', groupName: 'web' }, { groupId: 'sg-0b' }] },
  attachment: { attachmentId: 'eni-attach-0a', deviceIndex: 0, networkCardIndex: 0, status: 'attaching' },
  privateIpAddressesSet: { item: [{ privateIpAddress: '10.0.0.5', primary: true }] },
  tagSet: {},
};
const INSTANCE = {
  instanceId: 'i-0a',
  imageId: 'ami-0a',
  instanceType: 'm5.large',
  placement: { availabilityZone: 'eu-west-1a' },
  subnetId: 'subnet-0a',
  vpcId: 'vpc-0a',
  privateIpAddress: '10.0.0.5',
  clientToken: 'token-1',
  tagSet: {
    items: [
      { key: 'Owner', value: 'dana' },
      { key: 'Count', value: 7 },
    ],
  },
  networkInterfaceSet: { items: [INTERFACE] },
};
const IN_INSTANCE_RESOURCES = {
  type: 'AWS::EC2::Instance',
  ARN: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0a',
};
const OMITTED = { reason: 'responseElements too large', omitted: true, originalSize: 149893 };

const launch = (items: readonly object[]) => ({
  eventName: 'RunInstances',
  request: { instancesSet: { items: [{ minCount: 1, maxCount: 1 }] } },
  response: { reservationId: 'r-0a', requesterId: 'AIDAEXAMPLE', instancesSet: { items } },
});

describe('RunInstances', () => {
  it('launches each instance with its tags and interfaces, in both encodings', () => {
    const { classic, newer } = changesInBoth(launch([INSTANCE, { instanceId: 'i-0b' }]));
    expect(classic).toEqual([
      {
        kind: 'instance-launched',
        instanceId: 'i-0a',
        instanceType: 'm5.large',
        imageId: 'ami-0a',
        availabilityZone: 'eu-west-1a',
        subnetId: 'subnet-0a',
        vpcId: 'vpc-0a',
        privateIpAddress: '10.0.0.5',
        reservationId: 'r-0a',
        clientToken: 'token-1',
        requesterId: 'AIDAEXAMPLE',
        tags: [
          { key: 'Owner', value: 'dana' },
          { key: 'Count', value: '7' },
        ],
        networkInterfaces: [
          {
            networkInterfaceId: 'eni-0a',
            subnetId: 'subnet-0a',
            vpcId: 'vpc-0a',
            ownerId: '012345678901',
            privateIpAddress: '10.0.0.5',
            interfaceType: 'interface',
            groupIds: ['sg-0a', 'sg-0b'],
            attachmentId: 'eni-attach-0a',
            deviceIndex: 0,
            networkCardIndex: 0,
            tags: [],
          },
        ],
      },
      {
        kind: 'instance-launched',
        instanceId: 'i-0b',
        reservationId: 'r-0a',
        requesterId: 'AIDAEXAMPLE',
        tags: [],
        networkInterfaces: undefined,
      },
    ]);
    expect(newer).toEqual(classic);
  });

  it('launches an instance without parts when the response was omitted but its id is known', () => {
    const resources = [IN_INSTANCE_RESOURCES];
    expect(changesIn({ eventName: 'RunInstances', responseElements: OMITTED, resources })).toEqual([
      { kind: 'instance-launched', instanceId: 'i-0a' },
    ]);
  });

  it('is opaque when the response was omitted and no id is known', () => {
    expect(changesIn({ eventName: 'RunInstances', responseElements: OMITTED })).toEqual([
      { kind: 'opaque', resourceIds: [], lacks: 'lacks its parameters (omitted)' },
    ]);
  });

  it('tells interfaces that the request names, which were there before, from new ones', () => {
    const both = [INTERFACE, { ...INTERFACE, networkInterfaceId: 'eni-0b' }];
    const specified = [
      { deviceIndex: 0, networkInterfaceId: 'eni-0b' },
      { deviceIndex: 1, subnetId: 'subnet-0a' },
    ];
    const { classic, newer } = changesInBoth({
      ...launch([{ ...INSTANCE, networkInterfaceSet: { items: both } }]),
      request: { networkInterfaceSet: { items: specified } },
    });
    expect(newer).toEqual(classic);
    const [change] = classic ?? [];
    const interfaces = change?.kind === 'instance-launched' ? change.networkInterfaces : undefined;
    expect(interfaces?.map(({ networkInterfaceId, existed }) => [networkInterfaceId, existed])).toEqual([
      ['eni-0a', undefined],
      ['eni-0b', true],
    ]);
  });

  it('leaves unknown what the record does not show of an interface', () => {
    const bare = { ...INSTANCE, networkInterfaceSet: { items: [{ networkInterfaceId: 'eni-0b' }, { status: 'odd' }] } };
    const [change] = changesInBoth(launch([bare])).classic ?? [];
    expect(change?.kind === 'instance-launched' && change.networkInterfaces).toEqual([
      { networkInterfaceId: 'eni-0b', groupIds: undefined, tags: undefined },
    ]);
  });
});

describe('CreateFleet', () => {
  it('changes nothing itself: the RunInstances that it causes has a record of its own, with everything in it', () => {
    const set = { instanceIds: { items: ['i-0a', 'i-0b'] }, instanceType: 'm5.large' };
    const response = { fleetId: 'fleet-0a', fleetInstanceSet: { items: [set] } };
    const { classic, newer } = changesInBoth({ eventName: 'CreateFleet', request: { type: 'instant' }, response });
    expect(sightingsOf(aRecord({ eventName: 'CreateFleet', responseElements: response }))).toHaveLength(1);
    expect({ classic, newer }).toEqual({ classic: undefined, newer: undefined });
  });
});
