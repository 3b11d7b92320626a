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

describe('stepStateOf a creation', () => {
  const create = aStep();
  it.each<[string, Partial<CreateSessionStep>, readonly TrafficMirrorSession[], object]>([
    ['nothing is there', {}, [], { kind: 'not-done' }],
    ['the very session is there', {}, [aSession()], { kind: 'done', session: aSession() }],
    ['one that does the same is there, untagged', {}, [aSession({ tags: [] })], { kind: 'done' }],
    [
      'another run of ours placed it elsewhere',
      {},
      [aSession({ trafficMirrorTargetId: 'tmt-b' })],
      { kind: 'done', session: { trafficMirrorTargetId: 'tmt-b' } },
    ],
    ['a foreign session holds another number', {}, [foreign(7)], { kind: 'not-done' }],
    ['a foreign session holds the number', {}, [foreign(1)], { kind: 'number-taken', sessionNumber: 2 }],
    // Sessions [#2, #1] make 3; a sorted-by-boolean list of another tool made 2, which is taken.
    ['two hold the numbers, unsorted', {}, [foreign(2), foreign(1)], { kind: 'number-taken', sessionNumber: 3 }],
    // The length of the list plus one would be 2 again.
    ['one holds the number 2', { sessionNumber: 2 }, [foreign(2)], { kind: 'number-taken', sessionNumber: 3 }],
    [
      'the highest number is held',
      { sessionNumber: 32_766 },
      [foreign(32_766)],
      { kind: 'number-taken', sessionNumber: 1 },
    ],
    [
      'three foreign sessions are there',
      {},
      [foreign(1), foreign(2), foreign(3)],
      { kind: 'impossible', retryable: false },
    ],
    ['three with ours are there', {}, [foreign(2), foreign(3), aSession()], { kind: 'done' }],
  ])('when %s', (_, step, sessions, state) => {
    expect(stepStateOf({ ...create, ...step }, sessions)).toMatchObject(state);
  });
});

describe('stepStateOf a change and a deletion', () => {
  const modify = aModification();
  const remove = aDeletion();
  it.each<[string, SessionStep, readonly TrafficMirrorSession[], object]>([
    ['a change is done', modify, [aSession()], { kind: 'done' }],
    ['a change of target is not', modify, [aSession({ trafficMirrorTargetId: 'tmt-b' })], { kind: 'not-done' }],
    ['a change of filter is not', modify, [aSession({ trafficMirrorFilterId: 'tmf-2' })], { kind: 'not-done' }],
    ['the session to change is gone', modify, [foreign(1)], { kind: 'impossible', retryable: true }],
    ['a deletion is done', remove, [foreign(1)], { kind: 'done' }],
    ['a deletion is not', remove, [aSession()], { kind: 'not-done' }],
  ])('when %s', (_, step, sessions, state) => {
    expect(stepStateOf(step, sessions)).toMatchObject(state);
  });
});
