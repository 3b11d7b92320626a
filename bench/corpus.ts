/** Generates log files for the benchmarks: the same on every run, with realistic sizes and a realistic mix of calls. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  createWriteStream,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGzip, gzipSync } from 'node:zlib';

/** Increase when the generator changes: the files are kept between runs. */
const VERSION = 2;

/** The folder of about 300 MB inflated, in 500 files of 20 to 8,000 records, like an organisation's; one record in 2,000 is a RunInstances. */
export function mixedCorpus(): string {
  return corpus('mixed', (folder) => {
    const random = randomOf(1);
    for (let file = 0; file < 500; file += 1) {
      const records = Math.min(8000, Math.max(20, Math.round(140 * Math.exp(2.1 * normal(random)))));
      writeLog(folder, file, records, random);
    }
  });
}

/** The folder of the mixed corpus five times over: enough work for two threads to be worth their start. */
export function largeCorpus(): string {
  const mixed = mixedCorpus();
  return corpus('large', (folder) => {
    for (let copy = 0; copy < 5; copy += 1) linkAll(mixed, join(folder, `${copy}`));
  });
}

/** The folder of 40 files of 29 MB inflated and 0.15 MB packed. */
export function denseCorpus(): string {
  return corpus('dense', (folder) => {
    const random = randomOf(4);
    const few = Array.from({ length: 50 }, () => JSON.stringify(record(random)));
    const records = Array.from({ length: Math.ceil(29e6 / few.join('').length) * 50 }, (_, at) => few[at % 50]);
    const packed = gzipSync(`{"Records":[${records.join(',')}]}`, { level: 9 });
    for (let file = 0; file < 40; file += 1) writeFileSync(join(folder, nameOf(file)), packed);
  });
}

/** The folder of 600 files of 0.7 MB inflated, each with a wrong checksum. */
export function wrongChecksumCorpus(): string {
  return corpus('checksums', (folder) => {
    const random = randomOf(5);
    for (let file = 0; file < 600; file += 1) {
      const packed = packedLog(600, random);
      packed.writeUInt8(packed.readUInt8(packed.length - 8) ^ 0xff, packed.length - 8);
      writeFileSync(join(folder, nameOf(file)), packed);
    }
  });
}

/** The folders of one plain file of 600 MB, and of four. */
export function plainCorpora(): { readonly one: string; readonly four: string } {
  const one = corpus('plain', (folder) => {
    const file = openSync(join(folder, nameOf(0).replace('.gz', '')), 'w');
    const random = randomOf(6);
    for (let bytes = 0; bytes < 600e6; )
      bytes += writeSync(file, Array.from({ length: 500 }, () => `${JSON.stringify(record(random))}\n`).join(''));
    closeSync(file);
  });
  const four = corpus('plain-four', (folder) => {
    for (let copy = 0; copy < 4; copy += 1) linkAll(one, join(folder, `${copy}`));
  });
  return { one, four };
}

/** The folder of the small corpus ten times over: 40,000 files. */
export function manyCorpus(): string {
  const small = smallCorpus();
  return corpus('many', (folder) => {
    for (let copy = 0; copy < 10; copy += 1) linkAll(small, join(folder, `${copy}`));
  });
}

/** The folder of an organisation's million records eight times over: enough for what starts a worker not to matter. */
export function longYearsCorpus(): string {
  const years = yearsCorpus();
  return corpus('long-years', (folder) => {
    for (let copy = 0; copy < 8; copy += 1) execFileSync('cp', ['-rl', years, join(folder, `${copy}`)]);
  });
}

function linkAll(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) linkSync(join(from, name), join(to, name));
}

/** The folder of 4,000 files of 20 records, like a small account's. */
export function smallCorpus(): string {
  return corpus('small', (folder) => {
    const random = randomOf(2);
    for (let file = 0; file < 4000; file += 1) writeLog(folder, file, 20, random);
  });
}

const YEARS = {
  files: 2000,
  records: 500,
  accounts: 20,
  regions: ['eu-west-1', 'us-east-1', 'ap-southeast-2'],
  days: 30,
} as const;

/**
 * The folder of an organisation's million records in 2,000 files, by account, region and day; a fifth of the records name one of 50,000
 * instances.
 */
export function yearsCorpus(): string {
  return corpus('years', (folder) => {
    const random = randomOf(7);
    const ids = Array.from({ length: 50_000 }, () => `i-${hex(random, 17)}`);
    for (let file = 0; file < YEARS.files; file += 1) {
      const accountId = `1111222233${String(10 + (file % YEARS.accounts))}`;
      const awsRegion = pick(random, YEARS.regions);
      const day = `2026-01-${String(1 + (Math.floor(file / YEARS.accounts) % YEARS.days)).padStart(2, '0')}`;
      const records = Array.from({ length: YEARS.records }, () => {
        const made = record(random) as { readonly eventTime: string; readonly requestParameters: object };
        const named = random(5) === 0 ? { instanceId: pick(random, ids) } : {};
        return {
          ...made,
          ...{ awsRegion, recipientAccountId: accountId, eventTime: `${day}${made.eventTime.slice(10)}` },
          requestParameters: { ...made.requestParameters, ...named },
        };
      });
      const below = join(folder, 'AWSLogs', accountId, 'CloudTrail', awsRegion, ...day.split('-'));
      mkdirSync(below, { recursive: true });
      const name = `${accountId}_CloudTrail_${awsRegion}_${day.replaceAll('-', '')}T1200Z_${String(file).padStart(16, '0')}.json.gz`;
      writeFileSync(join(below, name), gzipSync(JSON.stringify({ Records: records })));
    }
  });
}

/** The folder of one file of 600 MB inflated, more than a JavaScript string can hold. */
export async function longCorpus(): Promise<string> {
  const folder = folderOf('long');
  if (!existsSync(folder)) {
    const random = randomOf(3);
    const making = `${folder}.making`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making, { recursive: true });
    const gzip = createGzip();
    const file = gzip.pipe(createWriteStream(join(making, nameOf(0))));
    gzip.write('{"Records":[');
    for (let bytes = 0, first = true; bytes < 600e6; first = false) {
      const piece = `${first ? '' : ','}${Array.from({ length: 500 }, () => JSON.stringify(record(random))).join(',')}`;
      bytes += piece.length;
      if (!gzip.write(piece)) await once(gzip, 'drain');
    }
    gzip.end(']}');
    await once(file, 'close');
    renameSync(making, folder);
  }
  return folder;
}

/** The folder of a corpus, generated on first use. It's renamed at the end, so an interrupted run leaves nothing half done. */
function corpus(name: string, fill: (folder: string) => void): string {
  const folder = folderOf(name);
  if (!existsSync(folder)) {
    const making = `${folder}.making`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making, { recursive: true });
    fill(making);
    renameSync(making, folder);
  }
  return folder;
}

const folderOf = (name: string): string => join(tmpdir(), `mirrorwatch-bench-${VERSION}`, name);

const nameOf = (file: number): string =>
  `111122223333_CloudTrail_eu-west-1_20260131T${String(file % 2400).padStart(4, '0')}Z_${String(file).padStart(16, 'A')}.json.gz`;

type Random = (below: number) => number;

function writeLog(folder: string, file: number, records: number, random: Random): void {
  writeFileSync(join(folder, nameOf(file)), packedLog(records, random));
}

function packedLog(records: number, random: Random): Buffer {
  return gzipSync(JSON.stringify({ Records: Array.from({ length: records }, () => record(random)) }));
}

function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) | 0;
    const mixed = state ^ (state + Math.imul(state ^ (state >>> 7), state | 61));
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const normal = (random: Random): number =>
  Array.from({ length: 6 }, () => random(10_000) / 10_000).reduce((sum, one) => sum + one, -3);

const hex = (random: Random, length: number): string =>
  Array.from({ length: Math.ceil(length / 6) }, () => random(0x1000000).toString(16).padStart(6, '0'))
    .join('')
    .slice(0, length);

const uuid = (random: Random): string => [8, 4, 4, 4, 12].map((length) => hex(random, length)).join('-');

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)] as T;

const CALLS = [
  [
    'ec2.amazonaws.com',
    'DescribeInstances',
    {
      instancesSet: {},
      filterSet: { items: [{ name: 'instance-state-name', valueSet: { items: [{ value: 'running' }] } }] },
    },
  ],
  ['ec2.amazonaws.com', 'DescribeNetworkInterfaces', { networkInterfaceIdSet: {}, filterSet: {} }],
  [
    'sts.amazonaws.com',
    'AssumeRole',
    { roleArn: 'arn:aws:iam::111122223333:role/service/reader', roleSessionName: 'collector', durationSeconds: 3600 },
  ],
  [
    's3.amazonaws.com',
    'GetBucketAcl',
    { bucketName: 'example-logs', Host: 'example-logs.s3.eu-west-1.amazonaws.com', acl: '' },
  ],
  [
    'kms.amazonaws.com',
    'Decrypt',
    {
      encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::example-logs/prefix/key' },
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    },
  ],
  [
    'iam.amazonaws.com',
    'PutRolePolicy',
    {
      roleName: 'reader',
      policyName: 'inline',
      policyDocument:
        '{\n  "Version": "2012-10-17",\n  "Statement": [{"Effect": "Allow", "Action": ["ec2:RunInstances", "s3:GetObject"], "Resource": "*"}]\n}',
    },
  ],
  [
    'logs.amazonaws.com',
    'CreateLogStream',
    { logGroupName: '/aws/lambda/example', logStreamName: '2026/01/31/[$LATEST]0123456789abcdef' },
  ],
  [
    'elasticloadbalancing.amazonaws.com',
    'DescribeTargetHealth',
    { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/example/0123456789abcdef' },
  ],
] as const;

function record(random: Random): object {
  const launch = random(2000) === 0;
  const [eventSource, eventName, requestParameters] = launch
    ? ([
        'ec2.amazonaws.com',
        'RunInstances',
        {
          instancesSet: { items: [{ imageId: 'ami-0123456789abcdef0', minCount: 1, maxCount: 1 }] },
          instanceType: 'm5.large',
        },
      ] as const)
    : pick(random, CALLS);
  const session = `session-${random(400)}`;
  const role = pick(random, ['reader', 'deploy', 'AWSReservedSSO_Developer_0123456789abcdef', 'monitoring-agent']);
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROA${hex(random, 16).toUpperCase()}:${session}`,
      arn: `arn:aws:sts::111122223333:assumed-role/${role}/${session}`,
      accountId: '111122223333',
      accessKeyId: `ASIA${hex(random, 16).toUpperCase()}`,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: 'AROAEXAMPLEEXAMPLEEX',
          arn: `arn:aws:iam::111122223333:role/${role}`,
          accountId: '111122223333',
          userName: role,
        },
        attributes: { creationDate: '2026-01-31T11:22:33Z', mfaAuthenticated: 'false' },
      },
    },
    eventTime: `2026-01-31T12:${String(random(60)).padStart(2, '0')}:${String(random(60)).padStart(2, '0')}Z`,
    eventSource,
    eventName,
    awsRegion: 'eu-west-1',
    sourceIPAddress: `203.0.113.${random(255)}`,
    userAgent: pick(random, [
      'Boto3/1.34.1 md/Botocore#1.34.1 ua/2.0 os/linux#5.10 md/arch#x86_64 lang/python#3.12',
      'aws-sdk-go/1.44.157 (go1.19.3; linux; amd64)',
      'autoscaling.amazonaws.com',
    ]),
    ...(random(10) === 0
      ? { errorCode: 'Client.UnauthorizedOperation', errorMessage: 'You are not authorized to perform this operation.' }
      : {}),
    requestParameters,
    responseElements: launch
      ? {
          requestId: uuid(random),
          reservationId: `r-${hex(random, 17)}`,
          instancesSet: { items: [{ instanceId: `i-${hex(random, 17)}`, tagSet: {} }] },
        }
      : null,
    requestID: uuid(random),
    eventID: uuid(random),
    readOnly: !launch,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: `${eventSource.replace('.amazonaws', '.eu-west-1.amazonaws')}`,
    },
  };
}
