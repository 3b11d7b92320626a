/** Log files and digests that CloudTrail did not write: what `verify` says of them, and what `scan --verify` takes from them. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAudit } from '../../src/cli/commands/audit.ts';
import { addEvents } from '../../src/cli/commands/events.ts';
import { addScan } from '../../src/cli/commands/scan.ts';
import { addTimeline } from '../../src/cli/commands/timeline.ts';
import { addVerify } from '../../src/cli/commands/verify.ts';
import { type ZipEntry, zipOf } from '../delivery/zip-builder.ts';
import { snapshotOf } from '../support/command-line.ts';
import { aFauxqs } from '../support/fauxqs.ts';
import { inProcess } from '../support/in-process.ts';
import { INJECTIONS, MUTATIONS } from '../support/integrity/mutations.ts';
import { anS3Proxy, type S3Proxy } from '../support/integrity/s3-proxy.ts';
import {
  aDigest,
  aLaunch,
  aLog,
  aScenario,
  FOREIGN_KEY,
  hourAt,
  minutesIn,
  type StoredObject,
} from '../support/integrity/scenario.ts';
import { anInstance, anInventory } from '../support/inventories.ts';
import { pointAt } from '../support/live.ts';

const fauxqs = aFauxqs();
const trail = aScenario();
const PLACE = { accountId: '111122223333', region: 'eu-west-1' } as const;
/** The launches of the scenario: two an hour in three places. */
const LAUNCHES = 36;

let home: string;
let keys: string;
let config: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
  keys = join(home, 'keys.json');
  config = join(home, 'config.json');
  await writeFile(keys, JSON.stringify({ PublicKeyList: trail.keys }));
  await writeFile(config, JSON.stringify({ requiredTags: ['Owner'] }));
  process.env.AWS_REGION = 'eu-west-1';
});
afterAll(() => rm(home, { recursive: true }));

const runVerify = inProcess(addVerify, 'verify');
const runScan = inProcess(addScan, 'scan');
const runEvents = inProcess(addEvents, 'events');
const runAudit = inProcess(addAudit, 'audit');
const runTimeline = inProcess(addTimeline, 'timeline');

let made = 0;
/** A copy of the objects on this machine. */
async function copyOf(objects: readonly StoredObject[], { metadata = true } = {}): Promise<string> {
  made += 1;
  const folder = join(home, `copy-${made}`);
  for (const { key, bytes, metadata: own } of objects) {
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), bytes);
    if (metadata && own) await writeFile(`${join(folder, key)}.metadata.json`, JSON.stringify(own));
  }
  return folder;
}

/** The objects in their buckets, behind a proxy. */
async function inBuckets(
  objects: readonly StoredObject[],
  instead?: Parameters<typeof anS3Proxy>[1],
): Promise<S3Proxy> {
  const emulator = `http://127.0.0.1:${fauxqs().port}`;
  pointAt(emulator, '_S3');
  const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true, endpoint: emulator });
  for (const bucket of new Set(objects.map((object) => object.bucket))) {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  }
  for (const { bucket: Bucket, key: Key, bytes: Body, metadata: Metadata } of objects)
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }));
  const proxy = await anS3Proxy(emulator, instead);
  pointAt(proxy.url, '_S3');
  return proxy;
}

interface Said {
  readonly code: number;
  /** The status and the end of the name of every object with a finding. */
  readonly found: readonly string[];
  readonly reasons: string;
}

async function verify(path: string, ...args: readonly string[]): Promise<Said> {
  const now = args.includes('--now') ? [] : ['--now', trail.now.toISOString()];
  const { out, code } = await runVerify(path, '--keys', keys, ...now, ...args, '--quiet', '-o', 'jsonl');
  const findings = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return {
    code,
    found: findings.map(({ resourceId, detail }) => `${detail.integrity} ${resourceId.split('/').at(-1)}`),
    reasons: findings.map(({ reason }) => reason).join('\n'),
  };
}

/** How many launches a verifying scan takes from a place, and its exit code. */
async function scan(path: string, ...args: readonly string[]) {
  const common = ['--account', 'none', '--config', config, '--keys', keys, '--now', trail.now.toISOString()];
  const { out, code } = await runScan(path, '--verify', ...common, '--quiet', '-o', 'json', ...args);
  const { findings } = JSON.parse(out);
  const launches = findings.filter(({ rule }: { rule: string }) => rule === 'instance-untagged');
  return { code, launches: launches.length };
}

const fileOf = ({ key }: StoredObject): string => key.split('/').at(-1) ?? '';
const digestOf = (hour: number): StoredObject => trail.chains[0]?.digests[hour] as StoredObject;
const logOf = (hour: number): StoredObject => trail.chains[0]?.logs[hour]?.[0] as StoredObject;
const without = (...gone: readonly StoredObject[]): readonly StoredObject[] =>
  trail.objects.filter((object) => !gone.includes(object));

/** Lays one of the six beside the trail; `verify` has to name it, and `scan --verify` must not take its launch. */
async function layBeside(name: string): Promise<Said> {
  const attack = INJECTIONS.find((one) => one.name === name);
  if (attack === undefined) throw new Error(`there is no injection ${name}`);
  const folder = await copyOf(attack.mutate(trail));
  const said = await verify(folder, ...(attack.args ?? []));
  const before = await scan(await copyOf(trail.objects), ...(attack.args ?? []));
  const after = await scan(folder, ...(attack.args ?? []));
  expect(after).toEqual({ ...before, code: 2 });
  return said;
}

describe('logs laid beside a trail', () => {
  it('a forged log under a name from the future is found', async () => {
    const { code, found } = await layBeside('a forged log with a name in the future');
    expect({ code, found }).toMatchObject({ code: 3, found: [expect.stringMatching(/^injected /)] });
  });

  it('a forged log under a name from before --since is found', async () => {
    const { code, found } = await layBeside('a forged log with a name from before --since');
    expect({ code, found }).toMatchObject({ code: 3, found: [expect.stringMatching(/^injected /)] });
  });

  it('a forged log under a name from after --until is found', async () => {
    const { code, found } = await layBeside('a forged log with a name from after --until');
    expect({ code, found }).toMatchObject({ code: 3, found: [expect.stringMatching(/^injected /)] });
  });

  it("a forged log in an account's folder is found", async () => {
    const { code, found } = await layBeside("a forged log in the account's folder");
    expect({ code, found }).toEqual({ code: 3, found: ['injected extra.json.gz'] });
  });

  it('a forged log in a foreign folder is found', async () => {
    const { code, found } = await layBeside('a forged log in a foreign folder');
    expect({ code, found }).toMatchObject({ code: 3, found: [expect.stringMatching(/^injected /)] });
    const attack = INJECTIONS.find(({ name }) => name === 'a forged log in a foreign folder');
    const proxy = await inBuckets(attack?.mutate(trail) ?? []);
    const inBucket = await verify('s3://trail-bucket/');
    const scanned = await scan('s3://trail-bucket/');
    proxy.stop();
    expect(inBucket).toMatchObject({ code: 2, found: [expect.stringMatching(/^unverified /)] });
    expect(scanned).toEqual({ code: 2, launches: LAUNCHES });
  });

  it('a forged copy of a named log under another prefix is found', async () => {
    const { code, found } = await layBeside('a forged copy of a log under another prefix');
    expect({ code, found }).toEqual({ code: 3, found: [`injected ${fileOf(logOf(2))}`] });
  });

  it('a forged log of the last hour waits in vain: after two hours what is not proven is a finding', async () => {
    const late = aLog({ ...PLACE, at: minutesIn(6, 5), unique: 'ForgedForgedForg' });
    const folder = await copyOf([...trail.objects, late]);
    expect(await verify(folder)).toMatchObject({ code: 0, found: [] });
    const later = await verify(folder, '--now', hourAt(9).toISOString());
    expect(later).toMatchObject({ code: 2, found: [`unverified ${fileOf(late)}`] });
    expect((await scan(folder)).launches).toBe(LAUNCHES);
  });

  it('a forged log with the records of another account is found before its digest is due', async () => {
    const records = [aLaunch({ accountId: '999988887777', region: 'eu-west-1', at: minutesIn(6, 1) })];
    const late = aLog({ ...PLACE, at: minutesIn(6, 5), records });
    const { code, reasons } = await verify(await copyOf([...trail.objects, late]));
    expect(reasons).toMatch(/a record in it of account 999988887777/);
    expect(code).toBe(3);
  });

  it('a forged entry under the name of a log that a zip has already is read by nobody', async () => {
    const own = trail.objects.flatMap(({ key, bytes, metadata }) => [
      { name: key, data: new Uint8Array(bytes) },
      ...(metadata === undefined ? [] : [{ name: `${key}.metadata.json`, data: JSON.stringify(metadata) }]),
    ]);
    const records = [aLaunch({ ...PLACE, at: minutesIn(1, 7) })];
    const forged = {
      name: logOf(1).key,
      data: new Uint8Array(aLog({ ...PLACE, at: minutesIn(1, 10), records }).bytes),
    };
    const saved = async (name: string, entries: readonly ZipEntry[]): Promise<string> => {
      await writeFile(join(home, name), zipOf(entries));
      return join(home, name);
    };
    const clean = await saved('clean.zip', own);
    expect(await verify(clean)).toMatchObject({ code: 0, found: [] });
    expect((await scan(clean)).launches).toBe(LAUNCHES);
    // Which of two entries is read is nobody's business to guess: the first is judged, the second is named.
    const after = await saved('after.zip', [...own, forged]);
    expect(await verify(after)).toMatchObject({ code: 2, found: [] });
    expect(await scan(after)).toEqual({ code: 2, launches: LAUNCHES });
    const before = await saved('before.zip', [forged, ...own]);
    expect(await verify(before)).toMatchObject({ code: 2, found: [`invalid ${fileOf(logOf(1))}`] });
    expect(await scan(before)).toEqual({ code: 2, launches: LAUNCHES - 1 });
  });

  it('a log in the folder of another day is found', async () => {
    const name = aLog({ ...PLACE, at: minutesIn(6, 5) }).key;
    const moved = { ...logOf(1), key: name.replace('/2026/01/02/', '/2025/12/31/') };
    const { code, reasons } = await verify(await copyOf([...trail.objects, moved]));
    expect(reasons).toMatch(/its name is of 2026-01-02, and its folder of 2025-12-31|second file|has been moved/);
    expect(code).toBe(3);
  });

  it('a log that is laid a second time, unchanged, is found: a digest names one file', async () => {
    const again = { ...logOf(2), key: `older/${logOf(2).key}` };
    const { code, found } = await verify(await copyOf([...trail.objects, again]));
    expect({ code, found }).toEqual({ code: 3, found: [`injected ${fileOf(logOf(2))}`] });
  });

  it("a forged log under the name of a digest's metadata is read by nobody", async () => {
    const { bytes } = aLog({ ...PLACE, at: minutesIn(1, 5) });
    const disguised = { ...digestOf(1), key: `flat/${fileOf(digestOf(1))}.metadata.json`, bytes, metadata: undefined };
    const folder = await copyOf([...trail.objects, disguised]);
    expect((await scan(folder)).launches).toBe(LAUNCHES);
    expect((await verify(folder)).code).toBe(0);
  });
});

describe('files changed in or removed from a trail', () => {
  it('a gzip member appended to a log finds no reader', async () => {
    const packed = MUTATIONS.find(({ name }) => name === 'a gzip member appended to a log')?.mutate(trail) ?? [];
    const folder = await copyOf(packed);
    expect(await verify(folder)).toMatchObject({ code: 3, found: [`invalid ${fileOf(logOf(2))}`] });
    expect(await scan(folder)).toEqual({ code: 2, launches: LAUNCHES - 1 });
  });

  it('a log that is emptied is found', async () => {
    const emptied = trail.objects.map((one) => (one === logOf(2) ? { ...one, bytes: Buffer.alloc(0) } : one));
    expect(await verify(await copyOf(emptied))).toMatchObject({ code: 3, found: [`invalid ${fileOf(logOf(2))}`] });
  });

  it('two logs that are exchanged are found', async () => {
    const [one, other] = [logOf(1), logOf(2)];
    const exchanged = trail.objects.map((object) => {
      if (object === one) return { ...object, bytes: other.bytes };
      return object === other ? { ...object, bytes: one.bytes } : object;
    });
    const { code, found } = await verify(await copyOf(exchanged));
    expect(found.toSorted()).toEqual([`invalid ${fileOf(one)}`, `invalid ${fileOf(other)}`].toSorted());
    expect(code).toBe(3);
  });

  it('a bucket that serves other bytes to the second reader has them read by nobody', async () => {
    const forged = gzipSync(JSON.stringify({ Records: [aLaunch({ ...PLACE, at: minutesIn(2, 9) })] }));
    // The first reader gets what CloudTrail wrote.
    const proxy = await inBuckets(trail.objects, (path, before) =>
      before > 0 && path.includes('/CloudTrail/') ? forged : undefined,
    );
    const { code, launches } = await scan('s3://trail-bucket/');
    proxy.stop();
    expect({ code, launches }).toEqual({ code: 3, launches: LAUNCHES });
    const logs = proxy.asked.filter((one) => one.startsWith('GET') && one.includes('/CloudTrail/'));
    expect(new Set(logs).size).toBe(logs.length);
  });

  it('the last hour, cut off before an --until in the past, is found missing', async () => {
    const cut = without(digestOf(5), ...(trail.chains[0]?.logs[5] ?? []));
    const args = ['--until', hourAt(6).toISOString(), '--now', hourAt(6.9).toISOString()];
    expect(await verify(await copyOf(cut), ...args)).toMatchObject({ code: 0 });
    const later = ['--until', hourAt(6).toISOString(), '--now', hourAt(48).toISOString()];
    const { code, reasons } = await verify(await copyOf(cut), ...later);
    expect(reasons).toMatch(/there is no valid digest after this one/);
    expect(code).toBe(3);
  });

  it('a region that is removed and asked for is found missing', async () => {
    const [, second] = trail.chains;
    const gone = without(...(second?.digests ?? []), ...(second?.logs.flat() ?? []));
    const said = await verify(await copyOf(gone), '--regions', 'eu-west-1,us-east-1', '--accounts', '111122223333');
    expect(said.code).toBe(2);
  });

  it('a start that is cut off does not hide where the proof starts', async () => {
    const cut = without(digestOf(0), digestOf(1), ...[0, 1].flatMap((hour) => trail.chains[0]?.logs[hour] ?? []));
    const folder = await copyOf(cut);
    const { out } = await runVerify(folder, '--keys', keys, '--now', trail.now.toISOString(), '--quiet');
    expect(out).toMatch(/what was given starts at 2026-01-02 02:00 UTC/);
    expect((await verify(folder, '--since', hourAt(0).toISOString())).code).toBe(3);
  });

  it('two digests in a row, deleted, hide neither their hours nor their logs', async () => {
    const { code, found, reasons } = await verify(await copyOf(without(digestOf(2), digestOf(3))));
    expect(reasons).toMatch(/1 before it missing too/);
    expect(found.filter((one) => one.startsWith('unverified'))).toHaveLength(4);
    expect(code).toBe(2);
  });
});

describe('forged digests', () => {
  const forgedDigest = (fields: object, logs: readonly StoredObject[] = []): StoredObject =>
    aDigest({
      ...PLACE,
      bucket: trail.bucket,
      hour: 5,
      endsAt: minutesIn(5, 30),
      key: FOREIGN_KEY,
      logs,
      fields: { ...fields },
    });

  it('a forged digest that inflates to 64 MB has 16 MB of it read', async () => {
    const bomb = { ...forgedDigest({}), bytes: gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')) };
    const folder = await copyOf([...trail.objects, bomb]);
    const before = process.memoryUsage().arrayBuffers;
    const { code, found, reasons } = await verify(folder);
    expect({ code, found }).toEqual({ code: 3, found: [`invalid ${fileOf(bomb)}`] });
    expect(reasons).toMatch(/longer than any digest: more than 16777216 bytes/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(48 * 1024 * 1024);
  });

  it('a forged digest of millions of values is not parsed', async () => {
    const folder = await copyOf(trail.objects);
    const shapes = [`${'['.repeat(5_000_000)}${']'.repeat(5_000_000)}`, `[${'{},'.repeat(5_000_000)}1]`];
    for (const [hour, text] of shapes.entries())
      await writeFile(join(folder, digestOf(hour + 1).key), new Uint8Array(gzipSync(text)));
    const { code, found, reasons } = await verify(folder);
    expect(code).toBe(2);
    expect(found).toEqual(expect.arrayContaining([1, 2].map((hour) => `invalid ${fileOf(digestOf(hour))}`)));
    expect(reasons).toContain('it has more than 1000000 values');
  });

  it('a forged digest that names logs in another bucket costs one request and leads nowhere', async () => {
    const elsewhere = Array.from({ length: 50 }, (_, at) => ({
      s3Bucket: 'victim',
      s3Object: `AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02/${at}.json.gz`,
      hashValue: '0'.repeat(64),
      hashAlgorithm: 'SHA-256',
    }));
    const forged = forgedDigest({ logFiles: elsewhere });
    const proxy = await inBuckets([...trail.objects, forged]);
    const { code, found } = await verify('s3://trail-bucket/');
    proxy.stop();
    expect({ code, found }).toEqual({ code: 3, found: [`invalid ${fileOf(forged)}`] });
    expect(proxy.asked.filter((one) => one.includes('victim'))).toEqual([]);
    expect(proxy.asked.filter((one) => one.includes(fileOf(forged)))).toHaveLength(1);
  });

  it('a forged digest that continues the chain in another bucket is not followed there', async () => {
    const forged = forgedDigest({
      previousDigestS3Bucket: 'victim',
      previousDigestS3Object: 'AWSLogs/111122223333/secret',
      previousDigestHashValue: '0'.repeat(64),
      previousDigestHashAlgorithm: 'SHA-256',
      previousDigestSignature: '00',
    });
    const proxy = await inBuckets([...trail.objects, forged]);
    expect((await verify('s3://trail-bucket/')).code).toBe(3);
    proxy.stop();
    expect(proxy.asked.filter((one) => one.includes('victim'))).toEqual([]);
  });

  it('a forged digest that names a forged log proves nothing of it', async () => {
    const log = aLog({ ...PLACE, at: minutesIn(5, 20), unique: 'ForgedForgedForg' });
    const folder = await copyOf([...trail.objects, log, forgedDigest({}, [log])]);
    const { code, found } = await verify(folder);
    expect(found).toContain(`injected ${fileOf(log)}`);
    expect(code).toBe(3);
    expect((await scan(folder)).launches).toBe(LAUNCHES);
  });

  it('a forged digest without a signature cannot make a signed one look changed', async () => {
    const forged = aDigest({
      ...PLACE,
      bucket: trail.bucket,
      hour: 6,
      key: FOREIGN_KEY,
      previous: digestOf(5),
      logs: [],
      fields: { previousDigestHashValue: '0'.repeat(64) },
    });
    const { found } = await verify(
      await copyOf([...trail.objects, { ...forged, metadata: undefined }]),
      '--now',
      hourAt(9).toISOString(),
    );
    expect(found).toEqual([`unverified ${fileOf(forged)}`]);
  });

  it('a digest that continues an hour a second time is found', async () => {
    const mutation = MUTATIONS.find(({ name }) => name === 'a second digest that continues the same one');
    const { code, reasons } = await verify(await copyOf(mutation?.mutate(trail) ?? []));
    expect(reasons).toMatch(/it is a fork of the chain/);
    expect(code).toBe(3);
  });
});

/** The first launch of the trail. Its instance has no tag. */
const LAUNCHED = Object(aLaunch({ ...PLACE, at: minutesIn(0, 5) }));
const SUSPECT: string = LAUNCHED.responseElements.instancesSet.items[0].instanceId;
const tagging = (eventName: string, at: Date): object => ({
  ...aLaunch({ ...PLACE, at }),
  eventName,
  requestParameters: {
    resourcesSet: { items: [{ resourceId: SUSPECT }] },
    tagSet: { items: [{ key: 'Owner', value: 'dana' }] },
  },
  responseElements: { _return: true },
});
/** Says that the suspect had its tag until the last hour. */
const ALIBI = [tagging('CreateTags', minutesIn(0, 6)), tagging('DeleteTags', minutesIn(5, 30))];
/** A log of the trail's last hour, under a name that no digest has. */
const FORGED = aLog({ ...PLACE, at: minutesIn(5, 35), unique: 'ForgedForgedForg', records: ALIBI });
const withForged: readonly StoredObject[] = [...trail.objects, FORGED];
/** The trail, with the alibi added to a genuine log. */
const withChanged = trail.objects.map((object) =>
  object === trail.chains[0]?.logs[5]?.[1]
    ? {
        ...object,
        bytes: gzipSync(JSON.stringify({ Records: [...ALIBI, aLaunch({ ...PLACE, at: minutesIn(5, 35) })] })),
      }
    : object,
);

/** What each command is given: without any proof, and with it. */
const common = (): readonly string[] => ['--now', trail.now.toISOString(), '--quiet'];
const proving = (): readonly string[] => ['--verify', '--keys', keys, ...common()];

/** The suspect as it is: without a tag. */
async function accountFile(): Promise<string> {
  const file = join(home, 'account.json');
  const inventory = { ...anInventory(), instances: [anInstance({ instanceId: SUSPECT, tags: [] })] };
  await writeFile(file, JSON.stringify({ ...Object(snapshotOf(inventory)), readAt: trail.now.toISOString() }));
  return file;
}

/** The records that `events` prints. */
async function printed(path: string, ...args: readonly string[]) {
  const { out, code } = await runEvents(path, ...proving(), ...args);
  return { code, records: out.split('\n').filter((line) => line !== '') };
}

/** What an audit of the past says of the suspect, at the start of the trail's last hour if no time is given: without a tag, or in order. */
async function statusThen(path: string, args = proving(), at = hourAt(5)) {
  const judged = ['--account', await accountFile(), '--config', config, '-o', 'json'];
  const { out, code } = await runAudit('--as-of', at.toISOString(), path, ...args, ...judged);
  const { findings } = JSON.parse(out);
  const own = findings.find(({ resourceId }: { resourceId: string }) => resourceId === SUSPECT);
  return { code, status: own?.status ?? 'in order' };
}

/** The calls in the suspect's life. */
async function lifeOf(path: string, args = proving()) {
  const traced = ['--account', await accountFile(), '--config', config, '-o', 'json'];
  const { out, code } = await runTimeline(SUSPECT, path, ...args, ...traced);
  const { events } = JSON.parse(out);
  return { code, calls: events.map(({ eventName }: { eventName: string }) => eventName) };
}

describe('logs that other commands read', () => {
  it('events --verify prints no record of a forged log, in whichever of six ways it was laid beside the trail', async () => {
    for (const { mutate, args = [], name } of INJECTIONS) {
      const before = await printed(await copyOf(trail.objects), ...args);
      const after = await printed(await copyOf(mutate(trail)), ...args);
      expect({ name, ...after }).toEqual({ name, records: before.records, code: 2 });
      expect(before.code).toBe(0);
    }
  });

  it('events --verify prints no record of a log that was changed', async () => {
    const { code, records } = await printed(await copyOf(withChanged));
    expect(records).toHaveLength(LAUNCHES - 1);
    expect(records.join()).not.toContain('DeleteTags');
    expect(code).toBe(2);
  });

  it('events --verify names a log that was removed', async () => {
    const { code, records } = await printed(await copyOf(without(logOf(2))));
    expect(records).toHaveLength(LAUNCHES - 1);
    expect(code).toBe(2);
  });

  it('a forged log gives nobody an alibi in an audit of the past with --verify', async () => {
    const forged = await copyOf(withForged);
    expect(await statusThen(forged, common())).toEqual({ code: 0, status: 'in order' });
    expect(await statusThen(await copyOf(trail.objects))).toEqual({ code: 3, status: 'open' });
    expect(await statusThen(forged)).toEqual({ code: 2, status: 'open' });
  });

  it('a changed log gives nobody an alibi in an audit of the past with --verify', async () => {
    const changed = await copyOf(withChanged);
    expect(await statusThen(changed, common())).toEqual({ code: 0, status: 'in order' });
    expect(await statusThen(changed)).toEqual({ code: 2, status: 'open' });
  });

  it('a bucket that serves other bytes to the second reading does not make an audit reach further', async () => {
    const late = aLaunch({ ...PLACE, at: minutesIn(5, 55) });
    const forged = gzipSync(JSON.stringify({ Records: [late] }));
    // An audit reads again, for the times of all records, where the calls that matter end before its time.
    const servesOther = () =>
      inBuckets(trail.objects, (path, before) => (before > 0 && path.includes('/CloudTrail/') ? forged : undefined));
    const trusting = await servesOther();
    expect(await statusThen('s3://trail-bucket/', common(), minutesIn(5, 50))).toMatchObject({ status: 'open' });
    trusting.stop();
    const proxy = await servesOther();
    const audit = statusThen('s3://trail-bucket/', proving(), minutesIn(5, 50));
    await expect(audit).rejects.toThrow(/nothing can be judged as of/);
    proxy.stop();
  });

  it('a forged log adds nothing to a timeline with --verify', async () => {
    const forged = await copyOf(withForged);
    expect((await lifeOf(forged, common())).calls).toContain('DeleteTags');
    expect(await lifeOf(await copyOf(trail.objects))).toEqual({ code: 0, calls: ['RunInstances'] });
    expect(await lifeOf(forged)).toEqual({ code: 2, calls: ['RunInstances'] });
  });

  it('a changed log adds nothing to a timeline with --verify', async () => {
    const changed = await copyOf(withChanged);
    expect((await lifeOf(changed, common())).calls).toContain('DeleteTags');
    expect(await lifeOf(changed)).toEqual({ code: 2, calls: ['RunInstances'] });
  });
});
