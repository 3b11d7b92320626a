/** What `verify` reads: a trail in S3 or a copy in a folder, and the public keys that signed its digests. */

import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { readSigningKeys, type SigningKey } from '../cloudtrail/digests/signing-keys.ts';
import type { Config } from '../config.ts';
import type { LogStore } from '../delivery/fetch-log.ts';
import { parseJson } from '../delivery/shape.ts';
import { messageOf, PipelineError } from '../errors.ts';
import type { KeysNeeded } from '../pipeline/verify/verify-logs.ts';
import type { Rejected } from '../report/report.ts';
import { connectionTo } from './connection.ts';
import { isInS3, placeInS3 } from './s3-logs.ts';

/** Where a trail's files are, and how to read them. */
export interface OpenPlace {
  readonly logs: LogStore;
  readonly bucket: string;
  readonly prefix: string;
  readonly folder?: string | undefined;
}

/** Opens `s3://bucket/prefix` or a folder. Throws PipelineError `usage` for anything else. */
export async function openPlace(path: string, config: Config): Promise<OpenPlace> {
  if (isInS3(path)) {
    const place = await placeInS3(path);
    return { ...place, logs: (await connectionTo({ region: config.region })()).logs };
  }
  const found = await stat(path).catch((cause: unknown) => {
    throw new PipelineError('usage', `${path}: there is no such folder`, { path, cause });
  });
  if (!found.isDirectory())
    throw new PipelineError('usage', `${path} is not a folder: verify takes a folder made by "aws s3 sync"`, { path });
  const { folderLogStore } = await import('../local/folder-log-store.ts');
  const home = resolve(path);
  return {
    logs: folderLogStore(dirname(home)),
    bucket: basename(home),
    prefix: '',
    folder: path.replace(/(?<=.)\/+$/, ''),
  };
}

/** Gets the public keys from AWS. Without credentials it throws PipelineError `usage` with the commands that get them elsewhere. */
export async function liveKeys({ regions, since, until }: KeysNeeded, config: Config): Promise<readonly SigningKey[]> {
  const { hasCredentials } = await import('../aws/credentials.ts');
  if (!(await hasCredentials())) {
    const period = `--start-time ${since.toISOString()} --end-time ${until.toISOString()}`;
    const commands = regions.map((region) => `"aws cloudtrail list-public-keys --region ${region} ${period}"`);
    throw new PipelineError(
      'usage',
      `there are no AWS credentials to get the public keys with: give --keys FILE, made by ${commands.join(' and ')}`,
    );
  }
  const aws = await connectionTo({ region: config.region ?? regions[0] })();
  const answers = await Promise.all(regions.map((one) => aws.publicKeys(one, { since, until })));
  const entries = answers.flat().map(({ value, fingerprint, validFrom, validUntil }) => ({
    Value: value,
    Fingerprint: fingerprint,
    ValidityStartTime: validFrom,
    ValidityEndTime: validUntil,
  }));
  return readSigningKeys(entries).keys;
}

/**
 * Reads public keys from files. A file may hold several answers of `list-public-keys` in a row, as a loop over regions writes
 * them. An entry that is not a key goes into `rejected`. Throws PipelineError `usage` for a file that can't be read or isn't JSON.
 */
export async function readKeys(paths: readonly string[], rejected: Rejected[]): Promise<readonly SigningKey[]> {
  const all: SigningKey[] = [];
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new PipelineError('usage', `${path}: cannot be read: ${messageOf(cause)}`, { path, cause });
    });
    const document = parseJson(text);
    const parts = document === undefined ? text.split(/^(?=\{)/m).map(parseJson) : [document];
    for (const part of parts) {
      if (part === undefined)
        throw new PipelineError('usage', `${path}: is not the JSON that list-public-keys prints`, { path });
      const { keys, rejected: faults } = readSigningKeys(part.value);
      all.push(...keys);
      for (const reason of faults) rejected.push({ path, reason });
    }
  }
  return all;
}
