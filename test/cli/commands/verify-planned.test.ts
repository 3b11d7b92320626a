/** `verify --plan`, whose hashes were kept before something happened to the trail, says what `verify` says that reads everything. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addVerify } from '../../../src/cli/commands/verify.ts';
import { addHistoryPlan } from '../../../src/cli/history/plan.ts';
import { openPlanPlaces } from '../../../src/cli/history/plan-places.ts';
import { objectsOf, readPlan } from '../../../src/history/plan/read-plan.ts';
import { hashShard } from '../../../src/history/verify/hash-shard.ts';
import { requestPace } from '../../../src/pipeline/verify/request-pace.ts';
import { aPlace } from '../../support/command-line.ts';
import { aFauxqs } from '../../support/fauxqs.ts';
import { inProcess, type RanInProcess } from '../../support/in-process.ts';
import { MUTATIONS, type Mutation, scenarioOf } from '../../support/integrity/mutations.ts';
import type { Scenario, StoredObject } from '../../support/integrity/scenario.ts';

const fauxqs = aFauxqs();
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
  process.env.AWS_REGION = 'eu-west-1';
});
afterAll(() => rm(home, { recursive: true }));

const verify = inProcess(addVerify, 'verify');
const plan = inProcess(addHistoryPlan, 'plan');
let made = 0;

/** Where the objects of a trail are, and how they get there. */
interface Keeping {
  readonly path: string;
  readonly put: (object: StoredObject) => Promise<unknown>;
  readonly remove: (object: StoredObject) => Promise<unknown>;
}

function aFolder(): Keeping {
  const path = join(home, `copy-${made}`);
  const write = (name: string, bytes: Buffer | string): void => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), bytes);
  };
  return {
    path,
    put: async ({ key, bytes, metadata }) => {
      write(key, bytes);
      if (metadata !== undefined) write(`${key}.metadata.json`, JSON.stringify(metadata));
      else rmSync(join(path, `${key}.metadata.json`), { force: true });
    },
    remove: async ({ key }) => {
      for (const name of [key, `${key}.metadata.json`]) rmSync(join(path, name), { force: true });
    },
  };
}

function aBucket({ bucket }: Scenario): Keeping {
  const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
  return {
    path: `s3://${bucket}`,
    put: ({ bucket: Bucket, key: Key, bytes: Body, metadata: Metadata }) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata })),
    remove: ({ bucket: Bucket, key: Key }) => s3.send(new DeleteObjectCommand({ Bucket, Key })),
  };
}

/** Hashes all shards, as the worker processes do. */
async function hashAll(place: string): Promise<number> {
  const setup = { plan: place, result: `${place}/result`, config: {} };
  const { plans, result, open } = await openPlanPlaces(setup);
  const read = await readPlan(plans);
  let files = 0;
  for (const pointer of read.pointers) {
    const hashed = await hashShard(pointer, objectsOf(plans, pointer), read.plan.id, {
      ...{ result, open, pace: requestPace(), maxLogBytes: 1e8 },
    });
    files += hashed.files;
  }
  return files;
}

const PERIOD = new Set(['--since', '--until', '--regions', '--accounts']);

/** The options that are the plan's, and the others. */
function dividedArgs({ args = [] }: Mutation): {
  readonly ofPlan: readonly string[];
  readonly others: readonly string[];
} {
  const pairs = args.flatMap((name, at) => (name.startsWith('--') ? [[name, args[at + 1] ?? '']] : []));
  return {
    ofPlan: pairs.filter(([name = '']) => PERIOD.has(name)).flat(),
    others: pairs.filter(([name = '']) => !PERIOD.has(name)).flat(),
  };
}

const identityOf = ({ bucket, key }: StoredObject): string => `${bucket}/${key}`;
const isSame = (one: StoredObject, other: StoredObject): boolean =>
  one.bytes.equals(other.bytes) && JSON.stringify(one.metadata) === JSON.stringify(other.metadata);

/** Makes the mutation of a kept trail: only what differs is written, as whoever forges one file writes one file. */
async function mutate(
  keeping: Keeping,
  before: readonly StoredObject[],
  after: readonly StoredObject[],
): Promise<void> {
  const old = new Map(before.map((object) => [identityOf(object), object]));
  const now = new Map(after.map((object) => [identityOf(object), object]));
  for (const object of before) if (!now.has(identityOf(object))) await keeping.remove(object);
  for (const object of after) {
    const was = old.get(identityOf(object));
    if (was === undefined || !isSame(was, object)) await keeping.put(object);
  }
}

async function expectSame(keeping: Keeping, mutation: Mutation, trail: Scenario): Promise<void> {
  for (const object of trail.objects) await keeping.put(object);
  const { ofPlan, others } = dividedArgs(mutation);
  const place = join(home, `plan-${made}`);
  await plan(keeping.path, '-o', place, '--shard-objects', '7', ...ofPlan, '--quiet');
  expect(await hashAll(place)).toBeGreaterThan(0);
  await mutate(keeping, trail.objects, mutation.mutate(trail));
  const keys = join(home, `keys-${made}.json`);
  writeFileSync(keys, JSON.stringify({ PublicKeyList: trail.keys }));
  const now = others.includes('--now') ? others : [...others, '--now', trail.now.toISOString()];
  const outputs = (name: string): readonly string[] => [
    '-o',
    `json=${join(home, `${name}-${made}.json`)}`,
    '-o',
    'jsonl',
  ];
  const said = (ran: RanInProcess, name: string): unknown => ({
    ...{ code: ran.code, out: ran.out },
    json: JSON.parse(readFileSync(join(home, `${name}-${made}.json`), 'utf8')),
  });
  const whole = await verify(keeping.path, '--keys', keys, ...ofPlan, ...now, '--quiet', ...outputs('whole'));
  const planned = await verify('--plan', place, '--keys', keys, ...now, '--quiet', ...outputs('planned'));
  expect(said(planned, 'planned')).toEqual(said(whole, 'whole'));
}

describe('verify --plan, with hashes from before it happened', () => {
  it.each(MUTATIONS)('in its bucket: $name', async (mutation) => {
    made += 1;
    const trail = scenarioOf(mutation);
    const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
    expect(fauxqs().port).toBeGreaterThan(0);
    for (const { bucket } of [...trail.objects, ...mutation.mutate(trail)]) await emptied(s3, bucket);
    await expectSame(aBucket(trail), mutation, trail);
  });

  it.each(MUTATIONS)('in a copy: $name', async (mutation) => {
    made += 1;
    await expectSame(aFolder(), mutation, scenarioOf(mutation));
  });
});

/** Makes the bucket, once; what an earlier trail left in it goes. */
async function emptied(s3: S3Client, bucket: string): Promise<void> {
  if (clean.get(made)?.has(bucket)) return;
  clean.set(made, new Set([...(clean.get(made) ?? []), bucket]));
  const { CreateBucketCommand, ListObjectsV2Command } = await import('@aws-sdk/client-s3');
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  await Promise.all(Contents.map(({ Key }) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))));
}
const clean = new Map<number, ReadonlySet<string>>();

describe('verify --plan', () => {
  async function aPlannedTrail() {
    const trail = scenarioOf(MUTATIONS[0] as Mutation);
    const place = aPlace();
    for (const { key, bytes, metadata } of trail.objects) {
      place.put(`trail/${key}`, bytes);
      if (metadata !== undefined) place.put(`trail/${key}.metadata.json`, JSON.stringify(metadata));
    }
    place.put('keys.json', JSON.stringify({ PublicKeyList: trail.keys }));
    await place.run('history', 'plan', 'trail', '-o', 'plan', '--shard-objects', '5');
    const shards = readdirSync(place.path('plan/manifest')).length;
    return { place, trail, shards, args: ['--keys', 'keys.json', '--now', trail.now.toISOString()] };
  }
  const hashesOf = (shard: number): string => `plan/result/shard=${String(shard).padStart(5, '0')}/hashes.jsonl.gz`;

  it('hashes with processes, keeps the hashes, and hashes only what has none the next time', async () => {
    const { place, shards, args } = await aPlannedTrail();
    expect(shards).toBeGreaterThan(3);
    const whole = await place.run('verify', 'trail', ...args, '-o', 'json');
    const planned = await place.run('verify', '--plan', 'plan', '--workers', '2', ...args, '-o', 'json');
    expect(planned.code, planned.stderr).toBe(whole.code);
    expect(planned.stdout).toBe(whole.stdout);
    expect(planned.stderr).not.toContain('already');
    rmSync(place.path(hashesOf(2)));
    const again = await place.run('verify', '--plan', 'plan', '--workers', '1', ...args, '-o', 'json');
    expect(again.stderr).toContain(`${shards - 1} shards of ${shards} have hashes already`);
    expect(again.stdout).toBe(whole.stdout);
    expect(existsSync(place.path(hashesOf(2)))).toBe(true);
  });

  it('goes on without hashes that are damaged, and names them', async () => {
    const { place, args } = await aPlannedTrail();
    const whole = await place.run('verify', '--plan', 'plan', ...args, '-o', 'json');
    const bytes = readFileSync(place.path(hashesOf(1)));
    writeFileSync(place.path(hashesOf(1)), bytes.subarray(0, bytes.length - 9));
    const text = gunzipSync(readFileSync(place.path(hashesOf(2)))).toString('utf8');
    writeFileSync(place.path(hashesOf(2)), gzipSync(text.replaceAll('"sha256"', '"sha512"')));
    const again = await place.run('verify', '--plan', 'plan', ...args, '-o', 'json');
    expect(again.stdout).toBe(whole.stdout);
    expect(again.stderr).toMatch(
      /plan\/result\/shard=00001\/hashes\.jsonl\.gz: holds no hashes: .*; its files are read now/,
    );
    expect(again.stderr).toMatch(/shard=00002\/hashes\.jsonl\.gz: holds no hashes: .*/s);
  });

  it('does not take hashes of another plan', async () => {
    const { place, args } = await aPlannedTrail();
    await place.run('verify', '--plan', 'plan', ...args, '--quiet');
    await place.run(
      'history',
      'plan',
      'trail',
      '-o',
      'other',
      '--shard-objects',
      '6',
      '--until',
      '2026-01-02T03:00:00Z',
    );
    const ran = await place.run('verify', '--plan', 'other', '--result', 'plan/result', ...args);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('holds the hashes of another plan: give another place with --result');
  });

  it('finds the files of a plan that was made in another folder', async () => {
    const { place, args } = await aPlannedTrail();
    const whole = await place.run('verify', place.path('trail'), ...args, '-o', 'json');
    const elsewhere = args.map((arg) => (arg === 'keys.json' ? place.path(arg) : arg));
    const planned = await aPlace().run('verify', '--plan', place.path('plan'), ...elsewhere, '-o', 'json');
    expect(planned.stdout).toBe(whole.stdout);
  });

  it('reads a file again that was changed since it was hashed, and one that was replaced since it was planned', async () => {
    const { place, trail, args } = await aPlannedTrail();
    await place.run('verify', '--plan', 'plan', ...args, '--quiet');
    const [first] = trail.chains[0]?.logs[1] ?? [];
    place.put(`trail/${first?.key}`, gzipSync(JSON.stringify({ Records: [] })));
    const changed = await place.run('verify', '--plan', 'plan', ...args, '-o', 'jsonl');
    expect(changed.code).toBe(3);
    expect(changed.stdout).toContain(`"integrity":"invalid"`);
    rmSync(place.path('plan/result'), { recursive: true });
    const unhashed = await place.run('verify', '--plan', 'plan', ...args, '-o', 'jsonl');
    expect(unhashed.stdout).toBe(changed.stdout);
  });

  it.each([
    [['verify'], 'say what to verify: s3://bucket/prefix, a folder, or --plan PLAN'],
    [['verify', 'trail', '--plan', 'plan'], 'trail: with --plan, the plan says what to verify: leave out one of them'],
    [['verify', 'trail', '--workers', '2'], '--result and --workers are for --plan PLAN'],
    [
      ['verify', '--plan', 'plan', '--since', '2026-01-01'],
      "'--plan <place>' cannot be used with option '--since <time>'",
    ],
    [['verify', '--plan', 'trail'], 'trail holds no complete plan'],
  ])('refuses %j', async (args, reason) => {
    const place = aPlace();
    place.put('trail/x.txt', 'x');
    const ran = await place.run(...args);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(reason);
  });
});
