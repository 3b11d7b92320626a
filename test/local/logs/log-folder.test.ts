import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenOptions, openLogs } from '../../../src/local/logs/log-folder.ts';
import { zipOf } from '../../delivery/zip-builder.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

/** What is found below the root, in order: paths of logs, and other paths with the reason. */
const found = (...paths: string[]): Promise<string[]> => foundBy(paths, {});

async function foundBy(paths: readonly string[], options: OpenOptions): Promise<string[]> {
  const lines: string[] = [];
  for await (const one of openLogs(
    paths.map((path) => join(root, path)),
    options,
  )) {
    const { path, why } =
      one.kind === 'log'
        ? { path: one.file.path, why: undefined }
        : { path: one.path, why: one.kind === 'skipped' ? one.why : one.reason };
    lines.push([path.replace(`${root}/`, ''), why].filter((part) => part !== undefined).join(': '));
  }
  return lines;
}

describe('openLogs', () => {
  it('finds the logs of a folder in byte order, a file before the folder of the same name', async () => {
    await put({
      'd/b.json': '{}',
      'd/a/z.json.gz': 'x',
      'd/a.json': '{}',
      'd/a-1.jsonl': '{}',
      'd/\u{1f4a1}.json': '{}',
      'd/\uff01.json': '{}',
      'd/B.LOG': '{}',
    });
    expect(await found('d')).toEqual([
      'd/B.LOG',
      'd/a-1.jsonl',
      'd/a.json',
      'd/a/z.json.gz',
      'd/b.json',
      'd/\uff01.json',
      'd/\u{1f4a1}.json',
    ]);
  });

  it('keeps the order of the given paths', async () => {
    await put({ 'b.json': '{}', 'a.json': '{}', 'c/d.json': '{}' });
    expect(await found('b.json', 'c', 'a.json')).toEqual(['b.json', 'c/d.json', 'a.json']);
  });

  it('skips other files in a folder, counted by kind, and reads them when they are named', async () => {
    const digest =
      'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/01/02/111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260102T030405Z.json.gz';
    await put({ 'd/README.md': 'x', 'd/export': 'x', 'd/none.json': '', 'd/._a.json': 'x', [`d/${digest}`]: 'x' });
    expect(await found('d')).toEqual([
      `d/._a.json: not-a-log`,
      `d/${digest}: digest`,
      'd/README.md: not-a-log',
      'd/export: not-a-log',
      'd/none.json: empty',
    ]);
    expect(await found('d/README.md', 'd/export', `d/${digest}`)).toEqual([
      'd/README.md',
      'd/export',
      `d/${digest}: digest`,
    ]);
  });

  it('recognises a file by its first bytes if its extension does not help', async () => {
    const packed = gzipSync('{"Records":[]}');
    await put({
      'd/a.cloudtrail': '\ufeff {"eventName":"x"}',
      'd/b.dump': '[ {} ]',
      'd/c': packed,
      'd/d': zipOf([
        { name: 'in', data: '{}' },
        { name: 'out', data: 'x' },
      ]),
    });
    await put({
      'd/e.ini': '[section]\na=1',
      'd/f.yml': '{a: 1}',
      'd/g': gzipSync('a,b\n'),
      'd/h': new Uint8Array([0x1f, 0x8b, 1]),
    });
    expect(await found('d')).toEqual([
      'd/a.cloudtrail',
      'd/b.dump',
      'd/c',
      'd/d!/in',
      'd/d!/out: not-a-log',
      ...['d/e.ini', 'd/f.yml', 'd/g', 'd/h'].map((path) => `${path}: not-a-log`),
    ]);
  });

  it('opens a zip in a folder, and one with another extension', async () => {
    const zip = zipOf([{ name: 'in.json', data: '{}' }]);
    await put({ 'd/logs.zip': zip, download: zip, 'd/plain.zip': '{"Records":[]}' });
    expect(await found('d', 'download')).toEqual(['d/logs.zip!/in.json', 'd/plain.zip', 'download!/in.json']);
  });

  it('names what cannot be read, and continues', async () => {
    await put({ 'd/a.json': '{}', 'd/bad.zip': 'PK\u0003\u0004 not a zip' });
    await symlink('nowhere', join(root, 'd/link.json'));
    expect(await found('none', 'd', 'd/a.json/below')).toEqual([
      'none: there is no such file or folder',
      'd/a.json',
      expect.stringMatching(/^d\/bad\.zip: .*not a readable zip archive/),
      'd/link.json: link',
      expect.stringMatching(/^d\/a\.json\/below: /),
    ]);
  });

  it.skipIf(process.getuid?.() === 0)('names a folder without read permission', async () => {
    await put({ 'd/closed/a.json': '{}', 'd/z.json': '{}' });
    await chmod(join(root, 'd/closed'), 0);
    expect(await found('d')).toEqual(['d/closed: permission denied', 'd/z.json']);
    await chmod(join(root, 'd/closed'), 0o700);
  });

  it('leaves the links in a folder, and follows one that is named', async () => {
    await put({ 'd/sub/a.json': '{}' });
    await symlink('sub', join(root, 'd/twice'));
    await symlink('sub/a.json', join(root, 'd/b.json'));
    expect(await found('d')).toEqual(['d/b.json: link', 'd/sub/a.json', 'd/twice: link']);
    expect(await found('d/twice', 'd/b.json')).toEqual(['d/twice/a.json', 'd/b.json']);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['a folder named twice', ['d', './d/'], ['d/a.json', 'd/sub/b.json', 'd/: repeated-folder']],
    ['a folder and one in it', ['d', 'd/sub'], ['d/a.json', 'd/sub/b.json', 'd/sub: repeated-folder']],
    ['a folder in one that follows', ['d/sub', 'd'], ['d/sub/b.json', 'd/a.json', 'd/sub: repeated-folder']],
    ['a folder and a link to it', ['d', 'link'], ['d/a.json', 'd/sub/b.json', 'link: repeated-folder']],
    ['a folder and a file in it', ['d', 'd/a.json'], ['d/a.json: repeated-file', 'd/sub/b.json', 'd/a.json']],
    ['a file and its folder', ['d/a.json', 'd'], ['d/a.json', 'd/a.json: repeated-file', 'd/sub/b.json']],
    ['a file named twice', ['d/a.json', 'd/./a.json'], ['d/a.json', 'd/a.json: repeated-file']],
  ])('reads %s once', async (_, paths, expected) => {
    await put({ 'd/a.json': '{}', 'd/sub/b.json': '{}' });
    await symlink('d', join(root, 'link'));
    expect(await found(...paths)).toEqual(expected);
  });

  it('reads two names of one file under both, since names are judged too', async () => {
    await put({ 'd/a.json': '{}' });
    await link(join(root, 'd/a.json'), join(root, 'd/b.json'));
    expect(await found('d')).toEqual(['d/a.json', 'd/b.json']);
    expect(await found('d', 'd/b.json')).toEqual(['d/a.json', 'd/b.json: repeated-file', 'd/b.json']);
  });

  it('follows links when asked, but enters no folder twice', async () => {
    await put({ 'd/sub/a.json': '{}' });
    await symlink('..', join(root, 'd/sub/up'));
    await symlink('sub', join(root, 'd/twice'));
    await symlink('self', join(root, 'd/self'));
    expect(await foundBy(['d'], { follow: true })).toEqual([
      expect.stringMatching(/^d\/self: /),
      'd/sub/a.json',
      'd/sub/up: repeated-folder',
      'd/twice: repeated-folder',
    ]);
  });

  it('reads a file verbatim, up to a limit', async () => {
    const bytes = gzipSync('{"Records":[]}');
    await put({ 'a.json.gz': bytes });
    for await (const one of openLogs([join(root, 'a.json.gz')])) {
      if (one.kind !== 'log') throw new Error(`expected a log, found ${one.kind}`);
      expect(one.file.size).toBe(bytes.length);
      expect((await one.file.read({ maxBytes: bytes.length })).equals(bytes)).toBe(true);
      await expect(one.file.read({ maxBytes: bytes.length - 1 })).rejects.toMatchObject({ code: 'log-too-large' });
      await rm(join(root, 'a.json.gz'));
      await expect(one.file.read({ maxBytes: 1000 })).rejects.toMatchObject({ code: 'log-missing' });
    }
    expect.assertions(4);
  });
});
