import { describe, expect, it } from 'vitest';
import { plannedPlace, withPlace } from '../../../src/remediation/advice/place-in-plan.ts';
import type { PlanStep, Unplaced } from '../../../src/remediation/plan.ts';
import { placeholderOf } from '../../../src/remediation/sensors/sensor-launcher.ts';
import { aDeletion, aModification, aStep } from '../../support/plans.ts';

const refused = (networkInterfaceId: string, reason: string): Unplaced => ({
  networkInterfaceId,
  resourceId: 'i-1',
  reason,
});
const create = (networkInterfaceId: string, trafficMirrorTargetId: string): PlanStep =>
  aStep({ networkInterfaceId, trafficMirrorTargetId });
const many = (count: number): readonly PlanStep[] =>
  Array.from({ length: count }, (_, index) => create(`eni-${index}`, 'tmt-a'));

describe('withPlace', () => {
  it.each<[string, readonly PlanStep[], readonly Unplaced[], string]>([
    ['one source', [create('eni-1', 'tmt-a')], [], 'eni-1 goes to tmt-a'],
    [
      'two sources of one target',
      [create('eni-1', 'tmt-a'), create('eni-2', 'tmt-a')],
      [],
      'eni-1 and eni-2 go to tmt-a',
    ],
    [
      'two targets',
      [create('eni-1', 'tmt-a'), create('eni-2', 'tmt-b')],
      [],
      'eni-1 goes to tmt-a and eni-2 goes to tmt-b',
    ],
    [
      'more interfaces than a sentence names',
      many(9),
      [],
      'eni-0 and eni-1 and eni-2 and eni-3 and eni-4 and 4 more go to tmt-a',
    ],
    [
      'a sensor that does not exist yet',
      [create('eni-1', placeholderOf('p', 1))],
      [],
      'eni-1 goes to a sensor to be launched',
    ],
    [
      'a source left without a place',
      [create('eni-1', 'tmt-a')],
      [refused('eni-2', 'tmt-a is full')],
      'eni-1 goes to tmt-a and eni-2 gets no session: tmt-a is full',
    ],
    [
      'a source that keeps an ineffective session',
      [],
      [{ ...refused('eni-2', 'it is not ours'), session: 'ineffective' }],
      'eni-2 keeps its ineffective session: it is not ours',
    ],
    [
      'a source whose session may work',
      [],
      [{ ...refused('eni-2', 'sg-1 could not be read'), session: 'unknown' }],
      'eni-2 has no step, because it is not known whether it is mirrored: sg-1 could not be read',
    ],
  ])('names the place of %s', (_, steps, unplaced, place) => {
    expect(withPlace('i-1 is bare.', { steps, unplaced }, 'account')).toBe(
      `i-1 is bare; in the plan for the whole account ${place}.`,
    );
  });

  it('says when only part of the account was placed', () => {
    expect(withPlace('i-1 is bare.', { steps: [create('eni-1', 'tmt-a')], unplaced: [] }, 'judged')).toBe(
      'i-1 is bare; in the plan for what this run judged eni-1 goes to tmt-a.',
    );
  });

  it('adds only what the reason does not say yet', () => {
    const unplaced = [refused('eni-1', 'tmt-a is full; the session is not ours to change')];
    expect(withPlace('i-1 is bare: tmt-a is full.', { steps: [], unplaced }, 'account')).toBe(
      'i-1 is bare: tmt-a is full; in the plan for the whole account eni-1 gets no session: the session is not ours to change.',
    );
  });

  it.each<[string, readonly PlanStep[], readonly Unplaced[]]>([
    ['nothing is planned', [], []],
    ['only a deletion is planned', [aDeletion()], []],
    ['the reason already says why there is no place', [], [refused('eni-1', 'tmt-a is full')]],
  ])('adds nothing when %s', (_, steps, unplaced) => {
    expect(withPlace('no target: tmt-a is full.', { steps, unplaced }, 'account')).toBe('no target: tmt-a is full.');
  });
});

describe('plannedPlace', () => {
  it('is the step that gives the interface its session, even after a deletion on it', () => {
    const steps = [aDeletion({ networkInterfaceId: 'eni-1' }), aModification({ networkInterfaceId: 'eni-1' })];
    expect(plannedPlace('eni-1', { steps, unplaced: [] })).toEqual({
      kind: 'modify-session',
      trafficMirrorTargetId: steps[1]?.trafficMirrorTargetId,
      reason: steps[1]?.reason,
    });
  });

  it('has no target for a deletion, nor for a source without a place', () => {
    const plan = { steps: [aDeletion({ networkInterfaceId: 'eni-1' })], unplaced: [refused('eni-2', 'full')] };
    expect(plannedPlace('eni-1', plan)).toMatchObject({ kind: 'delete-session', trafficMirrorTargetId: null });
    expect(plannedPlace('eni-2', plan)).toEqual({ kind: 'unplaced', trafficMirrorTargetId: null, reason: 'full' });
  });

  it('is null for an interface that the plan leaves as it is', () => {
    expect(plannedPlace('eni-3', { steps: [create('eni-1', 'tmt-a')], unplaced: [] })).toBeNull();
  });
});
