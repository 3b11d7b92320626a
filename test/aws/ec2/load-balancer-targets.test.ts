import { beforeEach, describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { verdictOf } from '../../../src/mirror/coverage.ts';
import { candidatesFor } from '../../../src/mirror/select-target.ts';
import type { Candidate } from '../../../src/mirror/verdict.ts';
import { applyPlan } from '../../../src/remediation/apply-plan.ts';
import { planRemediation } from '../../../src/remediation/plan-remediation.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import {
  ACCOUNT,
  aBalancerTarget,
  anEndpointTarget,
  anInterface,
  anInventory,
  aPolicy,
  NLB_ARN,
  REGION,
} from '../../support/inventories.ts';
import { aFakeAws, livePorts, seed } from '../../support/live.ts';

const fake = aFakeAws();
const SCOPE = { accountId: ACCOUNT, region: REGION };
const SOME = { kind: 'some', instanceIds: ['i-1'], networkInterfaceIds: [] } as const;
const POLICY = aPolicy({ targets: [{ id: 'tmt-n' }, { id: 'tmt-g' }] });

const NLB = aBalancerTarget({
  trafficMirrorTargetId: 'tmt-n',
});
const GWLBE = anEndpointTarget({
  trafficMirrorTargetId: 'tmt-g',
});
const ENDPOINT = {
  VpcEndpointId: 'vpce-1',
  VpcEndpointType: 'GatewayLoadBalancer',
  State: 'available',
  VpcId: 'vpc-1',
  SubnetIds: ['subnet-a'],
};

/** The balancer and its listeners, with others that no target uses. */
function balancers(state: string, listeners: readonly object[], groups?: readonly string[]): Record<string, object[]> {
  const zones = [
    { ZoneName: 'eu-west-1a', SubnetId: 'subnet-a', LoadBalancerAddresses: [{ PrivateIPv4Address: '10.0.0.200' }] },
    { ZoneName: 'eu-west-1b', SubnetId: 'subnet-b', LoadBalancerAddresses: [{ PrivateIPv4Address: '10.0.1.200' }] },
  ];
  const other = {
    LoadBalancerArn: `${NLB_ARN}-other`,
    Type: 'network',
    State: { Code: 'active' },
    AvailabilityZones: [],
  };
  return {
    LoadBalancers: [
      other,
      {
        ...{ LoadBalancerArn: NLB_ARN, Type: 'network', State: { Code: state }, VpcId: 'vpc-1' },
        ...{ AvailabilityZones: zones, SecurityGroups: groups },
      },
    ],
    Listeners: [
      { LoadBalancerArn: `${NLB_ARN}-other`, Protocol: 'UDP', Port: 4789 },
      ...listeners.map((listener) => ({ LoadBalancerArn: NLB_ARN, ...listener })),
    ],
  };
}

const VXLAN = { Protocol: 'UDP', Port: 4789 };

async function aSurvey(
  targets: Inventory['trafficMirrorTargets'],
  lists: Record<string, object[]>,
): Promise<ReturnType<typeof indexAccount>> {
  seed(fake().account(ACCOUNT, REGION), anInventory({ trafficMirrorTargets: targets ?? [] }));
  Object.assign(fake().account(ACCOUNT, REGION).lists, lists);
  const { inventory } = livePorts({ region: REGION, ownAccountId: ACCOUNT });
  return indexAccount(await inventory.load(SCOPE, SOME, { mirroring: true }), POLICY);
}

const candidateOf = (id: string, account: ReturnType<typeof indexAccount>): Candidate | undefined =>
  candidatesFor(anInterface(), account).find(({ trafficMirrorTargetId }) => trafficMirrorTargetId === id);

beforeEach(() => {
  fake().fail();
  fake().calls.length = 0;
});

describe('a target that is a Network Load Balancer, read live', () => {
  it.each<[string, Record<string, object[]>, boolean, RegExp]>([
    ['active, with its listener', balancers('active', [VXLAN]), true, /is active/],
    [
      'with a listener for both protocols',
      balancers('active', [{ Protocol: 'TCP_UDP', Port: 4789 }]),
      true,
      /is active/,
    ],
    ['impaired', balancers('active_impaired', [VXLAN]), true, /active_impaired/],
    ['still being created', balancers('provisioning', [VXLAN]), false, /provisioning/],
    [
      'without the listener',
      balancers('active', [{ Protocol: 'TCP', Port: 4789 }]),
      false,
      /no UDP listener on port 4789/,
    ],
    [
      'with a listener on another port',
      balancers('active', [{ Protocol: 'UDP', Port: 4790 }]),
      false,
      /no UDP listener/,
    ],
    ['deleted', { LoadBalancers: [], Listeners: [] }, false, /is gone/],
    [
      'behind a security group that allows mirrored packets',
      balancers('active', [VXLAN], ['sg-sensor']),
      true,
      /is active/,
    ],
    ['behind a security group that blocks them', balancers('active', [VXLAN], ['sg-workload']), false, /is active/],
  ])('%s: is eligible or not, as expected', async (_, lists, eligible, reason) => {
    const account = await aSurvey([NLB], lists);
    const candidate = candidateOf('tmt-n', account);
    expect(candidate).toMatchObject({ trafficMirrorTargetId: 'tmt-n', eligible, capacity: null });
    if (lists.LoadBalancers?.length !== 0) expect(candidate).toMatchObject({ tier: 'same-zone' });
    expect(candidate?.checks.find(({ check }) => check === 'alive')?.reason).toMatch(reason);
    if (eligible) expect(candidate?.checks.filter(({ result }) => result === 'unknown')).toEqual([]);
  });

  it('is unknown and gets no sessions when load balancers may not be read', async () => {
    fake().fail({ action: 'DescribeLoadBalancers', code: 'AccessDenied', status: 403, times: 99 });
    const account = await aSurvey([NLB], balancers('active', [VXLAN]));
    expect(verdictOf(anInterface(), account)).toMatchObject({ kind: 'unknown' });
    expect(planRemediation(account).steps).toEqual([]);
  });

  it('gets sessions, and a session is ineffective once the listener is gone', async () => {
    const account = await aSurvey([NLB], balancers('active', [VXLAN]));
    const { writer, inventory } = livePorts({ region: REGION, ownAccountId: ACCOUNT });
    const [outcome] = await applyPlan(planRemediation(account), writer, { now: new Date(), clock: STOPPED_CLOCK });
    expect(outcome).toMatchObject({ result: 'done', trafficMirrorTargetId: 'tmt-n' });
    Object.assign(fake().account(ACCOUNT, REGION).lists, balancers('active', []));
    const after = indexAccount(await inventory.load(SCOPE, SOME, { mirroring: true }), POLICY);
    expect(verdictOf(anInterface(), after)).toMatchObject({ kind: 'ineffective', code: 'NLB_NO_UDP_4789' });
  });
});

describe('a target that is a Gateway Load Balancer endpoint, read live', () => {
  it.each<[string, object[], boolean]>([
    ['available', [ENDPOINT], true],
    ['with its state in capitals', [{ ...ENDPOINT, State: 'Available' }], true],
    ['failed', [{ ...ENDPOINT, State: 'failed' }], false],
    ['deleted', [], false],
  ])('%s: is eligible or not, as expected', async (_, VpcEndpoints, eligible) => {
    const account = await aSurvey([GWLBE], { VpcEndpoints });
    const candidate = candidateOf('tmt-g', account);
    expect(candidate).toMatchObject({ trafficMirrorTargetId: 'tmt-g', eligible, capacity: null });
    if (eligible) expect(candidate).toMatchObject({ tier: 'same-zone' });
  });

  it('is in the zone of its subnet', async () => {
    const account = await aSurvey([GWLBE], { VpcEndpoints: [{ ...ENDPOINT, SubnetIds: ['subnet-b'] }] });
    expect(candidateOf('tmt-g', account)).toMatchObject({ tier: 'other-zone', eligible: true });
  });

  it('has the address of its own interface, and the source’s network ACL may block packets to it', async () => {
    const own = anInterface({
      ...{ networkInterfaceId: 'eni-g', interfaceType: 'gateway_load_balancer_endpoint', attachment: undefined },
      ...{ subnetId: 'subnet-b', availabilityZoneId: 'euw1-az2', privateIpAddress: '10.0.1.50' },
      description: 'VPC Endpoint Interface vpce-1',
    });
    const { networkInterfaces = [] } = anInventory();
    seed(
      fake().account(ACCOUNT, REGION),
      anInventory({ trafficMirrorTargets: [GWLBE], networkInterfaces: [...networkInterfaces, own] }),
    );
    Object.assign(fake().account(ACCOUNT, REGION).lists, { VpcEndpoints: [{ ...ENDPOINT, SubnetIds: ['subnet-b'] }] });
    const { inventory } = livePorts({ region: REGION, ownAccountId: ACCOUNT });
    const read = await inventory.load(SCOPE, SOME, { mirroring: true });
    const candidate = candidateOf('tmt-g', indexAccount(read, { ...POLICY, sourceEgressAcl: 'enforce' }));
    expect(candidate).toMatchObject({ eligible: true });
  });

  it('is read together with a load balancer, without unnecessary calls', async () => {
    await aSurvey([NLB, GWLBE], { ...balancers('active', [VXLAN]), VpcEndpoints: [ENDPOINT] });
    const calls = [
      'DescribeLoadBalancers',
      'DescribeListeners',
      'DescribeLoadBalancerAttributes',
      'DescribeVpcEndpoints',
    ];
    expect(calls.map((action) => fake().count(action))).toEqual([1, 1, 1, 1]);
  });
});
