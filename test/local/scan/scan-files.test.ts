import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { LogFile } from '../../../src/delivery/fetch-log.ts';
import { openLogs } from '../../../src/local/logs/log-folder.ts';
import { type FileScan, type ScanOptions, type ScanProgress, scanFiles } from '../../../src/local/scan/scan-files.ts';
import { recordFilter } from '../../../src/rules/filter/record-filter.ts';
import { aRecord } from '../../support/records.ts';

const WANTED = { eventNames: new Set(['RunInstances']) };
const OPTIONS: ScanOptions = { wanted: WANTED, maxLogBytes: 64 * 1024 * 1024, threads: 1 };

const logOf = (launches: number, others: number, name = ''): Buffer =>
  Buffer.from(
    JSON.stringify({
      Records: [
        ...Array.from({ length: launches }, (_, at) =>
          aRecord({ eventName: 'RunInstances', eventID: `${name}-${at}` }),
        ),
        ...Array.from({ length: others }, () => aRecord()),
      ],
    }),
  );

const fileOf = (path: string, bytes: Buffer): LogFile => ({ path, size: bytes.length, read: async () => bytes });

async function scanned(files: readonly LogFile[], options: Partial<ScanOptions> = {}): Promise<readonly FileScan[]> {
  const scans: FileScan[] = [];
  for await (const scan of scanFiles(files, { ...OPTIONS, ...options })) scans.push(scan);
  return scans;
}

const eventIds = (scans: readonly FileScan[]) =>
  scans.flatMap(({ wanted }) => wanted.map(({ record }) => record.eventID));

describe('scanFiles', () => {
  it('yields the records of each file in order, compressed or not', async () => {
    const plain = logOf(1, 2, 'a');
    const packed = gzipSync(logOf(2, 3, 'b'));
    const scans = await scanned([fileOf('a.json', plain), fileOf('b.json.gz', packed)]);
    expect(scans.map(({ path, end }) => [path, end?.records, end?.packedBytes])).toEqual([
      ['a.json', 3, plain.length],
      ['b.json.gz', 5, packed.length],
    ]);
    expect(eventIds(scans)).toEqual(['a-0', 'b-0', 'b-1']);
  });

  it.each([1, 2])(
    'reads what comes before maxLogBytes, of files stored short and long, with %s threads',
    async (threads) => {
      const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-limit-'));
      const content = Buffer.concat([logOf(3, 0, 'a').subarray(0, -2), Buffer.alloc(200_000, ' '), Buffer.from(']}')]);
      writeFileSync(join(folder, 'long.json'), content);
      writeFileSync(join(folder, 'packed.json.gz'), gzipSync(content));
      const found = [];
      for await (const each of openLogs([folder])) if (each.kind === 'log') found.push(each.file);
      const scans = await scanned(found, { maxLogBytes: 100_000, threads });
      rmSync(folder, { recursive: true });
      const ends = scans.flatMap(({ end }) => end ?? []);
      expect(ends.map(({ records }) => records)).toEqual([3, 3]);
      for (const { damage } of ends) expect(damage).toMatch(/limit is 100000|maxLogBytes/);
      expect(eventIds(scans)).toEqual(['a-0', 'a-1', 'a-2', 'a-0', 'a-1', 'a-2']);
    },
  );

  it('keeps the order when a later file is read first', async () => {
    let release: (() => void) | undefined;
    const slow: LogFile = {
      path: 'slow',
      size: 1,
      read: () =>
        new Promise((resolve) => {
          release = () => resolve(logOf(1, 0, 'slow'));
        }),
    };
    const fast: LogFile = {
      path: 'fast',
      size: 1,
      read: async () => {
        release?.();
        return logOf(1, 0, 'fast');
      },
    };
    expect(eventIds(await scanned([slow, fast]))).toEqual(['slow-0', 'fast-0']);
  });

  it('names a file that cannot be read, and continues', async () => {
    const lost: LogFile = { path: 'lost', size: 9, read: () => Promise.reject(new Error('no such file')) };
    const scans = await scanned([lost, fileOf('a', logOf(1, 0, 'a'))]);
    expect(scans[0]).toMatchObject({
      path: 'lost',
      wanted: [],
      end: { damage: 'no such file', records: 0, packedBytes: 9 },
    });
    expect(eventIds(scans)).toEqual(['a-0']);
  });

  it.each<[what: string, bytes: Buffer, damage: RegExp, launches: number]>([
    ['cut off', gzipSync(logOf(400, 0)).subarray(0, -40), /cut off/, 1],
    ['longer than the limit', gzipSync(Buffer.alloc(65 * 1024 * 1024, 32)), /longer than/, 0],
    ['not a log', Buffer.from('hello'), /where a record was expected/, 0],
  ])('names a file that is %s, and yields its complete records', async (_what, bytes, damage, launches) => {
    const [scan, next] = await scanned([fileOf('odd', bytes), fileOf('next', logOf(1, 0))]);
    expect(scan?.end?.damage).toMatch(damage);
    expect(scan?.wanted.length).toBeGreaterThanOrEqual(launches);
    expect(next?.wanted).toHaveLength(1);
  });

  it('yields a long file in pieces, and its end with the last one', async () => {
    const content = logOf(3, 45_000, 'long');
    const whole = await scanned([fileOf('whole', content.subarray(0, 1024 * 1024))]);
    expect(whole).toHaveLength(1);
    const scans = await scanned([fileOf('long', content)]);
    expect(content.length).toBeGreaterThan(16 * 1024 * 1024);
    expect(eventIds(scans)).toEqual(['long-0', 'long-1', 'long-2']);
    expect(scans.map(({ end }) => end?.records)).toEqual([...Array(scans.length - 1).fill(undefined), 45_003]);
  });

  it('reports progress, and the files’ SHA-256 on request', async () => {
    const content = logOf(1, 1);
    const progress: ScanProgress[] = [];
    const [scan] = await scanned([fileOf('a', content), fileOf('b', content)], {
      sha256: true,
      onProgress: (one) => progress.push(one),
    });
    expect(scan?.end?.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect(progress).toEqual([
      { files: 1, records: 2, bytes: content.length, packedBytes: content.length },
      { files: 2, records: 4, bytes: 2 * content.length, packedBytes: 2 * content.length },
    ]);
  });

  it('finds the same with workers as without, in the same order', async () => {
    // More than 16 MB: less is not worth the threads.
    const files = Array.from({ length: 70 }, (_, at) => fileOf(`file-${at}`, logOf(at % 3, 700, `${at}`)));
    expect(files.reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(20 * 1024 * 1024);
    const wanted = {
      ...WANTED,
      where: ({ eventID }: { readonly eventID?: string | undefined }) => !eventID?.endsWith('-1'),
    };
    const alone = await scanned(files, { wanted, sha256: true });
    const together = await scanned(files, { wanted, sha256: true, threads: 2 });
    expect(together.map(({ path, end }) => ({ path, end }))).toEqual(alone.map(({ path, end }) => ({ path, end })));
    expect(eventIds(together)).toEqual(eventIds(alone));
    expect(together.flatMap(({ wanted: found }) => found.map(({ json }) => json.toString()))).toEqual(
      alone.flatMap(({ wanted: found }) => found.map(({ json }) => json.toString())),
    );
  });

  it('finds records by their fields with workers as without', async () => {
    const files = Array.from({ length: 70 }, (_, at) => fileOf(`file-${at}`, logOf(at % 3, 700, `${at}`)));
    const alternatives = [[{ path: 'eventName', tests: ['{"prefix":"Run"}'] }]];
    const byFields = { alternatives, mayMatch: recordFilter(alternatives) };
    const wanted = { eventNames: new Set<string>(), or: { eventSources: new Set<string>(), anyText: [], byFields } };
    const alone = await scanned(files, { wanted });
    expect(eventIds(alone)).toHaveLength(69);
    expect(eventIds(await scanned(files, { wanted, threads: 2 }))).toEqual(eventIds(alone));
  });

  it('stops its workers when the reader stops', async () => {
    const files = Array.from({ length: 70 }, (_, at) => fileOf(`file-${at}`, logOf(1, 700)));
    for await (const scan of scanFiles(files, { ...OPTIONS, threads: 2 })) {
      expect(scan.path).toBe('file-0');
      break;
    }
  });

  it('scans no file before the caller asks for it, however small', async () => {
    let read = 0;
    const content = logOf(1, 1);
    const files = Array.from({ length: 50 }, (_, at) => ({
      ...fileOf(`file-${at}`, content),
      readNow: () => {
        read += 1;
        return content;
      },
    }));
    const scans = scanFiles(files, OPTIONS);
    await scans.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(read).toBe(1);
    await scans.return();
  });

  it('hands on the records of one file a few megabytes at a time, if all are wanted', async () => {
    const content = logOf(0, 30_000);
    const pieces = await scanned([fileOf('all.json.gz', gzipSync(content))], { wanted: {} });
    const bytes = pieces.map(({ wanted }) => wanted.reduce((sum, { json }) => sum + json.length, 0));
    expect(content.length).toBeGreaterThan(12 * 1024 * 1024);
    expect(pieces.reduce((sum, { wanted }) => sum + wanted.length, 0)).toBe(30_000);
    expect(Math.max(...bytes)).toBeLessThan(2.5 * 1024 * 1024);
  });

  it('keeps two files apart that are scanned in turns', async () => {
    const packed = ['a', 'b'].map((name) => gzipSync(logOf(9000, 0, name)));
    const [a, b] = packed.map((bytes, at) => scanFiles([fileOf(`${at}`, bytes)], { ...OPTIONS, wanted: {} }));
    const ids = { a: new Set<string>(), b: new Set<string>() };
    for (let open = true; open; ) {
      open = false;
      for (const [name, scans] of [
        ['a', a],
        ['b', b],
      ] as const) {
        const next = await scans?.next();
        if (next?.done !== false) continue;
        open = true;
        for (const { record } of next.value.wanted) ids[name].add(`${record.eventID}`);
      }
    }
    expect(ids).toEqual({
      a: new Set(Array.from({ length: 9000 }, (_, at) => `a-${at}`)),
      b: new Set(Array.from({ length: 9000 }, (_, at) => `b-${at}`)),
    });
  });

  describe('with a file too long to hold', () => {
    const SIZE = 20 * 1024 * 1024;
    const content = Buffer.concat([logOf(1, 2).subarray(0, -2), Buffer.from(`,${JSON.stringify(aRecord())}`)]);
    const long = (pieces: () => AsyncGenerator<Buffer, void, undefined>): LogFile => ({
      path: 'long',
      size: SIZE,
      read: () => Promise.reject(new Error('it was read whole')),
      readPieces: pieces,
    });

    it('reads it piece by piece', async () => {
      const scans = await scanned([
        long(async function* () {
          yield content;
          yield Buffer.from(' '.repeat(4000));
          yield Buffer.from(']}');
        }),
      ]);
      expect(scans.at(-1)?.end).toMatchObject({ records: 4, packedBytes: SIZE });
      expect(scans.at(-1)?.end?.damage).toBeUndefined();
    });

    it('takes the SHA-256 of all of it, also where the scan stops early', async () => {
      const pieces = [gzipSync(content), Buffer.from('something else'), Buffer.alloc(900, 'x')];
      const scans = await scanned(
        [
          long(async function* () {
            yield* pieces;
          }),
        ],
        { sha256: true },
      );
      const { damage, sha256, records } = scans.at(-1)?.end ?? {};
      expect({ damage, records }).toEqual({
        damage: 'damaged: incorrect header check',
        records: 4,
      });
      expect(sha256).toBe(createHash('sha256').update(Buffer.concat(pieces)).digest('hex'));
    });

    it('says that it could be read no further, and gives no SHA-256 then', async () => {
      const scans = await scanned(
        [
          long(async function* () {
            yield content;
            throw new Error('the disk failed');
          }),
        ],
        { sha256: true },
      );
      expect(scans.at(-1)?.end).toMatchObject({ damage: 'the disk failed', records: 4, packedBytes: SIZE });
      expect(scans.at(-1)?.end?.sha256).toBeUndefined();
    });
  });
});
