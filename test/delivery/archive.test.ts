import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchive } from '../../src/delivery/archive.ts';
import { decompress } from '../../src/delivery/decompress.ts';
import { PipelineError } from '../../src/errors.ts';
import { type ZipEntry, zipOf } from './zip-builder.ts';

const MAX = { maxBytes: 1 << 20 };
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
});
afterAll(() => rm(folder, { recursive: true }));

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/archives/${name}`, import.meta.url));

async function written(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'a.zip');
  await writeFile(path, bytes);
  return path;
}

/** What was found: logs with their inflated content, or with the error of reading them. */
async function contents(path: string, limits = MAX): Promise<unknown[]> {
  const found = await readArchive(path);
  return Promise.all(
    found.map(async (one) => {
      if (one.kind !== 'log') return { ...one, path: one.path.replace(`${path}!/`, '') };
      const name = one.file.path.replace(`${path}!/`, '');
      try {
        const { bytes, damage } = decompress(await one.file.read(limits), limits);
        return [name, bytes.toString(), ...(damage === undefined ? [] : [damage])];
      } catch (fault) {
        return fault instanceof PipelineError ? [name, fault.code, fault.message] : fault;
      }
    }),
  );
}

const record = (id: string): string => `{"Records":[{"eventID":"${id}"}]}`;
const entry = (traits: Partial<ZipEntry>): ZipEntry => ({ name: 'bad.json', data: record('bad'), ...traits });

describe('readArchive', () => {
  it('returns entries of any packing in byte order, leaves out folders and names the kind of other files', async () => {
    expect(await contents(fixture('folder.zip'))).toEqual([
      { kind: 'skipped', path: expect.stringContaining('CloudTrail-Digest'), why: 'digest', file: expect.any(Object) },
      { kind: 'skipped', path: '__MACOSX/logs/._b.json', why: 'not-a-log' },
      { kind: 'skipped', path: 'logs/README.md', why: 'not-a-log' },
      ['logs/a.json.gz', record('a')],
      ['logs/b.json', record('b')],
      ['logs/c.json', record('c')],
      ['logs/c/d.json.gz', record('d')],
      { kind: 'skipped', path: 'logs/none.json', why: 'empty' },
    ]);
  });

  it('reads zip64 and an archive without entries', async () => {
    expect(await contents(fixture('zip64.zip'))).toEqual([['logs/a.json', record('a')]]);
    expect(await contents(await written(zipOf([])))).toEqual([]);
  });

  it.each(['no-archive.zip', 'zero-bytes.zip', 'cut-off.zip', 'zip64-directory-at-the-end.zip', 'none.zip'])(
    'refuses the complete file %s',
    async (name) => {
      await expect(readArchive(fixture(name))).rejects.toMatchObject({
        code: 'archive-unreadable',
        concerns: { path: fixture(name) },
      });
    },
  );

  it.each<[string, ZipEntry, object | unknown[]]>([
    [
      'a name that leads out of the archive',
      entry({ name: '../bad.json' }),
      { kind: 'rejected', path: '"../bad.json"', reason: expect.stringMatching(/leads out/) },
    ],
    [
      'a name that leads out with backslashes',
      entry({ name: 'x\\..\\bad.json' }),
      { kind: 'rejected', reason: expect.stringMatching(/leads out/) },
    ],
    [
      'an absolute name',
      entry({ name: '/etc/bad.json' }),
      { kind: 'rejected', reason: expect.stringMatching(/absolute/) },
    ],
    [
      'a name with a drive letter',
      entry({ name: 'C:bad.json' }),
      { kind: 'rejected', reason: expect.stringMatching(/absolute/) },
    ],
    [
      'a name with control characters',
      entry({ name: 'b\u001b[2Jad.json' }),
      { kind: 'rejected', path: '"b\\u001b[2Jad.json"' },
    ],
    [
      'a name with a text direction override',
      entry({ name: 'b\u202ead.json' }),
      { kind: 'rejected', path: '"b\\u202ead.json"' },
    ],
    ['a password', entry({ flags: 1 }), { kind: 'rejected', path: 'bad.json', reason: 'the entry is encrypted' }],
    [
      'an unsupported compression method',
      entry({ method: 12 }),
      { kind: 'rejected', reason: expect.stringMatching(/method 12/) },
    ],
    [
      'a nested archive',
      entry({ name: 'bad.zip' }),
      { kind: 'rejected', reason: expect.stringMatching(/archive within an archive/) },
    ],
    [
      'an impossible size',
      entry({ claims: { size: 900_000 } }),
      { kind: 'rejected', reason: expect.stringMatching(/cannot inflate to the 900000/) },
    ],
    [
      'a size below the real one',
      entry({ claims: { size: 5 } }),
      ['bad.json', record('bad'), expect.stringMatching(/incorrect length check/)],
    ],
    [
      'a wrong checksum',
      entry({ claims: { crc: 1 } }),
      ['bad.json', record('bad'), expect.stringMatching(/incorrect data check/)],
    ],
    [
      'a wrong checksum for stored data',
      entry({ method: 0, claims: { crc: 1 } }),
      ['bad.json', 'log-unreadable', expect.stringMatching(/checksum/)],
    ],
    [
      'damaged data',
      entry({ claims: { packed: Buffer.from('ffffffff', 'hex') } }),
      ['bad.json', '', expect.stringMatching(/damaged/)],
    ],
    [
      'an offset past the end',
      entry({ claims: { offset: 90_000 } }),
      ['bad.json', 'log-unreadable', expect.stringMatching(/past the end/)],
    ],
    [
      'an offset inside another entry',
      entry({ claims: { offset: 3 } }),
      ['bad.json', 'log-unreadable', expect.stringMatching(/no entry/)],
    ],
    [
      'a damaged gzip inside',
      entry({ name: 'bad.json.gz', data: gzipSync(record('bad')).subarray(0, 40) }),
      ['bad.json.gz', expect.stringContaining('{"Rec'), expect.stringMatching(/cut off/)],
    ],
    [
      'a bomb',
      entry({ data: new Uint8Array(2 << 20) }),
      ['bad.json', 'log-too-large', expect.stringContaining('maxLogBytes')],
    ],
    [
      'a bomb in a bomb',
      entry({ name: 'bad.json.gz', data: gzipSync(new Uint8Array(2 << 20)) }),
      ['bad.json.gz', 'log-too-large', expect.anything()],
    ],
  ])('fails only the entry with %s', async (_, bad, expected) => {
    const path = await written(zipOf([entry({ name: 'good.json', data: record('good') }), bad]));
    const found = await contents(path);
    expect(found).toHaveLength(2);
    expect(found).toContainEqual(['good.json', record('good')]);
    expect(found).toContainEqual(Array.isArray(expected) ? expected : expect.objectContaining(expected));
  });

  it('rejects a second entry with the same name', async () => {
    const path = await written(zipOf([entry({}), entry({})]));
    expect(await contents(path)).toEqual([
      ['bad.json', record('bad')],
      { kind: 'rejected', path: 'bad.json', reason: expect.stringMatching(/same name/) },
    ]);
  });

  it('refuses a zip bomb of overlapping entries', async () => {
    const packed = new Uint8Array(1000);
    const bomb = zipOf([
      { name: '0.json', data: packed, method: 0 },
      { name: '1.json', data: packed, method: 0 },
    ]);
    // Makes both entries share the first one's kilobyte.
    const second = bomb.indexOf('PK\u0003\u0004', 10);
    const overlapping = Buffer.concat([bomb.subarray(0, second), bomb.subarray(bomb.indexOf('PK\u0001\u0002'))]);
    overlapping.writeUInt32LE(second, overlapping.length - 6);
    await expect(readArchive(await written(overlapping))).rejects.toMatchObject({
      code: 'archive-unreadable',
      message: expect.stringMatching(/overlap/),
    });
  });

  it('returns entries or throws a PipelineError, whichever bytes are changed', async () => {
    const sound = zipOf(['a', 'b', 'c'].map((id) => entry({ name: `${id}.json`, data: record(id) })));
    const change = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of changes) bytes.writeUInt8(value, at);
        const path = await written(bytes);
        const found = await contents(path).catch((fault: unknown) => {
          expect(fault).toMatchObject({ name: 'PipelineError', code: 'archive-unreadable' });
          return [];
        });
        for (const one of found) expect(one).not.toBeInstanceOf(Error);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a stored entry's pieces", () => {
  const content = record('a').padEnd(3 * 1024 * 1024, ' ');
  const piecesOf = async (
    traits: Partial<ZipEntry>,
    maxBytes = 2 ** 30,
  ): Promise<{ bytes: string; fault?: unknown }> => {
    const path = await written(zipOf([{ name: 'a.json', data: content, method: 0, ...traits }]));
    const [found] = await readArchive(path);
    let bytes = '';
    try {
      if (found?.kind !== 'log' || found.file.readPieces === undefined) throw new Error('not in pieces');
      for await (const piece of found.file.readPieces({ maxBytes })) {
        expect(piece.length).toBeLessThanOrEqual(1024 * 1024);
        bytes += piece.toString();
      }
    } catch (fault) {
      return { bytes, fault };
    }
    return { bytes };
  };

  it('are its content', async () => {
    const { bytes, fault } = await piecesOf({});
    expect(fault).toBeUndefined();
    expect(bytes === content).toBe(true);
  });

  it('end with an error for a wrong checksum, after all of its content', async () => {
    const { bytes, fault } = await piecesOf({ claims: { crc: 1 } });
    expect(bytes === content).toBe(true);
    expect(fault).toMatchObject({ code: 'log-unreadable', message: expect.stringContaining('incorrect data check') });
  });

  it('are not read past the limit', async () => {
    expect(await piecesOf({}, 1024 * 1024)).toMatchObject({ bytes: '', fault: { code: 'log-too-large' } });
  });

  it('are only offered for an entry that is stored', async () => {
    expect(await piecesOf({ method: 8 })).toMatchObject({ fault: { message: 'not in pieces' } });
  });
});
