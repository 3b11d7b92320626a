/** Log files whose path says that they are of an account that is not ours. They are not read: anyone can write our account into a record. */

import { resolve, sep } from 'node:path';
import { grouped, plural } from '../../collections.ts';
import { foreignAccountIn } from '../../delivery/log-key.ts';
import { isOfOtherService } from '../../delivery/log-tree.ts';
import type { RefusedDelivery } from '../../pipeline/message-content.ts';
import type { Log } from '../log.ts';
import { isInS3 } from '../s3-logs.ts';

/** The logs of one account that is not listed. */
export interface ForeignLogs {
  files: number;
  /** The path of the first of them. */
  readonly first: string;
}

/** The logs of accounts that are not listed, by account. */
export type ForeignAccounts = Map<string, ForeignLogs>;

/** What a file is by its path: another account's log, another service's file in such an account, or neither. */
export function foreignKindOf(
  path: string,
  accounts: readonly string[],
): { readonly accountId: string } | 'not-a-log' | undefined {
  if (accounts.length === 0) return undefined;
  const key = isInS3(path) ? path : resolve(path).split(sep).join('/');
  const accountId = foreignAccountIn(key, accounts);
  if (accountId === undefined) return undefined;
  return isOfOtherService(key) ? 'not-a-log' : { accountId };
}

/** Counts a file of an account that is not listed. */
export function countForeign(foreign: ForeignAccounts, accountId: string, path: string): void {
  const known = foreign.get(accountId);
  if (known === undefined) foreign.set(accountId, { files: 1, first: path });
  else known.files += 1;
}

/** Names the accounts, with the number of their logs. */
export function warnOfForeign(foreign: ForeignAccounts, log: Log): void {
  for (const [accountId, { files, first }] of foreign) {
    const [what, which] = files === 1 ? ['1 log', first] : [`${grouped(files)} logs`, `the first is ${first}`];
    log.warn(`${what} of account ${accountId} not read, as trail.accounts does not list it: ${which}`);
  }
}

/** The same as refusals, which become findings. */
export function refusalsOf(foreign: ForeignAccounts): readonly RefusedDelivery[] {
  return [...foreign].map(([foreignAccountId, { files, first }]) => {
    const reason = `${plural(files, 'log')} of account ${foreignAccountId}, which is not among trail.accounts`;
    return { kind: 'account', source: foreignAccountId, path: first, reason, foreignAccountId };
  });
}
