/** Everything that can happen to a trail, in its bucket and in a copy, and what `verify` says of it. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addVerify } from '../../../src/cli/commands/verify.ts';
import { aFauxqs } from '../../support/fauxqs.ts';
import { inProcess, type RanInProcess } from '../../support/in-process.ts';
import { writeCopy } from '../../support/integrity/copy.ts';
import { type Expected, MUTATIONS, type Mutation, scenarioOf } from '../../support/integrity/mutations.ts';
import type { Scenario, StoredObject } from '../../support/integrity/scenario.ts';

const fauxqs = aFauxqs();
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
  process.env.AWS_REGION = 'eu-west-1';
});
afterAll(() => rm(home, { recursive: true }));

const verify = inProcess(addVerify, 'verify');
let made = 0;

async function keysOf({ keys }: Scenario): Promise<string> {
  const path = join(home, `keys-${made}.json`);
  await writeFile(path, JSON.stringify({ PublicKeyList: keys }));
  return path;
}

async function inCopy(mutation: Mutation, trail: Scenario): Promise<RanInProcess> {
  made += 1;
  const folder = await writeCopy(join(home, `copy-${made}`), mutation.mutate(trail));
  return verifyAt(folder, mutation, trail);
}

async function inBucket(mutation: Mutation, trail: Scenario): Promise<RanInProcess> {
  made += 1;
  expect(fauxqs().port).toBeGreaterThan(0);
  const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
  const objects: readonly StoredObject[] = mutation.mutate(trail);
  // Every scenario has buckets of its own, under the names that its digests give.
  for (const bucket of new Set(objects.map((object) => object.bucket))) {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await emptied(s3, bucket);
  }
  await Promise.all(
    objects.map(({ bucket: Bucket, key: Key, bytes: Body, metadata: Metadata }) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata })),
    ),
  );
  return verifyAt(`s3://${trail.bucket}`, mutation, trail);
}

async function emptied(s3: S3Client, bucket: string): Promise<void> {
  const { ListObjectsV2Command, DeleteObjectCommand } = await import('@aws-sdk/client-s3');
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  await Promise.all(Contents.map(({ Key }) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))));
}

async function verifyAt(path: string, { args = [] }: Mutation, trail: Scenario): Promise<RanInProcess> {
  const now = args.includes('--now') ? [] : ['--now', trail.now.toISOString()];
  const table = join(home, `table-${made}.txt`);
  return verify(
    path,
    '--keys',
    await keysOf(trail),
    ...now,
    ...args,
    '--quiet',
    '-o',
    'jsonl',
    '-o',
    `table=${table}`,
  ).then(async (ran) => ({
    ...ran,
    table: await import('node:fs/promises').then(({ readFile }) => readFile(table, 'utf8')),
  }));
}

function expectSaid(ran: RanInProcess, { code, found, says }: Expected): void {
  const findings = ran.out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  const actual = findings.map(({ resourceId, detail }) => `${detail.integrity} ${keyOf(resourceId)}`).toSorted();
  expect(actual, ran.out).toEqual(found.map(([status, key]) => `${status} ${key}`).toSorted());
  if (says !== undefined) expect(ran.table).toMatch(says);
  expect(ran.code, ran.out).toBe(code);
}

/** Without the bucket or the folder. */
const keyOf = (resourceId: string): string => resourceId.replace(/^s3:\/\/[^/]+\//, '').replace(/^.*?\/copy-\d+\//, '');

describe('verify, of what can happen to a trail', () => {
  it.each(MUTATIONS)('in its bucket: $name', async (mutation) => {
    const trail = scenarioOf(mutation);
    expectSaid(await inBucket(mutation, trail), mutation.bucket(trail));
  });

  it.each(MUTATIONS)('in a copy: $name', async (mutation) => {
    const trail = scenarioOf(mutation);
    expectSaid(await inCopy(mutation, trail), (mutation.copy ?? mutation.bucket)(trail));
  });
});
