import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../../src/config.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { handOverTo } from '../../../src/lambda/hand-over.ts';
import { poolOf } from '../../../src/mirror/destinations.ts';
import type { ActRequest } from '../../../src/pipeline/act.ts';
import { type DeliverPorts, deliver } from '../../../src/pipeline/deliver.ts';
import { withOurs } from '../../../src/pipeline/proof/proof.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice } from '../../support/deliveries.ts';
import {
  ACCOUNT,
  anInstance,
  anInterface,
  anInventory,
  aSession,
  aTarget,
  attachedTo,
  REGION,
} from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { aLaunchingPolicy, anElasticAccount, aWorkload, LAUNCH, sensorsIn } from '../../support/sensors.ts';
import { at } from '../../support/sightings.ts';

const POOL = poolOf(LAUNCH, 'subnet-a');
const ROLE = 'mirrorwatch-remediate';
const RULES = { vpcs: [{ vpcId: 'vpc-1', filterId: 'tmf-1', onDemand: { ...LAUNCH } }] };
const config = (mirroring: object): Config =>
  parseConfig(JSON.stringify({ mirroring: { mode: 'plan', filterId: 'tmf-1', ...mirroring } }), 'config.json');

/** The record of our role's launch of an instance. */
const ourLaunch = (minute: number, instanceId: string) =>
  aLaunchRecord(
    minute,
    instanceId,
    {},
    {
      userIdentity: {
        type: 'AssumedRole',
        principalId: 'AROAEXAMPLE:mirrorwatch-remediate',
        arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${ROLE}/mirrorwatch-Remediate`,
        accountId: ACCOUNT,
        sessionContext: {
          sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/${ROLE}`, accountId: ACCOUNT },
        },
      },
    },
  );

function aStack(inventory: Inventory, ledger = aLedger()) {
  const account = anElasticAccount(inventory, () => at(0));
  const bucket = aBucket();
  const ports = {
    logs: bucket.logs,
    inventory: account.source,
    writer: account.writer,
    launcher: account.launcher,
    ledger,
  };
  return {
    ...{ account, ledger },
    sessions: () => account.inventories()[0]?.trafficMirrorSessions ?? [],
    sweep: async (
      minute: number,
      settings: Config,
      more: Partial<DeliverPorts> = {},
      handOver: ActRequest['handOver'] = undefined,
    ) => {
      const options = { now: at(minute), clock: STOPPED_CLOCK, name: `sweep at ${minute}`, handOver };
      return (await sweep({ ...ports, ...more }, settings, options)).acted;
    },
    receive: (bodies: readonly string[], minute: number, settings: Config) => {
      const messages = bodies.map((body, index) => ({ messageId: `r${index}`, body }));
      return deliver(messages, ports, settings, { now: at(minute), clock: STOPPED_CLOCK });
    },
    deliver: async (records: readonly Readonly<Record<string, unknown>>[], minute: number, settings: Config) => {
      bucket.put(aLogKey(minute), records);
      const options = { now: at(minute), clock: STOPPED_CLOCK, writerRoleArn: `arn:aws:iam::${ACCOUNT}:role/${ROLE}` };
      return deliver([aNotice(`m${minute}`, aLogKey(minute))], ports, settings, options);
    },
  };
}

/** A workload beside a sensor `i-sensor` that we launched, as the target `tmt-pool`, of which no ledger knows. */
const withSensor = (inventory: Inventory): Inventory => ({
  ...inventory,
  instances: [
    ...(inventory.instances ?? []),
    anInstance({ instanceId: 'i-sensor', clientToken: `mirrorwatch-${POOL}-0`, networkInterfaceIds: ['eni-sensor'] }),
  ],
  networkInterfaces: [
    ...(inventory.networkInterfaces ?? []),
    anInterface({
      ...{ networkInterfaceId: 'eni-sensor', attachment: attachedTo('i-sensor'), groupIds: ['sg-sensor'] },
      privateIpAddress: '10.0.0.77',
    }),
  ],
  trafficMirrorTargets: [aTarget({ trafficMirrorTargetId: 'tmt-pool', networkInterfaceId: 'eni-sensor' })],
});

describe('a sensor', () => {
  it("is ours by CloudTrail's record of our role's launch, and stays it without the record and without any tag", async () => {
    const stack = aStack(withSensor(aWorkload(2)));
    const before = await stack.sweep(0, config({ rules: RULES }));
    expect(before.plan.steps.map(({ kind }) => kind)).toEqual(['create-target', 'create-session', 'create-session']);
    await stack.deliver([ourLaunch(1, 'i-sensor')], 2, config({ rules: RULES }));
    const { plan } = await stack.sweep(10, config({ rules: RULES }));
    expect(plan.steps.map(({ kind, trafficMirrorTargetId }) => [kind, trafficMirrorTargetId])).toEqual([
      ['create-session', 'tmt-pool'],
      ['create-session', 'tmt-pool'],
    ]);
  });
});

describe('a launch that no run got to note', () => {
  const settings = config({ mode: 'apply', rules: RULES });

  /** A stack whose first run is killed when EC2 has launched the sensor. */
  async function aKilledRun(workload: Inventory = aWorkload(2)) {
    const stack = aStack(workload);
    const { launcher } = stack.account;
    const dying = {
      ...launcher,
      launch: async (...request: Parameters<typeof launcher.launch>) => {
        await launcher.launch(...request);
        throw new Error('killed');
      },
    };
    await stack.sweep(0, settings, { launcher: dying });
    const [lost] = (stack.account.inventories()[0]?.instances ?? []).filter((each) => each.clientToken !== undefined);
    if (lost === undefined) throw new Error('nothing was launched');
    expect(sensorsIn(stack.account)).toMatchObject({ running: 1, stray: 1 });
    return { ...stack, lost };
  }

  it('is found by its token at the next sweep: the sensor becomes the target, and no second one is launched', async () => {
    const { lost, ...stack } = await aKilledRun();
    const { plan } = await stack.sweep(5, settings);
    expect(plan.steps[0]).toMatchObject({ kind: 'create-target', instanceId: lost.instanceId });
    expect(sensorsIn(stack.account)).toMatchObject({ running: 1, ended: 0, stray: 0, loads: [2] });
    expect((await stack.sweep(10, settings)).plan.steps).toEqual([]);
  });

  it('is ended by the function that repairs, which the sweep asks for a look at the whole account', async () => {
    const stack = await aKilledRun();
    const unused = config({ mode: 'apply', targets: ['tmt-gone'] });
    const bodies: string[] = [];
    const sendInOrder = async (_url: string, body: string): Promise<void> => {
      bodies.push(body);
    };
    const queue = { settings: { remediationQueueUrl: 'queue' }, aws: { queues: { sendInOrder } } };
    await stack.sweep(60, unused, {}, handOverTo(queue, at(60)));
    expect(sensorsIn(stack.account)).toMatchObject({ running: 1, ended: 0 });
    const { acted } = await stack.receive(bodies, 61, unused);
    expect(acted.outcomes.map(({ step, result }) => [step.kind, result])).toEqual([['terminate-sensor', 'done']]);
    expect(sensorsIn(stack.account)).toMatchObject({ running: 0, ended: 1 });
  });

  it('is found by its token when nobody needs the sensor any more, and the sensor is terminated', async () => {
    const stack = await aKilledRun();
    const { outcomes } = await stack.sweep(60, config({ mode: 'apply', targets: ['tmt-gone'] }));
    expect(outcomes.map(({ step, result }) => [step.kind, result])).toContainEqual(['terminate-sensor', 'done']);
    expect(sensorsIn(stack.account)).toMatchObject({ running: 0, ended: 1 });
  });

  it('is not found among two instances with one token, until EC2 answers the token with one of them', async () => {
    const { lost, ...stack } = await aKilledRun();
    const twin = { ...lost, instanceId: 'i-twin', networkInterfaceIds: ['eni-twin'] };
    const { source } = stack.account;
    const inventory: typeof source = {
      ...source,
      load: async (...asked) => {
        const read = await source.load(...asked);
        return { ...read, instances: [...(read.instances ?? []), twin] };
      },
    };
    const { plan, outcomes } = await stack.sweep(5, settings, { inventory });
    expect(plan.steps[0]).toMatchObject({ kind: 'create-target', ordinal: 0 });
    expect(outcomes[0]).toMatchObject({ result: 'done', reason: expect.stringContaining(lost.instanceId) });
    expect(sensorsIn(stack.account)).toMatchObject({ running: 1, stray: 0 });
    const [noted] = await stack.ledger.intended({ accountId: ACCOUNT, region: REGION });
    expect(noted?.instanceId).toBe(lost.instanceId);
  });

  it('is proven by a look at the whole account alone, as a look at a few instances may lack a second one', async () => {
    const { lost, ledger, account } = await aKilledRun();
    const [read] = account.inventories();
    if (read === undefined) throw new Error('the account is gone');
    const sources = { recorded: [], callers: {}, ledger, now: at(5) };
    const policy = aLaunchingPolicy();
    const partial = { instanceIds: [lost.instanceId], networkInterfaceIds: [] };
    expect(
      (await withOurs({ ...read, partial }, policy, sources)).ours?.instanceIds.has(lost.instanceId) ?? false,
    ).toBe(false);
    expect((await withOurs(read, policy, sources)).ours?.instanceIds).toEqual(new Set([lost.instanceId]));
    // From then on it is noted.
    expect((await withOurs({ ...read, partial }, policy, sources)).ours?.instanceIds).toEqual(
      new Set([lost.instanceId]),
    );
  });
});

describe('a run without a ledger', () => {
  it('launches no sensor, because no later run could prove that it is ours', async () => {
    const { source, writer, launcher, inventories } = anElasticAccount(aWorkload(2), () => at(0));
    const options = { now: at(0), clock: STOPPED_CLOCK, name: 'sweep' };
    const settings = config({ mode: 'apply', rules: RULES });
    const { acted } = await sweep({ inventory: source, writer, launcher }, settings, options);
    expect(acted.outcomes[0]).toMatchObject({
      result: 'failed',
      retry: false,
      reason: expect.stringContaining('--ledger'),
    });
    expect(inventories()[0]?.instances).toHaveLength(2);
  });
});

describe('a session with our tag whose target left the configuration', () => {
  const before = config({ mode: 'apply', targets: ['tmt-a'] });
  const after = config({ targets: ['tmt-b'] });

  it('is drift, and not rogue, by our note of the call that made it', async () => {
    const stack = aStack(anInventory());
    await stack.sweep(0, before);
    const { findings } = await stack.sweep(60, after);
    expect(findings.filter(({ status }) => status === 'open').map(({ rule }) => rule)).toEqual(['mirror-ineffective']);
    expect(findings.find(({ rule }) => rule === 'mirror-ineffective')?.reason).toContain('tmt-a');
  });

  it('is drift by the earlier configuration, where no note of the session is left', async () => {
    const stack = aStack(anInventory({ trafficMirrorSessions: [aSession()] }));
    await stack.sweep(0, before);
    const { findings } = await stack.sweep(60, after);
    expect(findings.filter(({ status }) => status === 'open').map(({ rule }) => rule)).toEqual(['mirror-ineffective']);
  });

  it('is rogue where neither is known', async () => {
    const stack = aStack(anInventory({ trafficMirrorSessions: [aSession()] }));
    const { findings } = await stack.sweep(60, after);
    expect(findings.map(({ rule, severity, status }) => [rule, severity, status])).toContainEqual([
      ...['mirror-rogue', 'critical', 'open'],
    ]);
  });

  it('costs the ledger no look-up while every session goes to a configured target', async () => {
    const stack = aStack(anInventory());
    await stack.sweep(0, before);
    const asked: (readonly string[])[] = [];
    const { about } = stack.ledger;
    stack.ledger.about = async (scope, ids) => {
      asked.push(ids);
      return about.call(stack.ledger, scope, ids);
    };
    await stack.sweep(60, before);
    expect(asked.flat().filter((id) => id.startsWith('tms-'))).toEqual([]);
  });
});

describe('the repair of a session that the ledger knows as ours', () => {
  it('is mailed no more than before', async () => {
    const stack = aStack(anInventory());
    await stack.sweep(0, config({ mode: 'apply', targets: ['tmt-a'] }));
    const { outcomes, findings } = await stack.sweep(60, config({ mode: 'apply', targets: ['tmt-b'] }));
    expect(outcomes.map(({ step, result }) => [step.kind, result])).toEqual([['modify-session', 'done']]);
    expect(findings.flatMap(({ detail }) => detail.unprovenSessionIds ?? [])).toEqual([]);
    expect(stack.sessions().map((each) => each.trafficMirrorTargetId)).toEqual(['tmt-b']);
  });
});
