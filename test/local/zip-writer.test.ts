import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import StreamZip from 'node-stream-zip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipOf, zipParts } from '../../src/local/zip-writer.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zip-writer-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(files: Parameters<typeof zipParts>[0]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of zipParts(files)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What another's reader finds in a zip, checksums verified. */
async function readBack(zip: Uint8Array): Promise<[string, string][]> {
  const file = join(folder, 'a.zip');
  await writeFile(file, zip);
  const reader = new StreamZip.async({ file });
  try {
    const entries = Object.values(await reader.entries());
    const read: [string, string][] = [];
    for (const { name } of entries) read.push([name, (await reader.entryData(name)).toString()]);
    return read;
  } finally {
    await reader.close();
  }
}

describe('zipOf', () => {
  it('is read back as it was put in, in the same order', async () => {
    const files = fc.uniqueArray(
      fc.record({
        name: fc.stringMatching(/^[a-zé日]{1,8}(\/[a-z]{1,4})?\.[a-z]{1,3}$/),
        content: fc.string({ unit: 'grapheme' }),
      }),
      { selector: ({ name }) => name, minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(files, async (list) => {
        expect(await readBack(zipOf(list))).toEqual(list.map(({ name, content }) => [name, content]));
      }),
      { numRuns: 40 },
    );
  });

  it('packs what repeats', () => {
    expect(zipOf([{ name: 'a', content: 'a'.repeat(1_000_000) }]).length).toBeLessThan(2000);
  });

  it('gives the same bytes for the same files', () => {
    const files = [
      { name: 'a.txt', content: 'a' },
      { name: 'b.txt', content: new Uint8Array([0, 255]) },
    ];
    expect(zipOf(files).equals(zipOf(files))).toBe(true);
  });

  it.each([[['']], [['/etc/passwd']], [['../a']], [['a/../../b']], [['a\\b']], [['c:a']], [['a//b']], [['a', 'a']]])(
    'refuses the names %j',
    (names) => {
      expect(() => zipOf(names.map((name) => ({ name, content: '' })))).toThrow(
        expect.objectContaining({ code: 'output-failed' }),
      );
    },
  );
});

describe('zipParts', () => {
  it('is read back as it was put in, however it was cut into pieces', async () => {
    const files = fc.uniqueArray(
      fc.record({
        name: fc.stringMatching(/^[a-zé日]{1,8}\.[a-z]{1,3}$/),
        parts: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }),
      }),
      { selector: ({ name }) => name },
    );
    await fc.assert(
      fc.asyncProperty(files, async (list) => {
        expect(await readBack(await written(list))).toEqual(list.map(({ name, parts }) => [name, parts.join('')]));
      }),
      { numRuns: 40 },
    );
  });

  it('asks for a file only when the one before was read to its end', async () => {
    const log: string[] = [];
    function* content(name: string): Generator<string> {
      yield name;
      log.push(`${name} read`);
    }
    function* files(): Generator<{ name: string; parts: Iterable<string> }> {
      yield { name: 'a', parts: content('a') };
      log.push('b asked for');
      yield { name: 'b', parts: content('b') };
    }
    await written(files());
    expect(log).toEqual(['a read', 'b asked for', 'b read']);
  });

  it('fails as the content does', async () => {
    function* broken(): Generator<string> {
      yield 'a';
      throw new Error('no more');
    }
    await expect(written([{ name: 'a', parts: broken() }])).rejects.toThrow('no more');
  });

  it('refuses the same name twice', async () => {
    const twice = [0, 1].map(() => ({ name: 'a', parts: ['x'] }));
    await expect(written(twice)).rejects.toMatchObject({ code: 'output-failed' });
  });
});
