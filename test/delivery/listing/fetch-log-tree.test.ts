import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FoundLog, LogStore } from '../../../src/delivery/fetch-log.ts';
import { openStoredLogs } from '../../../src/delivery/listing/fetch-log-tree.ts';
import type { TreeSearch } from '../../../src/delivery/listing/log-tree.ts';
import { compareBytes } from '../../../src/delivery/log-file.ts';
import { mayHoldEventsOf, type Period, readLogKey } from '../../../src/delivery/log-key.ts';
import { PipelineError } from '../../../src/errors.ts';

const PAGE_KEYS = 1000;

interface Calls {
  pages: number;
  folders: number;
  fetched: string[];
  /** What each listing started with. */
  listed: { prefix: string; startAfter?: string | undefined }[];
}

/** An in-memory bucket that counts requests, page by page as S3 answers them. */
function bucketOf(keys: readonly string[], refuse: (prefix: string, startAfter?: string) => boolean = () => false) {
  const sorted = keys.toSorted(compareBytes);
  const calls: Calls = { pages: 0, folders: 0, fetched: [], listed: [] };
  const store: LogStore = {
    async fetch({ key }) {
      calls.fetched.push(key);
      return { bytes: Buffer.from(key), metadata: {} };
    },
    async *list(bucket, prefix, { startAfter } = {}) {
      calls.listed.push({ prefix, startAfter });
      if (refuse(prefix, startAfter)) throw new PipelineError('aws-call-failed', 'access denied');
      calls.pages += 1;
      const matching = sorted.filter(
        (key) => key.startsWith(prefix) && (startAfter === undefined || compareBytes(key, startAfter) > 0),
      );
      for (const [at, key] of matching.entries()) {
        if (at > 0 && at % PAGE_KEYS === 0) calls.pages += 1;
        yield { bucket, key, size: key.endsWith('/') ? 0 : 10, eTag: `e-${key.length}` };
      }
    },
    async folders(_, prefix) {
      calls.folders += 1;
      const inside = sorted.filter((key) => key.startsWith(prefix) && key.includes('/', prefix.length));
      return [...new Set(inside.map((key) => key.slice(0, key.indexOf('/', prefix.length) + 1)))];
    },
  };
  return { store, calls };
}

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const ACCOUNT = '111122223333';
const day = (date: string): string => date.replaceAll('-', '/');
const logKey = (date: string, region = 'eu-west-1', account = ACCOUNT, root = 'AWSLogs/', name = 'a') =>
  `${root}${account}/CloudTrail/${region}/${day(date)}/${account}_CloudTrail_${region}_${date.replaceAll('-', '')}T0305Z_AbCdEfGhIjKl${name}.json.gz`;
const digestKey = (date: string, region = 'eu-west-1', account = ACCOUNT) =>
  `AWSLogs/${account}/CloudTrail-Digest/${region}/${day(date)}/${account}_CloudTrail-Digest_${region}_t_${region}_${date.replaceAll('-', '')}T040506Z.json.gz`;

type Asked = Partial<Omit<TreeSearch, 'prefix'>>;

async function allOf(store: LogStore, prefix: string, period: Asked = {}): Promise<FoundLog[]> {
  const found: FoundLog[] = [];
  for await (const one of openStoredLogs(store, { bucket: 'b', prefix }, period)) found.push(one);
  return found;
}
const pathsOf = (found: readonly FoundLog[]): string[] =>
  found.map((one) => (one.kind === 'log' ? one.file.path : `${one.kind} ${one.path}`).replace('s3://b/', ''));

const since = new Date('2026-01-10T12:00:00Z');
const until = new Date('2026-01-12T12:00:00Z');

describe('openStoredLogs', () => {
  it('finds log files like a folder does, and reads each only on request', async () => {
    const { store, calls } = bucketOf([logKey('2026-01-10')]);
    const [found] = await allOf(store, '');
    expect(found).toMatchObject({
      kind: 'log',
      file: { path: `s3://b/${logKey('2026-01-10')}`, size: 10, version: expect.stringMatching(/^e-/) },
    });
    expect(calls.fetched).toEqual([]);
    const bytes = found?.kind === 'log' && (await found.file.read({ maxBytes: 1000 }));
    expect(bytes.toString()).toBe(logKey('2026-01-10'));
  });

  it.each([
    ['a trail without a prefix', 'AWSLogs/', ''],
    ['a trail with a prefix', 'my/Digest prefix/AWSLogs/', ''],
    ['an organisation trail', 'AWSLogs/o-abcdef0123/', ''],
    ['a Control Tower landing zone', 'o-abcdef0123/AWSLogs/o-abcdef0123/', ''],
    ['the prefix down to the trail', 'p/AWSLogs/', 'p/AWSLogs/'],
    ['the prefix without its last slash', 'p/AWSLogs/', 'p/AWSLogs'],
    ['an account', 'AWSLogs/', `AWSLogs/${ACCOUNT}`],
    ['the folder of the logs', 'AWSLogs/', `AWSLogs/${ACCOUNT}/CloudTrail/`],
    ['a region', 'AWSLogs/', `AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/`],
    ['a month', 'AWSLogs/', `AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/2026/01`],
    ['the start of a name', 'AWSLogs/', `AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/2026/01/1`],
  ])('finds the days of a period in %s', async (_, root, prefix) => {
    const dates = ['2026-01-09', '2026-01-10', '2026-01-11', '2026-01-12', '2026-01-13', '2026-01-14'];
    const { store } = bucketOf(dates.map((date) => logKey(date, 'eu-west-1', ACCOUNT, root)));
    const expected = dates.slice(1, -1).map((date) => logKey(date, 'eu-west-1', ACCOUNT, root));
    expect(pathsOf(await allOf(store, prefix, { since, until }))).toEqual(expected);
  });

  it('takes an object named in full as a log, whatever its ending', async () => {
    const { store } = bucketOf(['dump/export', 'dump/export.bak', 'dump/exports/a.json']);
    expect(pathsOf(await allOf(store, 'dump/export'))).toEqual([
      'dump/export',
      'skipped dump/export.bak',
      'dump/exports/a.json',
    ]);
  });

  it('lists a bucket without a trail, and names what is not a log', async () => {
    const { store } = bucketOf(['notes.txt', 'one.json', 'x/', 'x/pack.zip', 'x/two.json.gz']);
    expect(pathsOf(await allOf(store, ''))).toEqual([
      'skipped notes.txt',
      'one.json',
      'skipped x/',
      'rejected x/pack.zip',
      'x/two.json.gz',
    ]);
  });

  it('misses no file beside, above or between the folders', async () => {
    const keys = [
      'AWSLogs/0.json',
      logKey('2026-01-10', 'eu-west-1', '000000000001'),
      'AWSLogs/000000000001/stray.json',
      logKey('2026-01-10', 'eu-north-1'),
      logKey('2026-01-10'),
      `AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/stray.json`,
      `AWSLogs/${ACCOUNT}/CloudTrail/stray.json`,
      'AWSLogs/stray.json',
      logKey('2026-01-10', 'eu-west-1', ACCOUNT, 'also/AWSLogs/'),
      'before.json',
    ];
    const { store } = bucketOf(keys);
    expect(pathsOf(await allOf(store, ''))).toEqual(keys.toSorted(compareBytes));
    expect(pathsOf(await allOf(store, '', { since, until }))).toEqual(keys.toSorted(compareBytes));
  });

  it('skips digests and other services’ logs, unless they were asked for', async () => {
    const other = `AWSLogs/${ACCOUNT}/Config/eu-west-1/2026/1/1/ConfigHistory/x.json.gz`;
    const { store } = bucketOf([digestKey('2026-01-10'), logKey('2026-01-10'), other]);
    expect(pathsOf(await allOf(store, ''))).toEqual([logKey('2026-01-10')]);
    expect(pathsOf(await allOf(store, `AWSLogs/${ACCOUNT}/CloudTrail-Digest/`))).toEqual([
      `skipped ${digestKey('2026-01-10')}`,
    ]);
    expect(pathsOf(await allOf(store, `AWSLogs/${ACCOUNT}/Config/`))).toEqual([other]);
  });

  it('reads few pages of a large bucket for a few days of it', async () => {
    const regions = ['eu-central-1', 'eu-west-1', 'us-east-1'];
    const accounts = ['000000000001', '000000000002'];
    const days = Array.from({ length: 365 }, (_, at) => new Date(Date.UTC(2025, 6, 1 + at)).toISOString().slice(0, 10));
    const names = Array.from({ length: 12 }, (_, at) => `${10 + at}`);
    const keys = accounts.flatMap((account) =>
      regions.flatMap((region) =>
        days.flatMap((date) => [
          ...names.map((name) => logKey(date, region, account, 'AWSLogs/', name)),
          ...names.map((name) => digestKey(date, region, account).replace('_t_', `_t${name}_`)),
        ]),
      ),
    );
    const { store, calls } = bucketOf(keys);
    const found = await allOf(store, '', { since, until });
    expect(found).toHaveLength(accounts.length * regions.length * 4 * names.length);
    expect(keys.length / PAGE_KEYS).toBeGreaterThan(50);
    expect(calls.pages + calls.folders).toBeLessThan(32);
    expect(calls.listed.filter(({ prefix }) => prefix === '')).toHaveLength(2);
  });

  it('finds what a plain listing finds, in the same order, for any layout', async () => {
    const segment = fc.constantFrom(
      ...[
        'AWSLogs',
        'AWSLogs',
        ACCOUNT,
        '222233334444',
        'o-abcdef0123',
        'CloudTrail',
        'CloudTrail',
        'CloudTrail-Digest',
      ],
      ...['CloudTrail-Insight', 'CloudTrail2', 'Config', 'eu-west-1', '2026', '01', '10', '11', 'é', 'x'],
    );
    const loose = fc
      .tuple(fc.array(segment, { maxLength: 9 }), segment)
      .map(([folders, name]) => [...folders, `${name}.json`].join('/'));
    const proper = fc
      .tuple(
        fc.constantFrom('', 'p/', 'o-abcdef0123/'),
        fc.constantFrom('', 'o-abcdef0123/'),
        fc.constantFrom(ACCOUNT, '222233334444', 'mine'),
        fc.constantFrom('CloudTrail', 'CloudTrail-Digest', 'Config'),
        fc.constantFrom('eu-west-1', 'us-east-1'),
        fc.constantFrom('2026/01/09', '2026/01/10', '2026/01/13', '2026/01/14'),
      )
      .map(([top, org, ...rest]) => `${top}AWSLogs/${org}${rest.join('/')}/x.json.gz`);
    // A file between two days, or an undated one among a trail's dated files, is skipped with them. CloudTrail writes none there.
    const isAmong = (key: string): boolean =>
      /CloudTrail/.test(key) && !/CloudTrail[A-Za-z-]*\/[^/]+\/\d{4}\/\d\d\/\d\d\/[^/]*$/.test(key);
    const keys = fc.uniqueArray(
      fc.oneof(loose, proper).filter((key) => !isAmong(key)),
      { maxLength: 40 },
    );
    const period = fc.constantFrom<Period>({}, { since }, { until }, { since, until });
    const accounts = fc.constantFrom<readonly string[]>([], [], [ACCOUNT], ['222233334444', '333333333333']);
    const regions = fc.constantFrom<readonly string[]>([], [], ['eu-west-1'], ['us-east-1', 'eu-west-1']);
    const search = fc
      .tuple(period, fc.boolean(), accounts, regions)
      .map(([of, whole, ...[ids, names]]): Asked => ({ ...of, whole, accounts: ids, regions: names }));
    await fc.assert(
      fc.asyncProperty(keys, search, fc.nat(), fc.nat(), async (all, asked, which, length) => {
        const prefix = (all[which % Math.max(1, all.length)] ?? '').slice(0, length % 60);
        const { store } = bucketOf(all);
        const found = pathsOf(await allOf(store, prefix, asked)).filter((path) => !path.startsWith('rejected'));
        const isFolder = prefix === '' || prefix.endsWith('/') || !all.some((key) => key.startsWith(`${prefix}/`));
        const from = isFolder || all.includes(prefix) ? prefix : `${prefix}/`;
        expect(found.map((path) => path.replace('skipped ', ''))).toEqual(
          all
            .filter((key) => key.startsWith(from) && mayHoldEventsOf(readLogKey(key), asked))
            .filter((key) => isLookedAt(key, prefix) && isAskedFor(key, prefix, asked))
            .toSorted(compareBytes),
        );
      }),
      { numRuns: 1500, seed },
    );
  });

  /** The rule in its slow form: not in a folder of another service of an account, nor in one of CloudTrail's of another kind. */
  function isLookedAt(key: string, prefix: string): boolean {
    const folders = key.split('/').map((_, at, segments) => `${segments.slice(0, at).join('/')}/`);
    return folders.slice(1).every((folder) => {
      if (prefix.startsWith(folder)) return true;
      const service = /(?:^|\/)AWSLogs\/(?:o-[a-z0-9]+\/)?\d{12}\/([^/]+)\/$/.exec(folder)?.[1];
      if (service !== undefined && !/^CloudTrail2?$/.test(service)) return false;
      const dated = /^(?:.*\/)?CloudTrail[A-Za-z-]*\/[^/]+\/\d{4}\/\d\d\/\d\d\//.test(key);
      const last = /^((?:.*\/)?CloudTrail[A-Za-z-]*\/)[^/]+\/\d{4}\/\d\d\/\d\d\//.exec(key)?.[1];
      return !dated || last !== folder || !/Digest|Insight/.test(folder.split('/').at(-2) ?? '');
    });
  }

  /** Not in the folder of an account or region that is not asked for. */
  function isAskedFor(key: string, prefix: string, { accounts = [], regions = [] }: Asked): boolean {
    const segments = key.split('/');
    const tree = segments.slice(0, -1).lastIndexOf('AWSLogs');
    if (tree === -1) return true;
    const at = /^o-[a-z0-9]+$/.test(segments[tree + 1] ?? '') ? tree + 2 : tree + 1;
    const [account = '', service = '', region = ''] = segments.slice(at, -1);
    if (!/^\d{12}$/.test(account)) return true;
    const isIn = (depth: number): boolean => prefix.startsWith(`${segments.slice(0, depth).join('/')}/`);
    if (accounts.length > 0 && !accounts.includes(account)) return isIn(at + 1);
    if (!service.startsWith('CloudTrail') || region === '') return true;
    return regions.length === 0 || regions.includes(region) || isIn(at + 3);
  }

  it('lists only the folders of the accounts and regions that are asked for', async () => {
    const accounts = Array.from({ length: 30 }, (_, at) => String(100_000_000_000 + at));
    const regions = ['eu-central-1', 'eu-west-1', 'us-east-1'];
    const names = Array.from({ length: 1500 }, (_, at) => `${1000 + at}`);
    const keys = accounts.flatMap((account) =>
      regions.flatMap((region) => names.map((name) => logKey('2026-01-10', region, account, 'AWSLogs/', name))),
    );
    const { store, calls } = bucketOf([...keys, 'AWSLogs/beside.json', 'AWSLogs/100000000003x.json']);
    const asked = { whole: true, accounts: accounts.slice(3, 5), regions: ['eu-west-1'] };
    const found = pathsOf(await allOf(store, '', asked));
    expect(found).toHaveLength(2 * names.length + 2);
    expect(found).toEqual(found.toSorted(compareBytes));
    // Of 150 pages: two for each folder that is asked for, and one for what may be beside each of the others.
    expect(calls.pages + calls.folders).toBeLessThan(60);
  });

  it('lists the parts of a listing that is read whole at the same time, each some pages ahead', async () => {
    const regions = ['eu-central-1', 'eu-west-1', 'us-east-1'];
    const names = Array.from({ length: 2500 }, (_, at) => `${1000 + at}`);
    const keys = regions.flatMap((region) =>
      names.map((name) => logKey('2026-01-10', region, ACCOUNT, 'AWSLogs/', name)),
    );
    const { store, calls } = bucketOf(keys);
    const listing = openStoredLogs(store, { bucket: 'b', prefix: 'AWSLogs/' }, { whole: true });
    await listing.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    // Of nine.
    expect(calls.pages).toBeGreaterThanOrEqual(6);
    expect(calls.pages).toBeLessThan(9);
    let found = 1;
    for await (const _ of listing) found += 1;
    expect(found).toBe(keys.length);
  });

  it('cuts the regions of a listing that is read whole at the months of its period', async () => {
    const months = Array.from({ length: 24 }, (_, at) => new Date(Date.UTC(2025, at, 15)).toISOString().slice(0, 10));
    const { store, calls } = bucketOf(months.map((date) => logKey(date)));
    const found = await allOf(store, 'AWSLogs/', { whole: true, since, until });
    expect(pathsOf(found)).toEqual([]);
    expect(calls.listed.length).toBeLessThan(5);
    expect(await allOf(store, 'AWSLogs/', { whole: true })).toHaveLength(24);
  });

  it('continues with the other parts when one cannot be listed, and names it', async () => {
    const keys = ['000000000001', '000000000002', '000000000003'].map((id) => logKey('2026-01-10', 'eu-west-1', id));
    const { store } = bucketOf(keys, (_, startAfter) => startAfter?.includes('000000000002') === true);
    const found = await allOf(store, 'AWSLogs/');
    expect(found.map(({ kind }) => kind)).toEqual(['log', 'rejected', 'log']);
    expect(found[1]).toMatchObject({
      path: expect.stringMatching(/AWSLogs\/000000000002/),
      reason: 'listing failed from here on: access denied',
    });
  });

  it('throws the error when nothing can be listed, and names a prefix with nothing under it', async () => {
    const refused = bucketOf([logKey('2026-01-10')], () => true);
    await expect(allOf(refused.store, '')).rejects.toMatchObject({ code: 'aws-call-failed' });
    const { store } = bucketOf([logKey('2026-01-10')]);
    expect(await allOf(store, 'none/')).toEqual([
      { kind: 'rejected', path: 's3://b/none/', reason: 'there is no such object or folder' },
    ]);
    expect(await allOf(store, '', { until: new Date('2020-01-01') })).toEqual([]);
  });

  it('lists no further than the caller reads', async () => {
    const keys = Array.from({ length: 5000 }, (_, at) => `n/${10_000 + at}.json`);
    const { store, calls } = bucketOf(keys);
    for await (const found of openStoredLogs(store, { bucket: 'b', prefix: 'n/' })) {
      expect(found.kind).toBe('log');
      break;
    }
    expect(calls.pages).toBe(1);
  });
});
