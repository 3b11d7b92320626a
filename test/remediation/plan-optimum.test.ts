import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { planRemediation } from '../../src/remediation/plan-remediation.ts';
import {
  type BatchPlan,
  batchWorld,
  bestBatch,
  carriedOut,
  isOverloaded,
  scoreOfSessions,
} from '../mirror/placement/batch-model.ts';

const zone = fc.constantFrom('a' as const, 'b' as const);

/** Accounts in which some sessions of ours are dead, and other tools' sessions take places. */
const batches: fc.Arbitrary<BatchPlan> = fc.integer({ min: 1, max: 4 }).chain((count) => {
  const target = fc.integer({ min: 0, max: count - 1 });
  const mostly = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
  return fc.record({
    sources: fc.array(
      fc.record({
        zone,
        targets: fc.subarray([...Array(count).keys()]),
        own: mostly(fc.record({ target, isCurrent: fc.constantFrom(true, true, false) })),
        others: fc.option(target, { nil: undefined, freq: 1 }),
      }),
      { maxLength: 6 },
    ),
    targets: fc.array(fc.record({ zone, capacity: fc.integer({ min: 0, max: 3 }) }), {
      minLength: count,
      maxLength: count,
    }),
  });
});

function outcomeOf(plan: BatchPlan) {
  const { inventory, policy } = batchWorld(plan);
  const { steps, unplaced } = planRemediation(indexAccount(inventory, policy));
  const sessions = carriedOut(steps, plan, inventory.trafficMirrorSessions ?? []);
  return { steps, unplaced, sessions, score: scoreOfSessions(plan, sessions) };
}

describe('a plan in which dead sessions of ours must move', () => {
  it('serves as many sources as any assignment, as many of them in their zone, in an order that AWS accepts', () => {
    fc.assert(
      fc.property(
        batches.filter((plan) => !isOverloaded(plan)),
        (plan) => {
          const { score, unplaced } = outcomeOf(plan);
          expect(score).toEqual(bestBatch(plan));
          expect(score.served + unplaced.length).toBe(plan.sources.length);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('fills no target above its capacity where some have more sources than they take, and leaves nothing to plan', () => {
    fc.assert(
      fc.property(batches.filter(isOverloaded), (plan) => {
        const { score, sessions } = outcomeOf(plan);
        expect(score.served).toBeLessThanOrEqual(bestBatch(plan).served);
        const { inventory, policy } = batchWorld(plan);
        const after = indexAccount({ ...inventory, trafficMirrorSessions: sessions }, policy);
        expect(planRemediation(after).steps).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the place that a dead session leaves to the only source that can use it', () => {
    const { steps, unplaced } = outcomeOf({
      sources: [
        { zone: 'b', targets: [1], own: { target: 0, isCurrent: true } },
        { zone: 'a', targets: [0, 1] },
      ],
      targets: [
        { zone: 'a', capacity: 1 },
        { zone: 'a', capacity: 1 },
      ],
    });
    expect(steps.map((step) => [step.kind, step.networkInterfaceId, step.trafficMirrorTargetId])).toEqual([
      ['modify-session', 'eni-s0', 'tmt-1'],
      ['create-session', 'eni-s1', 'tmt-0'],
    ]);
    expect(unplaced).toEqual([]);
  });

  it('deletes and creates one of two sessions that have to swap full targets', () => {
    const { steps } = outcomeOf({
      sources: [
        { zone: 'a', targets: [1], own: { target: 0, isCurrent: true } },
        { zone: 'a', targets: [0], own: { target: 1, isCurrent: true } },
      ],
      targets: [
        { zone: 'a', capacity: 1 },
        { zone: 'a', capacity: 1 },
      ],
    });
    expect(steps.map((step) => [step.kind, step.networkInterfaceId, step.trafficMirrorTargetId])).toEqual([
      ['delete-session', 'eni-s0', 'tmt-0'],
      ['modify-session', 'eni-s1', 'tmt-0'],
      ['create-session', 'eni-s0', 'tmt-1'],
    ]);
    expect(steps[0]?.reason).toBe(
      'its place at tmt-0 is needed before there is one for it at tmt-1; it is created again there',
    );
    const [, , creation] = steps;
    expect(creation?.kind === 'create-session' ? creation.tags : []).toContainEqual({
      key: 'mirrorwatch:managed',
      value: 'true',
    });
  });

  it('sends a source that a full target already has there, if it would take the only place of another', () => {
    const { steps, unplaced } = outcomeOf({
      sources: [
        { zone: 'a', targets: [0, 1], others: 0 },
        { zone: 'a', targets: [1] },
      ],
      targets: [
        { zone: 'b', capacity: 1 },
        { zone: 'a', capacity: 1 },
      ],
    });
    expect(steps.map((step) => [step.networkInterfaceId, step.trafficMirrorTargetId])).toEqual([
      ['eni-s0', 'tmt-0'],
      ['eni-s1', 'tmt-1'],
    ]);
    expect(unplaced).toEqual([]);
  });

  it('can be carried out in part for any one source, which then has its place', () => {
    fc.assert(
      fc.property(
        batches.filter((plan) => !isOverloaded(plan) && plan.sources.length > 0),
        fc.nat(),
        (plan, n) => {
          const { inventory, policy } = batchWorld(plan);
          const account = indexAccount(inventory, policy);
          const only = `eni-s${n % plan.sources.length}`;
          const whole = planRemediation(account).steps.filter((step) => step.networkInterfaceId === only);
          const { steps } = planRemediation(account, { only: new Set([only]) });
          const sessions = carriedOut(steps, plan, inventory.trafficMirrorSessions ?? []);
          const place = whole.at(-1)?.trafficMirrorTargetId;
          expect(steps.filter((step) => step.networkInterfaceId === only)).toEqual(whole);
          if (place === undefined) expect(steps).toEqual([]);
          else
            expect(sessions).toContainEqual(
              expect.objectContaining({ networkInterfaceId: only, trafficMirrorTargetId: place }),
            );
        },
      ),
      { numRuns: 1000 },
    );
  });
});
