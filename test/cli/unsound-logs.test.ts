/** Findings from a log file whose checksum failed: whoever changed the file may have made them up, so every output says so. */

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { aPlace, packed, snapshotOf } from '../support/command-line.ts';
import { anInstance, anInventory } from '../support/inventories.ts';
import { aLaunch, aRecord } from '../support/records.ts';

const NOTE = 'from a file whose checksum failed: it may have been changed';
const CAUTION = 'it rests on a log file whose checksum failed, whose records may have been changed';

/** The file with another checksum than its content has. */
function withWrongChecksum(file: Buffer): Buffer {
  const changed = Buffer.from(file);
  changed.writeUInt8(changed.readUInt8(changed.length - 8) ^ 1, changed.length - 8);
  return changed;
}

const place = aPlace();
place.put('config.json', { requiredTags: ['Owner'], graceSeconds: 0 });
place.put('account.json', snapshotOf(anInventory({ instances: [anInstance({ instanceId: 'i-0a', tags: [] })] })));
const launch = aLaunch([{ instanceId: 'i-0a' }]);
place.put('sound/a.json.gz', packed([launch]));
place.put('unsound/a.json.gz', withWrongChecksum(packed([launch])));
// So many that other threads are started for them.
const nothing = packed([aRecord()]);
for (let at = 0; at < 4200; at += 1) place.put(`many/${at}.json.gz`, nothing);
place.put('many/unsound.json.gz', withWrongChecksum(packed([launch])));
const MANY = `${JSON.stringify(aRecord({ eventName: 'DescribeInstances' }))},`.repeat(40_000);
place.put('long/a.json.gz', withWrongChecksum(gzipSync(`{"Records":[${MANY}${JSON.stringify(launch)}]}`)));

const scan = (folder: string, ...options: string[]) => place.run('scan', folder, '--account', 'none', ...options);

describe('a finding from a log file whose checksum failed', () => {
  it.each([
    ['in one piece', 'unsound', '1'],
    ['among many files, with two threads', 'many', '2'],
    ['longer than is held in memory', 'long', '1'],
  ])('is marked in its evidence: %s', async (_what, folder, threads) => {
    const { code, stdout } = await scan(folder, '--threads', threads, '-o', 'jsonl');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ resourceId: 'i-0a', evidence: [{ note: NOTE }] });
  });

  it.each(['table', 'markdown', 'junit', 'json', 'html'])(
    'is marked in %s too, and one from a sound file is not',
    async (format) => {
      expect((await scan('unsound', '-o', format)).stdout.replace(/\s+/g, ' ')).toContain(CAUTION);
      expect((await scan('sound', '-o', format)).stdout.replace(/\s+/g, ' ')).not.toContain(CAUTION);
    },
  );

  it.each(['unsound', 'sound'])('is marked in its mail: %s', async (folder) => {
    await scan(folder, '--ledger', `${folder}.sqlite`, '--mail', `mails-${folder}`);
    const mails = readdirSync(place.path(`mails-${folder}`)).map((name) =>
      readFileSync(place.path(`mails-${folder}/${name}`), 'utf8').replace(/\s+/g, ' '),
    );
    expect(mails).toHaveLength(1);
    expect(mails[0]?.includes(CAUTION)).toBe(folder === 'unsound');
  });

  it('is marked where the account is judged as it was', async () => {
    const { stdout } = await place.run('timeline', 'i-0a', 'unsound', '--account', 'account.json', '-o', 'json');
    expect(stdout).toContain(NOTE);
  });
});
