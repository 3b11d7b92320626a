import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instancesSighted } from '../../src/audit/tag-state.ts';
import type { Sighting, Tag } from '../../src/sighting/sighting.ts';
import { deleted, launched, tagged, terminated } from '../support/sightings.ts';

const tagsAfter = (...sightings: readonly Sighting[]): Readonly<Record<string, string | null>> =>
  Object.fromEntries(instancesSighted(sightings)[0]?.tags.values ?? []);
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
    expect(instancesSighted([tagged(1, 'i-1', [cost])])[0]?.tags.rest).toBe('unknown');
    expect(instancesSighted([launched(0, 'i-1', undefined)])[0]?.tags.rest).toBe('unknown');
    expect(instancesSighted([launched(0, 'i-1', [])])[0]?.tags.rest).toBe('absent');
    expect(instancesSighted([deleted(1, 'i-1', 'all')])[0]?.tags.rest).toBe('absent');
  });

  it('is certain about a key that was deleted whatever its value', () => {
    expect(tagsAfter(deleted(1, 'i-1', [{ key: 'CostCenter' }]))).toEqual({ CostCenter: null });
    expect(tagsAfter(deleted(1, 'i-1', [{ key: 'CostCenter', value: 'x' }]))).toEqual({});
  });

  it('remembers who touched a tag last, not who launched', () => {
    const [instance] = instancesSighted([
      launched(0, 'i-1', [cost]),
      deleted(2, 'i-1', [{ key: 'CostCenter' }], 'mallory'),
    ]);
    expect(instance?.touchedBy.get('CostCenter')?.actor).toBe('mallory');
    expect(instance?.launchEvidence?.eventName).toBe('RunInstances');
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
