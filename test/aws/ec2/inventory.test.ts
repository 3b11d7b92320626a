import { beforeEach, describe, expect, it } from 'vitest';
import type { Need } from '../../../src/inventory/load-inventory.ts';
import { inventorySourceContract } from '../../contract/inventory-source.ts';
import {
  ACCOUNT,
  aBalancerTarget,
  anInstance,
  anInterface,
  anInventory,
  aSession,
  aTarget,
  attachedTo,
  NLB_ARN,
  REGION,
} from '../../support/inventories.ts';
import { aFakeAws, livePorts, seed } from '../../support/live.ts';

const fake = aFakeAws({ page: 100 });
const SCOPE = { accountId: ACCOUNT, region: REGION };
const ALL: Need = { kind: 'all' };
const MIRRORING = { mirroring: true };
const OPTIONS = { region: REGION, ownAccountId: ACCOUNT };

const account = () => fake().account(ACCOUNT, REGION);
const some = (...instanceIds: string[]): Need => ({ kind: 'some', instanceIds, networkInterfaceIds: [] });

inventorySourceContract('EC2', async (inventory) => {
  fake().fail();
  seed(account(), inventory);
  return livePorts(OPTIONS).inventory;
});

/** `count` instances with an interface each, in addition to the sensors. */
function aFleet(count: number) {
  const { instances = [], networkInterfaces = [] } = anInventory();
  const ids = Array.from({ length: count }, (_, n) => String(n).padStart(4, '0'));
  return anInventory({
    instances: [
      ...instances,
      ...ids.map((n) =>
        anInstance({ instanceId: `i-${n}`, networkInterfaceIds: [`eni-${n}`], reservationId: `r-${n}` }),
      ),
    ],
    networkInterfaces: [
      ...networkInterfaces,
      ...ids.map((n) => anInterface({ networkInterfaceId: `eni-${n}`, attachment: attachedTo(`i-${n}`) })),
    ],
  });
}

beforeEach(() => {
  fake().fail();
  fake().calls.length = 0;
  fake().roles.length = 0;
  seed(account(), anInventory());
});

describe('ec2InventorySource reads', () => {
  it('all pages', async () => {
    seed(account(), aFleet(350));
    const inventory = await livePorts(OPTIONS).inventory.load(SCOPE, ALL, MIRRORING);
    expect(inventory.networkInterfaces).toHaveLength(350 + (anInventory().networkInterfaces?.length ?? 0));
    expect(inventory.instances).toHaveLength(350 + (anInventory().instances?.length ?? 0));
    expect(fake().count('DescribeNetworkInterfaces')).toBe(4);
  });

  it('five hundred requested ids, 200 per filter', async () => {
    seed(account(), aFleet(500));
    const ids = Array.from({ length: 500 }, (_, n) => `i-${String(n).padStart(4, '0')}`);
    const inventory = await livePorts(OPTIONS).inventory.load(SCOPE, some(...ids), MIRRORING);
    expect(inventory.instances?.filter(({ instanceId }) => ids.includes(instanceId))).toHaveLength(500);
  });

  it('only the instances when mirroring is off', async () => {
    const inventory = await livePorts(OPTIONS).inventory.load(SCOPE, some('i-1'), { mirroring: false });
    expect(inventory.instances?.map(({ instanceId }) => instanceId)).toEqual(['i-1']);
    expect(fake().calls).toEqual(['DescribeInstances']);
  });

  it('no instances when none are requested', async () => {
    const inventory = await livePorts(OPTIONS).inventory.load(SCOPE, some(), { mirroring: false });
    expect(inventory.instances).toEqual([]);
    expect(fake().calls).toEqual([]);
  });

  it('service-managed instances, and goes without them where the endpoint does not support that', async () => {
    const [hidden] = anInventory().instances ?? [];
    seed(account(), anInventory({ instances: hidden === undefined ? [] : [{ ...hidden, managed: true }] }));
    const { inventory } = livePorts(OPTIONS);
    expect((await inventory.load(SCOPE, ALL, { mirroring: false })).instances).toMatchObject([{ managed: true }]);
    fake().fail({ action: 'DescribeInstances', code: 'UnknownParameter', status: 400 });
    expect((await livePorts(OPTIONS).inventory.load(SCOPE, ALL, { mirroring: false })).instances).toEqual([]);
  });

  it('slow-changing lists once a minute, and instances and sessions every time', async () => {
    let at = 0;
    const { inventory } = livePorts({ ...OPTIONS, now: () => new Date(at) });
    await inventory.load(SCOPE, ALL, MIRRORING);
    at = 59_000;
    await inventory.load(SCOPE, ALL, MIRRORING);
    expect(fake().count('DescribeSecurityGroups')).toBe(1);
    expect(fake().count('DescribeInstances')).toBe(2);
    expect(fake().count('DescribeTrafficMirrorSessions')).toBe(2);
    at = 60_000;
    await inventory.load(SCOPE, ALL, MIRRORING);
    expect(fake().count('DescribeSecurityGroups')).toBe(2);
  });

  it('the rules of security groups by their ids for the complete account alone, and keeps them as long as the groups', async () => {
    const rule = {
      securityGroupRuleId: 'sgr-1',
      groupId: 'sg-1',
      isEgress: false,
      ipProtocol: 'udp',
      cidrIpv4: '10.0.0.0/8',
    };
    seed(account(), anInventory({ securityGroupRules: [rule] }));
    const { inventory } = livePorts(OPTIONS);
    expect((await inventory.load(SCOPE, some('i-1'), MIRRORING)).securityGroupRules).toBeUndefined();
    expect((await inventory.load(SCOPE, ALL, { mirroring: false })).securityGroupRules).toBeUndefined();
    expect(fake().calls).not.toContain('DescribeSecurityGroupRules');
    expect((await inventory.load(SCOPE, ALL, MIRRORING)).securityGroupRules).toEqual([rule]);
    await inventory.load(SCOPE, ALL, MIRRORING);
    expect(fake().count('DescribeSecurityGroupRules')).toBe(1);
  });

  it.each([
    ['that the credentials may not read', 'UnauthorizedOperation', 403],
    ['that the endpoint does not know', 'InvalidAction', 400],
  ])('everything else when it meets a list of rules %s', async (_what, code, status) => {
    fake().fail({ action: 'DescribeSecurityGroupRules', code, status });
    const { securityGroupRules, unread, unreadForCauses, securityGroups } = await livePorts(OPTIONS).inventory.load(
      SCOPE,
      ALL,
      MIRRORING,
    );
    expect(securityGroups).not.toEqual([]);
    expect(unread).toBeUndefined();
    expect(securityGroupRules).toBeUndefined();
    expect(unreadForCauses).toEqual({ securityGroupRules: expect.stringContaining(code) });
  });

  it('the routes between VPCs only if there are two VPCs', async () => {
    const ways = ['DescribeVpcPeeringConnections', 'DescribeTransitGatewayVpcAttachments'];
    await livePorts(OPTIONS).inventory.load(SCOPE, ALL, MIRRORING);
    expect(fake().calls).toContain('DescribeRouteTables');
    for (const way of ways) expect(fake().calls).not.toContain(way);
    const elsewhere = anInterface({ networkInterfaceId: 'eni-9', vpcId: 'vpc-9', attachment: undefined });
    seed(account(), anInventory({ networkInterfaces: [...(anInventory().networkInterfaces ?? []), elsewhere] }));
    await livePorts(OPTIONS).inventory.load(SCOPE, ALL, MIRRORING);
    for (const way of ways) expect(fake().calls).toContain(way);
  });

  it('only the prefix lists that a rule or a route refers to', async () => {
    const [group] = anInventory().securityGroups ?? [];
    const permission = {
      ipProtocol: 'udp',
      fromPort: 4789,
      toPort: 4789,
      cidrIps: [],
      cidrIpv6s: [],
      userIdGroupPairs: [],
    };
    seed(
      account(),
      anInventory({
        securityGroups:
          group === undefined
            ? []
            : [{ ...group, ipPermissions: [{ ...permission, prefixListIds: ['pl-1', 'pl-gone'] }] }],
        prefixLists: [
          { prefixListId: 'pl-1', cidrs: ['10.0.0.0/8'] },
          { prefixListId: 'pl-2', cidrs: ['192.0.2.0/24'] },
        ],
      }),
    );
    const { prefixLists } = await livePorts(OPTIONS).inventory.load(SCOPE, ALL, MIRRORING);
    expect(prefixLists).toEqual([{ prefixListId: 'pl-1', cidrs: ['10.0.0.0/8'] }, { prefixListId: 'pl-gone' }]);
  });

  it('the load balancer behind a target with its attributes and listeners, and no other load balancers', async () => {
    const target = aBalancerTarget({
      trafficMirrorTargetId: 'tmt-n',
    });
    seed(account(), anInventory({ trafficMirrorTargets: [target] }));
    Object.assign(account().lists, {
      LoadBalancers: [
        { LoadBalancerArn: NLB_ARN, Type: 'network', State: { Code: 'active' }, AvailabilityZones: [] },
        { LoadBalancerArn: `${NLB_ARN}-other`, Type: 'application', State: { Code: 'active' }, AvailabilityZones: [] },
      ],
      LoadBalancerAttributes: [
        { LoadBalancerArn: NLB_ARN, Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }] },
      ],
      Listeners: [{ ListenerArn: 'arn:l', LoadBalancerArn: NLB_ARN, Protocol: 'UDP', Port: 4789 }],
    });
    const { loadBalancers, listeners } = await livePorts(OPTIONS).inventory.load(SCOPE, some('i-1'), MIRRORING);
    expect(loadBalancers).toMatchObject([{ loadBalancerArn: NLB_ARN, state: 'active', crossZone: true }]);
    expect(listeners).toEqual([{ loadBalancerArn: NLB_ARN, protocol: 'UDP', port: 4789 }]);
    expect(fake().count('DescribeListeners')).toBe(1);
  });

  it('300 instances and 9 targets for a backfill in at most twenty EC2 calls', async () => {
    const unpaged = await import('../../support/fake-ec2/server.ts').then(({ startFakeAws }) => startFakeAws());
    process.env.AWS_ENDPOINT_URL = unpaged.url;
    try {
      const targets = Array.from({ length: 9 }, (_, n) => aTarget({ trafficMirrorTargetId: `tmt-${n}` }));
      seed(unpaged.account(ACCOUNT, REGION), { ...aFleet(300), trafficMirrorTargets: targets });
      const ids = Array.from({ length: 300 }, (_, n) => `i-${String(n).padStart(4, '0')}`);
      await livePorts(OPTIONS).inventory.load(SCOPE, ALL, MIRRORING);
      const sweep = unpaged.calls.length;
      await livePorts(OPTIONS).inventory.load(SCOPE, some(...ids), MIRRORING);
      expect({ sweep, asked: unpaged.calls.length - sweep }).toEqual({ sweep: 10, asked: 8 });
    } finally {
      process.env.AWS_ENDPOINT_URL = fake().url;
      await unpaged.stop();
    }
  });
});

describe('ec2InventorySource when a list cannot be read', () => {
  it.each([
    ['that it lacks permission for', 'UnauthorizedOperation', 403],
    ['that the endpoint does not have', 'InvalidAction', 400],
  ])('leaves out a list %s, and names it in unread', async (_, code, status) => {
    fake().fail({ action: 'DescribeNetworkAcls', code, status });
    const inventory = await livePorts(OPTIONS).inventory.load(SCOPE, ALL, MIRRORING);
    expect(inventory).not.toHaveProperty('networkAcls');
    expect(inventory.unread).toEqual({ networkAcls: expect.stringContaining(code) });
    expect(inventory.instances).not.toHaveLength(0);
  });

  it('throws temporary failures, so that the caller retries later', async () => {
    fake().fail({ action: 'DescribeInstances', code: 'InternalError', status: 500, times: 100 });
    await expect(livePorts(OPTIONS).inventory.load(SCOPE, ALL, { mirroring: false })).rejects.toMatchObject({
      retryable: true,
    });
  }, 60_000);

  it('throws when it may not read anything in the account', async () => {
    fake().fail({ action: 'DescribeInstances', code: 'AuthFailure', status: 401 });
    const load = livePorts(OPTIONS).inventory.load(SCOPE, ALL, { mirroring: false });
    await expect(load).rejects.toMatchObject({ retryable: false, concerns: { awsCode: 'AuthFailure' } });
  });

  it('throws for an account whose role refuses us, and still reads another', async () => {
    fake().roles.push({ arn: 'arn:aws:iam::999900001111:role/mirrorwatch-member', externalId: 'secret' });
    const { inventory } = livePorts({
      ...OPTIONS,
      assumeRole: { roleName: 'mirrorwatch-member', externalId: 'secret' },
      accounts: ['999900001111', '999900002222'],
    });
    const refused = inventory.load({ accountId: '999900002222', region: REGION }, ALL, MIRRORING);
    await expect(refused).rejects.toMatchObject({
      concerns: { operation: 'AssumeRole', awsCode: 'AccessDenied', accountId: '999900002222' },
    });
    await expect(inventory.load({ accountId: '999900001111', region: REGION }, ALL, MIRRORING)).resolves.toMatchObject({
      instances: [],
    });
  });
});

describe('ec2InventorySource after our own writes', () => {
  it('shows a new session before EC2 does, and hides a deleted one that EC2 still shows, for half a minute', async () => {
    let at = 0;
    const { inventory, writer } = livePorts({ ...OPTIONS, now: () => new Date(at) });
    const request = {
      networkInterfaceId: 'eni-1',
      trafficMirrorTargetId: 'tmt-a',
      trafficMirrorFilterId: 'tmf-1',
      sessionNumber: 1,
      clientToken: 't',
      tags: [],
    };
    const { trafficMirrorSessionId } = await writer.createSession(SCOPE, request);
    account().lists.TrafficMirrorSessions = [];
    const sessions = async () => (await inventory.load(SCOPE, ALL, MIRRORING)).trafficMirrorSessions;
    expect(await sessions()).toMatchObject([{ trafficMirrorSessionId }]);
    await writer.deleteSession(SCOPE, trafficMirrorSessionId);
    expect(await sessions()).toEqual([]);
    await writer.createSession(SCOPE, { ...request, clientToken: 'u' });
    account().lists.TrafficMirrorSessions = [];
    at = 30_000;
    expect(await sessions()).toEqual([]);
  });
});

describe('ec2InventorySource with a target that another account shares', () => {
  const OWNER = '999900001111';
  const assumeRole = { roleName: 'mirrorwatch-member' };
  beforeEach(() => {
    const shared = aTarget({ trafficMirrorTargetId: 'tmt-shared', networkInterfaceId: 'eni-theirs', ownerId: OWNER });
    seed(account(), anInventory({ trafficMirrorTargets: [shared] }));
    seed(
      fake().account(OWNER, REGION),
      anInventory({
        accountId: OWNER,
        trafficMirrorTargets: [shared],
        instances: [anInstance({ instanceId: 'i-theirs', networkInterfaceIds: ['eni-theirs'] })],
        networkInterfaces: [anInterface({ networkInterfaceId: 'eni-theirs', attachment: attachedTo('i-theirs') })],
        trafficMirrorSessions: [
          aSession({
            trafficMirrorSessionId: 'tms-foreign',
            trafficMirrorTargetId: 'tmt-shared',
            networkInterfaceId: 'eni-foreign',
          }),
          aSession({
            trafficMirrorSessionId: 'tms-elsewhere',
            trafficMirrorTargetId: 'tmt-x',
            networkInterfaceId: 'eni-x',
          }),
        ],
      }),
    );
  });

  it('counts its sessions and finds its sensor in the owner’s account', async () => {
    const inventory = await livePorts({ ...OPTIONS, assumeRole, trustedOwners: [OWNER] }).inventory.load(
      SCOPE,
      some('i-1'),
      MIRRORING,
    );
    expect(inventory.trafficMirrorSessions?.map((each) => each.trafficMirrorSessionId)).toContain('tms-foreign');
    expect(inventory.trafficMirrorSessions?.map((each) => each.trafficMirrorSessionId)).not.toContain('tms-elsewhere');
    expect(inventory.networkInterfaces?.map((each) => each.networkInterfaceId)).toContain('eni-theirs');
    expect(inventory.instances?.find(({ instanceId }) => instanceId === 'i-theirs')?.ownerId).toBe(OWNER);
    expect(inventory).not.toHaveProperty('unread');
  });

  it('reports that the owner’s account could not be read, so the sensor may still exist', async () => {
    fake().roles.push({ arn: 'arn:aws:iam::1:role/none' });
    const inventory = await livePorts({ ...OPTIONS, assumeRole, trustedOwners: [OWNER] }).inventory.load(
      SCOPE,
      some('i-1'),
      MIRRORING,
    );
    expect(inventory.unread).toEqual({ [`sharedTargets:${OWNER}`]: expect.stringContaining('AccessDenied') });
    expect(inventory.incomplete).toEqual({ networkInterfaces: expect.stringContaining(OWNER) });
  });
});
