/** What a verification reads: a trail in S3 or a copy on this machine, and the public keys that signed its digests. */

import { readFile, stat } from 'node:fs/promises';
import { type Command, command } from '../../audit/fixes/command.ts';
import { readSigningKeys, type SigningKey } from '../../cloudtrail/digests/signing-keys.ts';
import type { Config } from '../../config.ts';
import type { FoundLog, LogStore } from '../../delivery/fetch-log.ts';
import { parseJson } from '../../delivery/shape.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { KeysNeeded, ProofPorts } from '../../pipeline/verify/proof.ts';
import type { Rejected } from '../../report/report.ts';
import { type Connect, connectionTo } from '../connection.ts';
import type { Log } from '../log.ts';
import { isInS3, placeInS3, s3Opener, withoutRepeats } from '../s3-logs.ts';

/** The files at paths: what is listed of them, and how to fetch an object of S3 that they don't contain. */
export interface OpenPaths {
  readonly list: ProofPorts['list'];
  readonly fetch: LogStore['fetch'];
}

/** How to open them. */
export interface OpenOptions {
  readonly connect: Connect;
  /** As for `scan`: links in folders are followed. @default false */
  readonly follow?: boolean | undefined;
  readonly log: Pick<Log, 'warn'>;
  /** In S3, folders of other accounts and regions are not listed. Undefined: all of them. */
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
}

/**
 * Opens files, folders, archives and `s3://bucket/prefix` as `scan` does. Throws PipelineError `usage` for a path that does not exist, or
 * names no bucket.
 */
export async function openPaths(
  paths: readonly string[],
  { connect, follow, log, accounts = [], regions = [] }: OpenOptions,
): Promise<OpenPaths> {
  for (const path of paths) {
    if (isInS3(path)) await placeInS3(path);
    else
      await stat(path).catch((cause: unknown) => {
        throw new PipelineError('usage', `${path}: there is no such file or folder`, { path, cause });
      });
  }
  const { openingOf, openLogs } = await import('../../local/logs/log-folder.ts');
  return {
    async *list(kinds, period) {
      const opened = openingOf(paths.filter((path) => !isInS3(path)));
      for (const path of withoutRepeats(paths)) {
        if (isInS3(path)) yield* await s3Opener(connect, { ...period, kinds, accounts, regions })(path);
        else yield* withWarning(openLogs([path], { follow, opened }), kinds.includes('log') ? log : undefined);
      }
    },
    fetch: async (object, options) => (await connect()).logs.fetch(object, options),
  };
}

/** Says once that links are not followed. */
async function* withWarning(
  listed: AsyncIterable<FoundLog>,
  log: Pick<Log, 'warn'> | undefined,
): AsyncGenerator<FoundLog, void, undefined> {
  let links = 0;
  for await (const found of listed) {
    if (found.kind === 'skipped' && found.why === 'link') links += 1;
    if (links === 1 && found.kind === 'skipped' && found.why === 'link')
      log?.warn(`${found.path}: a link, which is not followed; --follow follows it, and others here`);
    yield found;
  }
}

function keysCommand(region: string, since: Date, until: Date): Command {
  return command('aws cloudtrail list-public-keys', [
    ['--region', region],
    ['--start-time', since.toISOString()],
    ['--end-time', until.toISOString()],
  ]);
}

/** Gets the public keys from AWS. Without credentials it throws PipelineError `usage` with the commands that get them elsewhere. */
async function liveKeys(
  { regions, since, until }: KeysNeeded,
  config: Pick<Config, 'region'>,
): Promise<readonly SigningKey[]> {
  const { hasCredentials } = await import('../../aws/credentials.ts');
  if (!(await hasCredentials())) {
    const commands = regions.map((region) => {
      const made = keysCommand(region, since, until);
      return 'text' in made ? `"${made.text}"` : `a command that is left out, as ${made.missing}`;
    });
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
async function readKeys(paths: readonly string[], rejected: Rejected[]): Promise<readonly SigningKey[]> {
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

/** Returns how a verification gets its public keys: from the files that were given, or from AWS. Faults of entries go into `rejected`. */
export function keySource(
  paths: readonly string[],
  config: Pick<Config, 'region'>,
  rejected: Rejected[],
): ProofPorts['keys'] {
  return async (needed) => (paths.length > 0 ? readKeys(paths, rejected) : liveKeys(needed, config));
}
