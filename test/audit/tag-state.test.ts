import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decidedBy } from '../../src/audit/known-tags.ts';
import { instancesSighted, type ShownTags, tagsShownBy } from '../../src/audit/tag-state.ts';
import type { Sighting, Tag } from '../../src/sighting/sighting.ts';
import { at, deleted, launched, tagged, terminated } from '../support/sightings.ts';

/** What these records show of the tags of the first instance in them. */
function shown(sightings: readonly Sighting[]): ShownTags | undefined {
  const [instance] = instancesSighted(sightings);
  return instance && tagsShownBy(instance);
}

const tagsAfter = (...sightings: readonly Sighting[]): Readonly<Record<string, string | null>> =>
  Object.fromEntries(shown(sightings)?.tags.values ?? []);
const cost: Tag = { key: 'CostCenter', value: '4711' };

describe('instancesSighted', () => {
  it.each<[string, readonly Sighting[], Readonly<Record<string, string | null>>]>([
    ["the launch's response", [launched(0, 'i-1', [cost])], { CostCenter: '4711' }],
    ['tags set later', [launched(0, 'i-1', []), tagged(1, 'i-1', [cost])], { CostCenter: '4711' }],
    ['tags set later, read out of order', [tagged(1, 'i-1', [cost]), launched(0, 'i-1', [])], { CostCenter: '4711' }],
    [
      'tags set in the same second as the launch',
      [tagged(0, 'i-1', [cost]), launched(0, 'i-1', [{ key: 'CostCenter', value: 'old' }])],
      { CostCenter: '4711' },
    ],
    [
      'a tag overwritten with an empty value',
      [launched(0, 'i-1', [cost]), tagged(1, 'i-1', [{ key: 'CostCenter', value: '' }])],
      { CostCenter: '' },
    ],
    [
      'a tag deleted by its key',
      [launched(0, 'i-1', [cost]), deleted(1, 'i-1', [{ key: 'CostCenter' }])],
      { CostCenter: null },
    ],
    [
      'a tag deleted with its value',
      [launched(0, 'i-1', [cost]), deleted(1, 'i-1', [{ key: 'CostCenter', value: '4711' }])],
      { CostCenter: null },
    ],
    [
      'a tag whose deletion named another value',
      [launched(0, 'i-1', [cost]), deleted(1, 'i-1', [{ key: 'CostCenter', value: '' }])],
      { CostCenter: '4711' },
    ],
    [
      'every tag deleted except those of AWS',
      [launched(0, 'i-1', [cost, { key: 'aws:ec2:fleet-id', value: 'f' }]), deleted(1, 'i-1', 'all')],
      { CostCenter: null, 'aws:ec2:fleet-id': 'f' },
    ],
    ['a deletion of a tag that was absent', [launched(0, 'i-1', []), deleted(1, 'i-1', [{ key: 'CostCenter' }])], {}],
  ])('knows %s', (_, sightings, tags) => {
    expect(tagsAfter(...sightings)).toEqual(tags);
  });

  it('knows nothing about tags from before the first record', () => {
    expect(shown([tagged(1, 'i-1', [cost])])?.tags.rest).toBe('unknown');
    expect(shown([launched(0, 'i-1', undefined)])?.tags.rest).toBe('unknown');
    expect(shown([launched(0, 'i-1', [])])?.tags.rest).toBe('absent');
    expect(shown([deleted(1, 'i-1', 'all')])?.tags.rest).toBe('absent');
  });

  it('is certain about a key that was deleted whatever its value', () => {
    expect(tagsAfter(deleted(1, 'i-1', [{ key: 'CostCenter' }]))).toEqual({ CostCenter: null });
    expect(tagsAfter(deleted(1, 'i-1', [{ key: 'CostCenter', value: 'x' }]))).toEqual({});
  });

  it.each<[string, readonly Sighting[], readonly string[] | undefined]>([
    ['set and deleted', [tagged(1, 'i-1', [cost]), deleted(1, 'i-1', [{ key: 'CostCenter' }])], ['CostCenter']],
    ['set and deleted with its value', [tagged(1, 'i-1', [cost]), deleted(1, 'i-1', [cost])], ['CostCenter']],
    ['set and deleted with all others', [tagged(1, 'i-1', [cost]), deleted(1, 'i-1', 'all')], ['CostCenter']],
    [
      'set to two values',
      [tagged(1, 'i-1', [cost]), tagged(1, 'i-1', [{ key: 'CostCenter', value: '1' }], 'erin')],
      ['CostCenter'],
    ],
    [
      'set, while another value was deleted',
      [tagged(1, 'i-1', [cost]), deleted(1, 'i-1', [{ ...cost, value: '1' }])],
      undefined,
    ],
    [
      'set, while another key was deleted',
      [tagged(1, 'i-1', [cost]), deleted(1, 'i-1', [{ key: 'Owner' }])],
      undefined,
    ],
    ['set twice to the same value', [tagged(1, 'i-1', [cost]), tagged(1, 'i-1', [cost], 'erin')], undefined],
    [
      'set and deleted, and set again later',
      [tagged(1, 'i-1', [cost]), deleted(1, 'i-1', 'all'), tagged(2, 'i-1', [cost])],
      undefined,
    ],
    [
      'set and deleted, and deleted again later',
      [tagged(1, 'i-1', [cost]), deleted(1, 'i-1', [cost]), deleted(2, 'i-1', 'all')],
      undefined,
    ],
    [
      'set and deleted, and deleted later if it had this value',
      [tagged(1, 'i-1', [cost]), deleted(1, 'i-1', [{ key: 'CostCenter' }]), deleted(2, 'i-1', [cost])],
      ['CostCenter'],
    ],
  ])('after a tag was %s within one second, does not know: %#', (_, sightings, unsure) => {
    for (const order of [sightings, sightings.toReversed()])
      expect(shown([launched(0, 'i-1', []), ...order])?.tags.unsure).toEqual(
        unsure === undefined ? undefined : new Set(unsure),
      );
  });

  it('does not take a tag that is known to be absent for an unknown one', () => {
    const calls = [
      deleted(1, 'i-1', [{ key: 'CostCenter' }], 'mallory'),
      deleted(2, 'i-1', [{ key: 'CostCenter' }], 'erin'),
    ];
    expect(shown(calls)?.touchedBy.get('CostCenter')?.actor).toBe('mallory');
  });

  it.each<[string, readonly Sighting[], number | undefined, number | undefined]>([
    ['the launch that lacked it', [launched(0, 'i-1', [])], 0, 0],
    ['the deletion, not the launch', [launched(0, 'i-1', [cost]), deleted(3, 'i-1', [{ key: 'CostCenter' }])], 3, 3],
    ['the deletion of all', [launched(0, 'i-1', [cost]), deleted(3, 'i-1', 'all')], 3, 3],
    ['not a call on another key', [launched(0, 'i-1', []), tagged(5, 'i-1', [{ key: 'A', value: '1' }])], 0, 0],
    ['the launch, and a later call that confirms it', [launched(0, 'i-1', []), deleted(5, 'i-1', 'all')], 0, 5],
    [
      'not a deletion of another value',
      [launched(0, 'i-1', [cost]), deleted(5, 'i-1', [{ ...cost, value: '' }])],
      0,
      0,
    ],
    ['no record if none says', [tagged(1, 'i-1', [{ key: 'A', value: '1' }])], undefined, undefined],
  ])('knows which record decides about a tag: %s', (_, sightings, since, asOf) => {
    const tags = shown(sightings);
    const decided = tags && decidedBy(tags.tagTimes, ['CostCenter']);
    expect(decided).toEqual(
      since === undefined || asOf === undefined ? undefined : { since: at(since), asOf: at(asOf) },
    );
  });

  it('forgets every tag after a call whose parameters were omitted, until a later call shows them', () => {
    const omitted = (minute: number): Sighting => ({ ...tagged(minute, 'i-1', []), incomplete: true });
    const after = shown([launched(0, 'i-1', [cost]), omitted(1)]);
    expect([after?.tags.rest, after?.tags.values.size]).toEqual(['unknown', 0]);
    const later = shown([launched(0, 'i-1', [cost]), omitted(1), tagged(2, 'i-1', [cost])]);
    expect([later?.tags.rest, later?.tags.values.get('CostCenter')]).toEqual(['unknown', '4711']);
    const tied = shown([launched(0, 'i-1', [cost]), omitted(2), tagged(2, 'i-1', [cost])]);
    expect([tied?.tags.rest, tied?.tags.values.size]).toEqual(['unknown', 0]);
  });

  it('remembers who touched a tag last, not who launched', () => {
    const calls = [launched(0, 'i-1', [cost]), deleted(2, 'i-1', [{ key: 'CostCenter' }], 'mallory')];
    expect(shown(calls)?.touchedBy.get('CostCenter')?.actor).toBe('mallory');
    expect(instancesSighted(calls)[0]?.launchEvidence?.eventName).toBe('RunInstances');
  });

  it('knows which instances are gone', () => {
    expect(instancesSighted([launched(0, 'i-1', []), terminated(1, 'i-1')])[0]).toMatchObject({
      gone: true,
      goneEvidence: { eventName: 'TerminateInstances' },
    });
  });

  it('skips volumes in the same call', () => {
    expect(
      instancesSighted([{ ...tagged(0, 'i-1', [cost]), resourceIds: ['vol-1', 'i-1', 'ami-1'] } as Sighting]).map(
        ({ instanceId }) => instanceId,
      ),
    ).toEqual(['i-1']);
  });

  it('does not depend on the order of sightings', () => {
    const sightings = [
      launched(0, 'i-1', [cost]),
      tagged(1, 'i-1', [{ key: 'A', value: '1' }]),
      deleted(2, 'i-1', [{ key: 'A' }]),
      tagged(3, 'i-1', [{ key: 'A', value: '2' }]),
      launched(4, 'i-2', []),
      terminated(5, 'i-2'),
    ];
    const expected = instancesSighted(sightings);
    fc.assert(
      fc.property(fc.shuffledSubarray(sightings, { minLength: sightings.length }), (shuffled) => {
        expect(instancesSighted(shuffled)).toEqual(expected);
      }),
    );
  });
});
