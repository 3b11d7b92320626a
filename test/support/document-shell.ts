/** A shell for the documents' commands: the files a reader has, `mirrorwatch` on the path, and an account behind local endpoints. */

import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startFauxqs } from 'fauxqs';
import { parseSnapshot } from '../../src/inventory/snapshot.ts';
import { HOME_ACCOUNT, startFakeAws } from './fake-ec2/server.ts';
import { seed } from './live.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const REGION = 'eu-west-1';
const DAY = `AWSLogs/${HOME_ACCOUNT}/CloudTrail/${REGION}/2026/03/17/`;
const BUCKET = 'example-trail';

/** A finished command. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A shell in its own folder. */
export interface DocumentShell {
  /** Runs a shell command in the folder. The files it writes stay there for later commands. */
  run(line: string): Promise<Ran>;
  stop(): Promise<void>;
}

/** Prepares the folder with the example's logs and the repository's configuration, and a queue whose URL is in `QUEUE_URL`. */
export async function aDocumentShell(): Promise<DocumentShell> {
  const cli = join(ROOT, 'dist/cli.js');
  if (!existsSync(cli)) throw new Error('dist/cli.js is missing: run "npm run build" first');
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-docs-'));
  for (const name of ['bin', 'incoming', 'out']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'bin/mirrorwatch'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`);
  chmodSync(join(folder, 'bin/mirrorwatch'), 0o755);
  writeFileSync(join(folder, 'bin/aws'), awsCli(process.execPath));
  chmodSync(join(folder, 'bin/aws'), 0o755);
  cpSync(join(ROOT, 'config.json'), join(folder, 'config.json'));
  cpSync(join(ROOT, 'examples/account.json'), join(folder, 'examples/account.json'));
  for (const name of ['trail', 'trail-keys.json'])
    cpSync(join(ROOT, 'examples', name), join(folder, 'examples', name), { recursive: true });
  for (const to of ['logs', 'examples/logs'])
    cpSync(join(ROOT, 'examples/logs'), join(folder, to), { recursive: true });
  const packed = readdirSync(join(folder, 'logs')).filter((name) => name.endsWith('.json.gz'));
  for (const name of packed) cpSync(join(folder, 'logs', name), join(folder, 'incoming', name));

  const [ec2, fauxqs] = [await startFakeAws(), await startFauxqs({ port: 0, logger: false })];
  const document: unknown = JSON.parse(readFileSync(join(ROOT, 'examples/account.json'), 'utf8'));
  for (const inventory of parseSnapshot(document, 'examples/account.json').inventories)
    seed(ec2.account(inventory.accountId, inventory.region), inventory);
  const endpoint = `http://127.0.0.1:${fauxqs.port}`;
  const queueUrl = await createTrailAndQueue(endpoint, packed, folder);

  const environment = {
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    QUEUE_URL: queueUrl,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_EC2: ec2.url,
    AWS_ENDPOINT_URL_STS: ec2.url,
    AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: ec2.url,
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return {
    run: (line) => runIn(folder, line, environment),
    stop: async () => {
      await ec2.stop();
      await fauxqs.stop();
    },
  };
}

/** An `aws` whose describe commands print the lists of the example account; for others it fails. */
function awsCli(node: string): string {
  return `#!${node}
const { readFileSync } = require('node:fs');
const camel = (text) => text.replace(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase());
const [, , , command = ''] = process.argv;
const name = camel(command.replace(/^describe-/, '')).replace(/^Instances$/, 'Reservations');
const list = JSON.parse(readFileSync('examples/account.json', 'utf8')).regions[0][name];
if (list === undefined) throw new Error(command + ' prints nothing here');
console.log(JSON.stringify({ [name]: list }, null, 4));
`;
}

/** Creates a trail's bucket with the logs, and a queue with a delivery of the first one. Returns the queue's URL. */
async function createTrailAndQueue(endpoint: string, names: readonly string[], folder: string): Promise<string> {
  const to = { region: REGION, endpoint, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' } };
  const s3 = new S3Client({ ...to, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  for (const name of names) {
    const Body = readFileSync(join(folder, 'logs', name));
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${DAY}${name}`, Body }));
  }
  const sqs = new SQSClient(to);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'deliveries' }));
  if (QueueUrl === undefined) throw new Error('the emulator created a queue without a URL');
  const MessageBody = JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: [`${DAY}${names[0]}`] });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  s3.destroy();
  sqs.destroy();
  return QueueUrl;
}

function runIn(cwd: string, line: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  return new Promise((done) => {
    const options = { cwd, env: { ...env }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile('/bin/sh', ['-c', line], options, (_, stdout, stderr) =>
      done({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
}
