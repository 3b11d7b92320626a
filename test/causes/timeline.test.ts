import { describe, expect, it } from 'vitest';
import { investigate, judgedBy } from '../../src/causes/attribute.ts';
import { type Timeline, timelineOf } from '../../src/causes/timeline.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { Sighting } from '../../src/sighting/sighting.ts';
import { anInstance, aPolicy, aSession } from '../support/inventories.ts';
import { at } from '../support/sightings.ts';
import { aMirroredAccount, call, launchOf, OWNER_TAG, tags } from '../support/stories.ts';

function lifeOf(resourceId: string, now: Inventory, ...calls: readonly (readonly Sighting[])[]): Timeline {
  const policy = { tags: OWNER_TAG, mirror: aPolicy() };
  const investigation = investigate({ inventory: now, sightings: calls.flat(), policy });
  const resourceType = resourceId.startsWith('tms-') ? 'AWS::EC2::TrafficMirrorSession' : 'AWS::EC2::Instance';
  const by = judgedBy({ resourceType, resourceId }, investigation);
  return timelineOf({ by, ids: [resourceId] }, { since: at(0).getTime(), until: at(100).getTime() }, investigation);
}

/** The spans as `from-to tags mirroring`, in minutes after noon. */
const spansIn = ({ spans }: Timeline) =>
  spans.map(({ from, to, tags: tagged, mirroring }) => `${minute(from)}-${minute(to)} ${tagged} ${mirroring}`);
const eventsIn = ({ events }: Timeline) =>
  events.map(({ at: time, evidence, touches }) => `${minute(time)} ${evidence.eventName} ${touches}`);
const minute = (time: number): number => (time - at(0).getTime()) / 60_000;

const account = aMirroredAccount({
  instances: [anInstance({ networkInterfaceIds: ['eni-1'], tags: [{ key: 'Owner', value: 'dana' }] })],
});
const deletedById = call('erin', 50, 'DeleteTrafficMirrorSession', {
  DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-9' },
});

describe('timelineOf', () => {
  it('tells the spans in which an instance was tagged, and the share of the time', () => {
    const life = lifeOf(
      'i-1',
      { ...account, trafficMirrorSessions: [] },
      launchOf('dana', 20, { Owner: 'dana' }),
      call('erin', 30, 'DeleteTags', tags('i-1', { Owner: undefined })),
      call('dana', 60, 'CreateTags', tags('i-1', { Owner: 'dana' })),
    );
    expect(spansIn(life)).toEqual(['0-20 absent absent', '20-30 yes no', '30-60 no no', '60-100 yes no']);
    expect(eventsIn(life)).toEqual(['20 RunInstances resource', '30 DeleteTags resource', '60 CreateTags resource']);
    expect(life.shares.tags).toEqual({ compliant: 50 / 80, yes: 50 * 60_000, no: 30 * 60_000, unknown: 0 });
    expect(life.shares.mirroring.compliant).toBe(0);
  });

  it('ends the doubt about a session that was deleted by its id when it was deleted, and lists the call as possible', () => {
    const life = lifeOf('i-1', { ...account, trafficMirrorSessions: [] }, deletedById);
    expect(spansIn(life)).toEqual(['0-50 yes unknown', '50-100 yes no']);
    expect(life.spans[0]?.reason).toBe(
      'the record of DeleteTrafficMirrorSession at 2026-03-17T12:50:00Z names only the session, not what it was on',
    );
    expect(eventsIn(life)).toEqual(['50 DeleteTrafficMirrorSession possibly']);
    expect(life.shares.mirroring).toMatchObject({ compliant: 0, no: 50 * 60_000, unknown: 50 * 60_000 });
  });

  it('leaves out a call that cannot have been on the resource', () => {
    const life = lifeOf(
      'i-1',
      { ...account, trafficMirrorSessions: [] },
      launchOf('dana', 20, { Owner: 'dana' }),
      deletedById,
    );
    expect(eventsIn(life)).toEqual(['20 RunInstances resource']);
    expect(spansIn(life)).toEqual(['0-20 absent absent', '20-100 yes no']);
  });

  it('judges a session by the rules about sessions', () => {
    const rogue = aSession({ trafficMirrorSessionId: 'tms-2', trafficMirrorTargetId: 'tmt-unknown', sessionNumber: 2 });
    const created = call(
      'mallory',
      40,
      'CreateTrafficMirrorSession',
      {},
      {
        CreateTrafficMirrorSessionResponse: {
          trafficMirrorSession: {
            ...{ trafficMirrorSessionId: 'tms-2', networkInterfaceId: 'eni-1', trafficMirrorTargetId: 'tmt-unknown' },
            ...{ trafficMirrorFilterId: 'tmf-1', sessionNumber: 2, ownerId: 111122223333 },
          },
        },
      },
    );
    const now = { ...account, trafficMirrorSessions: [aSession(), rogue] };
    expect(spansIn(lifeOf('tms-2', now, created))).toEqual(['0-40 absent absent', '40-100 absent no']);
    expect(spansIn(lifeOf('tms-1', now, created))).toEqual(['0-100 absent yes']);
  });
});
