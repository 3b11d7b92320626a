import { describe, expect, it } from 'vitest';
import { distinctSightings } from '../../src/sighting/dedupe.ts';
import { sightingsOf } from '../../src/sighting/readers.ts';
import { isUnsound, markUnsound } from '../../src/sighting/unsound.ts';
import { aRecord } from '../support/records.ts';

const record = aRecord({
  eventName: 'TerminateInstances',
  requestParameters: { instancesSet: { items: [{ instanceId: 'i-0a' }] } },
});
const sound = sightingsOf(record, 'b.json.gz');
const unsound = [...sightingsOf(record, 'a.json.gz')];
markUnsound(unsound, 0);

describe('what was read from a file whose checksum failed', () => {
  it('says so in its evidence', () => {
    expect(sound).toHaveLength(1);
    expect(unsound.map(({ evidence }) => evidence.note)).toEqual([
      'from a file whose checksum failed: it may have been changed',
    ]);
  });

  it.each([
    ['first', [...unsound, ...sound]],
    ['last', [...sound, ...unsound]],
  ])('gives way to the same record from a sound file, when it comes %s', (_when, sightings) => {
    const kept = distinctSightings(sightings);
    expect(kept).toHaveLength(1);
    expect(kept.some(({ evidence }) => isUnsound(evidence))).toBe(false);
  });
});
