/** What `verify` reads: a trail in S3 or its copy in a folder, and the public keys that it was signed with. */

import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { readSigningKeys, type SigningKey } from '../cloudtrail/digests/signing-keys.ts';
import type { Config } from '../config.ts';
import type { LogStore } from '../delivery/fetch-log.ts';
import { parseJson } from '../delivery/shape.ts';
import { messageOf, PipelineError } from '../errors.ts';
import type { KeysAsked } from '../pipeline/verify.ts';
import type { Rejected } from '../report/report.ts';
import { connectionTo } from './world.ts';

/** Where a trail's files are, and how they are read. */
export interface OpenPlace {
  readonly logs: LogStore;
  readonly bucket: string;
  readonly prefix: string;
  readonly folder?: string | undefined;
}

/** Opens `s3://bucket/prefix`, or a folder. Throws PipelineError `usage` when it is neither. */
export async function openPlace(path: string, config: Config): Promise<OpenPlace> {
  if (path.startsWith('s3://')) {
    const { readStoredPlace } = await import('../delivery/log-tree.ts');
    const place = readStoredPlace(path);
    if (place === undefined)
      throw new PipelineError('usage', `${path} names no bucket; expected s3://bucket/prefix`, { path });
    return {
      ...place,
      logs: (await connectionTo({ ...(config.region !== undefined && { region: config.region }) })()).logs,
    };
  }
  const found = await stat(path).catch((cause: unknown) => {
    throw new PipelineError('usage', `${path}: there is no such folder`, { path, cause });
  });
  if (!found.isDirectory())
    throw new PipelineError('usage', `${path} is no folder: verify takes a folder as "aws s3 sync" makes it`, { path });
  const { folderLogStore } = await import('../local/folder-log-store.ts');
  const home = resolve(path);
  return {
    logs: folderLogStore(dirname(home)),
    bucket: basename(home),
    prefix: '',
    folder: path.replace(/(?<=.)\/+$/, ''),
  };
}

/** The public keys as AWS gives them. Throws PipelineError `usage`, with the commands to run elsewhere, where there are no credentials. */
export async function liveKeys({ regions, since, until }: KeysAsked, config: Config): Promise<readonly SigningKey[]> {
  const { hasCredentials } = await import('../aws/credentials.ts');
  if (!(await hasCredentials()))
    throw new PipelineError(
      'usage',
      `the public keys are needed: give --keys FILE, made by ${regions.map((region) => `"aws cloudtrail list-public-keys --region ${region} --start-time ${since.toISOString()} --end-time ${until.toISOString()}"`).join(' and ')}`,
    );
  const [first] = regions;
  const region = config.region ?? first;
  const aws = await connectionTo(region === undefined ? {} : { region })();
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
 * The public keys in files, of which each may hold several answers one after the other, as a loop over regions writes them. An entry
 * that is no key goes into `rejected`. Throws PipelineError `usage` for a file that cannot be read or is not of JSON.
 */
export async function readKeys(paths: readonly string[], rejected: Rejected[]): Promise<readonly SigningKey[]> {
  const all: SigningKey[] = [];
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new PipelineError('usage', `${path}: cannot be read: ${messageOf(cause)}`, { path, cause });
    });
    const whole = parseJson(text);
    const parts = whole === undefined ? text.split(/^(?=\{)/m).map(parseJson) : [whole];
    for (const part of parts) {
      if (part === undefined) throw new PipelineError('usage', `${path}: not the JSON of list-public-keys`, { path });
      const { keys, rejected: faults } = readSigningKeys(part.value);
      for (const key of keys) all.push(key);
      for (const reason of faults) rejected.push({ path, reason });
    }
  }
  return all;
}
