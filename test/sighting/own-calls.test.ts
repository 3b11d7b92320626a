import { describe, expect, it } from 'vitest';
import type { SessionCreated } from '../../src/sighting/changes/mirroring.ts';
import { ownCall, withoutTwins } from '../../src/sighting/own-calls.ts';
import { at } from '../support/sightings.ts';

const CREATED: SessionCreated = {
  ...{ kind: 'session-created', trafficMirrorSessionId: 'tms-1', networkInterfaceId: 'eni-1' },
  ...{ trafficMirrorTargetId: 'tmt-1', trafficMirrorFilterId: 'tmf-1', sessionNumber: 1, tags: [] },
};
const DELETED = { kind: 'session-deleted', trafficMirrorSessionId: 'tms-1' } as const;

/** The same call as CloudTrail records it. */
const recorded = (call: ReturnType<typeof ownCall>, eventID = 'c0ffee') => ({
  ...call,
  evidence: { ...call.evidence, eventID, actor: 'mirrorwatch-member/mirrorwatch', note: undefined },
});

describe('withoutTwins', () => {
  const own = ownCall(CREATED, at(1));

  it.each([
    ['leaves out our own note of a call that CloudTrail records too', [own, recorded(own)], [recorded(own)]],
    ['whichever comes first', [recorded(own), own], [recorded(own)]],
    ['keeps our own note when CloudTrail has no record', [own], [own]],
    ['keeps the first of two answers about one session', [ownCall(CREATED, at(2)), own], [own]],
    ['keeps creation and deletion of a session', [own, ownCall(DELETED, at(3))], [own, ownCall(DELETED, at(3))]],
    [
      'takes the word of CloudTrail for who deleted a session',
      [ownCall(DELETED, at(3)), recorded(ownCall(DELETED, at(2)))],
      [recorded(ownCall(DELETED, at(2)))],
    ],
    [
      'keeps every record of CloudTrail',
      [recorded(own, 'a'), recorded(own, 'b')],
      [recorded(own, 'a'), recorded(own, 'b')],
    ],
  ])('%s', (_, calls, left) => {
    expect(withoutTwins(calls)).toEqual(left);
  });
});
