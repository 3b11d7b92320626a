import { describe, expect, it } from 'vitest';
import { changesIn, changesInBoth } from '../../support/encodings.ts';

const state = (instanceId: string, previous: string, current: string) => ({
  instanceId,
  currentState: { code: 0, name: current },
  previousState: { code: 0, name: previous },
});
const named = (...ids: readonly string[]) => ({ instancesSet: { items: ids.map((instanceId) => ({ instanceId })) } });

describe('the state of an instance', () => {
  it.each([
    ['StopInstances', 'running', 'stopping', 'stopped'],
    ['StartInstances', 'stopped', 'pending', 'running'],
    ['TerminateInstances', 'stopped', 'terminated', 'terminated'],
    ['TerminateInstances', 'running', 'shutting-down', 'terminated'],
  ])('%s sets an instance that was %s (now %s) to %s', (eventName, previousState, current, settled) => {
    const { classic, newer } = changesInBoth({
      eventName,
      request: named('i-0a'),
      response: { instancesSet: { items: [state('i-0a', previousState, current)] } },
    });
    expect(classic).toEqual([{ kind: 'state-set', instanceId: 'i-0a', state: settled, previousState }]);
    expect(newer).toEqual(classic);
  });

  it('does not change when nothing was done', () => {
    const items = [state('i-0a', 'stopped', 'stopped'), state('i-0b', 'running', 'stopping')];
    const both = changesInBoth({ eventName: 'StopInstances', request: null, response: { instancesSet: { items } } });
    expect(both.classic).toEqual([
      { kind: 'state-set', instanceId: 'i-0b', state: 'stopped', previousState: 'running' },
    ]);
    const alone = { instancesSet: { items: items.slice(0, 1) } };
    expect(changesIn({ eventName: 'StopInstances', responseElements: alone })).toBeUndefined();
  });

  it('was unknown before when only the request names the instances', () => {
    const { classic, newer } = changesInBoth({ eventName: 'TerminateInstances', request: named('i-0a', 'i-0b') });
    expect(classic).toEqual([
      { kind: 'state-set', instanceId: 'i-0a', state: 'terminated' },
      { kind: 'state-set', instanceId: 'i-0b', state: 'terminated' },
    ]);
    expect(newer).toEqual(classic);
  });

  it('is terminated by a spot interruption, from an unknown state', () => {
    const serviceEventDetails = { instanceIdSet: ['i-0a'] };
    expect(changesIn({ eventName: 'BidEvictedEvent', serviceEventDetails })).toEqual([
      { kind: 'state-set', instanceId: 'i-0a', state: 'terminated' },
    ]);
  });
});

const NETWORK_INTERFACE = {
  networkInterfaceId: 'eni-0a',
  subnetId: 'subnet-0a',
  vpcId: 'vpc-0a',
  availabilityZone: 'eu-west-1a',
  description: 'RDSNetworkInterface',
  ownerId: '111122223333',
  interfaceType: 'interface',
  groupSet: { items: [{ groupId: 'sg-0a', groupName: 'default' }] },
  tagSet: { items: [{ key: 'Owner', value: 'dana' }] },
};

describe('a network interface', () => {
  it.each([
    [
      'CreateNetworkInterface',
      { subnetId: 'subnet-0a' },
      { networkInterface: NETWORK_INTERFACE },
      {
        kind: 'interface-created',
        networkInterface: {
          networkInterfaceId: 'eni-0a',
          subnetId: 'subnet-0a',
          vpcId: 'vpc-0a',
          availabilityZone: 'eu-west-1a',
          description: 'RDSNetworkInterface',
          ownerId: '111122223333',
          interfaceType: 'interface',
          groupIds: ['sg-0a'],
          tags: [{ key: 'Owner', value: 'dana' }],
        },
      },
    ],
    [
      'DeleteNetworkInterface',
      { networkInterfaceId: 'eni-0a' },
      { _return: true },
      { kind: 'interface-deleted', networkInterfaceId: 'eni-0a' },
    ],
    [
      'AttachNetworkInterface',
      { networkInterfaceId: 'eni-0a', instanceId: 'i-0a', deviceIndex: 1, networkCardIndex: 0 },
      { attachmentId: 'eni-attach-0a' },
      {
        kind: 'interface-attached',
        networkInterfaceId: 'eni-0a',
        instanceId: 'i-0a',
        attachmentId: 'eni-attach-0a',
        deviceIndex: 1,
        networkCardIndex: 0,
      },
    ],
    [
      'DetachNetworkInterface',
      { attachmentId: 'eni-attach-0a', force: true },
      { _return: true },
      { kind: 'interface-detached', attachmentId: 'eni-attach-0a' },
    ],
    [
      'ModifyNetworkInterfaceAttribute',
      { networkInterfaceId: 'eni-0a', groupSet: { items: [{ groupId: 'sg-0a' }, { groupId: 'sg-0b' }] } },
      { _return: true },
      { kind: 'groups-set', resourceId: 'eni-0a', groupIds: ['sg-0a', 'sg-0b'] },
    ],
    [
      'ModifyInstanceAttribute',
      { instanceId: 'i-0a', groupSet: { items: [{ groupId: 'sg-0a' }] } },
      { _return: true },
      { kind: 'groups-set', resourceId: 'i-0a', groupIds: ['sg-0a'] },
    ],
    [
      'ModifyInstanceAttribute',
      { instanceId: 'i-0a', instanceType: { value: 't2.micro' } },
      { _return: true },
      { kind: 'instance-type-set', instanceId: 'i-0a', instanceType: 't2.micro' },
    ],
    [
      'ModifyInstanceAttribute',
      { instanceId: 'i-0a', attribute: 'instanceType', value: 'm7i.large' },
      { _return: true },
      { kind: 'instance-type-set', instanceId: 'i-0a', instanceType: 'm7i.large' },
    ],
  ])('%s %j', (eventName, request, response, change) => {
    const { classic, newer } = changesInBoth({ eventName, request, response });
    expect(classic).toEqual([change]);
    expect(newer).toEqual(classic);
  });

  it.each([
    [
      'whether it checks addresses',
      'ModifyNetworkInterfaceAttribute',
      { sourceDestCheck: { value: false }, groupSet: {} },
    ],
    [
      'its attachment',
      'ModifyNetworkInterfaceAttribute',
      { attachment: { attachmentId: 'a', deleteOnTermination: true } },
    ],
  ])('does not change for us with %s', (_what, eventName, attribute) => {
    expect(changesIn({ eventName, requestParameters: { networkInterfaceId: 'eni-0a', ...attribute } })).toBeUndefined();
  });

  it('is opaque when CloudTrail masks the new instance type', () => {
    const requestParameters = { instanceId: 'i-0a', attribute: 'instanceType', value: '<sensitiveDataRemoved>' };
    expect(changesIn({ eventName: 'ModifyInstanceAttribute', requestParameters })).toEqual([
      { kind: 'opaque', resourceIds: ['i-0a'], lacks: 'does not say what it changed' },
    ]);
  });
});
