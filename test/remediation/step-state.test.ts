import { describe, expect, it } from 'vitest';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import type { CreateSessionStep, SessionStep } from '../../src/remediation/plan.ts';
import { stepStateOf } from '../../src/remediation/step-state.ts';
import { aSession } from '../support/inventories.ts';
import { aDeletion, aModification, aStep } from '../support/plans.ts';

const foreign = (sessionNumber: number): TrafficMirrorSession =>
  aSession({
    trafficMirrorSessionId: `tms-foreign-${sessionNumber}`,
    trafficMirrorTargetId: 'tmt-other',
    trafficMirrorFilterId: 'tmf-other',
    sessionNumber,
    tags: [],
  });

describe('stepStateOf for a creation', () => {
  const create = aStep();
  it.each<[string, Partial<CreateSessionStep>, readonly TrafficMirrorSession[], object]>([
    ['there is no session', {}, [], { kind: 'not-done' }],
    ['the planned session exists', {}, [aSession()], { kind: 'done', session: aSession() }],
    ['an untagged session does the same', {}, [aSession({ tags: [] })], { kind: 'done' }],
    [
      'another run of ours placed it elsewhere',
      {},
      [aSession({ trafficMirrorTargetId: 'tmt-b' })],
      { kind: 'done', session: { trafficMirrorTargetId: 'tmt-b' } },
    ],
    ['a foreign session holds another number', {}, [foreign(7)], { kind: 'not-done' }],
    ['a foreign session holds the planned number', {}, [foreign(1)], { kind: 'number-taken', sessionNumber: 2 }],
    // Another tool, which sorts by a boolean, answers 2 here, which is taken.
    [
      'two unsorted foreign sessions hold numbers 2 and 1',
      {},
      [foreign(2), foreign(1)],
      { kind: 'number-taken', sessionNumber: 3 },
    ],
    // The number of sessions plus one would be 2 again.
    [
      'a foreign session holds number 2',
      { sessionNumber: 2 },
      [foreign(2)],
      { kind: 'number-taken', sessionNumber: 3 },
    ],
    [
      'a foreign session holds the highest number',
      { sessionNumber: 32_766 },
      [foreign(32_766)],
      { kind: 'number-taken', sessionNumber: 1 },
    ],
    ['three foreign sessions take all slots', {}, [foreign(1), foreign(2), foreign(3)], { kind: 'impossible' }],
    ['one of three sessions is ours', {}, [foreign(2), foreign(3), aSession()], { kind: 'done' }],
  ])('when %s', (_, step, sessions, state) => {
    expect(stepStateOf({ ...create, ...step }, sessions)).toMatchObject(state);
  });
});

describe('stepStateOf for a modification and a deletion', () => {
  const modify = aModification();
  const remove = aDeletion();
  it.each<[string, SessionStep, readonly TrafficMirrorSession[], object]>([
    ['the session is as planned', modify, [aSession()], { kind: 'done' }],
    ['the session has another target', modify, [aSession({ trafficMirrorTargetId: 'tmt-b' })], { kind: 'not-done' }],
    ['the session has another filter', modify, [aSession({ trafficMirrorFilterId: 'tmf-2' })], { kind: 'not-done' }],
    ['the session to modify is gone', modify, [foreign(1)], { kind: 'impossible' }],
    ['the session to delete is gone', remove, [foreign(1)], { kind: 'done' }],
    ['the session to delete exists', remove, [aSession()], { kind: 'not-done' }],
  ])('when %s', (_, step, sessions, state) => {
    expect(stepStateOf(step, sessions)).toMatchObject(state);
  });
});
