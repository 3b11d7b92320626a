import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { targetInterfaceId } from '../../src/inventory/mirror.ts';
import type { SimulatedAccount } from '../../src/local/account/simulated-account.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { POOL_TAG, poolOf } from '../../src/mirror/destinations.ts';
import { eligibilityOf } from '../../src/mirror/eligibility.ts';
import { isSensorOf, sensorToken } from '../../src/mirror/ours/sensors.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import { type ApplyOptions, applyPlan, type MirrorWriter } from '../../src/remediation/apply-plan.ts';
import type { Outcome } from '../../src/remediation/outcome.ts';
import type { RemediationPlan } from '../../src/remediation/plan.ts';
import { planRemediation } from '../../src/remediation/plan-remediation.ts';
import type { LaunchLog } from '../../src/remediation/sensors/launch-log.ts';
import type { SensorLauncher } from '../../src/remediation/sensors/sensor-launcher.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import {
  ACCOUNT,
  anInterface,
  anOurs,
  aSecurityGroup,
  aSensorInterface,
  aTarget,
  REGION,
} from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
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

interface Scenario {
  readonly account: SimulatedAccount;
  readonly policy: MirrorPolicy;
  minute: number;
  /** The instances that we are proven to have launched, as the ledger keeps them. */
  readonly proven: Set<string>;
  readonly launches: LaunchLog;
}

function aScenario(inventory: Inventory, policy = aLaunchingPolicy()): Scenario {
  const account = anElasticAccount(inventory, () => nowOf(scenario));
  const scenario: Scenario = { account, policy, minute: 0, proven: new Set(), launches: aLedger() };
  return scenario;
}

const nowOf = ({ minute }: Scenario): Date => new Date(START + minute * 60_000);

function planOf({ account, policy, proven }: Scenario, ids?: readonly string[], now?: Date): RemediationPlan {
  const [read = { accountId: ACCOUNT, region: REGION }] = account.inventories();
  const inventory = { ...read, ours: anOurs({ instanceIds: [...proven] }) };
  const options = { ...(ids && { networkInterfaceIds: new Set(ids) }), ...(now && { now }) };
  return planRemediation(indexAccount(inventory, policy), options);
}

async function apply(
  scenario: Scenario,
  plan: RemediationPlan,
  { writer = scenario.account.writer, ...options }: Partial<ApplyOptions> & { writer?: MirrorWriter } = {},
): Promise<readonly Outcome[]> {
  const { account, proven, launches } = scenario;
  const quick = { now: nowOf(scenario), launcher: account.launcher, launches, clock: STOPPED_CLOCK, proven };
  const outcomes = await applyPlan(plan, writer, { ...quick, ...options });
  for (const { launched = [] } of outcomes) for (const id of launched) proven.add(id);
  return outcomes;
}

const kindsOf = ({ steps }: RemediationPlan): readonly string[] => steps.map(({ kind }) => kind);

describe('planning sensors', () => {
  it('launches as many sensors as the sources need, each before the sessions that go to it, and leaves no source out', () => {
    const plan = planOf(aScenario(aWorkload(25)));
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

  it('launches none while a target of the rule has room', () => {
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
    expect(new Set(kindsOf(planOf(aScenario(inventory, policy))))).toEqual(new Set(['create-session']));
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
    const plan = planOf(aScenario(more, policy));
    expect(kindsOf(plan).filter((kind) => kind === 'create-target')).toHaveLength(1);
    expect(plan.unplaced).toEqual([]);
  });

  it.each<[string, Partial<typeof LAUNCH>, number, number]>([
    ['the limit per run', { maxPerRun: 2 }, 2, 5],
    ['a security group that lets no mirrored packets in', { securityGroupIds: ['sg-workload'] }, 0, 25],
    ['an instance type that takes a hundred sources', { instanceType: 'c5.24xlarge' }, 1, 0],
    ['a subnet of the rule', { subnetId: 'subnet-b' }, 3, 0],
  ])('launches as many as %s allows', (_, launch, sensors, unplaced) => {
    const plan = planOf(aScenario(aWorkload(25), aLaunchingPolicy(launch)));
    expect(kindsOf(plan).filter((kind) => kind === 'create-target')).toHaveLength(sensors);
    expect(plan.unplaced).toHaveLength(unplaced);
  });

  it('launches none without a rule for it, and none when targets or security groups were not read', () => {
    const silent = aLaunchingPolicy(
      {},
      { rules: { tags: [], subnets: [], vpcs: [{ vpcId: 'vpc-1', filterId: 'tmf-1', targetIds: [] }] } },
    );
    expect(planOf(aScenario(aWorkload(25), silent)).steps).toEqual([]);
    const { trafficMirrorTargets: _, ...blind } = aWorkload(3);
    expect(planOf(aScenario(blind)).steps).toEqual([]);
    const { securityGroups: __, ...unguarded } = aWorkload(3);
    expect(planOf(aScenario(unguarded)).steps).toEqual([]);
  });

  it('has one pool per subnet when the rule names no subnet, each within the limit of the rule', () => {
    const workload = aWorkload(4);
    const networkInterfaces = (workload.networkInterfaces ?? []).map((each, index) =>
      index % 2 === 0
        ? each
        : { ...each, subnetId: 'subnet-b', availabilityZoneId: 'euw1-az2', availabilityZone: 'eu-west-1b' },
    );
    const plan = planOf(aScenario({ ...workload, networkInterfaces }, aLaunchingPolicy({}, { localZoneOnly: true })));
    const launched = plan.steps.filter((step) => step.kind === 'create-target' && 'imageId' in step);
    expect(launched.map(({ subnetId, ordinal }) => [subnetId, ordinal])).toEqual([
      ['subnet-a', 0],
      ['subnet-b', 0],
    ]);
    expect(plan.unplaced).toEqual([]);
  });
});

describe('creating sensors', () => {
  it('serves 25 sources with three sensors, mirrors no sensor, and leaves nothing to do', async () => {
    const scenario = aScenario(aWorkload(25));
    expect(tallyOf(await apply(scenario, planOf(scenario)))).toEqual({
      'create-target done': 3,
      'create-session done': 25,
    });
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 3, ended: 0, mirrored: 0, stray: 0 });
    expect(sensorsIn(scenario.account).loads.toSorted()).toEqual([8, 8, 9]);
    expect(planOf(scenario)).toMatchObject({ steps: [], unplaced: [] });
  });

  it('tags instance, interface and target with the pool and the tags of the rule', async () => {
    const scenario = aScenario(aWorkload(1), aLaunchingPolicy({ tags: [{ key: 'CostCenter', value: 'ndr' }] }));
    await apply(scenario, planOf(scenario));
    const [account] = scenario.account.inventories();
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
    expect(instance?.clientToken).toMatch(new RegExp(`^${sensorToken(POOL, 0)}-[0-9a-f]{24}$`));
  });

  it('exempts a sensor as a source before it is a target, because its launch event may come first', async () => {
    const scenario = aScenario(aWorkload(1));
    const [step] = planOf(scenario).steps;
    if (step?.kind !== 'create-target' || !('imageId' in step)) throw new Error(`${step?.kind} launches no sensor`);
    const { imageId, instanceType, subnetId, securityGroupIds, tags } = step;
    const request = { imageId, instanceType, subnetId, securityGroupIds, tags, clientToken: sensorToken(POOL, 0) };
    const { networkInterfaceId, instanceId } = await scenario.account.launcher.launch(SCOPE, request);
    const [inventory = SCOPE] = scenario.account.inventories();
    const ours = anOurs({ instanceIds: [instanceId] });
    const account = indexAccount({ ...inventory, ours }, scenario.policy);
    const sensor = account.networkInterface(networkInterfaceId ?? '');
    expect(typeof sensor === 'object' && eligibilityOf(sensor, account)).toMatchObject({
      kind: 'exempt',
      code: 'SENSOR',
    });
  });

  it('reuses freed places before it launches another sensor', async () => {
    const scenario = aScenario(aWorkload(10));
    await apply(scenario, planOf(scenario));
    const [account] = scenario.account.inventories();
    const gone = (account?.trafficMirrorSessions ?? []).slice(0, 4);
    for (const { trafficMirrorSessionId } of gone)
      await scenario.account.writer.deleteSession(SCOPE, trafficMirrorSessionId);
    expect(kindsOf(planOf(scenario))).toEqual(Array.from({ length: 4 }, () => 'create-session'));
  });

  it('launches no more sensors than the sources need when deliveries run concurrently, however the sources are divided among them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 25, maxLength: 25 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        async (deliveryOf, seesAll) => {
          const scenario = aScenario(aWorkload(25));
          for (let round = 0; round < 8; round += 1) {
            const plans = [0, 1, 2, 3].map((delivery) => {
              const own = deliveryOf.flatMap((at, index) => (at === delivery ? [`eni-s${index}`] : []));
              return planOf(scenario, seesAll[delivery] ? undefined : own);
            });
            const outcomes = await Promise.all(
              plans.map((plan, delivery) => apply(scenario, plan, { generation: `${round}-${delivery}` })),
            );
            scenario.minute += 1;
            if (outcomes.flat().every(({ result }) => result === 'done')) break;
          }
          expect(sensorsIn(scenario.account)).toMatchObject({ running: 3, ended: 0, mirrored: 0, stray: 0 });
          expect(sensorsIn(scenario.account).loads.reduce((sum, load) => sum + load, 0)).toBe(25);
          expect(planOf(scenario)).toMatchObject({ steps: [], unplaced: [] });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds its sensors again in a run that still saw the old targets', async () => {
    const scenario = aScenario(aWorkload(25));
    const stale = planOf(scenario);
    await apply(scenario, stale, { generation: 'first' });
    const outcomes = await apply(scenario, stale, { generation: 'second' });
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['done']));
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 3, ended: 0 });
  });
});

describe('a sensor that cannot become a target', () => {
  it('is terminated, and the run launches no second one for the same pool', async () => {
    const scenario = aScenario(aWorkload(25));
    const writer = failing(scenario.account.writer, {
      createTarget: Array.from({ length: 9 }, () => ({ before: refusedWith('TrafficMirrorTargetLimitExceeded') })),
    });
    const launcher = failingLauncher(scenario.account.launcher);
    const outcomes = await apply(scenario, planOf(scenario), { writer, launcher });
    expect(tallyOf(outcomes)).toEqual({ 'create-target failed': 3, 'create-session failed': 25 });
    expect(outcomes[0]).toMatchObject({ retry: false, reason: expect.stringMatching(/i-\w+ was terminated/) });
    expect(launcher.calls.filter((call) => call === 'launch')).toHaveLength(1);
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 0, ended: 1, stray: 0 });
  });

  it('is replaced in the next run by a sensor with another token', async () => {
    const scenario = aScenario(aWorkload(5));
    const refused = [{ before: refusedWith('UnauthorizedOperation') }];
    await apply(scenario, planOf(scenario), { writer: failing(scenario.account.writer, { createTarget: refused }) });
    scenario.minute = 1;
    const outcomes = await apply(scenario, planOf(scenario));
    expect(tallyOf(outcomes)).toEqual({ 'create-target done': 1, 'create-session done': 5 });
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, ended: 1, stray: 0, loads: [5] });
  });

  it.each<[string, unknown]>([
    ['EC2 throttles us', refusedWith('RequestLimitExceeded', true)],
    ['EC2 does not show the interface yet', refusedWith('InvalidNetworkInterfaceID.NotFound')],
  ])('is retried when %s', async (_, before) => {
    const scenario = aScenario(aWorkload(1));
    const writer = failing(scenario.account.writer, { createTarget: [{ before }, { before }] });
    expect(tallyOf(await apply(scenario, planOf(scenario), { writer }))).toEqual({
      'create-target done': 1,
      'create-session done': 1,
    });
  });

  it('is a target after all when only the answer was lost', async () => {
    const scenario = aScenario(aWorkload(1));
    const writer = failing(scenario.account.writer, { createTarget: [{ after: new Error('socket hang up') }] });
    expect(tallyOf(await apply(scenario, planOf(scenario), { writer }))).toEqual({
      'create-target done': 1,
      'create-session done': 1,
    });
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, stray: 0 });
  });
});

describe('a run interrupted after a launch', () => {
  /** Launches a sensor as the plan would, and stops there. */
  async function aStray(scenario: Scenario): Promise<void> {
    const dying: SensorLauncher = {
      ...scenario.account.launcher,
      launch: async (...request) => {
        await scenario.account.launcher.launch(...request);
        throw new Error('killed');
      },
    };
    await apply(scenario, planOf(scenario), { launcher: dying });
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, stray: 1 });
  }

  it.each<[string, readonly string[] | undefined]>([
    ['that sees the whole account', undefined],
    ['that sees only its sources', ['eni-s0', 'eni-s1']],
  ])('leaves a sensor that becomes a target in the next run %s', async (_, ids) => {
    const scenario = aScenario(aWorkload(5));
    await aStray(scenario);
    await apply(scenario, planOf(scenario, ids));
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, ended: 0, stray: 0 });
  });

  it('leaves a sensor that becomes a target in the next run, however far its clock is from that of EC2', async () => {
    const scenario = aScenario(aWorkload(5));
    await aStray(scenario);
    for (const now of [nowOf({ ...scenario, minute: 20 }), nowOf({ ...scenario, minute: 300 })]) {
      const outcomes = await apply(scenario, planOf(scenario, ['eni-s0']), { now });
      expect(outcomes.map(({ result }) => result)).not.toContain('failed');
    }
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, stray: 0 });
  });

  it('is killed before it notes what EC2 answered, and the next run gets the same sensor', async () => {
    const scenario = aScenario(aWorkload(5));
    const launches: LaunchLog = {
      ...scenario.launches,
      noteInstance: async () => {
        throw new Error('killed');
      },
    };
    const outcomes = await apply(scenario, planOf(scenario), { launches });
    expect(outcomes[0]).toMatchObject({ result: 'failed', retry: true });
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, stray: 1 });
    scenario.proven.clear();
    await apply(scenario, planOf(scenario));
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, ended: 0, stray: 0, loads: [5] });
  });

  it('leaves a sensor that a sweep terminates once it is unneeded and old enough not to be in creation', async () => {
    const scenario = aScenario(aWorkload(1));
    await aStray(scenario);
    const [stray] = (scenario.account.inventories()[0]?.instances ?? []).filter(
      (each) => each.clientToken !== undefined,
    );
    const sensorNobodyNeeds = {
      ...scenario,
      policy: aLaunchingPolicy({ imageId: 'ami-other' }, { rules: { tags: [], subnets: [], vpcs: [] } }),
    };
    scenario.minute = 10;
    expect(planOf(sensorNobodyNeeds, undefined, nowOf(scenario)).steps).toEqual([]);
    scenario.minute = 20;
    // The run died before it noted the launch: until a look at the whole account finds it by its token, anybody may have launched it.
    expect(planOf(sensorNobodyNeeds, undefined, nowOf(scenario)).steps).toEqual([]);
    scenario.proven.add(stray?.instanceId ?? '');
    const plan = planOf(sensorNobodyNeeds, undefined, nowOf(scenario));
    expect(kindsOf(plan)).toEqual(['terminate-sensor']);
    expect(tallyOf(await apply(scenario, plan))).toEqual({ 'terminate-sensor done': 1 });
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 0, ended: 1 });
    expect(planOf(sensorNobodyNeeds, undefined, nowOf(scenario)).steps).toEqual([]);
  });

  it('does not terminate a sensor that another run has made a target meanwhile', async () => {
    const scenario = aScenario(aWorkload(1));
    await apply(scenario, planOf(scenario));
    const [account] = scenario.account.inventories();
    const sensor = account?.instances?.find(({ clientToken }) => clientToken !== undefined);
    const [target] = account?.trafficMirrorTargets ?? [];
    const late = aPlan([aTermination({ pool: POOL, instanceId: sensor?.instanceId ?? '' })]);
    expect(await apply(scenario, late)).toMatchObject([
      {
        result: 'done',
        trafficMirrorTargetId: target?.trafficMirrorTargetId,
        reason: `sensor ${sensor?.instanceId} is target ${target?.trafficMirrorTargetId}`,
      },
    ]);
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, ended: 0 });
  });

  it('never causes the termination or use of an instance that only carries the tags or the client token of a sensor', async () => {
    const workload = aWorkload(3);
    const tags = [
      { key: 'mirrorwatch:managed', value: 'true' },
      { key: POOL_TAG, value: POOL },
    ];
    const instances = (workload.instances ?? []).map((each, index) => ({
      ...each,
      launchTime: new Date(0),
      ...(index > 0 && { tags }),
      ...(index > 1 && { clientToken: sensorToken(POOL, 3) }),
    }));
    const scenario = aScenario({ ...workload, instances });
    const plan = planOf(scenario, undefined, nowOf(scenario));
    // They are sources like any other instance.
    expect(kindsOf(plan)).toEqual(['create-target', 'create-session', 'create-session', 'create-session']);
    expect(plan.steps[0]).not.toHaveProperty('instanceId');
    for (const instanceId of ['i-s1', 'i-s2']) {
      const forged = aPlan([aTermination({ pool: POOL, instanceId })]);
      expect(await apply(scenario, forged)).toMatchObject([
        { result: 'failed', retry: false, reason: expect.stringContaining('not proven to be launched by us') },
      ]);
    }
    expect(scenario.account.inventories()[0]?.instances?.map(({ state }) => state)).toEqual([
      'running',
      'running',
      'running',
    ]);
  });
});

describe('the secret of a launch', () => {
  const tokensOf = ({ account }: Scenario): readonly (string | undefined)[] =>
    (account.inventories()[0]?.instances ?? []).flatMap(({ clientToken }) => clientToken ?? []);

  it('is written down before the call, and is another one for each sensor', async () => {
    const scenario = aScenario(aWorkload(25));
    const known: (readonly string[])[] = [];
    const { launcher } = scenario.account;
    const looking: SensorLauncher = {
      ...launcher,
      launch: async (scope, request) => {
        const noted = await scenario.launches.intended(scope);
        known.push(noted.map(({ pool, ordinal, secret }) => sensorToken(pool, ordinal, secret)));
        expect(known.at(-1)).toContain(request.clientToken);
        return launcher.launch(scope, request);
      },
    };
    await apply(scenario, planOf(scenario), { launcher: looking });
    expect(known).toHaveLength(3);
    expect(new Set(tokensOf(scenario).map((token) => token?.slice(-24))).size).toBe(3);
  });

  it('is not used again after EC2 refused the call for good, as CloudTrail shows it with the refusal', async () => {
    const scenario = aScenario(aWorkload(1));
    const asked: string[] = [];
    const { launcher } = scenario.account;
    const refusing: SensorLauncher = {
      ...launcher,
      launch: async (scope, request) => {
        asked.push(request.clientToken);
        if (asked.length === 1) throw refusedWith('UnauthorizedOperation');
        return launcher.launch(scope, request);
      },
    };
    await apply(scenario, planOf(scenario), { launcher: refusing });
    // Somebody who reads the record launches with the token that it shows.
    const [step] = planOf(scenario).steps;
    if (step?.kind !== 'create-target' || !('imageId' in step)) throw new Error(`${step?.kind} launches no sensor`);
    const { imageId, instanceType, subnetId, securityGroupIds, tags } = step;
    const same = { imageId, instanceType, subnetId, securityGroupIds, tags, clientToken: asked[0] ?? '' };
    const theirs = await launcher.launch(SCOPE, same);
    await apply(scenario, planOf(scenario), { launcher: refusing });
    expect(new Set(asked).size).toBe(2);
    const targets = (scenario.account.inventories()[0]?.trafficMirrorTargets ?? []).map(targetInterfaceId);
    expect(targets).toHaveLength(1);
    expect(targets).not.toContain(theirs.networkInterfaceId);
  });

  it('is used again after a server fault, which may come after the launch', async () => {
    const scenario = aScenario(aWorkload(1));
    const launcher = failingLauncher(scenario.account.launcher, {
      launch: [refusedWith('InternalError', true), refusedWith('TimeoutError', false)],
    });
    const asked: string[] = [];
    const noting: SensorLauncher = {
      ...launcher,
      launch: async (scope, request) => {
        asked.push(request.clientToken);
        return launcher.launch(scope, request);
      },
    };
    for (let run = 0; run < 3; run += 1) await apply(scenario, planOf(scenario), { launcher: noting });
    expect(asked.length).toBeGreaterThan(1);
    expect(new Set(asked).size).toBe(1);
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, stray: 0 });
  });

  it('is not used again once its sensor has ended, whatever EC2 shows under its token by then', async () => {
    const scenario = aScenario(aWorkload(1));
    await apply(scenario, planOf(scenario));
    const [first] = scenario.account.inventories()[0]?.instances?.filter((each) => each.clientToken) ?? [];
    const [before] = await scenario.launches.intended(SCOPE);
    expect(before).toMatchObject({ pool: POOL, ordinal: 0, instanceId: first?.instanceId });
    await scenario.account.launcher.terminate(SCOPE, first?.instanceId ?? '');
    await apply(scenario, planOf(scenario));
    const [after] = await scenario.launches.intended(SCOPE);
    expect(after?.secret).not.toBe(before?.secret);
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, ended: 1 });
  });

  it('stays with a sensor that EC2 does not show yet: another run waits, and launches none', async () => {
    const scenario = aScenario(aWorkload(1));
    const stale = planOf(scenario);
    await apply(scenario, stale);
    const blind: SensorLauncher = { ...scenario.account.launcher, describe: async () => undefined };
    const [first] = await apply(scenario, stale, { launcher: blind });
    expect(first).toMatchObject({
      result: 'failed',
      retry: true,
      reason: expect.stringContaining('does not show it yet'),
    });
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, ended: 0 });
  });
});

describe('a sensor that starts slowly', () => {
  it('is waited for, and left to a later run at the deadline', async () => {
    const scenario = aScenario(aWorkload(1));
    const { launcher } = scenario.account;
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
    const clock = { elapsedMs: () => elapsed, runId: 'run', sleep };
    const [first] = await apply(scenario, planOf(scenario), { launcher: slow, deadline, clock });
    expect(first).toMatchObject({ result: 'failed', retry: true, reason: expect.stringContaining('still starting') });
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, stray: 1 });
    const again = await apply(scenario, planOf(scenario), { launcher: slow, clock });
    expect(tallyOf(again)).toEqual({ 'create-target done': 1, 'create-session done': 1 });
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 1, ended: 0, stray: 0 });
  });

  it('is refused when it terminates while starting', async () => {
    const scenario = aScenario(aWorkload(1));
    const { launcher } = scenario.account;
    let looks = 0;
    const dying: SensorLauncher = {
      ...launcher,
      describe: async (...asked) => {
        const sensor = await launcher.describe(...asked);
        looks += 1;
        return sensor && { ...sensor, state: looks === 1 ? 'pending' : 'terminated' };
      },
    };
    const outcomes = await apply(scenario, planOf(scenario), { launcher: dying });
    expect(outcomes[0]).toMatchObject({
      result: 'failed',
      retry: false,
      reason: expect.stringContaining('while starting'),
    });
    expect(tallyOf(outcomes)).toEqual({ 'create-target failed': 1, 'create-session failed': 1 });
  });
});

describe('a launch that EC2 refuses', () => {
  it.each([
    ['UnauthorizedOperation', false, 1],
    ['InvalidAMIID.NotFound', false, 1],
    ['VcpuLimitExceeded', false, 1],
    ['InsufficientInstanceCapacity', false, 1],
    ['RequestLimitExceeded', true, 4],
  ])('with %s leaves nothing behind; retried by the same delivery: %s', async (code, retry, launches) => {
    const scenario = aScenario(aWorkload(25));
    const fault = refusedWith(code, code === 'RequestLimitExceeded');
    const launcher = failingLauncher(scenario.account.launcher, { launch: Array.from({ length: 99 }, () => fault) });
    const outcomes = await apply(scenario, planOf(scenario), { launcher });
    expect(tallyOf(outcomes)).toEqual({ 'create-target failed': 3, 'create-session failed': 25 });
    for (const outcome of outcomes) expect(outcome).toMatchObject({ awsCode: code, retry });
    expect(launcher.calls.filter((call) => call === 'launch')).toHaveLength(launches);
    expect(sensorsIn(scenario.account)).toMatchObject({ running: 0, ended: 0, stray: 0 });
  });
});

describe('a run without a launcher', () => {
  it('fails the sessions that need a sensor, with the reason, and creates the others', async () => {
    const scenario = aScenario(aWorkload(1));
    const outcomes = await applyPlan(planOf(scenario), scenario.account.writer, {
      now: nowOf(scenario),
      clock: STOPPED_CLOCK,
    });
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
    ['a longer token', `${sensorToken('abc', 7)}x`, false],
    ['a token without a number', 'mirrorwatch-abc-', false],
  ])('recognises a sensor by its token: %s', (_, clientToken, expected) => {
    expect(isSensorOf('abc', clientToken === undefined ? {} : { clientToken })).toBe(expected);
  });

  it('expects existing security groups for a launch', async () => {
    const scenario = aScenario(
      aWorkload(1, { securityGroups: [aSecurityGroup()] }),
      aLaunchingPolicy({ securityGroupIds: ['sg-sensor'] }),
    );
    expect(kindsOf(planOf(scenario))).toContain('create-target');
  });
});
