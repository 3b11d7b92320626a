import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import { candidatesFor } from '../../src/mirror/select-target.ts';
import type { Candidate, Check } from '../../src/mirror/verdict.ts';
import {
  aBalancerTarget,
  aListener,
  aLoadBalancer,
  anAcl,
  anAclEntry,
  anEndpoint,
  anEndpointTarget,
  anInstance,
  anInterface,
  anInventory,
  anUnknownTarget,
  aPolicy,
  aSecurityGroup,
  aSensorInterface,
  aTarget,
  NLB_ARN,
  type Override,
} from '../support/inventories.ts';

const nlb = aBalancerTarget();
const endpoint = anEndpointTarget();
const balanced = { trafficMirrorTargets: [nlb], loadBalancers: [aLoadBalancer()], listeners: [aListener()] };
const ended = { trafficMirrorTargets: [endpoint], vpcEndpoints: [anEndpoint()] };

/** The candidate tmt-a of eni-1. */
function candidate(inventory: Override<Inventory>, policy: Partial<MirrorPolicy> = {}): Candidate {
  const account = indexAccount(anInventory(inventory), aPolicy({ targets: [{ id: 'tmt-a' }], ...policy }));
  const [found] = candidatesFor(anInterface(), account);
  if (found === undefined) throw new Error('eni-1 is a source and tmt-a is configured');
  return found;
}

const result = (
  name: Check['check'],
  inventory: Override<Inventory>,
  policy: Partial<MirrorPolicy> = {},
): string | undefined => candidate(inventory, policy).checks.find(({ check }) => check === name)?.result;

const sensor = (overrides: Parameters<typeof aSensorInterface>[1]) => ({
  networkInterfaces: [anInterface(), aSensorInterface('a', overrides)],
});
const onInstance = (state: 'running' | 'pending' | 'stopped' | 'terminated') => ({
  instances: [anInstance(), anInstance({ instanceId: 'i-sensor-a', state })],
});
const balancer = (overrides: Parameters<typeof aLoadBalancer>[0]) => ({
  ...balanced,
  loadBalancers: [aLoadBalancer(overrides)],
});

describe('alive', () => {
  it.each<[string, string, Override<Inventory>]>([
    ['a running sensor', 'allow', onInstance('running')],
    ['a pending sensor', 'allow', onInstance('pending')],
    ['a stopped sensor', 'block', onInstance('stopped')],
    ['a terminated sensor', 'block', onInstance('terminated')],
    ['a sensor instance that is not in the account', 'block', { instances: [anInstance()] }],
    ['an interface that is not attached', 'block', sensor({ status: 'available', attachment: undefined })],
    [
      'an interface on no instance',
      'block',
      sensor({ attachment: { instanceOwnerId: 'amazon-elb', deviceIndex: 0, status: 'attached' } }),
    ],
    [
      'an interface on an instance of another account',
      'unknown',
      sensor({
        attachment: { instanceId: 'i-far', instanceOwnerId: '444455556666', deviceIndex: 0, status: 'attached' },
      }),
    ],
    [
      'an interface that was not requested',
      'unknown',
      { networkInterfaces: [anInterface()], partial: { instanceIds: ['i-1'], networkInterfaceIds: ['eni-1'] } },
    ],
    ['targets that could not be read', 'unknown', { trafficMirrorTargets: undefined }],
    ['an active balancer with a listener', 'allow', balanced],
    ['an impaired balancer', 'warn', balancer({ state: 'active_impaired' })],
    ['a balancer that is being provisioned', 'block', balancer({ state: 'provisioning' })],
    ['a balancer whose state is not known', 'unknown', balancer({ state: undefined })],
    ['a balancer that could not be read', 'unknown', { ...balanced, loadBalancers: undefined }],
    ['a balancer of another account', 'unknown', { trafficMirrorTargets: [{ ...nlb, ownerId: '444455556666' }] }],
    [
      "another balancer's listener",
      'block',
      { ...balanced, listeners: [aListener({ loadBalancerArn: `${NLB_ARN}0` })] },
    ],
    ['an available endpoint', 'allow', ended],
    [
      'an available endpoint, written with a capital',
      'allow',
      { ...ended, vpcEndpoints: [anEndpoint({ state: 'Available' })] },
    ],
    [
      'an endpoint that waits for acceptance',
      'block',
      { ...ended, vpcEndpoints: [anEndpoint({ state: 'pendingAcceptance' })] },
    ],
    ['an endpoint that is gone', 'block', { ...ended, vpcEndpoints: [] }],
    ['endpoints that could not be read', 'unknown', { ...ended, vpcEndpoints: undefined }],
    ['a target of an unknown type', 'unknown', { trafficMirrorTargets: [anUnknownTarget()] }],
  ])('%s: %s', (_, expected, inventory) => {
    expect(result('alive', inventory)).toBe(expected);
  });

  it('names the type of a target of an unknown type, which is never eligible', () => {
    const found = candidate({ trafficMirrorTargets: [anUnknownTarget()] });
    expect(found.eligible).toBe(false);
    expect(found.checks[0]?.reason).toBe('what is behind target tmt-a of type virtual-appliance is not known');
  });

  it("uses the endpoint's own interface when endpoints were not read", () => {
    const own = anInterface({
      networkInterfaceId: 'eni-e',
      interfaceType: 'gateway_load_balancer_endpoint',
      description: 'VPC Endpoint Interface vpce-1',
      privateIpAddress: '10.0.0.77',
    });
    const found = candidate({
      trafficMirrorTargets: [endpoint],
      vpcEndpoints: undefined,
      networkInterfaces: [anInterface(), own],
    });
    expect(found).toMatchObject({ eligible: true, tier: 'same-zone', capacity: null });
  });
});

describe('zones', () => {
  const inB = [{ zoneName: 'eu-west-1b', subnetId: 'subnet-b' }];

  it.each<[string, Candidate['tier'], string, Override<Inventory>]>([
    ['a balancer with a node in the zone', 'same-zone', 'allow', balanced],
    ['a balancer with nodes elsewhere', 'other-zone', 'warn', balancer({ availabilityZones: inB })],
    [
      'a balancer with nodes elsewhere and cross-zone balancing',
      'other-zone',
      'warn',
      balancer({ availabilityZones: inB, crossZone: true }),
    ],
    ['a balancer whose zones are not known', 'other-zone', 'warn', balancer({ availabilityZones: [] })],
    ['an endpoint in the zone', 'same-zone', 'allow', ended],
    [
      'an endpoint elsewhere',
      'other-zone',
      'warn',
      { ...ended, vpcEndpoints: [anEndpoint({ subnetIds: ['subnet-b'] })] },
    ],
  ])('%s: %s', (_, tier, zone, inventory) => {
    expect(candidate(inventory).tier).toBe(tier);
    expect(result('zone', inventory)).toBe(zone);
  });

  it('blocks other zones with localZoneOnly, and leaves unknown ones unknown', () => {
    expect(result('zone', balancer({ availabilityZones: inB }), { localZoneOnly: true })).toBe('block');
    expect(result('zone', balancer({ availabilityZones: [] }), { localZoneOnly: true })).toBe('unknown');
  });
});

describe('the security groups and ACLs of a balancer', () => {
  const shut = [
    anAcl({ subnetIds: ['subnet-a'] }),
    anAcl({ networkAclId: 'acl-b', subnetIds: ['subnet-b'], entries: [anAclEntry({ ruleAction: 'deny' })] }),
  ];

  it.each<[string, Check['check'], string, Override<Inventory>]>([
    ['no group', 'security-group', 'allow', balanced],
    ['an empty list of groups', 'security-group', 'allow', balancer({ securityGroupIds: [] })],
    ['a group that admits the source', 'security-group', 'allow', balancer({ securityGroupIds: ['sg-sensor'] })],
    ['a group that does not', 'security-group', 'block', balancer({ securityGroupIds: ['sg-workload'] })],
    ["the ACL of its node in the source's zone only", 'network-acl', 'allow', { ...balanced, networkAcls: shut }],
    [
      "the ACLs of all its nodes, when none is in the source's zone",
      'network-acl',
      'block',
      { ...balancer({ availabilityZones: [{ zoneName: 'eu-west-1b', subnetId: 'subnet-b' }] }), networkAcls: shut },
    ],
    ['an endpoint has no group', 'security-group', 'allow', ended],
  ])('%s: %s %s', (_, check, expected, inventory) => {
    expect(result(check, inventory)).toBe(expected);
  });

  it("reaches a balancer in another VPC by the address of the balancer's own interface", () => {
    const node = anInterface({
      networkInterfaceId: 'eni-nlb',
      interfaceType: 'network_load_balancer',
      description: 'ELB net/sensors/0123456789abcdef',
      subnetId: 'subnet-far',
      vpcId: 'vpc-2',
      privateIpAddress: '10.2.0.9',
    });
    const far = balancer({ vpcId: 'vpc-2', availabilityZones: [{ zoneName: 'eu-west-1a', subnetId: 'subnet-far' }] });
    const known = { ...far, networkInterfaces: [anInterface(), node] };
    expect(result('route', far)).toBe('unknown');
    expect(result('route', known)).toBe('block');
  });
});

describe('capacity', () => {
  const large = { instances: [anInstance(), anInstance({ instanceId: 'i-sensor-a', instanceType: 'c6gn.16xlarge' })] };

  it.each<[string, number | null, Override<Inventory>, Partial<MirrorPolicy>]>([
    ['a small sensor', 10, {}, {}],
    ['a large sensor', 100, large, {}],
    [
      'a large bare metal sensor',
      10,
      { instances: [anInstance(), anInstance({ instanceId: 'i-sensor-a', instanceType: 'c6gn.metal' })] },
      {},
    ],
    ['a sensor whose type is not known', 10, { networkInterfaces: [anInterface()] }, {}],
    ['a balancer', null, balanced, {}],
    ['an endpoint', null, ended, {}],
    ['a target of an unknown type', 10, { trafficMirrorTargets: [anUnknownTarget()] }, {}],
    ['a configured limit below', 2, large, { targets: [{ id: 'tmt-a', maxSources: 2 }] }],
    ['a configured limit above', 500, {}, { targets: [{ id: 'tmt-a', maxSources: 500 }] }],
    ['a configured limit of a balancer', 7, balanced, { targets: [{ id: 'tmt-a', maxSources: 7 }] }],
  ])('%s: %s', (_, expected, inventory, policy) => {
    expect(candidate(inventory, policy).capacity).toBe(expected);
  });

  it('blocks a target with maxSources 0', () => {
    expect(result('capacity', {}, { targets: [{ id: 'tmt-a', maxSources: 0 }] })).toBe('block');
  });

  it('is unknown when sessions were not read, unless the target has no limit', () => {
    expect(result('capacity', { trafficMirrorSessions: undefined })).toBe('unknown');
    expect(result('capacity', { ...balanced, trafficMirrorSessions: undefined })).toBe('allow');
  });

  it('only warns for a target shared with us, because other accounts use it too', () => {
    expect(result('capacity', { trafficMirrorTargets: [aTarget({ ownerId: '444455556666' })] })).toBe('warn');
  });
});

it('blocks a target whose sensor admits no one, and reports the checks in a fixed order', () => {
  const found = candidate({ securityGroups: [aSecurityGroup({ ipPermissions: [] })] });
  expect(found.eligible).toBe(false);
  expect(found.checks.map(({ check }) => check)).toEqual([
    'alive',
    'self',
    'route',
    'zone',
    'capacity',
    'security-group',
    'network-acl',
    'filter',
  ]);
});
