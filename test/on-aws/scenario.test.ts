import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { unpackZip } from '../support/zip-functions.ts';
import {
  aScenario,
  aStack,
  calls,
  drained,
  endLeases,
  faults,
  LAB_IS_THERE,
  putBack,
  type Scenario,
  sessions,
  workOff,
} from './lab.ts';

/** The targets whose security groups allow packets from a zone's sources. Zone c's sensors block those of their own zone. */
function servesZone(scenario: Scenario, zone: string): readonly string[] {
  const open = Object.entries(scenario.targets).filter(([, target]) => target.group !== 'tcp-only');
  const own = open.filter(([, target]) => target.zone === zone && !zone.endsWith('c'));
  return (own.length > 0 ? own : open.filter(([, target]) => !target.zone.endsWith('c'))).map(([id]) => id);
}

const existing = (scenario: Scenario) => Object.entries(scenario.instances).filter(([, { terminated }]) => !terminated);
const untagged = (scenario: Scenario) =>
  existing(scenario)
    .filter(([, { tags }]) => !tags.CostCenter)
    .map(([id]) => id)
    .toSorted();

describe.runIf(LAB_IS_THERE)('the functions on a whole account', () => {
  let zip: string;
  let scenario: Scenario;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    zip = await unpackZip();
  });
  beforeEach(async () => {
    scenario = await aScenario();
    env = await aStack(scenario);
  });

  const remediations = (): string => env.MIRRORWATCH_REMEDIATION_QUEUE_URL ?? '';
  const work = async (): Promise<void> => {
    await workOff(zip, 'watch', scenario.deliveriesQueueUrl, { env });
    await workOff(zip, 'remediate', remediations(), { env });
  };
  /** True if an action was called at least this often. */
  const called = (action: string, times: number) => async () => ((await calls())[action] ?? 0) >= times;

  /** The instances that were alerted as untagged, according to the ledger. */
  const alerted = async (): Promise<readonly string[]> => {
    const { awsPorts } = await import('../../src/aws/ports.ts');
    const ledger = awsPorts({ region: scenario.region }).ledger(env.MIRRORWATCH_LEDGER_TABLE ?? '');
    const entries = await ledger.entries({ rules: ['instance-untagged'], status: ['open'] });
    return entries
      .filter(({ notified }) => notified.notified)
      .map(({ finding }) => finding.resourceId)
      .toSorted();
  };

  /** How many untagged instances the subjects of new mails announce. */
  const announced = async (): Promise<number> => {
    const mails = await drained(scenario.mailboxQueueUrl);
    const subjects = mails.map(({ Body = '{}' }) => (JSON.parse(Body) as { Subject: string }).Subject);
    return subjects.reduce((sum, subject) => sum + Number(/(\d+) instances? untagged/.exec(subject)?.[1] ?? 0), 0);
  };

  const expectAlertedOnce = async (): Promise<void> => {
    expect(await alerted()).toEqual(untagged(scenario));
    expect(await announced()).toBe(untagged(scenario).length);
  };

  /** Each existing instance has one session, to a target that accepts it, in its own zone if possible. */
  const expectMirrored = async (): Promise<void> => {
    const there = await sessions();
    const misplaced = existing(scenario).flatMap(([id, { zone, networkInterfaceId }]) => {
      const own = there.filter((session) => session.NetworkInterfaceId === networkInterfaceId);
      const good = own.length === 1 && servesZone(scenario, zone).includes(own[0]?.TrafficMirrorTargetId ?? '');
      return good ? [] : [{ id, zone, targets: own.map(({ TrafficMirrorTargetId }) => TrafficMirrorTargetId) }];
    });
    expect(misplaced).toEqual([]);
    expect(there).toHaveLength(existing(scenario).length);
  };

  it('alerts once on each existing untagged instance, mirrors all existing ones, and changes nothing on redelivery', async () => {
    const deliveries = await drained(scenario.deliveriesQueueUrl);
    await putBack(scenario.deliveriesQueueUrl, deliveries);
    await work();
    await expectAlertedOnce();
    await expectMirrored();
    const before = await sessions();
    await putBack(scenario.deliveriesQueueUrl, deliveries);
    await work();
    expect(await announced()).toBe(0);
    expect(await alerted()).toEqual(untagged(scenario));
    expect(await sessions()).toEqual(before);
  });

  it.each<[string, object[]]>([
    [
      'every third create is throttled',
      Array.from({ length: 20 }, (_, n) => ({
        action: 'CreateTrafficMirrorSession',
        code: 'RequestLimitExceeded',
        skip: n * 3 + 2,
        times: 1,
      })),
    ],
    [
      'the connection drops after a create was done',
      [{ action: 'CreateTrafficMirrorSession', status: 0, skip: 3, times: 1 }],
    ],
    ['mail cannot be sent at first', [{ action: 'Publish', code: 'InternalError', status: 500, times: 3 }]],
  ])('ends in the same state when %s', async (_, wanted) => {
    await faults(...wanted);
    await work();
    await faults();
    await work();
    await expectAlertedOnce();
    await expectMirrored();
  });

  it('ends in the same state when it is killed while recording and while creating sessions', async () => {
    const once = { env, rounds: 1, onCrash: () => endLeases(env.MIRRORWATCH_LEDGER_TABLE ?? '') };
    const recording = called('dynamodb:TransactWriteItems', 1);
    expect(await workOff(zip, 'watch', scenario.deliveriesQueueUrl, { ...once, killWhen: recording })).toMatchObject({
      crashes: 1,
    });
    await workOff(zip, 'watch', scenario.deliveriesQueueUrl, { env });
    // A run gives its messages back when its time limit is over, dead or alive. Here nobody waits for that.
    await faults({ action: 'ChangeMessageVisibility', code: 'InternalError', status: 500, times: 100 });
    const creating = called('ec2:CreateTrafficMirrorSession', 5);
    expect(await workOff(zip, 'remediate', remediations(), { ...once, killWhen: creating })).toMatchObject({
      crashes: 1,
    });
    await faults();
    const made = (await sessions()).length;
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(existing(scenario).length);
    await work();
    await expectAlertedOnce();
    await expectMirrored();
  });
});

describe.runIf(LAB_IS_THERE)('the functions that find and repair together', () => {
  it.each([
    ['in a backfill', 'sweep'],
    ['from log files', 'watch'],
  ] as const)(
    'make fifteen EC2 calls at most besides one for each session, for 24 instances and 9 targets %s',
    async (_how, finder) => {
      const scenario = await aScenario();
      const env = await aStack(scenario);
      const zip = await unpackZip();
      const { invoke } = await import('../support/zip-functions.ts');
      if (finder === 'sweep') {
        await drained(scenario.deliveriesQueueUrl);
        await invoke(zip, 'sweep', { mirrorwatch: 'sweep' }, { env });
      }
      await workOff(zip, 'watch', scenario.deliveriesQueueUrl, { env });
      await workOff(zip, 'remediate', env.MIRRORWATCH_REMEDIATION_QUEUE_URL ?? '', { env });
      const made = Object.entries(await calls()).filter(([action]) => action.startsWith('ec2:'));
      const creates = made.find(([action]) => action === 'ec2:CreateTrafficMirrorSession')?.[1] ?? 0;
      expect(creates).toBe(existing(scenario).length);
      expect(made.reduce((sum, [, count]) => sum + count, 0) - creates).toBeLessThanOrEqual(15);
    },
  );
});
