/** Scans that read only what is proven. */

import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { LogFile } from '../../../src/delivery/fetch-log.ts';
import { PipelineError } from '../../../src/errors.ts';
import type { Prove } from '../../../src/local/scan/read-files.ts';
import { scanFiles } from '../../../src/local/scan/scan-files.ts';

const packed = gzipSync('{"Records":[{"eventName":"RunInstances","eventID":"1"}]}');
const fileOf = (path: string, bytes?: Buffer): LogFile => ({
  path,
  size: bytes?.length ?? 0,
  read: async () => {
    if (bytes === undefined) throw new PipelineError('log-unreadable', 'no access');
    return bytes;
  },
});

async function scanned(files: readonly LogFile[], prove: Prove) {
  const ends = [];
  let wanted = 0;
  const options = { wanted: {}, maxLogBytes: 2 ** 20, sha256: true, threads: 1, prove };
  for await (const scan of scanFiles(files, options)) {
    wanted += scan.wanted.length;
    if (scan.end !== undefined) ends.push(scan.end);
  }
  return { ends, wanted };
}

const inflated: Prove = (_, bytes) => Buffer.from(gunzipSync(new Uint8Array(bytes ?? [])));

describe('a scan that proves its files', () => {
  it('scans what the proof returns, and counts the file as it is stored', async () => {
    const { ends, wanted } = await scanned([fileOf('a.json.gz', packed)], inflated);
    const sha256 = createHash('sha256').update(new Uint8Array(packed)).digest('hex');
    expect(wanted).toBe(1);
    expect(ends).toMatchObject([{ records: 1, packedBytes: packed.length, sha256 }]);
    expect(ends[0]?.damage).toBeUndefined();
  });

  it('never scans other bytes than those that were judged', async () => {
    const other: Prove = () => Buffer.from('{"Records":[]}');
    expect((await scanned([fileOf('a.json.gz', packed)], other)).wanted).toBe(0);
  });

  it('uses no record of a file that is not proven, and says why; of one that cannot be proven yet without an error', async () => {
    const { ends, wanted } = await scanned([fileOf('a', packed), fileOf('b', packed)], (path) => ({
      reason: 'nothing proves it',
      notDue: path === 'b',
    }));
    expect(wanted).toBe(0);
    expect(ends).toMatchObject([{ damage: 'its records were not used: nothing proves it' }, { records: 0 }]);
    expect(ends[1]?.damage).toBeUndefined();
    expect(ends[1]?.warnings).toEqual(['its records were not used: nothing proves it']);
  });

  it('tells the proof of a file that cannot be read', async () => {
    const asked: (Buffer | undefined)[] = [];
    const { ends } = await scanned([fileOf('a')], (_, bytes) => {
      asked.push(bytes);
      return { reason: 'unread', notDue: false };
    });
    expect(asked).toEqual([undefined]);
    expect(ends).toMatchObject([{ damage: 'no access' }]);
  });
});
