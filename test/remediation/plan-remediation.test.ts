import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import { type AccountIndex, indexAccount } from '../../src/mirror/account-index.ts';
import { isManaged, verdictOf } from '../../src/mirror/coverage.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import { applyPlan } from '../../src/remediation/apply-plan.ts';
import { joinPlans, type PlanOptions, planRemediation } from '../../src/remediation/plan-remediation.ts';
import {
  aFilter,
  anInstance,
  anInterface,
  anInventory,
  aPermission,
  aPolicy,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  aTarget,
  attachedTo,
} from '../support/inventories.ts';
import { anAccountOf } from '../support/mirror-writers.ts';

const NOW = new Date('2026-11-21T09:00:00Z');

const plan = (inventory: Inventory, policy: Partial<MirrorPolicy> = {}, options?: PlanOptions) =>
  planRemediation(indexAccount(inventory, aPolicy(policy)), options);

/** The steps as `kind session? interface > target #number`, short enough for a table. */
function stepsOf(...args: Parameters<typeof plan>): readonly string[] {
  return plan(...args).steps.map((step) =>
    [
      step.kind.replace('-session', ''),
      step.trafficMirrorSessionId ?? step.networkInterfaceId,
      '>',
      step.trafficMirrorTargetId,
      step.trafficMirrorFilterId,
      `#${step.sessionNumber}`,
    ].join(' '),
  );
}

const foreign = (parts: Partial<TrafficMirrorSession> = {}): TrafficMirrorSession =>
  aSession({ trafficMirrorSessionId: 'tms-f', tags: [], ...parts });

/** The account of the builders with these sessions, and whatever else is changed. */
const withSessions = (sessions: readonly TrafficMirrorSession[], parts: Partial<Inventory> = {}): Inventory =>
  anInventory({ trafficMirrorSessions: sessions, ...parts });

/** `count` sources eni-1 … on instances i-1 … of subnet-a, and sensors a and b. */
function aFleet(count: number, sessions: readonly TrafficMirrorSession[] = []): Inventory {
  const { instances = [], networkInterfaces = [] } = anInventory();
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return withSessions(sessions, {
    instances: [
      ...instances.slice(1),
      ...numbers.map((n) => anInstance({ instanceId: `i-${n}`, networkInterfaceIds: [`eni-${n}`] })),
    ],
    networkInterfaces: [
      ...networkInterfaces.slice(1),
      ...numbers.map((n) => anInterface({ networkInterfaceId: `eni-${n}`, attachment: attachedTo(`i-${n}`) })),
    ],
  });
}

const stopped = anInventory({
  instances: [
    anInstance({ state: 'stopped', networkInterfaceIds: ['eni-1'] }),
    ...(anInventory().instances ?? []).slice(1),
  ],
});
const deadSensor: Partial<Inventory> = {
  instances: (anInventory().instances ?? []).filter(({ instanceId }) => instanceId !== 'i-sensor-a'),
  networkInterfaces: [anInterface(), aSensorInterface('b')],
};
const twoInterfaces: Partial<Inventory> = {
  networkInterfaces: [
    ...(anInventory().networkInterfaces ?? []),
    anInterface({ networkInterfaceId: 'eni-2', attachment: attachedTo('i-1', 1) }),
  ],
};
const emptyFilter = aFilter({ trafficMirrorFilterId: 'tmf-1', ingressFilterRules: [], egressFilterRules: [] });
const filters = [aFilter(), aFilter({ trafficMirrorFilterId: 'tmf-old' })];

describe('planRemediation', () => {
  it.each<[string, Inventory, Partial<MirrorPolicy>, readonly string[]]>([
    ['a session for a source without one', anInventory(), {}, ['create eni-1 > tmt-a tmf-1 #1']],
    ['nothing for a source of ours that is mirrored', withSessions([aSession()]), {}, []],
    ['nothing for one that another tool mirrors to the same target', withSessions([foreign()]), {}, []],
    // Numbers in brackets are those of the list of other tools' bugs.
    [
      'a session for each interface of an instance (21)',
      anInventory(twoInterfaces),
      {},
      ['create eni-1 > tmt-a tmf-1 #1', 'create eni-2 > tmt-a tmf-1 #1'],
    ],
    [
      'one for the second interface when the first has one (22)',
      withSessions([aSession()], twoInterfaces),
      {},
      ['create eni-2 > tmt-a tmf-1 #1'],
    ],
    [
      'ours beside that of another tool, at the next number (23)',
      withSessions([foreign({ trafficMirrorFilterId: 'tmf-other' })]),
      {},
      ['create eni-1 > tmt-a tmf-1 #2'],
    ],
    ['none for a sensor (26)', withSessions([aSession()]), {}, []],
    ['none for a stopped instance (63)', stopped, {}, []],
    [
      'ours beside a session to a target that is not in the list (57)',
      withSessions([foreign({ trafficMirrorTargetId: 'tmt-gone', sessionNumber: 7 })]),
      {},
      ['create eni-1 > tmt-a tmf-1 #1'],
    ],
    [
      'the lowest free number beside #2 and #1, unsorted (61)',
      withSessions([
        foreign({ trafficMirrorSessionId: 'tms-f2', trafficMirrorFilterId: 'tmf-x', sessionNumber: 2 }),
        foreign({ trafficMirrorFilterId: 'tmf-x' }),
      ]),
      {},
      ['create eni-1 > tmt-a tmf-1 #3'],
    ],
    [
      'never number 32767 (62)',
      withSessions([foreign({ trafficMirrorFilterId: 'tmf-x', sessionNumber: 32_766 })]),
      { sessionNumber: 32_766 },
      ['create eni-1 > tmt-a tmf-1 #1'],
    ],
    [
      'a number that is not the count plus one (81)',
      withSessions([foreign({ trafficMirrorFilterId: 'tmf-x', sessionNumber: 2 })]),
      { sessionNumber: 2 },
      ['create eni-1 > tmt-a tmf-1 #3'],
    ],
    [
      'the session of ours turned from a dead sensor, by Modify (78)',
      withSessions([aSession()], deadSensor),
      {},
      ['modify tms-1 > tmt-b tmf-1 #1'],
    ],
    [
      'ours turned back to where the configuration sends it',
      withSessions([aSession()]),
      { targets: [{ id: 'tmt-b' }] },
      ['modify tms-1 > tmt-b tmf-1 #1'],
    ],
    [
      'ours given the filter of the configuration, at its target',
      withSessions([aSession({ trafficMirrorFilterId: 'tmf-old' })], { trafficMirrorFilters: filters }),
      {},
      ['modify tms-1 > tmt-a tmf-1 #1'],
    ],
    ['a deleted session made again (79)', withSessions([]), {}, ['create eni-1 > tmt-a tmf-1 #1']],
    [
      'another target when the first is full (24, 43, 46, 55)',
      aFleet(
        12,
        Array.from({ length: 10 }, (_, n) =>
          aSession({ trafficMirrorSessionId: `tms-${n + 1}`, networkInterfaceId: `eni-${n + 1}` }),
        ),
      ),
      {},
      ['create eni-11 > tmt-b tmf-1 #1', 'create eni-12 > tmt-b tmf-1 #1'],
    ],
    [
      'no deletion of a duplicate without clean-up',
      withSessions([aSession(), aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2 })]),
      {},
      [],
    ],
    [
      'the duplicate of ours deleted with clean-up (59)',
      withSessions([aSession(), aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2 })]),
      { cleanup: true },
      ['delete tms-2 > tmt-a tmf-1 #2'],
    ],
    [
      'our orphan deleted with clean-up',
      { ...stopped, trafficMirrorSessions: [aSession()] },
      { cleanup: true },
      ['delete tms-1 > tmt-a tmf-1 #1'],
    ],
    ["another's orphan never", { ...stopped, trafficMirrorSessions: [foreign()] }, { cleanup: true }, []],
    [
      'no orphan deleted that only could not be read',
      withSessions([aSession({ networkInterfaceId: 'eni-unread' }), aSession({ trafficMirrorSessionId: 'tms-2' })], {
        incomplete: { networkInterfaces: 'one could not be read' },
      }),
      { cleanup: true },
      [],
    ],
  ])('plans %s', (_, inventory, policy, steps) => {
    expect(stepsOf(inventory, policy)).toEqual(steps);
  });

  it.each<[string, Inventory, Partial<MirrorPolicy>, RegExp]>([
    ['every target is blocked', anInventory({ securityGroups: [aSecurityGroup({ ipPermissions: [] })] }), {}, /tmt-a/],
    [
      'the filter takes nothing',
      withSessions([aSession()], { trafficMirrorFilters: [emptyFilter] }),
      {},
      /tmf-1 accepts nothing/,
    ],
    [
      'the sessions were not read',
      anInventory({ trafficMirrorSessions: undefined as never }),
      {},
      /sessions could not be read/,
    ],
    [
      'others hold all three numbers',
      withSessions(
        [1, 2, 3].map((sessionNumber) =>
          foreign({ trafficMirrorSessionId: `tms-${sessionNumber}`, trafficMirrorFilterId: 'tmf-x', sessionNumber }),
        ),
      ),
      {},
      /tms-1, tms-2, tms-3/,
    ],
    [
      'a dead session of another tool gets the packets first',
      withSessions([foreign()], deadSensor),
      {},
      /not ours to change, and number 1 gets the packets before/,
    ],
  ])('says why a source gets none when %s', (_, inventory, policy, reason) => {
    const { steps, unplaced } = plan(inventory, policy);
    expect(steps).toEqual([]);
    expect(unplaced).toEqual([
      { networkInterfaceId: 'eni-1', resourceId: 'i-1', reason: expect.stringMatching(reason) },
    ]);
  });

  it('goes before a dead session of another tool where a lower number is free', () => {
    expect(stepsOf(withSessions([foreign({ sessionNumber: 5 })], deadSensor))).toEqual([
      'create eni-1 > tmt-b tmf-1 #1',
    ]);
  });

  it('puts ours before a dead session of another tool, by its number', () => {
    const ours = aSession({ sessionNumber: 7, trafficMirrorTargetId: 'tmt-b' });
    const inventory = withSessions([foreign({ sessionNumber: 5 }), ours], deadSensor);
    expect(stepsOf(inventory)).toEqual(['modify tms-1 > tmt-b tmf-1 #1']);
  });

  it('says that nothing can be planned when the interfaces were not read', () => {
    const { networkInterfaces, ...rest } = anInventory();
    const { unplaced } = plan({ ...rest, unread: { networkInterfaces: 'UnauthorizedOperation' } });
    expect(unplaced).toEqual([
      { networkInterfaceId: '*', resourceId: '*', reason: expect.stringMatching(/Unauthorized/) },
    ]);
  });

  it('tags what it creates with its owner, the configuration and the whole id of the resource (29)', () => {
    expect(plan(anInventory()).steps[0]?.tags).toEqual([
      { key: 'mirrorwatch:managed', value: 'true' },
      { key: 'mirrorwatch:config', value: '0123456789abcdef' },
      { key: 'Name', value: 'i-1' },
    ]);
  });

  it('keeps to the interfaces asked for', () => {
    const options = { networkInterfaceIds: new Set(['eni-2']) };
    expect(stepsOf(anInventory(twoInterfaces), {}, options)).toEqual(['create eni-2 > tmt-a tmf-1 #1']);
  });

  it('uses in the same plan the room that its deletions make', () => {
    const nine = Array.from({ length: 9 }, (_, n) =>
      aSession({ trafficMirrorSessionId: `tms-${n + 2}`, networkInterfaceId: `eni-${n + 2}` }),
    );
    const orphan = aSession({ networkInterfaceId: 'eni-gone' });
    const inventory = aFleet(10, [...nine, orphan]);
    const { steps, load } = plan(inventory, { targets: [{ id: 'tmt-a' }], cleanup: true });
    expect(steps.map(({ kind }) => kind)).toEqual(['delete-session', 'create-session']);
    expect(load).toEqual([{ trafficMirrorTargetId: 'tmt-a', sources: 10, capacity: 10 }]);
  });

  it('moves sessions of ours to an idle target when asked to, and not otherwise', () => {
    const eight = Array.from({ length: 8 }, (_, n) =>
      aSession({
        trafficMirrorSessionId: `tms-${n + 1}`,
        networkInterfaceId: `eni-${n + 1}`,
        trafficMirrorTargetId: 'tmt-b',
      }),
    );
    const inventory = aFleet(8, eight);
    expect(stepsOf(inventory)).toEqual([]);
    const { steps, load } = plan(inventory, {}, { rebalance: { maxMoves: 3 } });
    expect(steps.map(({ kind, trafficMirrorTargetId }) => [kind, trafficMirrorTargetId])).toEqual(
      Array.from({ length: 3 }, () => ['modify-session', 'tmt-a']),
    );
    expect(load.map(({ sources }) => sources)).toEqual([3, 5]);
  });

  it('joins the plans of several accounts in their order', () => {
    const [first, second] = [plan(anInventory()), plan(anInventory({ region: 'us-east-1' }))];
    expect(joinPlans([first, second]).steps.map(({ region }) => region)).toEqual(['eu-west-1', 'us-east-1']);
  });
});

/** Accounts of up to fourteen sources and three sensors, with sessions of every kind. */
const anAccount = fc
  .record({
    sources: fc.integer({ min: 0, max: 14 }),
    states: fc.array(fc.constantFrom('running', 'running', 'running', 'stopped'), { minLength: 14, maxLength: 14 }),
    blocked: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    dead: fc.array(fc.constantFrom(false, false, false, true), { minLength: 3, maxLength: 3 }),
    sessions: fc.array(
      fc.record({
        source: fc.integer({ min: 1, max: 15 }),
        target: fc.constantFrom('tmt-a', 'tmt-b', 'tmt-c', 'tmt-unknown'),
        filter: fc.constantFrom('tmf-1', 'tmf-1', 'tmf-old', 'tmf-gone'),
        number: fc.integer({ min: 1, max: 4 }),
        ours: fc.boolean(),
      }),
      { maxLength: 20 },
    ),
    maxSources: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    localZoneOnly: fc.boolean(),
    cleanup: fc.boolean(),
    sessionNumber: fc.constantFrom(1, 2, 32_766),
  })
  .map(({ sources, states, blocked, dead, sessions, maxSources, ...policy }) => {
    const letters = ['a', 'b', 'c'];
    const numbers = Array.from({ length: sources }, (_, index) => index + 1);
    const slots = new Set<string>();
    const real = sessions.filter(({ source, number }) => {
      const slot = `${source}#${number}`;
      const taken = [...slots].filter((each) => each.startsWith(`${source}#`)).length;
      if (slots.has(slot) || taken >= 3) return false;
      slots.add(slot);
      return true;
    });
    const inventory = anInventory({
      instances: [
        ...numbers.map((n) =>
          anInstance({ instanceId: `i-${n}`, state: states[n - 1], networkInterfaceIds: [`eni-${n}`] }),
        ),
        ...letters.map((letter, index) =>
          anInstance({ instanceId: `i-sensor-${letter}`, state: dead[index] ? 'stopped' : 'running' }),
        ),
      ],
      networkInterfaces: [
        ...numbers.map((n) => anInterface({ networkInterfaceId: `eni-${n}`, attachment: attachedTo(`i-${n}`) })),
        ...letters.map((letter, index) =>
          aSensorInterface(letter, { groupIds: [blocked[index] ? 'sg-closed' : 'sg-sensor'] }),
        ),
      ],
      securityGroups: [
        aSecurityGroup({ ipPermissions: [aPermission({ cidrIps: ['10.0.0.0/8'] })] }),
        aSecurityGroup({ groupId: 'sg-closed', ipPermissions: [] }),
        aSecurityGroup({ groupId: 'sg-workload', ipPermissions: [] }),
      ],
      trafficMirrorTargets: letters.map((letter) =>
        aTarget({ trafficMirrorTargetId: `tmt-${letter}`, networkInterfaceId: `eni-sensor-${letter}` }),
      ),
      trafficMirrorFilters: filters,
      trafficMirrorSessions: real.map(({ source, target, filter, number, ours }, index) =>
        aSession({
          trafficMirrorSessionId: `tms-${index}`,
          networkInterfaceId: `eni-${source}`,
          trafficMirrorTargetId: target,
          trafficMirrorFilterId: filter,
          sessionNumber: number,
          ...(ours ? {} : { tags: [] }),
        }),
      ),
    });
    const targets = letters.map((letter) => ({ id: `tmt-${letter}`, ...(maxSources !== undefined && { maxSources }) }));
    return { inventory, policy: aPolicy({ ...policy, targets }) };
  });

async function applied(inventory: Inventory, policy: MirrorPolicy) {
  const account = anAccountOf(inventory);
  const planned = planRemediation(indexAccount(inventory, policy));
  const outcomes = await applyPlan(planned, account.writer, { now: NOW, sleep: async () => undefined });
  return { planned, outcomes, after: account.inventories()[0] as Inventory };
}

describe('planRemediation and applyPlan', () => {
  it('do everything that was planned, after which nothing is left to plan', async () => {
    await fc.assert(
      fc.asyncProperty(anAccount, async ({ inventory, policy }) => {
        const { outcomes, after } = await applied(inventory, policy);
        expect(outcomes.filter(({ result }) => result !== 'done')).toEqual([]);
        expect(planRemediation(indexAccount(after, policy)).steps).toEqual([]);
      }),
    );
  });

  it('never touch a session that is not ours', async () => {
    await fc.assert(
      fc.asyncProperty(anAccount, async ({ inventory, policy }) => {
        const others = ({ trafficMirrorSessions = [] }: Inventory) =>
          trafficMirrorSessions.filter((it) => !isManaged(it));
        expect(others((await applied(inventory, policy)).after)).toEqual(others(inventory));
      }),
    );
  });

  it('put no target above its capacity that was not above it before, and count as the plan said', async () => {
    await fc.assert(
      fc.asyncProperty(anAccount, async ({ inventory, policy }) => {
        const { planned, after } = await applied(inventory, policy);
        const [before, now] = [indexAccount(inventory, policy), indexAccount(after, policy)];
        for (const { trafficMirrorTargetId: id, sources, capacity } of planned.load) {
          expect(now.sourcesOf(id).size).toBe(sources);
          expect(sources).toBeLessThanOrEqual(Math.max(capacity ?? 0, before.sourcesOf(id).size));
        }
      }),
    );
  });

  it('plan the same for any order of the lists', () => {
    const shuffled = anAccount.chain(({ inventory, policy }) =>
      fc
        .tuple(
          fc.shuffledSubarray([...(inventory.networkInterfaces ?? [])], {
            minLength: inventory.networkInterfaces?.length ?? 0,
          }),
          fc.shuffledSubarray([...(inventory.trafficMirrorSessions ?? [])], {
            minLength: inventory.trafficMirrorSessions?.length ?? 0,
          }),
        )
        .map(([networkInterfaces, trafficMirrorSessions]) => ({
          inventory,
          policy,
          other: { ...inventory, networkInterfaces, trafficMirrorSessions },
        })),
    );
    fc.assert(
      fc.property(shuffled, ({ inventory, other, policy }) => {
        expect(planRemediation(indexAccount(other, policy))).toEqual(planRemediation(indexAccount(inventory, policy)));
      }),
    );
  });

  it('finish in the next run what was cut off anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(anAccount, fc.nat(20), async ({ inventory, policy }, steps) => {
        const account = anAccountOf(inventory);
        const whole = planRemediation(indexAccount(inventory, policy));
        await applyPlan({ ...whole, steps: whole.steps.slice(0, steps) }, account.writer, { now: NOW });
        const half = account.inventories()[0] as Inventory;
        await applyPlan(planRemediation(indexAccount(half, policy)), account.writer, { now: NOW, generation: 'next' });
        const after = account.inventories()[0] as Inventory;
        expect(planRemediation(indexAccount(after, policy)).steps).toEqual([]);
      }),
    );
  });

  it('take no source that was mirrored its mirroring, and clean up only once', async () => {
    await fc.assert(
      fc.asyncProperty(anAccount, async ({ inventory, policy }) => {
        const cleaning = { ...policy, cleanup: true };
        const { after } = await applied(inventory, cleaning);
        const mirrored = (account: AccountIndex) =>
          (account.inventory.networkInterfaces ?? [])
            .filter((each) => ['mirrored', 'duplicate'].includes(verdictOf(each, account).kind))
            .map(({ networkInterfaceId }) => networkInterfaceId);
        const [before, now] = [indexAccount(inventory, cleaning), indexAccount(after, cleaning)];
        expect(mirrored(now)).toEqual(expect.arrayContaining(mirrored(before)));
        expect(planRemediation(now).steps).toEqual([]);
      }),
    );
  });
});

describe('a burst of a hundred launches at once', () => {
  it('fills ten targets of ten places evenly, without one refusal', async () => {
    const letters = [...'abcdefghij'];
    const fleet = aFleet(100);
    const inventory: Inventory = {
      ...fleet,
      instances: [
        ...(fleet.instances ?? []).filter(({ instanceId }) => !instanceId.includes('sensor')),
        ...letters.map((letter) => anInstance({ instanceId: `i-sensor-${letter}` })),
      ],
      networkInterfaces: [
        ...(fleet.networkInterfaces ?? []).filter(({ networkInterfaceId }) => !networkInterfaceId.includes('sensor')),
        ...letters.map((letter) =>
          aSensorInterface(letter, {
            availabilityZone: 'eu-west-1a',
            availabilityZoneId: 'euw1-az1',
            subnetId: 'subnet-a',
          }),
        ),
      ],
      trafficMirrorTargets: letters.map((letter) =>
        aTarget({ trafficMirrorTargetId: `tmt-${letter}`, networkInterfaceId: `eni-sensor-${letter}` }),
      ),
    };
    const policy = aPolicy({ targets: letters.map((letter) => ({ id: `tmt-${letter}` })) });
    const { planned, outcomes } = await applied(inventory, policy);
    expect(planned.load.map(({ sources }) => sources)).toEqual(letters.map(() => 10));
    expect(outcomes.every(({ reason }) => reason === 'created')).toBe(true);
  });
});
