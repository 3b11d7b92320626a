import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { addVerify } from '../../../src/cli/commands/verify.ts';
import { openSqliteLedger } from '../../../src/local/sqlite-ledger.ts';
import { HOME_ACCOUNT, startFakeAws } from '../../support/fake-ec2/server.ts';
import { aFauxqs } from '../../support/fauxqs.ts';
import { inProcess } from '../../support/in-process.ts';
import { pointAt } from '../../support/live.ts';
import { aTrail, aTrailKey, type TrailObject } from '../../support/trails.ts';

const fauxqs = aFauxqs();
const KEY = aTrailKey();
const START = new Date('2026-01-02T00:00:00Z');
const hour = (count: number): Date => new Date(START.getTime() + count * 3_600_000);
const TRAIL = { bucket: 'trail', start: START, hours: 4, key: KEY };
const west = aTrail(TRAIL);
const north = aTrail({ ...TRAIL, region: 'eu-north-1' });
const injected: TrailObject = {
  key: 'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02/111122223333_CloudTrail_eu-west-1_20260102T0115Z_InjectedInjected.json.gz',
  bytes: gzipSync('{"Records":[]}'),
};

let home: string;
let keys: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
  keys = join(home, 'keys.json');
  await writeFile(keys, JSON.stringify({ PublicKeyList: [KEY.entry] }));
});
afterAll(() => rm(home, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

let made = 0;
async function folderOf(objects: readonly TrailObject[], { metadata = true, below = '' } = {}): Promise<string> {
  made += 1;
  const folder = join(home, `copy-${made}`);
  await mkdir(folder);
  for (const { key, bytes, metadata: own } of objects) {
    const path = join(folder, key.slice(below.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    if (metadata && own) await writeFile(`${path}.metadata.json`, JSON.stringify(own));
  }
  return folder;
}

const verify = inProcess(addVerify, 'verify');

const all = [...west.digests, ...west.logs, ...north.digests, ...north.logs];
const without = (objects: readonly TrailObject[], gone: TrailObject | undefined): TrailObject[] =>
  objects.filter((one) => one !== gone);
const changed = (objects: readonly TrailObject[], which: TrailObject | undefined, content: string): TrailObject[] =>
  objects.map((one) => (one === which ? { ...one, bytes: gzipSync(content) } : one));

describe('mirrorwatch verify', () => {
  it('finds a complete trail intact, with several regions in one run', async () => {
    const { out, code } = await verify(await folderOf(all), '--keys', keys);
    expect(out).toMatchInlineSnapshot(`
      "111122223333  eu-north-1  2026-01-02 00:00 UTC to 2026-01-02 04:00 UTC
        digests    4 valid
        log files  4 valid
      111122223333  eu-west-1  2026-01-02 00:00 UTC to 2026-01-02 04:00 UTC
        digests    4 valid
        log files  4 valid

      Intact: 8 digests and 8 log files are unchanged since CloudTrail wrote them.
      "
    `);
    expect(code).toBe(0);
  });

  it.each<[string, (folder: string) => readonly string[]]>([
    ['a folder twice', (folder) => [folder, `${folder}/`]],
    ['a folder and one in it', (folder) => [folder, join(folder, 'AWSLogs/111122223333/CloudTrail')]],
    ['a folder after one in it', (folder) => [join(folder, 'AWSLogs/111122223333/CloudTrail'), folder]],
    ['a folder and a log in it', (folder) => [folder, join(folder, west.logs[1]?.key ?? '')]],
  ])('judges each file once where the paths name %s', async (_, paths) => {
    const { out, code } = await verify(...paths(await folderOf(all)), '--keys', keys);
    expect(out).toContain('Intact: 8 digests and 8 log files are unchanged');
    expect(code).toBe(0);
  });

  it.each<[string, readonly TrailObject[], object]>([
    [
      'a changed log file',
      changed(all, west.logs[1], '{"Records":[{}]}'),
      { resourceId: `s3://trail/${west.logs[1]?.key}`, detail: { type: 'log', integrity: 'invalid' } },
    ],
    [
      'a missing log file',
      without(all, north.logs[2]),
      { resourceId: `s3://trail/${north.logs[2]?.key}`, region: 'eu-north-1', detail: { integrity: 'missing' } },
    ],
    ['an injected log file', [...all, injected], { detail: { type: 'log', integrity: 'injected' } }],
    [
      'bytes after the end of a log file',
      all.map((one) =>
        one === west.logs[0]
          ? { ...one, bytes: Buffer.concat([one.bytes, gzipSync('x')].map((b) => new Uint8Array(b))) }
          : one,
      ),
      { reason: expect.stringMatching(/bytes after the end of its gzip data/) },
    ],
  ])('finds %s', async (_, objects, expected) => {
    const { out, code } = await verify(await folderOf(objects), '--keys', keys, '-o', 'jsonl', '--quiet');
    const findings = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(findings).toMatchObject([{ rule: 'log-integrity', severity: 'critical', status: 'open', ...expected }]);
    expect(code).toBe(3);
  });

  it.each<[string, readonly TrailObject[], object]>([
    [
      'a missing digest',
      without(all, west.digests[1]),
      { resourceId: `s3://trail/${west.digests[1]?.key}`, detail: { type: 'digest', integrity: 'missing' } },
    ],
    ['a changed digest', changed(all, west.digests[3], '{}'), { detail: { type: 'digest', integrity: 'invalid' } }],
  ])('finds %s, and the log file that it leaves without proof', async (_, objects, expected) => {
    const { out, code } = await verify(await folderOf(objects), '--keys', keys, '-o', 'jsonl', '--quiet');
    const findings = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(findings).toMatchObject([expected, { detail: { type: 'log', integrity: 'unverified' } }]);
    expect(code).toBe(2);
  });

  it('resolves an injected file in the ledger once it is gone, and no other finding for the absence of its file', async () => {
    const folder = await folderOf([...changed(all, west.logs[1], '{}'), injected]);
    const ledgerFile = join(home, 'integrity.sqlite');
    const check = (...more: readonly string[]) => verify(folder, '--keys', keys, '--ledger', ledgerFile, ...more);
    const statuses = async (): Promise<readonly string[]> => {
      const ledger = openSqliteLedger(ledgerFile);
      const entries = await ledger.entries({ rules: ['log-integrity'] });
      ledger.close();
      return entries.map(({ finding }) => `${finding.detail.integrity} ${finding.status}`).toSorted();
    };
    await check();
    expect(await statuses()).toEqual(['injected open', 'invalid open']);

    await rm(join(folder, injected.key));
    await check('--regions', 'eu-north-1');
    expect(await statuses()).toEqual(['injected open', 'invalid open']);

    await check();
    expect(await statuses()).toEqual(['injected resolved', 'invalid open']);
    await rm(join(folder, west.logs[1]?.key ?? ''));
    await check();
    expect(await statuses()).toEqual(['injected resolved', 'missing open']);
    await writeFile(join(folder, west.logs[1]?.key ?? ''), west.logs[1]?.bytes ?? '');
    await check();
    expect(await statuses()).toEqual(['injected resolved', 'missing resolved']);
  });

  it('mutes what an exemption covers', async () => {
    const config = join(home, 'exempt.json');
    const decision = { reason: 'a test', owner: 'rosa@example.com', expires: '2099-12-31' };
    await writeFile(
      config,
      JSON.stringify({ exemptions: [{ ...decision, resource: '*InjectedInjected*', rule: 'log-integrity' }] }),
    );
    const folder = await folderOf([...all, injected]);
    const { out, code } = await verify(folder, '--keys', keys, '--config', config, '-o', 'jsonl', '--quiet');
    expect(JSON.parse(out)).toMatchObject({ status: 'muted', detail: { exemption: decision } });
    expect(code).toBe(0);
  });

  it('takes signatures from the next digest if a download lost them, and reports what it cannot prove', async () => {
    const copy = await folderOf([...west.digests, ...west.logs], { metadata: false });
    const { out, code } = await verify(copy, '--keys', keys, '-o', 'json');
    expect(JSON.parse(out).summary).toMatchObject({
      digests: { valid: 3, unverified: 1, invalid: 0 },
      logs: { valid: 3, unverified: 1 },
    });
    // Nothing proves the last digest and its log file, and both are older than two hours.
    expect(code).toBe(2);
  });

  it('accepts a copy without the upper folders', async () => {
    const copy = await folderOf(all, { below: 'AWSLogs/111122223333/' });
    expect((await verify(copy, '--keys', keys)).code).toBe(0);
  });

  it('checks the files that a scan of the requested period reads, in the requested regions', async () => {
    const period = ['--since', '2026-01-02T01:00:00Z', '--until', '2026-01-02T03:00:00Z'];
    const copy = await folderOf(changed(all, west.logs[0], '{}'));
    const { out, code } = await verify(copy, '--keys', keys, '-o', 'json', ...period, '--regions', 'eu-west-1');
    expect(JSON.parse(out)).toMatchObject({
      summary: { digests: { valid: 4 }, logs: { valid: 3, invalid: 1 } },
      regions: [{ region: 'eu-west-1', from: hour(0).toISOString(), to: hour(4).toISOString() }],
    });
    expect(code).toBe(3);
  });

  it('finds that the digests end before the period does', async () => {
    const copy = await folderOf(all);
    const { code, out } = await verify(copy, '--keys', keys, '--until', '2026-01-02T12:00:00Z');
    expect(out).toMatch(/there is no valid digest after this one/);
    expect(code).toBe(3);
  });

  it('refuses an empty folder, and a period or region without files: there is nothing to verify', async () => {
    const empty = await folderOf([]);
    await expect(verify(empty, '--keys', keys)).rejects.toThrow(
      `nothing was verified: there are no digests and no log files in ${empty};`,
    );
    const copy = await folderOf(all);
    await expect(verify(copy, '--keys', keys, '--regions', 'ap-east-1')).rejects.toThrow(/ with these --regions;/);
    await expect(verify(copy, '--keys', keys, '--since', '2026-01-03', '--until', '2026-01-02')).rejects.toThrow(
      /^--since 2026-01-03T00:00:00.000Z is not before --until/,
    );
  });

  it.each<[string, readonly TrailObject[], RegExp]>([
    ['log files without digests', west.logs, /there are no digests \(log file validation is off/],
    [
      'a region of two without digests',
      [...west.digests, ...west.logs, ...north.logs],
      /eu-north-1: there are no digests/,
    ],
    ['one digest without its signature', west.digests.slice(0, 1), /none of its digests is valid/],
  ])('never calls this intact: %s', async (_, objects, reason) => {
    const copy = await folderOf(objects, { metadata: objects.length > 1 });
    const { err, out, code } = await verify(copy, '--keys', keys);
    expect(err).toMatch(reason);
    expect(out).not.toMatch(/^Intact/m);
    expect(code).toBe(2);
  });

  it('reads the keys of several regions from several files or from one', async () => {
    const other = join(home, 'several.json');
    const answer = (list: readonly object[]): string => `${JSON.stringify({ PublicKeyList: list }, null, 4)}\n`;
    await writeFile(other, answer([aTrailKey().entry]) + answer([KEY.entry]));
    const copy = await folderOf(all);
    expect((await verify(copy, '--keys', other)).code).toBe(0);
    const wrong = join(home, 'wrong.json');
    await writeFile(wrong, answer([aTrailKey().entry]));
    expect((await verify(copy, '--keys', wrong)).code).toBe(2);
    expect((await verify(copy, '--keys', wrong, '--keys', keys)).code).toBe(0);
  });

  it.each([
    ['a missing folder', ['none/'], /there is no such file or folder/],
    ['a missing key file', [import.meta.dirname, '--keys', 'none.json'], undefined],
    ['a missing bucket name', ['s3:///x'], /names no bucket/],
  ])('refuses %s', async (_, args, message) => {
    if (message === undefined) {
      const copy = await folderOf(all);
      await expect(verify(copy, ...args.slice(1))).rejects.toMatchObject({ code: 'usage' });
    } else
      await expect(verify(...args)).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(message) });
  });

  it('records its findings in the ledger, and resolves them when the file is restored', async () => {
    const ledger = join(home, 'ledger.sqlite');
    const statuses = async () => {
      const open = openSqliteLedger(ledger);
      const entries = await open.entries({});
      open.close();
      return entries.map(({ finding }) => finding.status);
    };
    const now = (count: number) => ['--now', hour(count).toISOString(), '--keys', keys, '--ledger', ledger];
    await verify(await folderOf(changed(all, west.logs[1], '{}')), ...now(24));
    expect(await statuses()).toEqual(['open']);
    await verify(await folderOf(all), ...now(48));
    expect(await statuses()).toEqual(['resolved']);
  });

  it('writes several formats in one run', async () => {
    const file = join(home, 'verify.json');
    const { out } = await verify(await folderOf(all), '--keys', keys, '-o', `json=${file}`, '-o', 'table');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ schema: 'mirrorwatch.verify/1', findings: [] });
    expect(out).toMatch(/^Intact/m);
    await expect(verify(home, '-o', 'html')).rejects.toMatchObject({ code: 'commander.invalidArgument' });
  });

  it('verifies a bucket like a copy', async () => {
    const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
    process.env.AWS_REGION = 'eu-west-1';
    expect(fauxqs().port).toBeGreaterThan(0);
    await s3.send(new CreateBucketCommand({ Bucket: 'trail' }));
    for (const { key: Key, bytes: Body, metadata: Metadata } of [...without(all, west.logs[3]), injected])
      await s3.send(new PutObjectCommand({ Bucket: 'trail', Key, Body, Metadata }));
    const args = ['--keys', keys, '--now', hour(5).toISOString(), '-o', 'json'];
    const { out, code } = await verify('s3://trail', ...args);
    const { summary, findings } = JSON.parse(out);
    expect(summary).toMatchObject({
      digests: { valid: 8, missing: 0, invalid: 0 },
      logs: { valid: 7, missing: 1, injected: 1, invalid: 0 },
    });
    expect(findings.map(({ resourceId }: { resourceId: string }) => resourceId).toSorted()).toEqual(
      [`s3://trail/${injected.key}`, `s3://trail/${west.logs[3]?.key}`].toSorted(),
    );
    expect(code).toBe(3);
  });

  it('asks AWS for the keys of each region if none are given, and says what to run if it has no credentials', async () => {
    const fake = await startFakeAws();
    pointAt(fake.url, '_CLOUDTRAIL');
    process.env.AWS_REGION = 'us-east-1';
    try {
      for (const region of ['eu-west-1', 'eu-north-1'])
        fake.account(HOME_ACCOUNT, region).lists.PublicKeys = [aTrailKey().entry, KEY.entry];
      const copy = await folderOf(all);
      expect((await verify(copy)).code).toBe(0);
      const { StartTime, EndTime } = fake.lastParams.get('ListPublicKeys') ?? {};
      expect(Number(StartTime) * 1000).toBeLessThanOrEqual(hour(1).getTime());
      expect(Number(EndTime) * 1000).toBeGreaterThanOrEqual(hour(4).getTime());
      delete process.env.AWS_ACCESS_KEY_ID;
      await expect(verify(copy)).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(/give --keys FILE.*list-public-keys --region eu-north-1.*--region eu-west-1/),
      });
    } finally {
      pointAt(`http://127.0.0.1:${fauxqs().port}`);
      delete process.env.AWS_ENDPOINT_URL_CLOUDTRAIL;
      await fake.stop();
    }
  });
});
