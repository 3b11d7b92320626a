import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { targetInterfaceId } from '../../src/inventory/mirror.ts';
import type { SimulatedAccount } from '../../src/local/account/simulated-account.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { POOL_TAG, poolOf } from '../../src/mirror/destinations.ts';
import { eligibilityOf } from '../../src/mirror/eligibility.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import { type ApplyOptions, applyPlan, type MirrorWriter } from '../../src/remediation/apply-plan.ts';
import type { Outcome } from '../../src/remediation/outcome.ts';
import type { RemediationPlan } from '../../src/remediation/plan.ts';
import { planRemediation } from '../../src/remediation/plan-remediation.ts';
import { isSensorOf, type SensorLauncher, sensorToken } from '../../src/remediation/sensors/sensor-launcher.ts';
import { ACCOUNT, anInterface, aSecurityGroup, aSensorInterface, aTarget, REGION } from '../support/inventories.ts';
import { failing, refusedWith } from '../support/mirror-writers.ts';
import { aPlan, aTermination } from '../support/plans.ts';
import {
  aLaunchingPolicy,
  anElasticAccount,
  aWorkload,
  failingLauncher,
  LAUNCH,
  sensorsIn,
  tallyOf,
} from '../support/sensors.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const START = Date.parse('2026-11-21T09:00:00Z');
const POOL = poolOf(LAUNCH, 'subnet-a');

interface Bench {
  readonly account: SimulatedAccount;
  readonly policy: MirrorPolicy;
  minute: number;
}

function aBench(inventory: Inventory, policy = aLaunchingPolicy()): Bench {
  const bench: Bench = { account: anElasticAccount(inventory, () => nowOf(bench)), policy, minute: 0 };
  return bench;
}

const nowOf = ({ minute }: Bench): Date => new Date(START + minute * 60_000);

function planOf({ account, policy }: Bench, ids?: readonly string[], now?: Date): RemediationPlan {
  const [inventory = { accountId: ACCOUNT, region: REGION }] = account.inventories();
  const options = { ...(ids && { networkInterfaceIds: new Set(ids) }), ...(now && { now }) };
  return planRemediation(indexAccount(inventory, policy), options);
}

async function apply(
  bench: Bench,
  plan: RemediationPlan,
  { writer = bench.account.writer, ...options }: Partial<ApplyOptions> & { writer?: MirrorWriter } = {},
): Promise<readonly Outcome[]> {
  const quick = { now: nowOf(bench), launcher: bench.account.launcher, sleep: async () => undefined };
  return applyPlan(plan, writer, { ...quick, ...options });
}

const kindsOf = ({ steps }: RemediationPlan): readonly string[] => steps.map(({ kind }) => kind);

describe('sensors on demand, planned', () => {
  it('are as many as the sources need, each before the sessions that go to it, and nobody is left out', () => {
    const plan = planOf(aBench(aWorkload(25)));
    const sensors = plan.steps.filter(({ kind }) => kind === 'create-target');
    expect(sensors).toMatchObject(
      [0, 1, 2].map((ordinal) => ({
        ...{ pool: POOL, ordinal, imageId: 'ami-sensor', instanceType: 'c5.large', subnetId: 'subnet-a' },
        ...{ securityGroupIds: ['sg-sensor'], trafficMirrorTargetId: `on-demand-${POOL}-${ordinal}` },
      })),
    );
    expect(plan.unplaced).toEqual([]);
    expect(plan.load.map(({ sources }) => sources).toSorted()).toEqual([8, 8, 9]);
    for (const [index, step] of plan.steps.entries()) {
      if (step.kind !== 'create-session') continue;
      const sensor = plan.steps.findIndex(
        ({ kind, trafficMirrorTargetId }) =>
          kind === 'create-target' && trafficMirrorTargetId === step.trafficMirrorTargetId,
      );
      expect(sensor).toBeGreaterThanOrEqual(0);
      expect(sensor).toBeLessThan(index);
    }
  });

  it('are none while a target of the rule has room', () => {
    const rule = { vpcId: 'vpc-1', filterId: 'tmf-1', targetIds: ['tmt-a'], onDemand: LAUNCH };
    const policy = aLaunchingPolicy({}, { rules: { tags: [], subnets: [], vpcs: [rule] } });
    const workload = aWorkload(10);
    const [instance] = workload.instances ?? [];
    const inventory = {
      ...workload,
      instances: [
        ...(workload.instances ?? []),
        { ...instance, instanceId: 'i-sensor-a' } as NonNullable<typeof instance>,
      ],
      networkInterfaces: [...(workload.networkInterfaces ?? []), aSensorInterface('a')],
      trafficMirrorTargets: [aTarget()],
    };
    expect(new Set(kindsOf(planOf(aBench(inventory, policy))))).toEqual(new Set(['create-session']));
    const more = {
      ...inventory,
      networkInterfaces: [
        ...inventory.networkInterfaces,
        anInterface({
          networkInterfaceId: 'eni-s0b',
          attachment: { instanceId: 'i-s0', deviceIndex: 1, networkCardIndex: 0, status: 'attached' },
        }),
      ],
    };
    const plan = planOf(aBench(more, policy));
    expect(kindsOf(plan).filter((kind) => kind === 'create-target')).toHaveLength(1);
    expect(plan.unplaced).toEqual([]);
  });

  it.each<[string, Partial<typeof LAUNCH>, number, number]>([
    ['the limit of a run', { maxPerRun: 2 }, 2, 5],
    ['a group that lets no copies in', { securityGroupIds: ['sg-workload'] }, 0, 25],
    ['a type that takes a hundred', { instanceType: 'c5.24xlarge' }, 1, 0],
    ['a subnet of its own', { subnetId: 'subnet-b' }, 3, 0],
  ])('are told by %s', (_, launch, sensors, unplaced) => {
    const plan = planOf(aBench(aWorkload(25), aLaunchingPolicy(launch)));
    expect(kindsOf(plan).filter((kind) => kind === 'create-target')).toHaveLength(sensors);
    expect(plan.unplaced).toHaveLength(unplaced);
  });

  it('are none without a rule that says so, and none where it is not known what is there', () => {
    const silent = aLaunchingPolicy(
      {},
      { rules: { tags: [], subnets: [], vpcs: [{ vpcId: 'vpc-1', filterId: 'tmf-1', targetIds: [] }] } },
    );
    expect(planOf(aBench(aWorkload(25), silent)).steps).toEqual([]);
    const { trafficMirrorTargets: _, ...blind } = aWorkload(3);
    expect(planOf(aBench(blind)).steps).toEqual([]);
    const { securityGroups: __, ...unguarded } = aWorkload(3);
    expect(planOf(aBench(unguarded)).steps).toEqual([]);
  });

  it('are one pool a subnet when the rule names none, each with the limit of the rule', () => {
    const workload = aWorkload(4);
    const networkInterfaces = (workload.networkInterfaces ?? []).map((each, index) =>
      index % 2 === 0
        ? each
        : { ...each, subnetId: 'subnet-b', availabilityZoneId: 'euw1-az2', availabilityZone: 'eu-west-1b' },
    );
    const plan = planOf(aBench({ ...workload, networkInterfaces }, aLaunchingPolicy({}, { localZoneOnly: true })));
    const launched = plan.steps.filter((step) => step.kind === 'create-target' && 'imageId' in step);
    expect(launched.map(({ subnetId, ordinal }) => [subnetId, ordinal])).toEqual([
      ['subnet-a', 0],
      ['subnet-b', 0],
    ]);
    expect(plan.unplaced).toEqual([]);
  });
});

describe('sensors on demand, made', () => {
  it('serve 25 sources with three, of which none is mirrored, and then nothing is left to do', async () => {
    const bench = aBench(aWorkload(25));
    expect(tallyOf(await apply(bench, planOf(bench)))).toEqual({ 'create-target done': 3, 'create-session done': 25 });
    expect(sensorsIn(bench.account)).toMatchObject({ running: 3, ended: 0, mirrored: 0, stray: 0 });
    expect(sensorsIn(bench.account).loads.toSorted()).toEqual([8, 8, 9]);
    expect(planOf(bench)).toMatchObject({ steps: [], unplaced: [] });
  });

  it('carry the pool on instance, interface and target, and what the rule adds', async () => {
    const bench = aBench(aWorkload(1), aLaunchingPolicy({ tags: [{ key: 'CostCenter', value: 'ndr' }] }));
    await apply(bench, planOf(bench));
    const [account] = bench.account.inventories();
    const [target] = account?.trafficMirrorTargets ?? [];
    const sensorId = target && targetInterfaceId(target);
    const sensor = account?.networkInterfaces?.find((each) => each.networkInterfaceId === sensorId);
    const instance = account?.instances?.find(({ instanceId }) => instanceId === sensor?.attachment?.instanceId);
    for (const tagged of [target, sensor, instance]) {
      expect(tagged?.tags).toEqual(
        expect.arrayContaining([
          { key: POOL_TAG, value: POOL },
          { key: 'mirrorwatch:managed', value: 'true' },
          { key: 'CostCenter', value: 'ndr' },
        ]),
      );
    }
    expect(instance?.clientToken).toBe(sensorToken(POOL, 0));
  });

  it('are no sources before they are targets: their own event may come first', async () => {
    const bench = aBench(aWorkload(1));
    const [step] = planOf(bench).steps;
    if (step?.kind !== 'create-target' || !('imageId' in step)) throw new Error(`${step?.kind} launches no sensor`);
    const { imageId, instanceType, subnetId, securityGroupIds, tags } = step;
    const request = { imageId, instanceType, subnetId, securityGroupIds, tags, clientToken: sensorToken(POOL, 0) };
    const { networkInterfaceId } = await bench.account.launcher.launch(SCOPE, request);
    const [inventory = SCOPE] = bench.account.inventories();
    const account = indexAccount(inventory, bench.policy);
    const sensor = account.networkInterface(networkInterfaceId ?? '');
    expect(typeof sensor === 'object' && eligibilityOf(sensor, account)).toMatchObject({
      kind: 'exempt',
      code: 'SENSOR',
    });
  });

  it('have their freed places used again before another is launched', async () => {
    const bench = aBench(aWorkload(10));
    await apply(bench, planOf(bench));
    const [account] = bench.account.inventories();
    const gone = (account?.trafficMirrorSessions ?? []).slice(0, 4);
    for (const { trafficMirrorSessionId } of gone)
      await bench.account.writer.deleteSession(SCOPE, trafficMirrorSessionId);
    expect(kindsOf(planOf(bench))).toEqual(Array.from({ length: 4 }, () => 'create-session'));
  });

  it('are no more than the sources need when deliveries come at the same time, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 25, maxLength: 25 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        async (deliveryOf, seesAll) => {
          const bench = aBench(aWorkload(25));
          for (let round = 0; round < 8; round += 1) {
            const plans = [0, 1, 2, 3].map((delivery) => {
              const own = deliveryOf.flatMap((at, index) => (at === delivery ? [`eni-s${index}`] : []));
              return planOf(bench, seesAll[delivery] ? undefined : own);
            });
            const outcomes = await Promise.all(
              plans.map((plan, delivery) => apply(bench, plan, { generation: `${round}-${delivery}` })),
            );
            bench.minute += 1;
            if (outcomes.flat().every(({ result }) => result === 'done')) break;
          }
          expect(sensorsIn(bench.account)).toMatchObject({ running: 3, ended: 0, mirrored: 0, stray: 0 });
          expect(sensorsIn(bench.account).loads.reduce((sum, load) => sum + load, 0)).toBe(25);
          expect(planOf(bench)).toMatchObject({ steps: [], unplaced: [] });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are found again by a run that saw the targets as they were before', async () => {
    const bench = aBench(aWorkload(25));
    const stale = planOf(bench);
    await apply(bench, stale, { generation: 'first' });
    const outcomes = await apply(bench, stale, { generation: 'second' });
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['done']));
    expect(sensorsIn(bench.account)).toMatchObject({ running: 3, ended: 0 });
  });
});

describe('a sensor that cannot be made a target', () => {
  it('is terminated, and no second one is launched for the same pool in the run', async () => {
    const bench = aBench(aWorkload(25));
    const writer = failing(bench.account.writer, {
      createTarget: Array.from({ length: 9 }, () => ({ before: refusedWith('TrafficMirrorTargetLimitExceeded') })),
    });
    const launcher = failingLauncher(bench.account.launcher);
    const outcomes = await apply(bench, planOf(bench), { writer, launcher });
    expect(tallyOf(outcomes)).toEqual({ 'create-target failed': 3, 'create-session failed': 25 });
    expect(outcomes[0]).toMatchObject({ retry: false, reason: expect.stringMatching(/i-\w+ was terminated/) });
    expect(launcher.calls.filter((call) => call === 'launch')).toHaveLength(1);
    expect(sensorsIn(bench.account)).toMatchObject({ running: 0, ended: 1, stray: 0 });
  });

  it('gives way to another, which has another token, in the next run', async () => {
    const bench = aBench(aWorkload(5));
    const refused = [{ before: refusedWith('UnauthorizedOperation') }];
    await apply(bench, planOf(bench), { writer: failing(bench.account.writer, { createTarget: refused }) });
    bench.minute = 1;
    const outcomes = await apply(bench, planOf(bench));
    expect(tallyOf(outcomes)).toEqual({ 'create-target done': 1, 'create-session done': 5 });
    expect(sensorsIn(bench.account)).toMatchObject({ running: 1, ended: 1, stray: 0, loads: [5] });
  });

  it.each<[string, unknown]>([
    ['EC2 slows us down', refusedWith('RequestLimitExceeded', true)],
    ['EC2 does not show the interface yet', refusedWith('InvalidNetworkInterfaceID.NotFound')],
  ])('is not given up at once when %s', async (_, before) => {
    const bench = aBench(aWorkload(1));
    const writer = failing(bench.account.writer, { createTarget: [{ before }, { before }] });
    expect(tallyOf(await apply(bench, planOf(bench), { writer }))).toEqual({
      'create-target done': 1,
      'create-session done': 1,
    });
  });

  it('is one after all when only the answer was lost', async () => {
    const bench = aBench(aWorkload(1));
    const writer = failing(bench.account.writer, { createTarget: [{ after: new Error('socket hang up') }] });
    expect(tallyOf(await apply(bench, planOf(bench), { writer }))).toEqual({
      'create-target done': 1,
      'create-session done': 1,
    });
    expect(sensorsIn(bench.account)).toMatchObject({ running: 1, stray: 0 });
  });
});

describe('a run that was cut off after a launch', () => {
  /** Launches a sensor as the plan would, and dies. */
  async function aStray(bench: Bench): Promise<void> {
    const dying: SensorLauncher = {
      ...bench.account.launcher,
      launch: async (...request) => {
        await bench.account.launcher.launch(...request);
        throw refusedWith('Killed');
      },
    };
    await apply(bench, planOf(bench), { launcher: dying });
    expect(sensorsIn(bench.account)).toMatchObject({ running: 1, stray: 1 });
  }

  it.each<[string, readonly string[] | undefined]>([
    ['that sees the whole account', undefined],
    ['that sees its sources only', ['eni-s0', 'eni-s1']],
  ])('has its sensor made a target by the next run %s', async (_, ids) => {
    const bench = aBench(aWorkload(5));
    await aStray(bench);
    await apply(bench, planOf(bench, ids));
    expect(sensorsIn(bench.account)).toMatchObject({ running: 1, ended: 0, stray: 0 });
  });

  it('has it terminated by a sweep when nobody needs it any more, and not before it may be at work', async () => {
    const bench = aBench(aWorkload(1));
    await aStray(bench);
    const sensorNobodyNeeds = {
      ...bench,
      policy: aLaunchingPolicy({ imageId: 'ami-other' }, { rules: { tags: [], subnets: [], vpcs: [] } }),
    };
    bench.minute = 10;
    expect(planOf(sensorNobodyNeeds, undefined, nowOf(bench)).steps).toEqual([]);
    bench.minute = 20;
    const plan = planOf(sensorNobodyNeeds, undefined, nowOf(bench));
    expect(kindsOf(plan)).toEqual(['terminate-sensor']);
    expect(tallyOf(await apply(bench, plan))).toEqual({ 'terminate-sensor done': 1 });
    expect(sensorsIn(bench.account)).toMatchObject({ running: 0, ended: 1 });
    expect(planOf(sensorNobodyNeeds, undefined, nowOf(bench)).steps).toEqual([]);
  });

  it('never has anything terminated, or made a target, that only carries the tags of a sensor', async () => {
    const workload = aWorkload(3);
    const tags = [
      { key: 'mirrorwatch:managed', value: 'true' },
      { key: POOL_TAG, value: POOL },
    ];
    const instances = (workload.instances ?? []).map((each, index) => ({
      ...each,
      launchTime: new Date(0),
      ...(index > 0 && { tags }),
      ...(index > 1 && { clientToken: 'somebody-elses' }),
    }));
    const bench = aBench({ ...workload, instances });
    const plan = planOf(bench, undefined, nowOf(bench));
    expect(kindsOf(plan)).toEqual(['create-target', 'create-session']);
    expect(plan.steps[0]).not.toHaveProperty('instanceId');
    const forged = aPlan([aTermination({ pool: POOL, instanceId: 'i-s2' })]);
    expect(await apply(bench, forged)).toMatchObject([
      { result: 'failed', retry: false, reason: expect.stringContaining('not launched by us') },
    ]);
    expect(bench.account.inventories()[0]?.instances?.map(({ state }) => state)).toEqual([
      'running',
      'running',
      'running',
    ]);
  });
});

describe('a sensor that takes its time', () => {
  it('is waited for, and left to a later run when the time is up', async () => {
    const bench = aBench(aWorkload(1));
    const { launcher } = bench.account;
    let looks = 0;
    const slow: SensorLauncher = {
      ...launcher,
      launch: async (...request) => ({ ...(await launcher.launch(...request)), state: 'pending' }),
      describe: async (...asked) => {
        const sensor = await launcher.describe(...asked);
        looks += 1;
        return sensor === undefined || looks % 4 === 0 ? sensor : { ...sensor, state: 'pending' };
      },
    };
    const deadline = new Date(START + 8_000);
    let elapsed = 0;
    const sleep = async (milliseconds: number): Promise<void> => {
      elapsed += milliseconds;
    };
    const clock = { elapsedMs: () => elapsed, sleep };
    const [first] = await apply(bench, planOf(bench), { launcher: slow, deadline, ...clock });
    expect(first).toMatchObject({ result: 'failed', retry: true, reason: expect.stringContaining('still starting') });
    expect(sensorsIn(bench.account)).toMatchObject({ running: 1, stray: 1 });
    const again = await apply(bench, planOf(bench), { launcher: slow, ...clock });
    expect(tallyOf(again)).toEqual({ 'create-target done': 1, 'create-session done': 1 });
    expect(sensorsIn(bench.account)).toMatchObject({ running: 1, ended: 0, stray: 0 });
  });

  it('is no sensor when it dies as it starts', async () => {
    const bench = aBench(aWorkload(1));
    const { launcher } = bench.account;
    let looks = 0;
    const dying: SensorLauncher = {
      ...launcher,
      describe: async (...asked) => {
        const sensor = await launcher.describe(...asked);
        looks += 1;
        return sensor && { ...sensor, state: looks === 1 ? 'pending' : 'terminated' };
      },
    };
    const outcomes = await apply(bench, planOf(bench), { launcher: dying });
    expect(outcomes[0]).toMatchObject({
      result: 'failed',
      retry: false,
      reason: expect.stringContaining('as it started'),
    });
    expect(tallyOf(outcomes)).toEqual({ 'create-target failed': 1, 'create-session failed': 1 });
  });
});

describe('a launch that EC2 refuses', () => {
  it.each([
    ['UnauthorizedOperation', false, 1],
    ['InvalidAMIID.NotFound', false, 1],
    ['VcpuLimitExceeded', false, 1],
    ['InsufficientInstanceCapacity', true, 1],
    ['RequestLimitExceeded', true, 4],
  ])('with %s leaves nothing behind, and is retried by the next run: %s', async (code, retry, launches) => {
    const bench = aBench(aWorkload(25));
    const fault = refusedWith(code, code === 'RequestLimitExceeded');
    const launcher = failingLauncher(bench.account.launcher, { launch: Array.from({ length: 99 }, () => fault) });
    const outcomes = await apply(bench, planOf(bench), { launcher });
    expect(tallyOf(outcomes)).toEqual({ 'create-target failed': 3, 'create-session failed': 25 });
    for (const outcome of outcomes) expect(outcome).toMatchObject({ awsCode: code, retry });
    expect(launcher.calls.filter((call) => call === 'launch')).toHaveLength(launches);
    expect(sensorsIn(bench.account)).toMatchObject({ running: 0, ended: 0, stray: 0 });
  });
});

describe('without a way to launch', () => {
  it('the sessions that need a sensor fail, and say why; the others are made', async () => {
    const bench = aBench(aWorkload(1));
    const outcomes = await applyPlan(planOf(bench), bench.account.writer, { now: nowOf(bench) });
    expect(outcomes).toMatchObject([
      { result: 'failed', retry: false, reason: expect.stringContaining('no sensor can be launched') },
      { result: 'failed', retry: false, reason: expect.stringContaining('no sensor was created for it') },
    ]);
  });
});

describe('isSensorOf', () => {
  it.each<[string, string | undefined, boolean]>([
    ['its own token', sensorToken('abc', 7), true],
    ['no token', undefined, false],
    ['the token of another pool', sensorToken('abd', 7), false],
    ['a longer one', `${sensorToken('abc', 7)}x`, false],
    ['one without a number', 'mirrorwatch-abc-', false],
  ])('is told by %s', (_, clientToken, expected) => {
    expect(isSensorOf('abc', clientToken === undefined ? {} : { clientToken })).toBe(expected);
  });

  it('needs groups that exist for a launch', async () => {
    const bench = aBench(
      aWorkload(1, { securityGroups: [aSecurityGroup()] }),
      aLaunchingPolicy({ securityGroupIds: ['sg-sensor'] }),
    );
    expect(kindsOf(planOf(bench))).toContain('create-target');
  });
});
