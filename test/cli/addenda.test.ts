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
place.put('launch/a.json.gz', packed([first]));
place.put('both/a.json.gz', packed([first]));
place.put('both/b.json.gz', packed([addition({ Owner: 'dana' })]));
place.put('untagged/a.json.gz', packed([first, addition({ Team: 'net' })]));

const scan = async (folder: string, ...more: string[]) => {
  const { code, stdout } = await place.run('scan', folder, '--account', 'none', '-o', 'json', ...more);
  return { code, report: JSON.parse(stdout) };
};

// The record is of 12:00, its addendum of two hours later.
const later = { ...addition({ Owner: 'dana' }), eventTime: '2026-01-31T14:00:00Z' };
place.put('later/a.json.gz', packed([first, later]));
place.put('later-alone/a.json.gz', packed([later, { ...first, eventID: 'x', eventName: 'DescribeInstances' }]));
place.put(
  'failed/a.json.gz',
  packed([
    first,
    {
      ...aLaunch([], {
        eventID: 'aaaaaaaa-0000-4000-8000-000000000003',
        addendum: { ...addendum, updatedFields: 'errorCode' },
      }),
      ...{ errorCode: 'Server.InternalError', responseElements: null },
    },
  ]),
);

describe('scan up to a time between a record and its addendum', () => {
  const until = ['--until', '2026-01-31T13:00:00Z'];

  it('completes the record all the same', async () => {
    const { code, report } = await scan('later', ...until);
    expect(code).toBe(0);
    expect(report.findings).toEqual([]);
    expect(report.input).toMatchObject({ sightings: 1, launches: 1 });
  });

  it('says nothing of an addendum whose record it does not have', async () => {
    const { report } = await scan('later-alone', ...until);
    expect(report.input).toMatchObject({ sightings: 0, launches: 0 });
  });
});

it('scans a call that failed by its addendum as one that failed', async () => {
  const { code, report } = await scan('failed');
  expect(code).toBe(0);
  expect(report.findings).toEqual([]);
  expect(report.input).toMatchObject({ sightings: 0, launches: 0 });
});

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

describe('a ledger that got a launch and its addendum from different runs', () => {
  it.each([
    ['the launch first', ['launch', 'alone']],
    ['the addendum first', ['alone', 'launch']],
    ['the launch twice', ['launch', 'both', 'launch']],
  ])('counts the addendum: %s', async (_order, folders) => {
    const ledger = `${folders.join('-')}.sqlite`;
    for (const folder of folders) await place.run('scan', folder, '--account', 'none', '--ledger', ledger);
    const { stdout } = await place.run('report', '--ledger', ledger, '--since', '2026-01-01', '-o', 'json');
    expect(JSON.parse(stdout).summary).toMatchObject({ open: 0 });
  });
});
