import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StoredFile } from '../../../src/local/scan/read-files.ts';
import { type FileScan, scanFile } from '../../../src/local/scan/scan-file.ts';
import type { ScanPool } from '../../../src/local/scan/scan-pool.ts';
import { scanTogether } from '../../../src/local/scan/scan-together.ts';
import { failedEnd } from '../../../src/pipeline/objects/file-end.ts';
import { aRecord } from '../../support/records.ts';

const SETTINGS = { wanted: { eventNames: new Set(['RunInstances']) }, maxLogBytes: 2 ** 30, sha256: true };

/** What to do with one file, and with one task. */
interface Chance {
  readonly kind: 'short' | 'full' | 'unread' | 'long';
  readonly answersAfter: number;
  readonly isFree: boolean;
  readonly isRefused: boolean;
}

const aChance: fc.Arbitrary<Chance> = fc.record({
  kind: fc.constantFrom('short', 'short', 'full', 'unread', 'long'),
  answersAfter: fc.nat(4),
  isFree: fc.boolean(),
  isRefused: fc.boolean(),
});

/** A log of one launch. Full: long enough for a batch of its own. */
function contentOf(path: string, kind: Chance['kind']): Buffer {
  const padding = kind === 'full' ? ' '.repeat(4 * 1024 * 1024) : '';
  const records = [aRecord({ eventName: 'RunInstances', eventID: path }), aRecord()];
  return Buffer.from(JSON.stringify({ Records: records }) + padding);
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes.subarray(0, 100);
  yield bytes.subarray(100);
}

const packedFiles = new Map<string, Buffer>();

function packedOf(path: string, kind: Chance['kind']): Buffer {
  const key = `${path} ${kind === 'full'}`;
  const packed = packedFiles.get(key) ?? gzipSync(contentOf(path, kind), { level: 1 });
  packedFiles.set(key, packed);
  return packed;
}

function fileOf(path: string, kind: Chance['kind']): StoredFile {
  if (kind === 'unread') return { path, end: failedEnd('permission denied', 9) };
  const packed = packedOf(path, kind);
  return kind === 'long' ? { path, long: { pieces: piecesOf(packed), size: packed.length } } : { path, packed };
}

/** Answers late, out of order, with refusals, and is busy at times. */
function poolOf(
  chances: readonly Chance[],
): ScanPool & { readonly tasks: () => number; readonly isClosed: () => boolean } {
  let asked = 0;
  let tasks = 0;
  let isClosed = false;
  const next = (): Chance | undefined => {
    asked += 1;
    return chances[asked % chances.length];
  };
  return {
    threads: 1,
    isFree: () => next()?.isFree !== false,
    scan: async (batch, settings) => {
      tasks += 1;
      const chance = next();
      for (let turn = 0; turn < (chance?.answersAfter ?? 0); turn += 1) await new Promise(setImmediate);
      return batch.map((file) => {
        if (next()?.isRefused === true) return undefined;
        const scans = scanFile(file, settings);
        if (!Array.isArray(scans)) return undefined;
        return scans[0] as FileScan;
      });
    },
    close: async () => {
      isClosed = true;
    },
    tasks: () => tasks,
    isClosed: () => isClosed,
  };
}

async function* listed(files: readonly StoredFile[]): AsyncGenerator<StoredFile> {
  yield* files;
}

it('yields every file once and in order, whatever the threads take, refuse and answer late', async () => {
  let tasks = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(aChance, { minLength: 1, maxLength: 24 }), async (chances) => {
      const paths = chances.map((_, at) => `file-${at}`);
      const pool = poolOf(chances);
      const found: string[] = [];
      const ends: string[] = [];
      const files = chances.map(({ kind }, at) => fileOf(`file-${at}`, kind));
      for await (const { path, wanted, end } of scanTogether(listed(files), SETTINGS, pool)) {
        found.push(...wanted.map(({ record }) => `${path}: ${record.eventID}`));
        if (end !== undefined) ends.push(`${path}: ${end.records} ${end.damage ?? ''}`);
      }
      tasks += pool.tasks();
      const isRead = (at: number) => chances[at]?.kind !== 'unread';
      expect(found).toEqual(paths.filter((_, at) => isRead(at)).map((path) => `${path}: ${path}`));
      expect(ends).toEqual(paths.map((path, at) => `${path}: ${isRead(at) ? '2 ' : '0 permission denied'}`));
      expect(pool.isClosed()).toBe(true);
    }),
    { numRuns: 60 },
  );
  expect(tasks).toBeGreaterThan(30);
});

it('takes no more files than a few batches while the caller waits', async () => {
  let taken = 0;
  async function* many(): AsyncGenerator<StoredFile> {
    for (let at = 0; at < 200; at += 1) {
      taken += 1;
      yield fileOf(`file-${at}`, 'full');
    }
  }
  const free = { kind: 'full', answersAfter: 0, isFree: true, isRefused: false } as const;
  const scans = scanTogether(many(), SETTINGS, poolOf([free]));
  await scans.next();
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  // Two fill a batch, and each thread has four batches.
  expect(taken).toBeLessThanOrEqual(20);
  await scans.return();
});

it('takes no more bytes than a few large files while the caller waits', async () => {
  let taken = 0;
  const packed = Buffer.from(`{"Records":[${' '.repeat(20 * 1024 * 1024)}]}`);
  async function* large(): AsyncGenerator<StoredFile> {
    for (let at = 0; at < 8; at += 1) {
      taken += packed.length;
      yield { path: `file-${at}`, packed };
    }
  }
  const free = { kind: 'full', answersAfter: 0, isFree: true, isRefused: false } as const;
  const scans = scanTogether(large(), SETTINGS, poolOf([free]));
  await scans.next();
  expect(taken).toBeLessThan(90 * 1024 * 1024);
  await scans.return();
});

it('holds little of a file before its turn, however short it declares itself', async () => {
  let seen = 0;
  let seenAhead: number | undefined;
  let tasks = 0;
  const where = () => {
    seen += 1;
    return true;
  };
  const late: ScanPool = {
    threads: 1,
    isFree: () => tasks === 0,
    scan: async (batch) => {
      tasks += 1;
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
      seenAhead = seen;
      return batch.map(() => undefined);
    },
    close: async () => undefined,
  };
  const launch = aRecord({ eventName: 'RunInstances', padding: 'x'.repeat(500 * 1024) });
  const long = gzipSync(JSON.stringify({ Records: Array.from({ length: 40 }, () => launch) }), { level: 1 });
  const files = [fileOf('a', 'full'), { path: 'b', packed: Buffer.concat([long, gzipSync('')]) }];
  const found: string[] = [];
  for await (const { path, wanted } of scanTogether(
    listed(files),
    { ...SETTINGS, wanted: { ...SETTINGS.wanted, where } },
    late,
  ))
    found.push(...wanted.map(() => path));
  expect(found).toEqual(['a', ...Array.from({ length: 40 }, () => 'b')]);
  expect(seenAhead).toBeLessThan(20);
});

it('fails with what ended a thread', async () => {
  const broken: ScanPool = {
    ...poolOf([{ kind: 'full', answersAfter: 0, isFree: true, isRefused: false }]),
    scan: () => Promise.reject(new Error('the thread ended')),
  };
  const scanAll = async () => {
    for await (const _ of scanTogether(listed([fileOf('a', 'short'), fileOf('b', 'full')]), SETTINGS, broken));
  };
  await expect(scanAll()).rejects.toThrow('the thread ended');
});
