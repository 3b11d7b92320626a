/** Warns of a configuration that names filters and targets which the accounts do not have, before its findings are printed. */

import type { Assessment } from '../../pipeline/assess.ts';
import type { Log } from '../log.ts';

/** Warns of each account and region in which no configured target, or not the filter, exists. */
export async function warnOfMissing({ scopes }: Assessment, log: Log): Promise<void> {
  const accounts = scopes.flatMap(({ audited }) => audited.account ?? []);
  if (accounts.length === 0) return;
  const { missingInAccount } = await import('../../config/against-account.ts');
  for (const account of accounts) {
    for (const { path, message } of missingInAccount(account)) log.warn(`configuration: ${path}: ${message}`);
  }
}
