import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { distinctSightings } from '../../src/sighting/dedupe.ts';
import { sightingsOfEvent } from '../../src/sighting/events.ts';
import { sightingsOf } from '../../src/sighting/readers.ts';
import { aLaunch, aRecord } from '../support/records.ts';

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

  it('keeps calls that share an event id and differ only in what they changed', () => {
    const opened = (cidrIp: string) =>
      sightingsOf(
        aRecord({
          eventName: 'AuthorizeSecurityGroupIngress',
          requestParameters: { groupId: 'sg-0a', ipProtocol: 'udp', fromPort: 4789, toPort: 4789, cidrIp },
        }),
      );
    const [one, other] = ['10.0.0.0/8', '192.0.2.0/24'] as const;
    expect(distinctSightings([...opened(one), ...opened(other), ...opened(one)])).toHaveLength(2);
  });

  it('takes a call from EventBridge and from a log file for one, changes included', () => {
    const record = aLaunch([{ instanceId: 'i-0a', tags: { Owner: 'dana' } }]);
    const event = {
      source: 'aws.ec2',
      'detail-type': 'AWS API Call via CloudTrail',
      account: '111122223333',
      region: 'eu-west-1',
      time: '2026-01-31T12:00:03Z',
      detail: record,
    };
    const distinct = distinctSightings([...sightingsOfEvent(event), ...sightingsOf(record, 'a.json.gz')]);
    expect(distinct).toHaveLength(1);
    expect(distinct[0]?.changes).toHaveLength(1);
  });

  it('does not write out the tags once for each resource of a call', () => {
    const items = Array.from({ length: 1000 }, (_, index) => ({ resourceId: `i-${index}` }));
    const tagSet = {
      items: Array.from({ length: 50 }, (_, index) => ({ key: `key-${index}`, value: 'x'.repeat(250) })),
    };
    const record = aRecord({ eventName: 'CreateTags', requestParameters: { resourcesSet: { items }, tagSet } });
    const sightings = sightingsOf(record);
    expect(sightings[0]?.changes).toHaveLength(1000);
    let written = 0;
    const stringify = vi.spyOn(JSON, 'stringify').mockImplementation((value, ...rest) => {
      stringify.mockRestore();
      const text = JSON.stringify(value, ...rest);
      written = text.length;
      return text;
    });
    distinctSightings(sightings);
    expect(written).toBeLessThan(100_000);
    expect(written).toBeGreaterThan(0);
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
