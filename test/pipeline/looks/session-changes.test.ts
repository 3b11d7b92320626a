import { describe, expect, it } from 'vitest';
import { changesToHandOver, sessionChangesIn } from '../../../src/pipeline/looks/session-changes.ts';
import type { SessionSighting, Sighting } from '../../../src/sighting/sighting.ts';
import { at, sessionDeleted, terminated } from '../../support/sightings.ts';

/** A change that names this session, or none. */
function changed(kind: SessionSighting['kind'], minute: number, trafficMirrorSessionId?: string): Sighting {
  const { accountId, region, eventTime, actor, evidence } = sessionDeleted(minute, trafficMirrorSessionId ?? '');
  return { accountId, region, eventTime, actor, evidence, kind, trafficMirrorSessionId };
}

const modified = (minute: number, id: string): Sighting => changed('session-modified', minute, id);

describe('changes to sessions by others', () => {
  it('are the deletions and modifications that name a session, each session once', () => {
    const sightings = [
      ...[terminated(1, 'i-1'), modified(1, 'tms-1'), modified(2, 'tms-1'), sessionDeleted(2, 'tms-2')],
      ...[changed('session-deleted', 3), changed('session-created', 3, 'tms-3')],
    ];
    expect(sessionChangesIn(sightings)).toEqual([
      { kind: 'modified', trafficMirrorSessionId: 'tms-1' },
      { kind: 'deleted', trafficMirrorSessionId: 'tms-2' },
    ]);
  });

  it('end with the deletion, in whatever order the records come', () => {
    const gone = [{ kind: 'deleted', trafficMirrorSessionId: 'tms-1' }];
    expect(sessionChangesIn([modified(1, 'tms-1'), sessionDeleted(2, 'tms-1')])).toEqual(gone);
    expect(sessionChangesIn([sessionDeleted(2, 'tms-1'), modified(1, 'tms-1')])).toEqual(gone);
  });

  it('are handed over if they may be later than a write that is still remembered', () => {
    const sightings = [sessionDeleted(4, 'tms-old'), sessionDeleted(5, 'tms-1'), sessionDeleted(15, 'tms-2')];
    expect(changesToHandOver(sightings, at(15)).map((change) => change.trafficMirrorSessionId)).toEqual([
      'tms-1',
      'tms-2',
    ]);
  });

  it('are not handed over if they name what cannot be an id', () => {
    const sightings = [sessionDeleted(15, `tms-${'0'.repeat(17)}`), sessionDeleted(15, 'x'.repeat(100_000))];
    expect(changesToHandOver(sightings, at(15))).toHaveLength(1);
  });
});
