/** Calls on tags that race each other, arrive late or look alike. A wrong all-clear is the worst that can come of them. */

import { describe, expect, it } from 'vitest';
import type { CloudTrailRecord } from '../../src/cloudtrail/record.ts';
import { aPlace, packed } from '../support/command-line.ts';
import { aLaunch, aRecord } from '../support/records.ts';

const INSTANCE = 'i-0abc0000000000001';
const ALL = ['Owner', 'CostCenter'];

const at = (second: number): string => `2026-11-01T00:00:${String(second).padStart(2, '0')}Z`;

let calls = 0;
/** A call of its own each time. */
function ids(second: number): Readonly<Record<string, unknown>> {
  calls += 1;
  return { eventTime: at(second), eventID: `${String(calls).padStart(8, '0')}-2222-4333-8444-555555555555` };
}

const launched = (tags: Readonly<Record<string, string>>): CloudTrailRecord =>
  aLaunch([{ instanceId: INSTANCE, tags }], ids(0));

function called(eventName: string, second: number, tags: readonly object[]): CloudTrailRecord {
  const requestParameters = { resourcesSet: { items: [{ resourceId: INSTANCE }] }, tagSet: { items: tags } };
  return aRecord({ eventName, ...ids(second), requestParameters, responseElements: { _return: true } });
}

const tagged = (second: number, tags: Readonly<Record<string, string>>): CloudTrailRecord =>
  called(
    'CreateTags',
    second,
    Object.entries(tags).map(([key, value]) => ({ key, value })),
  );

const untagged = (second: number, ...tags: readonly object[]): CloudTrailRecord => called('DeleteTags', second, tags);

/** What is reported after these deliveries: the exit code of the last scan, or of the report of the ledger if there is one. */
async function reported(
  deliveries: readonly (readonly CloudTrailRecord[])[],
  { requiredTags = ['Owner'], ledger = false }: { requiredTags?: readonly unknown[]; ledger?: boolean } = {},
): Promise<{ readonly code: number | null; readonly open: readonly string[] }> {
  const place = aPlace();
  place.put('config.json', { requiredTags });
  const scan = (path: string): ReturnType<typeof place.run> =>
    place.run(
      ...['scan', path, '--account', 'none', '-o', 'jsonl', '--quiet'],
      ...(ledger ? ['--ledger', 'history.sqlite'] : []),
    );
  let ran = { code: null as number | null, stdout: '' };
  if (!ledger) {
    for (const [index, records] of deliveries.entries()) place.put(`logs/${index}.json.gz`, packed(records));
    ran = await scan('logs');
  } else {
    for (const [index, records] of deliveries.entries())
      await scan(place.put(`logs/${index}.json.gz`, packed(records)));
    ran = await place.run(
      ...['report', '--ledger', 'history.sqlite', '--since', '2026-10-01', '--until', '2026-11-30', '-o', 'jsonl'],
    );
  }
  const findings = ran.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): { status: string; reason: string } => JSON.parse(line));
  return { code: ran.code, open: findings.filter(({ status }) => status === 'open').map(({ reason }) => reason) };
}

const FOUND = 3;
/** Nothing could be judged; in a report, something could not be. */
const UNKNOWN = [1, 2];

describe('calls of one second', () => {
  it('a tag that is set and removed within one second is no all-clear, in whatever order it is read', async () => {
    const records = [launched({ Owner: 'dana' }), tagged(5, { Owner: 'erin' }), untagged(5, { key: 'Owner' })];
    for (const order of [records, records.toReversed()])
      expect(UNKNOWN).toContain((await reported(order.map((each) => [each]))).code);
  });

  it('two writers of one second whose tag is removed by value are no all-clear', async () => {
    const records = [
      tagged(5, { Owner: 'dana' }),
      tagged(5, { Owner: 'erin' }),
      untagged(6, { key: 'Owner', value: 'dana' }),
    ];
    expect(UNKNOWN).toContain((await reported([[launched({}), ...records]])).code);
    expect(UNKNOWN).toContain(
      (await reported([[launched({})], ...records.map((each) => [each])], { ledger: true })).code,
    );
  });

  it('a removal that a ledger reads after the tag of the same second keeps the finding open', async () => {
    const deliveries = [[launched({})], [tagged(5, { Owner: 'dana' })], [untagged(5, { key: 'Owner' })]];
    expect((await reported(deliveries, { ledger: true })).code).toBe(FOUND);
    expect((await reported(deliveries.toReversed(), { ledger: true })).code).toBe(FOUND);
  });
});

describe('late deliveries', () => {
  const early = [launched({ Owner: 'dana' }), tagged(9, { CostCenter: 'c1' })];
  const hidden = [untagged(5, { key: 'Owner' })];

  it('a tag whose removal is delivered late is missing, although another tag was set after it', async () => {
    const { code, open } = await reported([early, hidden], { requiredTags: ALL, ledger: true });
    expect(open).toEqual([expect.stringContaining('Owner is missing')]);
    expect(code).toBe(FOUND);
  });

  it('a tag whose removal is delivered first is missing, although a later delivery shows every tag', async () => {
    const { code, open } = await reported([hidden, early], { requiredTags: ALL, ledger: true });
    expect(open).toEqual([expect.stringContaining('Owner is missing')]);
    expect(code).toBe(FOUND);
  });

  it('a tag that is set again after a late removal is in order', async () => {
    const deliveries = [early, hidden, [tagged(20, { Owner: 'erin', CostCenter: 'c1' })]];
    expect(await reported(deliveries, { requiredTags: ALL, ledger: true })).toEqual({ code: 0, open: [] });
  });

  it('a late removal by value of a tag that its delivery does not show is no all-clear', async () => {
    const byValue = [untagged(5, { key: 'Owner', value: 'dana' })];
    for (const deliveries of [
      [early, byValue],
      [byValue, early],
    ])
      expect(UNKNOWN).toContain((await reported(deliveries, { requiredTags: ALL, ledger: true })).code);
  });

  it('a tag of the launch that is removed within the grace is missing, in whatever order it is delivered', async () => {
    const deliveries = [[launched({ Owner: 'dana' })], [untagged(5, { key: 'Owner' })]];
    expect((await reported(deliveries)).code).toBe(FOUND);
    expect((await reported(deliveries, { ledger: true })).code).toBe(FOUND);
    expect((await reported(deliveries.toReversed(), { ledger: true })).code).toBe(FOUND);
  });
});

describe('tags that look alike', () => {
  it.each([
    { attack: 'a key in other letters is not the required key', key: 'owner' },
    { attack: 'a key with a blank after it is not the required key', key: 'Owner ' },
    { attack: 'a key with a mark that nobody sees is not the required key', key: 'Owner\u200b' },
    { attack: 'a key with a letter of another alphabet is not the required key', key: '\u041ewner' },
    {
      attack: 'a key of composed letters is not the same of combining ones',
      key: 'Gro\u0308\u00dfe',
      required: 'Gr\u00f6\u00dfe',
    },
  ])('$attack', async ({ key, required = 'Owner' }) => {
    expect((await reported([[launched({ [key]: 'dana' })]], { requiredTags: [required] })).code).toBe(FOUND);
  });

  it('the removal of a key in other letters removes nothing from the required one', async () => {
    const records = [launched({ Owner: 'dana', owner: 'erin' }), untagged(5, { key: 'owner' })];
    expect((await reported([records])).code).toBe(0);
  });
});
