import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import type { SimulatedAccount } from '../../src/local/account/simulated-account.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { type Swept, sweep } from '../../src/pipeline/sweep.ts';
import { sessionIdOf } from '../../src/remediation/plan.ts';
import { ownLaunch } from '../../src/sighting/own-calls.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket } from '../support/deliveries.ts';
import { ACCOUNT, anInstance, anInterface, anInventory, aSession, attachedTo, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { anElasticAccount, aWorkload, LAUNCH, sensorsIn, tallyOf } from '../support/sensors.ts';
import { at } from '../support/sightings.ts';

const config = (mirroring: object = {}): Config =>
  parseConfig(
    JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'], ...mirroring } }),
    'config.json',
  );

let sweeps = 0;

function sweepOf(account: SimulatedAccount, settings: Config, ledger = aLedger(), now = at(0)): Promise<Swept> {
  sweeps += 1;
  const { source: inventory, writer, launcher } = account;
  return sweep({ inventory, writer, launcher, ledger }, settings, {
    now,
    clock: STOPPED_CLOCK,
    name: `sweep-${sweeps}`,
  });
}

const sessionsOf = (account: SimulatedAccount): readonly TrafficMirrorSession[] =>
  account.inventories()[0]?.trafficMirrorSessions ?? [];

const FOREIGN = { tags: [{ key: 'Creator', value: 'Vectra:Tap' }] };

/** i-1 runs and i-2 is stopped. Sessions of ours: one that works, its duplicate, an orphan. Of others: one on each, and a duplicate. */
function aNeglectedAccount(): Inventory {
  const { instances = [], networkInterfaces = [] } = anInventory();
  const session = (id: string, eni: string, sessionNumber: number, more: object = {}): TrafficMirrorSession =>
    aSession({ trafficMirrorSessionId: `tms-${id}`, networkInterfaceId: eni, sessionNumber, ...more });
  return anInventory({
    instances: [
      ...instances,
      anInstance({ instanceId: 'i-2', state: 'stopped', networkInterfaceIds: ['eni-2'] }),
      anInstance({ instanceId: 'i-3', networkInterfaceIds: ['eni-3'] }),
    ],
    networkInterfaces: [
      ...networkInterfaces,
      anInterface({ networkInterfaceId: 'eni-2', attachment: attachedTo('i-2'), privateIpAddress: '10.0.0.6' }),
      anInterface({ networkInterfaceId: 'eni-3', attachment: attachedTo('i-3'), privateIpAddress: '10.0.0.7' }),
    ],
    trafficMirrorSessions: [
      session('ours', 'eni-1', 1),
      session('ours-again', 'eni-1', 2, { trafficMirrorTargetId: 'tmt-b' }),
      session('theirs', 'eni-1', 3, { ...FOREIGN, trafficMirrorFilterId: 'tmf-x' }),
      session('our-orphan', 'eni-2', 1),
      session('their-orphan', 'eni-2', 2, FOREIGN),
      session('theirs-serves', 'eni-3', 1, FOREIGN),
      session('theirs-again', 'eni-3', 2, FOREIGN),
    ],
  });
}

describe('a sweep with clean-up', () => {
  it('deletes our orphans and duplicates, reports it, and leaves the sessions of others alone', async () => {
    const account = anAccountOf(aNeglectedAccount());
    const before = sessionsOf(account);
    const ledger = aLedger();
    const { acted } = await sweepOf(account, config({ cleanup: true }), ledger);
    expect(acted.plan.steps.map((step) => [step.kind, sessionIdOf(step)])).toEqual([
      ['delete-session', 'tms-our-orphan'],
      ['delete-session', 'tms-ours-again'],
    ]);
    expect(sessionsOf(account)).toEqual(
      before.filter(({ trafficMirrorSessionId: id }) => !['tms-our-orphan', 'tms-ours-again'].includes(id)),
    );
    const found = acted.findings.map(({ rule, resourceId, status }) => `${rule} ${resourceId} ${status}`);
    expect(found).toEqual(
      expect.arrayContaining([
        'mirror-duplicate i-1 resolved',
        'mirror-orphan tms-our-orphan resolved',
        'mirror-orphan tms-their-orphan open',
        'mirror-duplicate i-3 open',
      ]),
    );
    const again = await sweepOf(account, config({ cleanup: true }), ledger, at(60));
    expect(again.acted.plan.steps).toEqual([]);
  });

  it.each<[string, object, readonly string[]]>([
    ['finds but does not delete them unless the policy says so', {}, []],
    ['only plans the deletions in mode plan', { cleanup: true, mode: 'plan' }, ['delete-session', 'delete-session']],
  ])('%s', async (_, mirroring, steps) => {
    const account = anAccountOf(aNeglectedAccount());
    const before = sessionsOf(account);
    const { acted } = await sweepOf(account, config(mirroring));
    expect(acted.plan.steps.map(({ kind }) => kind)).toEqual(steps);
    expect(sessionsOf(account)).toEqual(before);
    const open = acted.findings.filter(({ status }) => status === 'open').map(({ rule }) => rule);
    expect(open).toEqual(expect.arrayContaining(['mirror-duplicate', 'mirror-orphan']));
  });

  it('leaves every session of others unchanged and every source mirrored, whatever sessions exist', async () => {
    const anySession = fc.record({
      eni: fc.constantFrom('eni-1', 'eni-2', 'eni-3', 'eni-gone'),
      ours: fc.boolean(),
      target: fc.constantFrom('tmt-a', 'tmt-b', 'tmt-gone'),
      filter: fc.constantFrom('tmf-1', 'tmf-x'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anySession, { maxLength: 12 }), async (drawn) => {
        const onInterface = new Map<string, number>();
        const trafficMirrorSessions = drawn.flatMap(({ eni, ours, target, filter }, index) => {
          const sessionNumber = (onInterface.get(eni) ?? 0) + 1;
          if (sessionNumber > 3) return [];
          onInterface.set(eni, sessionNumber);
          const session = { trafficMirrorSessionId: `tms-${index}`, networkInterfaceId: eni, sessionNumber };
          const to = { trafficMirrorTargetId: target, trafficMirrorFilterId: filter };
          return [aSession({ ...session, ...to, ...(ours ? {} : FOREIGN) })];
        });
        const account = anAccountOf({ ...aNeglectedAccount(), trafficMirrorSessions });
        const theirs = (): readonly TrafficMirrorSession[] =>
          sessionsOf(account).filter(({ tags }) => tags === FOREIGN.tags);
        const before = theirs();
        const { acted } = await sweepOf(account, config({ cleanup: true }));
        expect(theirs()).toEqual(before);
        const unplaced = new Set(acted.plan.unplaced.map(({ networkInterfaceId }) => networkInterfaceId));
        const { acted: next } = await sweepOf(account, config({ cleanup: true }), aLedger(), at(60));
        expect(next.plan.steps).toEqual([]);
        for (const { rule, status, detail } of next.findings) {
          if (rule !== 'instance-unmirrored' || status !== 'open') continue;
          for (const { networkInterfaceId, verdict } of detail.interfaces ?? []) {
            if (verdict === 'missing') expect(unplaced).toContain(networkInterfaceId);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a sweep with sensors on demand', () => {
  const LAUNCHING_RULES = {
    targets: [],
    rules: { vpcs: [{ vpcId: 'vpc-1', filterId: 'tmf-1', onDemand: { ...LAUNCH } }] },
  };
  const LAUNCHING = config(LAUNCHING_RULES);

  /** Delivers the message that asks for repairs on these interfaces. */
  const delivered = (
    account: SimulatedAccount,
    ids: readonly string[],
    { index, minute = index, ledger = aLedger() }: { index: number; minute?: number; ledger?: FullLedger },
  ) => {
    const body = {
      mirrorwatch: 'remediate',
      accountId: ACCOUNT,
      region: REGION,
      instanceIds: [],
      networkInterfaceIds: ids,
    };
    const { source: inventory, writer, launcher } = account;
    const ports = { inventory, writer, launcher, ledger, logs: aBucket().logs };
    return deliver([{ messageId: `m-${index}`, body: JSON.stringify(body) }], ports, LAUNCHING, {
      now: at(minute),
      clock: STOPPED_CLOCK,
    });
  };

  it('serves 25 sources with three sensors, and neither mirrors the sensors nor finds them unmirrored', async () => {
    const account = anElasticAccount(aWorkload(25), () => at(0));
    const ledger = aLedger();
    const { acted } = await sweepOf(account, LAUNCHING, ledger);
    expect(tallyOf(acted.outcomes)).toEqual({ 'create-target done': 3, 'create-session done': 25 });
    expect(sensorsIn(account)).toMatchObject({ running: 3, mirrored: 0, stray: 0 });
    const next = await sweepOf(account, LAUNCHING, ledger, at(3600));
    expect(next.acted.plan.steps).toEqual([]);
    expect(next.acted.findings.filter(({ status }) => status === 'open')).toEqual([]);
  });

  it('still knows its sensors after two years', async () => {
    const account = anElasticAccount(aWorkload(3), () => at(0));
    const ledger = aLedger();
    await sweepOf(account, LAUNCHING, ledger);
    for (let day = 90; day <= 720; day += 90) {
      const { acted } = await sweepOf(account, LAUNCHING, ledger, at(day * 24 * 60));
      expect(acted.plan.steps).toEqual([]);
    }
  });

  it('does not take a sensor for its own without the ledger that knows of its launch, and says what is missing', async () => {
    const account = anElasticAccount(aWorkload(3), () => at(0));
    await sweepOf(account, LAUNCHING);
    const { acted } = await sweepOf(account, config({ ...LAUNCHING_RULES, mode: 'plan' }), aLedger(), at(3600));
    const rogue = acted.findings.filter(({ rule, status }) => rule === 'mirror-rogue' && status === 'open');
    expect(rogue.map(({ resourceId }) => resourceId)).toEqual(['i-s0', 'i-s1', 'i-s2']);
    expect(rogue[0]?.reason).toContain('no CloudTrail record of RunInstances by a role of ours proves');
  });

  it('launches no fourth sensor when five deliveries and a sweep handle the same sources concurrently', async () => {
    let minute = 0;
    const account = anElasticAccount(aWorkload(25), () => at(minute));
    const ledger = aLedger();
    for (let round = 0; round < 4; round += 1) {
      const deliveries = [0, 1, 2, 3, 4].map((index) =>
        delivered(
          account,
          Array.from({ length: 10 }, (_, n) => `eni-s${(index * 5 + n) % 25}`),
          { index: round * 10 + index, minute, ledger },
        ),
      );
      await Promise.all([...deliveries, sweepOf(account, LAUNCHING, ledger, at(minute))]);
      minute += 10;
    }
    expect(sensorsIn(account)).toMatchObject({ running: 3, ended: 0, mirrored: 0, stray: 0 });
    expect(new Set(sessionsOf(account).map(({ networkInterfaceId }) => networkInterfaceId)).size).toBe(25);
  });

  it('does nothing when a sensor is reported running before it is a target', async () => {
    const account = anElasticAccount(aWorkload(0), () => at(0));
    const tags = [
      { key: 'mirrorwatch:managed', value: 'true' },
      { key: 'mirrorwatch:pool', value: '0123456789abcdef' },
    ];
    const { maxPerRun: _, ...launch } = LAUNCH;
    const request = { ...launch, subnetId: 'subnet-a', clientToken: 'mirrorwatch-0123456789abcdef-0', tags };
    const scope = { accountId: ACCOUNT, region: REGION };
    const { networkInterfaceId = '', instanceId } = await account.launcher.launch(scope, request);
    const ledger = aLedger();
    await ledger.keep([{ ...scope, ...ownLaunch(instanceId, at(0)) }], at(0));
    const { acted } = await delivered(account, [networkInterfaceId], { index: 1, ledger });
    expect(acted.plan.steps).toEqual([]);
    expect(acted.findings.filter(({ status }) => status === 'open')).toEqual([]);
  });
});
