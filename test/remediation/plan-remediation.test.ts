import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import { type ExistingSession, sessionIdOf } from '../../src/remediation/plan.ts';
import { joinPlans, type PlanOptions, planRemediation } from '../../src/remediation/plan-remediation.ts';
import {
  aFilter,
  anInstance,
  anInterface,
  anInventory,
  aPolicy,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  attachedTo,
} from '../support/inventories.ts';
import { aFleet } from '../support/plans.ts';

const plan = (inventory: Inventory, policy: Partial<MirrorPolicy> = {}, options?: PlanOptions) =>
  planRemediation(indexAccount(inventory, aPolicy(policy)), options);

/** The steps as `kind session? interface > target #number`, short enough for a table. */
function stepsOf(...args: Parameters<typeof plan>): readonly string[] {
  return plan(...args).steps.map((step) =>
    [
      step.kind.replace('-session', ''),
      sessionIdOf(step) ?? step.networkInterfaceId,
      '>',
      step.trafficMirrorTargetId,
      step.trafficMirrorFilterId,
      `#${step.sessionNumber}`,
    ].join(' '),
  );
}

const foreign = (parts: Partial<TrafficMirrorSession> = {}): TrafficMirrorSession =>
  aSession({ trafficMirrorSessionId: 'tms-f', tags: [], ...parts });

/** The default account with these sessions and other changes. */
const withSessions = (sessions: readonly TrafficMirrorSession[], parts: Partial<Inventory> = {}): Inventory =>
  anInventory({ trafficMirrorSessions: sessions, ...parts });

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
/** No target lets the packets of a mirror session in. */
const NO_TARGET: Partial<Inventory> = { securityGroups: [aSecurityGroup({ groupId: 'sg-sensor', ipPermissions: [] })] };
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
    ['nothing for a source that a session of ours mirrors', withSessions([aSession()]), {}, []],
    ['nothing for a source that another tool mirrors to the same target', withSessions([foreign()]), {}, []],
    // Numbers in brackets refer to our list of bugs in other tools.
    [
      'a session for each interface of an instance (21)',
      anInventory(twoInterfaces),
      {},
      ['create eni-1 > tmt-a tmf-1 #1', 'create eni-2 > tmt-a tmf-1 #1'],
    ],
    [
      'a session for the second interface when the first has one (22)',
      withSessions([aSession()], twoInterfaces),
      {},
      ['create eni-2 > tmt-a tmf-1 #1'],
    ],
    [
      'a session beside one of another tool, with the next number (23)',
      withSessions([foreign({ trafficMirrorFilterId: 'tmf-other' })]),
      {},
      ['create eni-1 > tmt-a tmf-1 #2'],
    ],
    ['no session for a sensor (26)', withSessions([aSession()]), {}, []],
    ['no session for a stopped instance (63)', stopped, {}, []],
    [
      'a session beside one to an unknown target (57)',
      withSessions([foreign({ trafficMirrorTargetId: 'tmt-gone', sessionNumber: 7 })]),
      {},
      ['create eni-1 > tmt-a tmf-1 #1'],
    ],
    [
      'the lowest free number beside unsorted sessions #2 and #1 (61)',
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
      'a modification that moves a session of ours away from a dead sensor (78)',
      withSessions([aSession()], deadSensor),
      {},
      ['modify tms-1 > tmt-b tmf-1 #1'],
    ],
    [
      'a modification back to the configured target',
      withSessions([aSession()]),
      { targets: [{ id: 'tmt-b' }] },
      ['modify tms-1 > tmt-b tmf-1 #1'],
    ],
    [
      'a modification to the configured filter, at the same target',
      withSessions([aSession({ trafficMirrorFilterId: 'tmf-old' })], { trafficMirrorFilters: filters }),
      {},
      ['modify tms-1 > tmt-a tmf-1 #1'],
    ],
    ['a new session after one was deleted (79)', withSessions([]), {}, ['create eni-1 > tmt-a tmf-1 #1']],
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
      'the deletion of our duplicate with clean-up (59)',
      withSessions([aSession(), aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2 })]),
      { cleanup: true },
      ['delete tms-2 > tmt-a tmf-1 #2'],
    ],
    [
      'the deletion of our orphan with clean-up',
      { ...stopped, trafficMirrorSessions: [aSession()] },
      { cleanup: true },
      ['delete tms-1 > tmt-a tmf-1 #1'],
    ],
    ["no deletion of another tool's orphan", { ...stopped, trafficMirrorSessions: [foreign()] }, { cleanup: true }, []],
    [
      'no deletion of an orphan whose source may only have been missed by the read',
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
      'the filter accepts nothing',
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
      'sessions of others take all three slots',
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
      /not ours to change, and no session number before its 1 is free/,
    ],
  ])('says why a source gets none when %s', (_, inventory, policy, reason) => {
    const { steps, unplaced } = plan(inventory, policy);
    expect(steps).toEqual([]);
    expect(unplaced).toMatchObject([
      { networkInterfaceId: 'eni-1', resourceId: 'i-1', reason: expect.stringMatching(reason) },
    ]);
  });

  it.each<[string, ExistingSession, Inventory]>([
    ['none, and every target refuses', 'none', anInventory({ securityGroups: [] })],
    ['none, and the targets are in doubt', 'none', anInventory({ securityGroups: undefined })],
    ['one to an unknown target', 'none', withSessions([foreign({ trafficMirrorTargetId: 'tmt-x' })], NO_TARGET)],
    ['a dead one', 'ineffective', withSessions([foreign()], deadSensor)],
    ['one that may work', 'unknown', withSessions([aSession()], { securityGroups: undefined })],
    ['one or none, as the sessions were not read', 'unknown', anInventory({ trafficMirrorSessions: undefined })],
  ])('tells of a source without a step what session it has: %s', (_, session, inventory) => {
    const { steps, unplaced } = plan(inventory);
    expect(steps).toEqual([]);
    expect(unplaced).toMatchObject([{ networkInterfaceId: 'eni-1', session }]);
  });

  it('creates a session before a dead one of another tool when a lower number is free', () => {
    expect(stepsOf(withSessions([foreign({ sessionNumber: 5 })], deadSensor))).toEqual([
      'create eni-1 > tmt-b tmf-1 #1',
    ]);
  });

  it('renumbers a session of ours to precede a dead one of another tool', () => {
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

  it('tags a new session as ours, with the configuration hash and the complete resource id (29)', () => {
    const [step] = plan(anInventory()).steps;
    expect(step?.kind === 'create-session' && step.tags).toEqual([
      { key: 'mirrorwatch:managed', value: 'true' },
      { key: 'mirrorwatch:config', value: '0123456789abcdef' },
      { key: 'Name', value: 'i-1' },
    ]);
  });

  it('plans only the given interfaces', () => {
    const options = { networkInterfaceIds: new Set(['eni-2']) };
    expect(stepsOf(anInventory(twoInterfaces), {}, options)).toEqual(['create eni-2 > tmt-a tmf-1 #1']);
  });

  it('uses the places freed by its deletions in the same plan', () => {
    const nine = Array.from({ length: 9 }, (_, n) =>
      aSession({ trafficMirrorSessionId: `tms-${n + 2}`, networkInterfaceId: `eni-${n + 2}` }),
    );
    const orphan = aSession({ networkInterfaceId: 'eni-gone' });
    const inventory = aFleet(10, [...nine, orphan]);
    const { steps, load } = plan(inventory, { targets: [{ id: 'tmt-a' }], cleanup: true });
    expect(steps.map(({ kind }) => kind)).toEqual(['delete-session', 'create-session']);
    expect(load).toMatchObject([{ trafficMirrorTargetId: 'tmt-a', sources: 10, capacity: 10 }]);
  });

  it('moves sessions of ours to an idle target only when asked to rebalance', () => {
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

  it('does not call a target full that is empty now and that the plan fills', () => {
    const { steps, unplaced } = plan(aFleet(11), { targets: [{ id: 'tmt-a' }] });
    expect(steps).toHaveLength(10);
    expect(unplaced.map(({ reason }) => reason)).toEqual([
      'tmt-a: the plan fills it with other sources: 10 of 10, 0 of them now',
    ]);
  });

  it('joins the plans of several accounts in order', () => {
    const [first, second] = [plan(anInventory()), plan(anInventory({ region: 'us-east-1' }))];
    expect(joinPlans([first, second]).steps.map(({ region }) => region)).toEqual(['eu-west-1', 'us-east-1']);
  });
});
