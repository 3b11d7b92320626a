/** Log files whose path says that they are of an account that is not ours. They are not read: anyone can write our account into a record. */

import { resolve, sep } from 'node:path';
import { grouped, plural } from '../../collections.ts';
import type { RefusedDelivery } from '../../pipeline/message-content.ts';
import type { ForeignAccounts } from '../../pipeline/reading/tally.ts';
import type { Log } from '../log.ts';
import { isInS3 } from '../s3-logs.ts';

/** A path as a key that says whose log it is: a bucket's, or a complete path with `/` between folders. */
export function logKeyOf(path: string): string {
  return isInS3(path) ? path : resolve(path).split(sep).join('/');
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
