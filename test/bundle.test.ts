import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startFakeAws } from './support/fake-ec2/server.ts';
import { invoke, unpackZip } from './support/zip-functions.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const HANDLERS = ['watch', 'respond', 'remediate', 'sweep', 'report', 'history'];

/** Builds the zip into a new folder, from outside the repository. */
async function bundle(root = ROOT, env = {}): Promise<{ readonly path: string; readonly output: string }> {
  const path = join(mkdtempSync(join(tmpdir(), 'mirrorwatch-bundle-')), 'mirrorwatch.zip');
  const command = 'umask "$UMASK" && exec bash "$0" "$@"';
  const options = { cwd: tmpdir(), env: { ...process.env, UMASK: '022', ...env } };
  const { stdout } = await run('bash', ['-c', command, join(root, 'bundle.sh'), '--out', path], options);
  return { path, output: stdout };
}

/** The sources in a folder with a space in its path, where node_modules is a link. */
function copyOfSources(): string {
  const root = join(mkdtempSync(join(tmpdir(), 'mirrorwatch-copy-')), 'other folder');
  mkdirSync(root);
  for (const name of ['src', 'scripts', 'bundle.sh', 'package.json', 'package-lock.json', 'tsconfig.json', 'LICENSE'])
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

describe('bundle.sh', () => {
  let first: { readonly path: string; readonly output: string };
  let folder: string;
  beforeAll(async () => {
    first = await bundle();
    folder = await unpackZip(first.path);
  }, 60_000);

  it('writes the same bytes twice, and prints their SHA-256 and size', async () => {
    const second = await bundle();
    expect(readFileSync(second.path).equals(readFileSync(first.path))).toBe(true);
    expect(first.output.split(' ')[0]).toBe(second.output.split(' ')[0]);
    expect(first.output).toMatch(/^[0-9a-f]{64} {2}.*\n\d+ bytes/);
  }, 60_000);

  it('writes the same bytes in another folder, with another umask, time zone and locale', async () => {
    const other = await bundle(copyOfSources(), { UMASK: '077', TZ: 'Pacific/Kiritimati', LC_ALL: 'C', LANG: 'tr_TR' });
    expect(other.output.split(' ')[0]).toBe(first.output.split(' ')[0]);
    expect(readFileSync(other.path).equals(readFileSync(first.path))).toBe(true);
  }, 60_000);

  it('contains our licence and those of the packages that it has code of', () => {
    const text = readFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(text).toContain(readFileSync(join(ROOT, 'LICENSE'), 'utf8').trim());
    for (const name of ['@aws-sdk/client-ec2', '@smithy/core', 'zod', 'yazl', 'fzstd'])
      expect(text).toMatch(new RegExp(`^${name}@\\d+\\.\\d+\\.\\d+: (?:MIT|Apache-2\\.0)$`, 'm'));
    expect(text).not.toMatch(/^(?:libsql|esbuild|vitest)@/m);
  });

  it('stays under 850 KB', () => expect(readFileSync(first.path).length).toBeLessThan(850_000));

  it('contains one small module per function, and nothing of the local world', async () => {
    const { readdirSync, statSync } = await import('node:fs');
    const files = readdirSync(folder);
    expect(files).toEqual(expect.arrayContaining(HANDLERS.map((name) => `${name}.mjs`)));
    for (const file of files) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect(/\bfrom\s*["'](?:libsql|piscina)["']/.test(text), `${file} imports the local world`).toBe(false);
      expect(statSync(join(folder, file)).size).toBeGreaterThan(0);
    }
  });

  it.each(['watch', 'respond', 'remediate'])(
    '%s.handler runs from the zip in a new process, and makes no AWS call for a message it can ignore',
    async (name) => {
      const fake = await startFakeAws();
      const body = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'logs' });
      const event = {
        Records: [{ messageId: 'm-1', receiptHandle: 'r', body, attributes: {}, eventSource: 'aws:sqs' }],
      };
      const env = {
        AWS_ENDPOINT_URL: fake.url,
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'k',
        AWS_SECRET_ACCESS_KEY: 's',
        MIRRORWATCH_CONFIG: '{}',
      };
      const { answer } = await invoke(folder, name, event, { env });
      await fake.stop();
      expect(answer).toEqual({ batchItemFailures: [] });
    },
    60_000,
  );

  it('report.handler writes the report and the evidence archive from the zip', async () => {
    const [fake, buckets] = [await startFakeAws(), await startFauxqs({ port: 0, logger: false })];
    const credentials = { accessKeyId: 'k', secretAccessKey: 's' };
    const endpoint = `http://127.0.0.1:${buckets.port}`;
    const s3 = new S3Client({ region: 'eu-west-1', endpoint, credentials, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'reports' }));
    const env = {
      AWS_ENDPOINT_URL: fake.url,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'k',
      AWS_SECRET_ACCESS_KEY: 's',
      MIRRORWATCH_CONFIG: '{}',
      MIRRORWATCH_LEDGER_TABLE: 'ledger',
      MIRRORWATCH_REPORT_BUCKET: 'reports',
    };
    await invoke(folder, 'report', {}, { env });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'reports' }));
    await Promise.all([fake.stop(), buckets.stop()]);
    const names = Contents.map(({ Key = '' }) => Key.split('/').at(-1)).toSorted();
    expect(names).toEqual(['evidence.zip', 'findings.csv', 'findings.jsonl', 'report.html', 'report.json']);
  }, 60_000);
});
