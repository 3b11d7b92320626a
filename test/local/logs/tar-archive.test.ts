import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogs } from '../../../src/local/logs/log-folder.ts';
import { readTar } from '../../../src/local/logs/tar-archive.ts';
import { zipOf } from '../../delivery/zip-builder.ts';
import { frameOf } from '../../pipeline/objects/zstd-builder.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
});
afterAll(() => rm(root, { recursive: true }));

type Entry = Parameters<typeof packTar>[0][number];
const file = (name: string, body: string | Uint8Array): Entry => ({
  header: { name, size: Buffer.byteLength(body), type: 'file', mtime: new Date(0) },
  body,
});
const gzip = (bytes: Uint8Array | string): Buffer =>
  gzipSync(typeof bytes === 'string' ? bytes : new Uint8Array(bytes));
const tarOf = async (...entries: Entry[]): Promise<Buffer> => Buffer.from(await packTar(entries));

/** What is found in an archive with this name and content: each log with its content, and what else is named. */
async function found(name: string, archive: Buffer): Promise<string[]> {
  const path = join(root, name);
  await writeFile(path, new Uint8Array(archive));
  const lines: string[] = [];
  for await (const one of openLogs([path])) {
    const what = one.kind === 'log' ? `${await one.file.read({ maxBytes: 1000 })}` : reasonOf(one);
    lines.push(`${(one.kind === 'log' ? one.file.path : one.path).replace(`${root}/`, '')}: ${what}`);
  }
  return lines;
}
const reasonOf = (one: { why?: string; reason?: string }): string => one.why ?? one.reason ?? '';

const LONG = `AWSLogs/o-abcdefghij/111122223333/CloudTrail/eu-west-1/2026/03/17/${'x'.repeat(120)}.json`;

describe('a tar archive', () => {
  it.each<[string, (tar: Buffer) => Buffer]>([
    ['logs.tar', (tar) => tar],
    ['logs.tar.gz', gzip],
    ['logs.tgz', gzip],
    ['logs.tar.zst', (tar) => frameOf(tar)],
    ['export', (tar) => tar],
    ['export.bin', gzip],
  ])('is read entry by entry, in its order: %s', async (name, pack) => {
    const tar = await tarOf(
      { header: { name: 'logs/', size: 0, type: 'directory' } },
      file('./logs/b.json', '{"b":1}'),
      file('logs/a.json', '{"a":1}'),
      file(LONG, '{"long":1}'),
    );
    expect(await found(name, pack(tar))).toEqual([
      `${name}!/logs/b.json: {"b":1}`,
      `${name}!/logs/a.json: {"a":1}`,
      `${name}!/${LONG}: {"long":1}`,
    ]);
  });

  it('gives logs by their names or their content, and names the rest', async () => {
    const tar = await tarOf(
      file('a.txt', 'hello'),
      file('b', '{"Records":[]}'),
      file('c.json', ''),
      file('AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/17/d.json.gz', 'x'),
      file('e.zip', zipOf([{ name: 'x.json', data: '{}' }])),
      file('f.tar', await tarOf(file('x.json', '{}'))),
      file('g', gzip(await tarOf(file('x.json', '{}')))),
      { header: { name: 'h.json', size: 0, type: 'symlink', linkname: '/etc/passwd' } },
    );
    const nested = 'an archive within an archive is not opened';
    expect(await found('kinds.tar', tar)).toEqual([
      'kinds.tar!/a.txt: not-a-log',
      'kinds.tar!/b: {"Records":[]}',
      'kinds.tar!/c.json: empty',
      'kinds.tar!/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/17/d.json.gz: digest',
      `kinds.tar!/e.zip: ${nested}`,
      `kinds.tar!/f.tar: ${nested}`,
      `kinds.tar!/g: ${nested}`,
      'kinds.tar!/h.json: not-a-log',
    ]);
  });

  it('rejects an entry with a hostile name, printed harmlessly, and gives the others', async () => {
    const tar = await tarOf(
      file('../../etc/cron.json', '{}'),
      file('/etc/passwd.json', '{}'),
      file('C:\\x.json', '{}'),
      file('a\u001b[2J.json', '{}'),
      file('a/../../b.json', '{}'),
      file('good.json', '{}'),
    );
    expect(await found('hostile.tar', tar)).toEqual([
      'hostile.tar!/"../../etc/cron.json": the entry\'s name leads out of the archive',
      'hostile.tar!/"/etc/passwd.json": the entry\'s name is an absolute path',
      'hostile.tar!/"C:\\\\x.json": the entry\'s name is an absolute path',
      'hostile.tar!/"a\\u001b[2J.json": the entry\'s name contains unprintable characters',
      'hostile.tar!/"a/../../b.json": the entry\'s name leads out of the archive',
      'hostile.tar!/good.json: {}',
    ]);
  });

  it('gives what comes before its end if it is cut off, and says so', async () => {
    const tar = await tarOf(file('a.json', '{"a":1}'), file('b.json', '{"b":1,"c":2}'));
    const reason = 'reading a tar archive: Tar archive is truncated; what follows in it was not read';
    const inHeader = await found('cut.tar', tar.subarray(0, 1024 + 200));
    expect(inHeader).toEqual(['cut.tar!/a.json: {"a":1}', `cut.tar: ${reason}`]);
    const inBody = await found('cut.tar', tar.subarray(0, 1024 + 512 + 7));
    expect(inBody).toEqual(['cut.tar!/a.json: {"a":1}', 'cut.tar!/b.json: {"b":1,', `cut.tar: ${reason}`]);
    const packed = await found('cut.tar.gz', gzip(tar).subarray(0, -12));
    expect(packed.at(-1)).toContain('cut.tar.gz: reading a tar archive: unexpected end of file');
  });

  it('gives what comes before a damaged header, and says so', async () => {
    const tar = await tarOf(file('a.json', '{"a":1}'), file('b.json', '{"b":1}'));
    tar.writeUInt8(0x7a, 1024);
    expect(await found('damaged.tar', tar)).toEqual([
      'damaged.tar!/a.json: {"a":1}',
      'damaged.tar: reading a tar archive: Invalid tar header checksum; what follows in it was not read',
    ]);
  });

  it('tells entries of the same name and length apart for a checkpoint', async () => {
    const path = join(root, 'twice.tar');
    await writeFile(path, new Uint8Array(await tarOf(file('a.json', '{"a":1}'), file('a.json', '{"a":2}'))));
    const versions: unknown[] = [];
    for await (const one of openLogs([path])) if (one.kind === 'log') versions.push(one.file.version);
    expect(new Set(versions).size).toBe(2);
  });

  it('holds no entry that is longer than a log can be, and goes on behind it', async () => {
    const spaces = Buffer.alloc(65 * 1024 * 1024, 0x20);
    const tar = await tarOf(file('long.json', new Uint8Array(spaces)), file('b.json', '{"b":1}'));
    const [long, after] = await found('long.tar', tar);
    expect(long).toContain('long.tar!/long.json: it is 68157440 bytes long, and at most 67108864 are read');
    expect(after).toBe('long.tar!/b.json: {"b":1}');
  });

  it('is rejected once it inflates to far more than an archive of logs does', async () => {
    const spaces = file('long.json', new Uint8Array(Buffer.alloc(300 * 1024 * 1024, 0x20)));
    const [long, rest, ...others] = await found('bomb.tar.gz', gzip(await tarOf(spaces, file('b.json', '{}'))));
    expect(long).toContain('long.json: it is 314572800 bytes long');
    expect(rest).toContain('bomb.tar.gz: reading a tar archive: it unpacks to more than 268435456 bytes');
    expect(others).toEqual([]);
  });

  it('is not read where it would be read again and again', async () => {
    const path = join(root, 'inbox.tar');
    await writeFile(path, new Uint8Array(await tarOf(file('a.json', '{}'))));
    const all = [];
    for await (const one of openLogs([path], { tars: false })) all.push(one);
    expect(all).toEqual([{ kind: 'rejected', path, reason: expect.stringContaining('unpack it first') }]);
  });

  it('closes its file when nobody reads on', async () => {
    const path = join(root, 'left.tar');
    await writeFile(
      path,
      new Uint8Array(await tarOf(...Array.from({ length: 50 }, (_, at) => file(`${at}.json`, '{}')))),
    );
    for await (const one of readTar(path, await stat(path))) {
      expect(one.kind).toBe('log');
      break;
    }
  });
});
