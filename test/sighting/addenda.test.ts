import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CloudTrailRecord } from '../../src/cloudtrail/record.ts';
import { distinctSightings } from '../../src/sighting/dedupe.ts';
import { sightingsOf } from '../../src/sighting/readers.ts';
import { aLaunch, aRecord } from '../support/records.ts';

const [FIRST, SECOND, THIRD] = ['first-record', 'second-record', 'third-record'] as const;
const OMITTED = { omitted: true, reason: 'responseElements too large' };

const addendum = (eventID: string, originalEventID: string = FIRST) => ({
  eventID,
  addendum: { reason: 'UPDATED_DATA', updatedFields: 'responseElements', originalEventID },
});
const launch = (tags: Readonly<Record<string, string>> | undefined, fields: object = {}) =>
  aLaunch([tags === undefined ? { instanceId: 'i-0a' } : { instanceId: 'i-0a', tags }], { eventID: FIRST, ...fields });
const folded = (...records: readonly CloudTrailRecord[]) =>
  distinctSightings(records.flatMap((record, index) => sightingsOf(record, `file-${index}.json.gz`)));
const tagsIn = (records: readonly CloudTrailRecord[]) =>
  folded(...records).flatMap((one) => (one.kind === 'launch' ? one.instances.map(({ tags }) => tags) : []));
const OWNER = [{ key: 'Owner', value: 'dana' }];

describe('a record and its addendum', () => {
  it('are one launch, with the tags that only the addendum has', () => {
    const records = [launch(undefined), launch({ Owner: 'dana' }, addendum(SECOND))];
    for (const order of [records, records.toReversed()]) {
      const [sighting, ...others] = folded(...order);
      expect(others).toEqual([]);
      expect(sighting).toMatchObject({
        kind: 'launch',
        instances: [{ instanceId: 'i-0a', tags: OWNER, networkInterfaceIds: ['eni-of-i-0a'] }],
        evidence: { eventID: FIRST, addendumID: SECOND },
        changes: [{ kind: 'instance-launched', instanceId: 'i-0a', tags: OWNER }],
      });
    }
  });

  it('keep what only the first record has', () => {
    const addition = launch(undefined, addendum(SECOND));
    expect(tagsIn([launch({ Owner: 'dana' }), addition])).toEqual([OWNER]);
  });

  it('need no look-up once the addendum has what CloudTrail omitted at first', () => {
    const omitted = launch(undefined, { responseElements: OMITTED });
    expect(folded(omitted)).toMatchObject([{ incomplete: true }]);
    const [sighting] = folded(omitted, launch({ Owner: 'dana' }, addendum(SECOND)));
    expect(sighting).not.toHaveProperty('incomplete');
    expect(sighting?.evidence.note).toBeUndefined();
    expect(sighting).toMatchObject({ instances: [{ tags: OWNER }] });
  });

  it('lose nothing when the addendum repeats none of the parts', () => {
    const bare = launch(undefined, { ...addendum(SECOND), requestParameters: null, responseElements: null });
    expect(tagsIn([launch({ Owner: 'dana' }), bare])).toEqual([OWNER]);
    const removal = { eventName: 'DeleteTags', eventID: FIRST };
    const requestParameters = {
      resourcesSet: { items: [{ resourceId: 'i-0a' }] },
      tagSet: { items: [{ key: 'Owner' }] },
    };
    const seen = folded(
      aRecord({ ...removal, requestParameters }),
      aRecord({ ...removal, ...addendum(SECOND), requestParameters: undefined }),
    );
    expect(seen).toMatchObject([{ kind: 'tags-removed', tags: [{ key: 'Owner' }], resourceIds: ['i-0a'] }]);
    expect(seen[0]).not.toHaveProperty('incomplete');
  });

  it('keep the time of the call', () => {
    const later = { ...addendum(SECOND), eventTime: '2026-01-31T14:00:00Z' };
    expect(folded(launch(undefined), launch({ Owner: 'dana' }, later))).toMatchObject([
      { eventTime: new Date('2026-01-31T12:00:00Z'), evidence: { eventTime: '2026-01-31T12:00:00.000Z' } },
    ]);
  });
});

describe('an addendum alone', () => {
  it('is read like the record that it repeats, under the id of that record', () => {
    expect(folded(launch({ Owner: 'dana' }, addendum(SECOND)))).toMatchObject([
      {
        kind: 'launch',
        instances: [{ instanceId: 'i-0a', tags: OWNER }],
        evidence: { eventID: FIRST, addendumID: SECOND, note: 'read from a later addendum to its record' },
        changes: [{ kind: 'instance-launched' }],
      },
    ]);
  });

  it('needs a look-up where it lacks the parts that tell what was done', () => {
    const fields = { ...addendum(SECOND), requestParameters: undefined, eventName: 'DeleteTags' };
    expect(folded(aRecord(fields))).toMatchObject([{ kind: 'tags-removed', tags: [], incomplete: true }]);
  });

  it('has its own id where it names no original', () => {
    const fields = { eventID: SECOND, addendum: { reason: 'UPDATED_DATA' } };
    expect(folded(launch({ Owner: 'dana' }, fields))).toMatchObject([{ evidence: { eventID: SECOND } }]);
  });
});

it('follows an addendum to an addendum, and takes what the later one says', () => {
  const records = [
    launch(undefined),
    launch({ Owner: 'dana' }, addendum(SECOND)),
    launch({ Owner: 'kim' }, addendum(THIRD, SECOND)),
  ];
  expect(tagsIn(records)).toEqual([[{ key: 'Owner', value: 'kim' }]]);
  expect(tagsIn(records.slice(1))).toEqual([[{ key: 'Owner', value: 'kim' }]]);
});

it('survives addenda that name each other', () => {
  const records = [launch(undefined, addendum(SECOND, THIRD)), launch({ Owner: 'dana' }, addendum(THIRD, SECOND))];
  expect(folded(...records).length).toBeGreaterThan(0);
});

it('joins no calls of different instances, accounts or names that share an id', () => {
  const other = aLaunch([{ instanceId: 'i-0b' }], { eventID: FIRST });
  expect(folded(other, launch({ Owner: 'dana' }, addendum(SECOND)))).toHaveLength(2);
  const elsewhere = { ...addendum(SECOND), recipientAccountId: '222222222222' };
  expect(folded(launch(undefined), launch({ Owner: 'dana' }, elsewhere))).toHaveLength(2);
});

describe('an addendum that says that the call failed', () => {
  const failure = { errorCode: 'Server.InternalError', responseElements: null };
  const updates = (updatedFields: unknown, eventID: string = SECOND) => ({
    eventID,
    addendum: { reason: 'UPDATED_DATA', updatedFields, originalEventID: FIRST },
  });
  const failed = (updatedFields: unknown) => launch(undefined, { ...updates(updatedFields), ...failure });

  it.each([
    ['errorCode'],
    ['responseElements, errorCode'],
    ['responseElements,errorCode,errorMessage'],
    [['errorMessage']],
  ])('takes its record back if it updates the error: %j', (updatedFields) => {
    const records = [launch({ Owner: 'dana' }), failed(updatedFields)];
    for (const order of [records, records.toReversed()]) expect(folded(...order)).toEqual([]);
  });

  it.each([['responseElements'], [undefined], ['myErrorCode'], [7]])(
    'takes nothing back if it does not say that it updates the error: %j',
    (updatedFields) => {
      expect(tagsIn([launch({ Owner: 'dana' }), failed(updatedFields)])).toEqual([OWNER]);
    },
  );

  it('is nothing by itself', () => {
    expect(folded(failed('errorCode'))).toEqual([]);
  });

  it('counts no longer once a later one says that it did not', () => {
    const again = launch({ Owner: 'dana' }, { ...updates('errorCode', THIRD), eventTime: '2026-03-18T12:00:00Z' });
    expect(tagsIn([launch(undefined), failed('errorCode'), again])).toEqual([OWNER]);
  });

  it('takes back calls that name their resources in the request', () => {
    const requestParameters = {
      resourcesSet: { items: [{ resourceId: 'i-0a' }] },
      tagSet: { items: [{ key: 'Owner' }] },
    };
    const removal = { eventName: 'DeleteTags', eventID: FIRST, requestParameters };
    const records = [aRecord(removal), aRecord({ ...removal, ...updates('errorCode'), ...failure })];
    expect(folded(...records)).toEqual([]);
  });
});

it('gives the same sightings in any order', () => {
  const records = [
    launch(undefined),
    launch({ Owner: 'dana' }, addendum(SECOND)),
    launch({ Team: 'net' }, addendum(THIRD, SECOND)),
    aLaunch([{ instanceId: 'i-0b' }], { eventID: 'another' }),
  ];
  const sightings = records.flatMap((record, index) => sightingsOf(record, `file-${index}.json.gz`));
  const expected = distinctSightings(sightings);
  fc.assert(
    fc.property(fc.shuffledSubarray(sightings, { minLength: sightings.length }), (shuffled) => {
      expect(distinctSightings(shuffled)).toEqual(expected);
    }),
  );
});
