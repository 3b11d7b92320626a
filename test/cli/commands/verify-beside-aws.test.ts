/** `verify` beside AWS's own `aws cloudtrail validate-logs`, on the same buckets, where the AWS CLI is installed. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { aFauxqs } from '../../support/fauxqs.ts';
import { awsVersion, type SaidByAws, validateLogs } from '../../support/integrity/beside-aws.ts';
import { type Expected, MUTATIONS, type Mutation, scenarioOf } from '../../support/integrity/mutations.ts';
import { anS3Proxy } from '../../support/integrity/s3-proxy.ts';
import { hourAt, type Scenario } from '../../support/integrity/scenario.ts';

/** The version that the table was made with. Another one may say something else. */
const VERSION = '1.45.11';
const TABLE = join(import.meta.dirname, '../../golden/integrity/beside-aws.md');
const HEAD = `| what was done | \`aws cloudtrail validate-logs\` ${VERSION} | \`mirrorwatch verify\`, in the bucket | in a copy |\n|---|---|---|---|\n`;

/** CloudTrail, as far as its tool asks it: `ListPublicKeys`. */
async function aKeyServer(keysOf: () => Scenario['keys']) {
  const validity = { ValidityStartTime: 0, ValidityEndTime: hourAt(0).getTime() / 1000 + 1e6 };
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'application/x-amz-json-1.1');
    answer.end(JSON.stringify({ PublicKeyList: keysOf().map((key) => ({ ...key, ...validity })) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
}

function awsCell({ code, found }: SaidByAws): string {
  const said = found.map((line) => {
    const [type = '', , what = ''] = line.split('\t');
    return `${type.toLowerCase()} ${what.replace(/ in region.*/, '')}`;
  });
  return [`exit code ${code}`, ...new Set(said)].join('; ');
}

function ourCell({ code, found }: Expected): string {
  const counts = new Map<string, number>();
  for (const [status] of found) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [`exit code ${code}`, ...[...counts].map(([status, count]) => `${count} ${status}`)].join('; ');
}

/** The period that a mutation's options ask for. AWS's tool needs both ends. */
function periodOf({ args = [] }: Mutation, { now }: Scenario) {
  const given = (name: string): Date | undefined => {
    const at = args.indexOf(name);
    return at === -1 ? undefined : new Date(args[at + 1] ?? '');
  };
  return { since: given('--since') ?? hourAt(0), until: given('--until') ?? now };
}

describe('verify beside aws cloudtrail validate-logs', () => {
  it('has its table in docs/integrity.md', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../../docs/integrity.md'), 'utf8');
    expect(docs).toContain(readFileSync(TABLE, 'utf8').trim());
  });

  const fauxqs = aFauxqs();

  it.skipIf(awsVersion() !== VERSION)(
    'finds what AWS finds, only that a cut start is not missing without --since, and finds more',
    async () => {
      const s3 = new S3Client({ region: 'eu-west-1', forcePathStyle: true });
      let keys: Scenario['keys'] = [];
      const cloudTrail = await aKeyServer(() => keys);
      const proxy = await anS3Proxy(`http://127.0.0.1:${fauxqs().port}`);
      let table = HEAD;
      for (const bucket of ['trail-bucket', 'older-bucket']) await s3.send(new CreateBucketCommand({ Bucket: bucket }));
      for (const mutation of MUTATIONS) {
        const trail = scenarioOf(mutation);
        ({ keys } = trail);
        await fill(s3, mutation, trail);
        const said = await validateLogs(trail, {
          ...periodOf(mutation, trail),
          s3: proxy.url,
          cloudTrail: cloudTrail.url,
        });
        const ours = mutation.bucket(trail);
        if (ours.code === 0)
          expect(
            said.found.filter((line) => !line.includes('not found')),
            said.out,
          ).toEqual([]);
        const copy = mutation.copy === undefined ? 'the same' : ourCell(mutation.copy(trail));
        table += `| ${mutation.name} | ${awsCell(said)} | ${ourCell(ours)} | ${copy} |\n`;
      }
      cloudTrail.stop();
      proxy.stop();
      await expect(table).toMatchFileSnapshot(TABLE);
    },
    300_000,
  );
});

async function fill(s3: S3Client, mutation: Mutation, trail: Scenario): Promise<void> {
  for (const bucket of ['trail-bucket', 'older-bucket']) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    await Promise.all(Contents.map(({ Key }) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))));
  }
  await Promise.all(
    mutation
      .mutate(trail)
      .map(({ bucket: Bucket, key: Key, bytes: Body, metadata: Metadata }) =>
        s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata })),
      ),
  );
}
