/** Keeps the policies by which complete looks judged, so that findings of later runs can be told to be due to the configuration. */

import pLimit from 'p-limit';
import type { Config } from '../../config.ts';
import type { ChangeLog } from '../../ledger/change-log.ts';
import { type AssessedScope, auditPolicyFor } from '../assess.ts';

/** Accounts and regions whose policies are written at the same time. */
const PARALLEL = 8;

/** Keeps the policy of each scope. One with a list that could not be read is left out: not every resource was judged by its policy. */
export async function keepPolicies(
  scopes: readonly AssessedScope[],
  config: Config,
  ledger: Pick<ChangeLog, 'keepPolicy'>,
): Promise<void> {
  const limit = pLimit(PARALLEL);
  const complete = scopes.filter(
    ({ inventory: { instances, unread, incomplete } }) =>
      instances !== undefined && unread === undefined && incomplete === undefined,
  );
  await Promise.all(
    complete.map(({ scope, readAt }) => limit(() => ledger.keepPolicy(scope, auditPolicyFor(config, scope), readAt))),
  );
}
