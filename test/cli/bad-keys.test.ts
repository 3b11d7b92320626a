/** A key that is not JSON, in a file longer than is held in memory: it ends no run, and hides nothing in the file or beside it. */

import { describe, expect, it } from 'vitest';
import { aPlace, packed } from '../support/command-line.ts';
import { aLaunch, aRecord } from '../support/records.ts';

const place = aPlace();
place.put('config.json', { requiredTags: ['Owner'] });
const launch = (instanceId: string): string => JSON.stringify(aLaunch([{ instanceId }], { eventID: instanceId }));
const MANY = `${JSON.stringify(aRecord({ eventName: 'DescribeInstances' }))},`.repeat(50_000);
const LIST = `"Records":[${launch('i-0a')},${MANY}${launch('i-0b')}]`;
const BAD = String.raw`"C:\Users":1`;
const SOUND = packed([aLaunch([{ instanceId: 'i-0c' }], { eventID: 'i-0c' })]);
place.put('before/a.json', `{${BAD},${LIST}}`);
place.put('after/a.json', `{${LIST},${BAD}}`);
for (const folder of ['before', 'after']) place.put(`${folder}/b.json.gz`, SOUND);

describe.each(['before', 'after'])('a key that is not JSON %s the records of a long file', (folder) => {
  it.each(['1', '2'])('costs no record and ends no run with %s threads', async (threads) => {
    const options = ['--account', 'none', '--threads', threads, '-o', 'json'];
    const { code, stdout } = await place.run('scan', folder, ...options);
    expect(code).toBe(2);
    const { input, findings } = JSON.parse(stdout);
    expect(input).toMatchObject({
      files: 2,
      records: 50_003,
      rejected: [{ path: expect.stringContaining('a.json'), reason: expect.stringMatching(/^damaged at byte \d+/) }],
    });
    const ids = findings.map(({ resourceId }: { resourceId: string }) => resourceId);
    expect(ids.toSorted()).toEqual(['i-0a', 'i-0b', 'i-0c']);
  });
});
