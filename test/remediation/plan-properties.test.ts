import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { type AccountIndex, indexAccount } from '../../src/mirror/account-index.ts';
import { verdictOf } from '../../src/mirror/coverage.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import { isManaged } from '../../src/mirror/sessions.ts';
import { accountAfter, type Verdicts, verdictsAfter } from '../../src/remediation/account-after.ts';
import { applyPlan } from '../../src/remediation/apply-plan.ts';
import { planRemediation } from '../../src/remediation/plan-remediation.ts';
import { endedSuspicions, planSuspicion } from '../../src/remediation/suspicion/plan-suspicion.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { ACCOUNT, anInstance, aPolicy, aSensorInterface, aTarget } from '../support/inventories.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { accounts, aFleet } from '../support/plans.ts';
import { at, suspected } from '../support/sightings.ts';

const NOW = new Date('2026-11-21T09:00:00Z');
const anyAccount = accounts(['sg-sensor', 'sg-closed']);

async function applied(inventory: Inventory, policy: MirrorPolicy) {
  const account = anAccountOf(inventory);
  const planned = planRemediation(indexAccount(inventory, policy));
  const outcomes = await applyPlan(planned, account.writer, { now: NOW, clock: STOPPED_CLOCK });
  return { planned, outcomes, after: account.inventories()[0] as Inventory };
}

/** The verdicts of an audit on some interfaces of an account. */
function verdictsOn(account: AccountIndex, isJudged: (networkInterfaceId: string) => boolean): Verdicts {
  const interfaces = (account.inventory.networkInterfaces ?? []).filter((each) => isJudged(each.networkInterfaceId));
  return new Map(interfaces.map((each) => [each.networkInterfaceId, verdictOf(each, account)]));
}

describe('planRemediation with the verdicts of the audit', () => {
  const judgedAccount = fc.record({
    account: accounts(['sg-sensor', 'sg-sensor', 'sg-closed', 'sg-unread']),
    cleanup: fc.boolean(),
    rebalance: fc.constantFrom(undefined, {}),
    onUnknown: fc.constantFrom('refuse' as const, 'refuse' as const, 'try' as const),
    unjudged: fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 5 }),
    suspects: fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 4 }),
  });

  it('makes the same plan as without them, also after deletions and steps for suspects', () => {
    fc.assert(
      fc.property(judgedAccount, ({ account: { inventory, policy }, suspects, unjudged, rebalance, ...choices }) => {
        const onSuspicion = { filterId: 'tmf-1', targetIds: ['tmt-a', 'tmt-c'], hours: 1 };
        const account = indexAccount(inventory, { ...policy, ...choices, onSuspicion });
        const verdicts = verdictsOn(account, (id) => !unjudged.some((n) => id === `eni-${n}`));
        const sightings = suspects.map((n) => suspected(0, `i-${n}`));
        const before = [...endedSuspicions(account, at(1)), ...planSuspicion(account, sightings, at(1)).steps];
        const after = accountAfter(account, before);
        const options = { rebalance, now: at(1) };
        expect(planRemediation(after, { ...options, verdicts: verdictsAfter(verdicts, before) })).toStrictEqual(
          planRemediation(after, options),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('does not judge an interface again while its verdict is valid', () => {
    fc.assert(
      fc.property(anyAccount, ({ inventory, policy }) => {
        const account = indexAccount(inventory, { ...policy, cleanup: false });
        const none = new Map(
          (inventory.networkInterfaces ?? []).map(({ networkInterfaceId }) => [
            networkInterfaceId,
            { kind: 'exempt', reason: 'the audit says so' } as const,
          ]),
        );
        expect(planRemediation(account, { verdicts: none })).toMatchObject({ steps: [], unplaced: [] });
      }),
    );
  });
});

describe('planRemediation and applyPlan', () => {
  it('carry out the whole plan, after which there is nothing left to plan', async () => {
    await fc.assert(
      fc.asyncProperty(anyAccount, async ({ inventory, policy }) => {
        const { outcomes, after } = await applied(inventory, policy);
        expect(outcomes.filter(({ result }) => result !== 'done')).toEqual([]);
        expect(planRemediation(indexAccount(after, policy)).steps).toEqual([]);
      }),
    );
  });

  it('never touch a session that is not ours', async () => {
    await fc.assert(
      fc.asyncProperty(anyAccount, async ({ inventory, policy }) => {
        const others = ({ trafficMirrorSessions = [] }: Inventory) =>
          trafficMirrorSessions.filter((it) => !isManaged(it, ACCOUNT));
        expect(others((await applied(inventory, policy)).after)).toEqual(others(inventory));
      }),
    );
  });

  it('overload no target, and end with the load that the plan predicted', async () => {
    await fc.assert(
      fc.asyncProperty(anyAccount, async ({ inventory, policy }) => {
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
    const shuffled = anyAccount.chain(({ inventory, policy }) =>
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

  it('finish an interrupted plan in the next run, at whatever step it stopped', async () => {
    await fc.assert(
      fc.asyncProperty(anyAccount, fc.nat(20), async ({ inventory, policy }, steps) => {
        const account = anAccountOf(inventory);
        const whole = planRemediation(indexAccount(inventory, policy));
        await applyPlan({ ...whole, steps: whole.steps.slice(0, steps) }, account.writer, {
          now: NOW,
          clock: STOPPED_CLOCK,
        });
        const half = account.inventories()[0] as Inventory;
        await applyPlan(planRemediation(indexAccount(half, policy)), account.writer, {
          now: NOW,
          clock: STOPPED_CLOCK,
          generation: 'next',
        });
        const after = account.inventories()[0] as Inventory;
        expect(planRemediation(indexAccount(after, policy)).steps).toEqual([]);
      }),
    );
  });

  it('leave no mirrored source unmirrored, and clean up only once', async () => {
    await fc.assert(
      fc.asyncProperty(anyAccount, async ({ inventory, policy }) => {
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
  it('fills ten targets with ten places each evenly, without a single refusal', async () => {
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
