/** Logs in tar archives and packed with Zstandard give what the same files in a folder give. */

import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { zipOf } from '../delivery/zip-builder.ts';
import { frameOf } from '../pipeline/objects/zstd-builder.ts';
import { aPlace, packed } from '../support/command-line.ts';
import { aLaunchRecord, aLogKey, aRecord } from '../support/deliveries.ts';
import { ACCOUNT } from '../support/inventories.ts';

const FOREIGN = '999988887777';
const place = aPlace();
place.put('config.json', { requiredTags: ['CostCenter'], trail: { accounts: [ACCOUNT] } });

/** Some of them too large for one batch, so that workers have something to do. */
const FILES: Readonly<Record<string, Buffer>> = Object.fromEntries(
  Array.from({ length: 30 }, (_, at) => {
    const noise = Array.from({ length: 400 }, (_, n) =>
      aRecord('DescribeInstances', n, { at, noise: `${Math.sin(at * n)}`.repeat(20) }, null),
    );
    return [aLogKey(10 + at), packed([aLaunchRecord(at, `i-0a${at}`), ...noise])];
  }),
);
const tarOf = async (files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> =>
  Buffer.from(
    await packTar(
      Object.entries(files).map(([name, body]) => ({
        header: { name, size: body.length, type: 'file' as const },
        body,
      })),
    ),
  );
for (const [key, bytes] of Object.entries(FILES)) place.put(`folder/${key}`, bytes);
const tar = await tarOf(FILES);
place.put('logs.tar', tar);
place.put('logs.tar.gz', gzipSync(new Uint8Array(tar)));
place.put('logs.tar.zst', frameOf(tar));

const events = async (...args: string[]) => {
  const { code, stdout, stderr } = await place.run('events', ...args, '--event-name', 'RunInstances');
  return { code, stdout, note: stderr.split('\n').at(-2) };
};

describe('events of a tar archive', () => {
  it.each(['logs.tar', 'logs.tar.gz', 'logs.tar.zst'])('are those of the same files in a folder: %s', async (path) => {
    const expected = await events('folder');
    expect(expected.note).toBe('30 of 12,030 records in 30 files');
    expect(await events(path, '--threads', '1')).toEqual(expected);
    expect(await events(path, '--threads', '2')).toEqual(expected);
  });

  it('are the same once more from a checkpoint', async () => {
    const first = await events('logs.tar.gz', '--checkpoint', 'journal');
    expect(first.stdout.trimEnd().split('\n')).toHaveLength(30);
    expect(await events('logs.tar.gz', '--checkpoint', 'journal')).toEqual(first);
  });
});

describe('scan of a tar archive', () => {
  it('names a damaged entry, and reads those beside it', async () => {
    const cut = (FILES[aLogKey(10)] ?? Buffer.alloc(0)).subarray(0, 500);
    place.put('bad.tar', await tarOf({ 'bad.json.gz': cut, 'good.json.gz': packed([aLaunchRecord(1, 'i-0a1')]) }));
    const { code, stdout, stderr } = await place.run('scan', 'bad.tar', '--account', 'none', '-o', 'json');
    expect(code).toBe(2);
    expect(stderr).toContain('warning: bad.tar!/bad.json.gz: cut off: unexpected end of gzip data');
    expect(JSON.parse(stdout).input).toMatchObject({ files: 2, launches: 1 });
  });

  it('does not read the logs of an account that is not ours', async () => {
    const log = packed([aLaunchRecord(1, 'i-0a1')]);
    place.put('foreign.tgz', gzipSync(new Uint8Array(await tarOf({ [aLogKey(1).replaceAll(ACCOUNT, FOREIGN)]: log }))));
    const { code, stdout } = await place.run('scan', 'foreign.tgz', '--account', 'none', '-o', 'json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ input: { files: 0 }, findings: [{ resourceId: FOREIGN }] });
  });

  it('is no all-clear if nothing in it is a log', async () => {
    place.put('other.tar', await tarOf({ 'readme.txt': Buffer.from('hello') }));
    const { code, stderr } = await place.run('scan', 'other.tar', '--account', 'none');
    expect(code).toBe(1);
    expect(stderr).toContain('there is no CloudTrail log file in other.tar; skipped: 1 not-a-log');
  });
});

describe('events of other forms within archives', () => {
  const log = Buffer.from(JSON.stringify({ Records: [aLaunchRecord(1, 'i-0a1')] }));
  const data = [JSON.stringify(aLaunchRecord(1, 'i-0a1'))];
  const parquet = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'raw_data', data, type: 'STRING' }] }));
  const entries = { 'a.json.zst': frameOf(log), 'b.parquet': parquet };

  it.each<[string, () => Promise<Buffer> | Buffer]>([
    ['forms.tar.gz', async () => gzipSync(new Uint8Array(await tarOf(entries)))],
    ['forms.zip', () => zipOf(Object.entries(entries).map(([name, bytes]) => ({ name, data: bytes })))],
    ['stored.zip', () => zipOf(Object.entries(entries).map(([name, bytes]) => ({ name, data: bytes, method: 0 })))],
  ])('are read: %s', async (name, archive) => {
    place.put(name, await archive());
    const { code, stdout } = await events(name);
    expect({ code, lines: stdout.trimEnd().split('\n').length }).toEqual({ code: 0, lines: 2 });
  });
});

describe('scan of a log packed with Zstandard', () => {
  it.each(['log.json.zst', 'log.zst', 'log'])('reads it: %s', async (name) => {
    place.put(name, frameOf(Buffer.from(JSON.stringify({ Records: [aLaunchRecord(1, 'i-0a1')] }))));
    const { code, stdout } = await place.run('scan', name, '--account', 'none', '-o', 'json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ input: { files: 1, launches: 1, rejected: [] } });
  });

  it('marks the evidence of one whose checksum is wrong', async () => {
    const log = frameOf(Buffer.from(JSON.stringify({ Records: [aLaunchRecord(1, 'i-0a1')] })));
    log.writeUInt8(log.readUInt8(log.length - 1) ^ 1, log.length - 1);
    place.put('wrong.json.zst', log);
    const { code, stdout, stderr } = await place.run('scan', 'wrong.json.zst', '--account', 'none', '-o', 'json');
    expect(code).toBe(2);
    expect(stderr).toContain('wrong.json.zst: damaged: incorrect data check');
    expect(JSON.parse(stdout).findings[0].evidence[0].note).toContain('checksum');
  });
});
