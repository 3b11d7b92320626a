import { beforeEach, describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { applyPlan } from '../../../src/remediation/apply-plan.ts';
import { planRemediation } from '../../../src/remediation/plan-remediation.ts';
import { sensorLauncherContract } from '../../contract/sensor-launcher.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { ACCOUNT, anInventory, anOurs, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { aFakeAws, livePorts, seed } from '../../support/live.ts';
import { aLaunchingPolicy, aWorkload, tallyOf } from '../../support/sensors.ts';

const fake = aFakeAws();
const SCOPE = { accountId: ACCOUNT, region: REGION };

sensorLauncherContract('EC2', async (inventory) => {
  fake().fail();
  seed(fake().account(ACCOUNT, REGION), inventory);
  const { launcher, inventory: source } = livePorts({ region: REGION, ownAccountId: ACCOUNT });
  return { launcher, source };
});

describe('ec2SensorLauncher', () => {
  /** The instances that the runs of a test are proven to have launched, as their ledger has them. */
  const known = new Set<string>();
  let launches = aLedger();
  beforeEach(() => {
    known.clear();
    launches = aLedger();
    fake().fail();
    fake().calls.length = 0;
    seed(fake().account(ACCOUNT, REGION), anInventory());
  });

  const stateOf = (): readonly string[] =>
    (fake().account(ACCOUNT, REGION).lists.Reservations ?? [])
      .flatMap(({ Instances }) => Instances)
      .filter(({ ClientToken }: { ClientToken?: string }) => ClientToken !== undefined)
      .map(({ State }: { State: { Name: string } }) => State.Name);

  it('launches one instance when the connection drops after the launch', async () => {
    fake().fail({ action: 'RunInstances', drop: true });
    const { launcher } = livePorts({ region: REGION, ownAccountId: ACCOUNT });
    const request = {
      imageId: 'ami-1',
      instanceType: 'c5.large',
      subnetId: 'subnet-a',
      securityGroupIds: ['sg-sensor'],
    };
    await launcher.launch(SCOPE, { ...request, clientToken: 'token-1', tags: [{ key: 'a', value: '1' }] });
    expect(fake().count('RunInstances')).toBe(2);
    expect(stateOf()).toHaveLength(1);
  });

  /** One full run, as a delivery causes it. */
  async function aRun(
    ports: ReturnType<typeof livePorts>,
    policy = aLaunchingPolicy(),
  ): Promise<Readonly<Record<string, number>>> {
    const inventory: Inventory = await ports.inventory.load(SCOPE, { kind: 'all' }, { mirroring: true });
    const ours = anOurs({ instanceIds: [...known] });
    const options = { now: new Date(), launcher: ports.launcher, launches, clock: STOPPED_CLOCK, proven: known };
    const plan = planRemediation(indexAccount({ ...inventory, ours }, policy));
    const outcomes = await applyPlan(plan, ports.writer, options);
    for (const { launched = [] } of outcomes) for (const id of launched) known.add(id);
    return tallyOf(outcomes);
  }

  it('mirrors 25 sources to three sensors, and launches no fourth, with two processes at once', async () => {
    seed(fake().account(ACCOUNT, REGION), aWorkload(25));
    const worlds = [0, 1].map(() => livePorts({ region: REGION, ownAccountId: ACCOUNT }));
    // If the other process was faster, this one could not place everything. A redelivery retries it.
    for (let delivery = 1; delivery <= 3; delivery += 1) await Promise.all(worlds.map((ports) => aRun(ports)));
    expect(stateOf()).toEqual(['running', 'running', 'running']);
    const { TrafficMirrorTargets, TrafficMirrorSessions } = fake().account(ACCOUNT, REGION).lists;
    expect(TrafficMirrorTargets).toHaveLength(3);
    expect(new Set(TrafficMirrorSessions?.map((each) => each.NetworkInterfaceId)).size).toBe(25);
    expect(TrafficMirrorSessions).toHaveLength(25);
    for (const ports of worlds) expect(await aRun(ports)).toEqual({});
    expect(await aRun(livePorts({ region: REGION, ownAccountId: ACCOUNT }))).toEqual({});
  });

  it('leaves no instance behind when EC2 refuses the target', async () => {
    seed(fake().account(ACCOUNT, REGION), aWorkload(3));
    fake().fail({
      action: 'CreateTrafficMirrorTarget',
      code: 'TrafficMirrorTargetLimitExceeded',
      status: 400,
      times: 9,
    });
    const tally = await aRun(livePorts({ region: REGION, ownAccountId: ACCOUNT }));
    expect(tally).toEqual({ 'create-target failed': 1, 'create-session failed': 3 });
    expect(stateOf()).toEqual(['terminated']);
  });
});
