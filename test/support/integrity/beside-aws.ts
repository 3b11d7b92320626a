/** Runs AWS's own `aws cloudtrail validate-logs`, where it is installed, against an emulator. */

import { execFile, execFileSync } from 'node:child_process';
import type { Scenario } from './scenario.ts';

/** What AWS's tool said: its exit code, and one line for each object that it does not call valid. */
export interface SaidByAws {
  readonly code: number;
  readonly found: readonly string[];
  readonly out: string;
}

/** The version of the installed AWS CLI; undefined if there is none with `validate-logs`. */
export function awsVersion(): string | undefined {
  try {
    return /aws-cli\/(\S+)/.exec(execFileSync('aws', ['--version'], { encoding: 'utf8', timeout: 30_000 }))?.[1];
  } catch (fault) {
    if (fault instanceof Error) return undefined;
    throw fault;
  }
}

/** Validates the chain of account 111122223333 in eu-west-1, from `since` until `until`. */
export function validateLogs(
  { bucket }: Scenario,
  {
    since,
    until,
    s3,
    cloudTrail,
  }: { readonly since: Date; readonly until: Date; readonly s3: string; readonly cloudTrail: string },
): Promise<SaidByAws> {
  const args = [
    ...['cloudtrail', 'validate-logs', '--region', 'eu-west-1'],
    ...['--trail-arn', 'arn:aws:cloudtrail:us-east-1:111122223333:trail/my_trail', '--s3-bucket', bucket],
    ...['--start-time', since.toISOString(), '--end-time', until.toISOString()],
  ];
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: s3,
    AWS_ENDPOINT_URL_CLOUDTRAIL: cloudTrail,
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
  return new Promise((resolve, reject) => {
    execFile('aws', args, { env, encoding: 'utf8', timeout: 60_000 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      const out = `${stdout}${stderr}`;
      const found = out
        .split('\n')
        .filter((line) => /^(?:Digest|Backfill digest|Log) file\t.*INVALID|^No .*found|error/i.test(line));
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, found, out });
    });
  });
}
