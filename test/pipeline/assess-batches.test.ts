import { describe, expect, it } from 'vitest';
import type { Assessment } from '../../src/pipeline/assess.ts';
import { assessBatches } from '../../src/pipeline/assess-batches.ts';
import { sightingsOf } from '../../src/sighting/readers.ts';
import type { Sighting } from '../../src/sighting/sighting.ts';
import { aRecord } from '../support/deliveries.ts';

const NOTHING: Assessment = { scopes: [], findings: [], judgements: [], unread: [], omitted: [], failed: [] };

const launchAt = (minute: number): readonly Sighting[] =>
  sightingsOf(aRecord('RunInstances', minute, {}, { instancesSet: { items: [{ instanceId: 'i-1' }] } }));

describe('judging in batches', () => {
  it('asks for one batch after another, and puts the answers together in their order', async () => {
    const asked: string[] = [];
    async function* batches() {
      for (const minute of [1, 2]) {
        asked.push(`read ${minute}`);
        yield { sightings: launchAt(minute), withdrawn: [] };
      }
    }
    const { assessment } = await assessBatches(batches(), async ({ sightings }) => {
      asked.push(`judge ${sightings[0]?.eventTime.getUTCMinutes()}`);
      return { ...NOTHING, unread: [{ path: `${asked.length}`, reason: 'unread' }] };
    });
    expect(asked).toEqual(['read 1', 'judge 1', 'read 2', 'judge 2']);
    expect(assessment.unread.map(({ path }) => path)).toEqual(['2', '4']);
  });

  it('counts sightings and launches, and knows the newest call', async () => {
    const batches = [launchAt(1), launchAt(9), launchAt(5)].map((sightings) => ({ sightings, withdrawn: [] }));
    const { counts, newest } = await assessBatches(batches, async () => NOTHING);
    expect(counts).toEqual({ sightings: 3, launches: 3 });
    expect(newest).toEqual(launchAt(9)[0]?.eventTime);
  });

  it('keeps none of the calls that were judged', async () => {
    const scope = { scope: { accountId: '1', region: 'r' }, sightings: launchAt(1) } as Assessment['scopes'][number];
    const batch = { sightings: launchAt(1), withdrawn: [] };
    const { assessment } = await assessBatches([batch], async () => ({ ...NOTHING, scopes: [scope] }));
    expect(assessment.scopes).toEqual([{ scope: scope.scope, sightings: [] }]);
  });

  it('answers nothing for no batch', async () => {
    expect(await assessBatches([], async () => NOTHING)).toEqual({
      assessment: NOTHING,
      counts: { sightings: 0, launches: 0 },
      newest: undefined,
    });
  });
});
