import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { NetworkInterface } from '../../src/inventory/network-interface.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { eligibilityOf, isJudgedHere, resourceOf } from '../../src/mirror/eligibility.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import {
  anInstance,
  anInterface,
  anInventory,
  aPolicy,
  aSession,
  aSubnet,
  aTaskInterface,
  attachedTo,
  type Override,
} from '../support/inventories.ts';

interface Row {
  readonly of?: NetworkInterface;
  readonly inventory?: Override<Inventory>;
  readonly policy?: Partial<MirrorPolicy>;
}

const eligibility = ({ of = anInterface(), inventory = {}, policy = {} }: Row) =>
  eligibilityOf(of, indexAccount(anInventory(inventory), aPolicy(policy)));

const instances = (overrides: Parameters<typeof anInstance>[0]) => ({
  inventory: { instances: [anInstance(overrides)] },
});
const rds = anInterface({
  requesterManaged: true,
  requesterId: 'amazon-rds',
  description: 'RDSNetworkInterface',
  attachment: { instanceOwnerId: 'amazon-rds', deviceIndex: 1, status: 'attached' },
});

describe('eligibilityOf', () => {
  it.each<[string, string, Row]>([
    ['a running instance', 'source', {}],
    ['a pending instance', 'source', instances({ state: 'pending' })],
    ['a stopping instance', 'STOPPED', instances({ state: 'stopping' })],
    ['a stopped instance', 'STOPPED', instances({ state: 'stopped' })],
    ['an instance that is shutting down', 'GONE', instances({ state: 'shutting-down' })],
    ['an instance that is terminated', 'GONE', instances({ state: 'terminated' })],
    ['an instance that is not in the account', 'GONE', { inventory: { instances: [] } }],
    [
      'an instance that was not requested',
      'unknown',
      { inventory: { instances: [], partial: { instanceIds: [], networkInterfaceIds: [] } } },
    ],
    [
      'an instance that was requested and is gone',
      'GONE',
      { inventory: { instances: [], partial: { instanceIds: ['i-1'], networkInterfaceIds: [] } } },
    ],
    ['instances that could not be read', 'unknown', { inventory: { instances: undefined } }],
    ['an instance of a type on no list', 'source', instances({ instanceType: 'q1.large' })],
    ['an instance without a type', 'source', instances({ instanceType: undefined })],
    ['an instance of a type that can never be mirrored', 'UNSUPPORTED_TYPE', instances({ instanceType: 't2.micro' })],
    ['a requester-managed interface (RDS)', 'source', { of: rds }],
    ['a Fargate task', 'source', { of: aTaskInterface() }],
    ['a Fargate task when the policy excludes them', 'FARGATE', { of: aTaskInterface(), policy: { fargate: false } }],
    [
      'a Fargate task when the policy takes only primary interfaces: it has no other',
      'source',
      { of: aTaskInterface(), policy: { interfaces: 'primary' } },
    ],
    ['nat_gateway', 'UNSUPPORTED_ENI', { of: anInterface({ interfaceType: 'nat_gateway' }) }],
    ['natGateway', 'UNSUPPORTED_ENI', { of: anInterface({ interfaceType: 'natGateway' }) }],
    ['lambda', 'UNSUPPORTED_ENI', { of: anInterface({ interfaceType: 'lambda' }) }],
    ['efa', 'UNSUPPORTED_ENI', { of: anInterface({ interfaceType: 'efa' }) }],
    [
      'an interface that is not attached',
      'DETACHED',
      { of: anInterface({ status: 'available', attachment: undefined }) },
    ],
    [
      'an interface that is being detached',
      'DETACHED',
      { of: anInterface({ attachment: { ...attachedTo('i-1'), status: 'detaching' } }) },
    ],
    ['an interface without an IPv4 address', 'IPV6_ONLY', { of: anInterface({ privateIpAddress: undefined }) }],
    ['an IPv6 native interface', 'IPV6_ONLY', { of: anInterface({ ipv6Native: true }) }],
    ['an interface in an IPv6 native subnet', 'IPV6_ONLY', { inventory: { subnets: [aSubnet({ ipv6Native: true })] } }],
    ['an address that does not parse', 'unknown', { of: anInterface({ privateIpAddress: '10.0.0' }) }],
    ['a second interface', 'source', { of: anInterface({ attachment: attachedTo('i-1', 1) }) }],
    [
      'a second interface, when the policy takes only primary ones',
      'SECONDARY',
      { of: anInterface({ attachment: attachedTo('i-1', 1) }), policy: { interfaces: 'primary' } },
    ],
    [
      'device 0 of the second network card, when the policy takes only primary ones',
      'SECONDARY',
      {
        of: anInterface({ attachment: { ...attachedTo('i-1'), networkCardIndex: 1 } }),
        policy: { interfaces: 'primary' },
      },
    ],
    ['the interface of a target', 'SENSOR', { of: anInterface({ networkInterfaceId: 'eni-sensor-a' }) }],
    ['another interface of a sensor', 'SENSOR', { of: anInterface({ attachment: attachedTo('i-sensor-a', 1) }) }],
    [
      'an interface with an excluded tag',
      'TAG',
      { of: anInterface({ tags: [{ key: 'mirror', value: 'no' }] }), policy: { excludeTags: [{ key: 'mirror' }] } },
    ],
    [
      'an instance with an excluded tag',
      'TAG',
      {
        ...instances({ tags: [{ key: 'mirror', value: 'no' }] }),
        policy: { excludeTags: [{ key: 'mirror', value: 'no' }] },
      },
    ],
    [
      'an instance with another value of the excluded tag',
      'source',
      {
        ...instances({ tags: [{ key: 'mirror', value: 'yes' }] }),
        policy: { excludeTags: [{ key: 'mirror', value: 'no' }] },
      },
    ],
    ['a source that no rule matches', 'NO_RULE', { policy: { rules: { tags: [], subnets: [], vpcs: [] } } }],
  ])('%s: %s', (_, expected, row) => {
    const found = eligibility(row);
    expect(found.kind === 'exempt' ? found.code : found.kind).toBe(expected);
  });

  it('exempts an interface that AWS refuses permanently', () => {
    const account = indexAccount(anInventory(), aPolicy(), {
      unsupported: new Map([['eni-1', 'NetworkInterfaceNotSupported']]),
    });
    expect(eligibilityOf(anInterface(), account)).toEqual({
      kind: 'exempt',
      code: 'UNSUPPORTED_ENI',
      reason: 'AWS refuses to mirror it: NetworkInterfaceNotSupported',
    });
  });

  it('exempts the sensor of a target that is not configured too: AWS refuses it as a source', () => {
    expect(
      eligibility({ of: anInterface({ networkInterfaceId: 'eni-sensor-b' }), policy: { targets: [{ id: 'tmt-a' }] } }),
    ).toMatchObject({ code: 'SENSOR' });
  });
});

describe('resourceOf', () => {
  it.each([
    ['AWS::EC2::Instance', 'i-1', anInterface()],
    [
      'AWS::ECS::Task',
      'arn:aws:ecs:eu-west-1:111122223333:attachment/5f0b1b2c-7a4e-4a53-9a3b-1f1f7d0c0001',
      aTaskInterface(),
    ],
    [
      'AWS::ECS::Task',
      'arn:aws:ecs:eu-west-1:111122223333:task/c/1',
      aTaskInterface({ tags: [{ key: 'aws:ecs:taskArn', value: 'arn:aws:ecs:eu-west-1:111122223333:task/c/1' }] }),
    ],
    [
      'AWS::EC2::Instance',
      'i-1',
      anInterface({ description: 'arn:aws:ecs:eu-west-1:111122223333:attachment/awsvpc-on-ec2' }),
    ],
    ['AWS::EC2::NetworkInterface', 'eni-1', rds],
  ])('%s %s', (resourceType, resourceId, networkInterface) => {
    expect(resourceOf(networkInterface)).toEqual({ resourceType, resourceId });
  });
});

describe('isJudgedHere', () => {
  const OTHER = '999900001111';
  const theirs = { ownerId: OTHER, attachment: { ...attachedTo('i-1'), instanceOwnerId: OTHER } };
  const session = [aSession({ networkInterfaceId: 'eni-1' })];

  it.each<[string, boolean, NetworkInterface, Override<Inventory>]>([
    ['an interface of this account', true, anInterface(), {}],
    ['one whose owner is not said', true, anInterface({ ownerId: undefined }), {}],
    [
      'one of another owner on an instance of this account',
      true,
      anInterface({ ownerId: OTHER, attachment: attachedTo('i-1') }),
      {},
    ],
    ["one on another account's instance", false, anInterface(theirs), { instances: [anInstance({ ownerId: OTHER })] }],
    ['one on an instance that is not listed here', false, anInterface(theirs), { instances: [] }],
    ["another account's task", false, { ...aTaskInterface(), ownerId: OTHER }, {}],
    [
      'one of another account with a session of this one',
      true,
      anInterface(theirs),
      { instances: [], trafficMirrorSessions: session },
    ],
  ])('%s: %s', (_, expected, networkInterface, inventory) => {
    expect(isJudgedHere(networkInterface, indexAccount(anInventory(inventory), aPolicy()))).toBe(expected);
  });
});
