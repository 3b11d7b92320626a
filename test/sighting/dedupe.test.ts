import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distinctSightings } from '../../src/sighting/dedupe.ts';
import { sightingsOf } from '../../src/sighting/readers.ts';
import { aLaunch } from '../support/records.ts';

const launch = (instanceId: string, fields: object = {}, logFile?: string) =>
  sightingsOf(aLaunch([{ instanceId }], { ...fields }), logFile);
const ids = (sightings: ReturnType<typeof distinctSightings>) =>
  sightings.map((sighting) => (sighting.kind === 'launch' ? sighting.instances[0]?.instanceId : undefined));

describe('distinctSightings', () => {
  it('keeps one of the duplicates from an account trail, an organisation trail and an event', () => {
    const copies = [
      ...launch('i-0a'),
      ...launch('i-0a', {}, 'org/a.json.gz'),
      ...launch('i-0a', {}, 'account/a.json.gz'),
    ];
    const distinct = distinctSightings(copies);
    expect(distinct).toHaveLength(1);
    expect(distinct[0]?.evidence.logFile).toBe('account/a.json.gz');
  });

  it('keeps different calls that share an event id', () => {
    expect(ids(distinctSightings([...launch('i-0a'), ...launch('i-0b')]))).toEqual(['i-0a', 'i-0b']);
  });

  it.each([
    ['account', { recipientAccountId: '444455556666' }],
    ['region', { awsRegion: 'us-east-1' }],
    ['event', { eventID: 'another' }],
  ])('keeps the same call in another %s', (_what, fields) => {
    expect(distinctSightings([...launch('i-0a'), ...launch('i-0a', fields)])).toHaveLength(2);
  });

  it('sorts by time, then by event id, whatever the order of the input', () => {
    const sightings = [
      ...launch('i-0c', { eventTime: '2026-01-31T12:00:02Z', eventID: 'a' }),
      ...launch('i-0b', { eventTime: '2026-01-31T12:00:01Z', eventID: 'c' }),
      ...launch('i-0a', { eventTime: '2026-01-31T12:00:01Z', eventID: 'b' }, 'x.json'),
      ...launch('i-0a', { eventTime: '2026-01-31T12:00:01Z', eventID: 'b' }, 'y.json'),
      ...launch('i-0d', { eventTime: '2026-01-31T12:00:02Z', eventID: 'a' }),
    ];
    const expected = distinctSightings(sightings);
    expect(ids(expected)).toEqual(['i-0a', 'i-0b', 'i-0c', 'i-0d']);
    fc.assert(
      fc.property(fc.shuffledSubarray(sightings, { minLength: sightings.length }), (shuffled) => {
        expect(distinctSightings(shuffled)).toEqual(expected);
      }),
    );
  });
});
