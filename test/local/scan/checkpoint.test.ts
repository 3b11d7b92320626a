import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogFile } from '../../../src/delivery/fetch-log.ts';
import { openCheckpoint } from '../../../src/local/scan/checkpoint.ts';
import { resumed } from '../../../src/local/scan/resumed-scan.ts';
import type { FileScan } from '../../../src/local/scan/scan-files.ts';

let folder: string;
let made = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
});
afterAll(() => rm(folder, { recursive: true }));
const newPath = (): string => {
  made += 1;
  return join(folder, `${made}.checkpoint`);
};

const QUESTION = { eventNames: ['RunInstances'], since: null };

const fileOf = (name: string, version = 'v1', size = 10): LogFile => ({
  path: `s3://b/${name}`,
  version,
  size,
  read: () => Promise.reject(new Error('the scan of this test reads nothing')),
});

const END = {
  ...{ packedBytes: 10, bytes: 100, records: 3, skipped: { insight: 1 }, rejected: [], rejectedCount: 0 },
  ...{ warnings: ['bytes that are not UTF-8'], sha256: 'ab' },
};

/** A scan that yields two pieces per file, and can stop like a killed process after some of them. */
function scanner({ stopAfter = Number.POSITIVE_INFINITY, damaged = new Set<string>() } = {}) {
  const scanned: string[] = [];
  const scan = async function* (files: AsyncIterable<LogFile>): AsyncGenerator<FileScan> {
    let given = 0;
    for await (const { path } of files) {
      scanned.push(path);
      for (const stretch of [1, 2]) {
        if (given >= stopAfter) throw new Error('killed');
        given += 1;
        const json = Buffer.from(`{"eventID":"${path} ${stretch}","text":"\\u00e9 é \\"x\\""}`);
        const damage = damaged.has(path) ? { damage: 'cut off' } : {};
        const end = stretch === 2 ? { end: { ...END, ...damage } } : {};
        yield { path, wanted: [{ json, index: stretch, record: JSON.parse(json.toString()) }], ...end };
      }
    }
  };
  return { scan, scanned };
}

async function* listed(files: readonly LogFile[]): AsyncGenerator<LogFile> {
  yield* files;
}

/** What a run prints until it stops. */
async function run(path: string, files: readonly LogFile[], { scan }: Pick<ReturnType<typeof scanner>, 'scan'>) {
  const checkpoint = await openCheckpoint(path, QUESTION);
  const printed: unknown[] = [];
  try {
    for await (const { path: from, wanted, end } of resumed(listed(files), scan, checkpoint))
      printed.push({ from, wanted: wanted.map(({ json, index, record }) => [json.toString(), index, record]), end });
  } catch (fault) {
    expect(fault).toMatchObject({ message: 'killed' });
  } finally {
    await checkpoint.close();
  }
  return printed;
}

const FILES = ['a', 'b', 'c', 'd'].map((name) => fileOf(name));
const pathsOf = (files: readonly LogFile[]): string[] => files.map(({ path }) => path);

describe('openCheckpoint', () => {
  it('scans nothing twice and prints the same results again', async () => {
    const path = newPath();
    const first = await run(path, FILES, scanner());
    const again = scanner();
    expect(await run(path, FILES, again)).toEqual(first);
    expect(again.scanned).toEqual([]);
    expect(first).toHaveLength(8);
  });

  it.each([
    ['a file that has changed', fileOf('b', 'v2')],
    ['a file of another size', fileOf('b', 'v1', 11)],
    ['a new file', fileOf('bb')],
  ])('scans %s', async (_, file) => {
    const path = newPath();
    await run(path, FILES, scanner());
    const again = scanner();
    const files = [FILES[0], file, FILES[2]].filter((one) => one !== undefined);
    await run(path, files, again);
    expect(again.scanned).toEqual([file.path]);
  });

  it('scans a damaged file again', async () => {
    const path = newPath();
    await run(path, FILES, scanner({ damaged: new Set(['s3://b/c']) }));
    const again = scanner();
    await run(path, FILES, again);
    expect(again.scanned).toEqual(['s3://b/c']);
  });

  it('returns the results of a file as often as it is named', async () => {
    const path = newPath();
    const twice = [...FILES, ...FILES];
    const first = await run(path, twice, scanner());
    expect(first).toHaveLength(16);
    expect(await run(path, twice, scanner())).toEqual(first);
  });

  it('counts the finished files', async () => {
    const path = newPath();
    await run(path, FILES, scanner({ stopAfter: 5 }));
    const checkpoint = await openCheckpoint(path, QUESTION);
    expect(checkpoint.done).toBe(2);
    await checkpoint.close();
  });

  it.each([
    ['another question', `{"schema":"mirrorwatch.checkpoint/1","question":{}}\n`, /is from a scan with other options/],
    ["a user's file", '{"Records":[]}\n', /is not a checkpoint/],
    ["a user's file without a newline", 'notes', /is not a checkpoint/],
  ])('rejects %s and leaves it unchanged', async (_, content, message) => {
    const path = newPath();
    await writeFile(path, content);
    await expect(openCheckpoint(path, QUESTION)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    });
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('rejects lines that it did not write', async () => {
    const path = newPath();
    await run(path, FILES, scanner());
    await appendFile(path, '\u0000\u0000\u0000\n');
    await expect(openCheckpoint(path, QUESTION)).rejects.toMatchObject({ code: 'usage' });
  });

  it('names a path that it cannot write to', async () => {
    await expect(openCheckpoint(join(folder, 'none', 'x'), QUESTION)).rejects.toMatchObject({
      code: 'output-failed',
      message: expect.stringContaining(join(folder, 'none', 'x')),
    });
  });
});

describe('resumed', () => {
  it('is just the scan without a checkpoint', async () => {
    const { scan, scanned } = scanner();
    const results: FileScan[] = [];
    for await (const one of resumed(listed(FILES), scan, undefined)) results.push(one);
    expect(results).toHaveLength(8);
    expect(scanned).toEqual(pathsOf(FILES));
  });

  it('prints what an uninterrupted run prints, no matter how often and where it was killed, and scans no finished file again', async () => {
    const expected = await run(newPath(), FILES, scanner());
    const cut = fc.record({ stopAfter: fc.nat(8), torn: fc.nat(400) });
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { maxLength: 4 }), async (kills) => {
        const path = newPath();
        const finished = new Set<string>();
        for (const { stopAfter, torn } of kills) {
          const { scan } = scanner({ stopAfter });
          await run(path, FILES, { scan });
          // The end of the journal may not have reached the disk.
          const journal = await readFile(path);
          await writeFile(path, journal.subarray(0, Math.max(0, journal.length - torn)));
        }
        const last = await openCheckpoint(path, QUESTION);
        for (const file of FILES) if (last.savedScans(file) !== undefined) finished.add(file.path);
        await last.close();
        const final = scanner();
        expect(await run(path, FILES, final)).toEqual(expected);
        expect(final.scanned).toEqual(pathsOf(FILES).filter((file) => !finished.has(file)));
      }),
      { numRuns: 60 },
    );
  });
});

it('keeps no file whose results are saved, since it may hold the bytes of an archive’s entry', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const path = newPath();
  await run(path, FILES, scanner());
  const given: WeakRef<LogFile>[] = [];
  async function* again(): AsyncGenerator<LogFile> {
    for (const { path: name } of FILES) {
      const file = fileOf(name.replace('s3://b/', ''));
      given.push(new WeakRef(file));
      yield file;
    }
    await new Promise(setImmediate);
    collectGarbage();
    expect(given.filter((file) => file.deref() !== undefined).length).toBeLessThanOrEqual(1);
  }
  const checkpoint = await openCheckpoint(path, QUESTION);
  const results: FileScan[] = [];
  for await (const one of resumed(again(), scanner().scan, checkpoint)) results.push(one);
  await checkpoint.close();
  expect(results).toHaveLength(2 * FILES.length);
  expect(given).toHaveLength(FILES.length);
});
