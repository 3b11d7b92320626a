import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import fc from 'fast-check';
import StreamZip from 'node-stream-zip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ZipEntry, zipParts } from '../../src/local/zip-writer.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zip-writer-'));
});
afterAll(() => rm(folder, { recursive: true }));

const aFile = (name: string, content = 'x'): ZipEntry => ({ name, parts: [content] });

/** What another reader finds in a zip. It verifies the checksums. */
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

const files = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-zé日]{1,8}(\/[a-z]{1,4})?\.[a-z]{1,3}$/),
    parts: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }),
  }),
  { selector: ({ name }) => name },
);

describe('zipParts', () => {
  it('reads back as written, in the same order, however the content was split', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (list) => {
        expect(await readBack(await buffer(zipParts(list)))).toEqual(
          list.map(({ name, parts }) => [name, parts.join('')]),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same bytes for the same content, however it was split', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (list) => {
        const joined = list.map(({ name, parts }) => aFile(name, parts.join('')));
        expect(await buffer(zipParts(list))).toEqual(await buffer(zipParts(joined)));
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same bytes in every time zone', async () => {
    const program = `import { zipParts } from './src/local/zip-writer.ts';
      for await (const piece of zipParts([{ name: 'a', parts: ['x'] }])) process.stdout.write(piece);`;
    const sums = ['UTC', 'America/Los_Angeles', 'Asia/Tokyo'].map(async (TZ) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '--eval', program],
        { env: { ...process.env, TZ }, encoding: 'buffer' },
      );
      return createHash('sha256').update(stdout).digest('hex');
    });
    expect(new Set(await Promise.all(sums)).size).toBe(1);
  }, 30_000);

  it('compresses', async () => {
    expect((await buffer(zipParts([aFile('a', 'a'.repeat(1_000_000))]))).length).toBeLessThan(2000);
  });

  it('takes bytes as well as text', async () => {
    const zip = await buffer(zipParts([{ name: 'a', parts: [new Uint8Array([0x61, 0x62])] }]));
    expect(await readBack(zip)).toEqual([['a', 'ab']]);
  });

  it.each([
    [['']],
    [['/etc/passwd']],
    [['../a']],
    [['a/../../b']],
    [['./a']],
    [['a\\b']],
    [['c:a']],
    [['a//b']],
    [['a/']],
    [['a', 'a']],
  ])('refuses the names %j', async (names) => {
    await expect(buffer(zipParts(names.map((name) => aFile(name))))).rejects.toMatchObject({ code: 'output-failed' });
  });

  it('requests a file only after the one before was read to its end', async () => {
    const log: string[] = [];
    function* content(name: string): Generator<string> {
      yield name;
      log.push(`${name} read`);
    }
    function* requested(): Generator<ZipEntry> {
      yield { name: 'a', parts: content('a') };
      log.push('b requested');
      yield { name: 'b', parts: content('b') };
    }
    await buffer(zipParts(requested()));
    expect(log).toEqual(['a read', 'b requested', 'b read']);
  });

  it('fails with the error of the content', async () => {
    function* broken(): Generator<string> {
      yield 'a';
      throw new Error('no more');
    }
    await expect(buffer(zipParts([{ name: 'a', parts: broken() }]))).rejects.toThrow('no more');
  });

  it('keeps few pieces in memory at a time, and closes the content when the reader stops early', async () => {
    let made = 0;
    let closed = false;
    function* endless(): Generator<Uint8Array> {
      try {
        for (; ; made += 1) yield new Uint8Array(65_536).map((_, at) => (at * 2654435761) >>> (made % 13));
      } finally {
        closed = true;
      }
    }
    const zip = zipParts([{ name: 'a', parts: endless() }]);
    for (let piece = 0; piece < 3; piece += 1) await zip.next();
    await zip.return(undefined);
    await expect.poll(() => closed).toBe(true);
    expect(made).toBeLessThan(50);
  });
});
