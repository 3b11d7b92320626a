import { describe, expect, it } from 'vitest';
import { aPlace, packed } from '../support/command-line.ts';
import { aLaunch } from '../support/records.ts';

const place = aPlace();
place.put('config.json', { requiredTags: ['Owner'] });
const FIRST = 'aaaaaaaa-0000-4000-8000-000000000001';
const addendum = { reason: 'UPDATED_DATA', updatedFields: 'responseElements', originalEventID: FIRST };
const first = aLaunch([{ instanceId: 'i-0a' }], { eventID: FIRST });
const addition = (tags: Readonly<Record<string, string>>) =>
  aLaunch([{ instanceId: 'i-0a', tags }], { eventID: 'aaaaaaaa-0000-4000-8000-000000000002', addendum });
place.put('alone/tagged.json.gz', packed([addition({ Owner: 'dana' })]));
place.put('alone-untagged/a.json.gz', packed([addition({ Team: 'net' })]));
place.put('both/a.json.gz', packed([first]));
place.put('both/b.json.gz', packed([addition({ Owner: 'dana' })]));
place.put('untagged/a.json.gz', packed([first, addition({ Team: 'net' })]));

const scan = async (folder: string) => {
  const { code, stdout } = await place.run('scan', folder, '--account', 'none', '-o', 'json');
  return { code, report: JSON.parse(stdout) };
};

describe('scan of an addendum with the tags of a launch', () => {
  it.each(['both', 'alone'])('finds nothing when it has the required tag: %s', async (folder) => {
    const { code, report } = await scan(folder);
    expect(code).toBe(0);
    expect(report.findings).toEqual([]);
    expect(report.input).toMatchObject({ sightings: 1, launches: 1 });
  });

  it.each(['untagged', 'alone-untagged'])('finds one launch when it lacks it: %s', async (folder) => {
    const { code, report } = await scan(folder);
    expect(code).toBe(3);
    expect(report.findings).toMatchObject([
      {
        rule: 'instance-untagged',
        resourceId: 'i-0a',
        launchedBy: 'dana',
        cause: { kind: 'call', calls: [{ eventName: 'RunInstances', eventID: FIRST }] },
        evidence: [{ eventID: FIRST }],
      },
    ]);
    expect(report.input).toMatchObject({ launches: 1 });
  });
});
