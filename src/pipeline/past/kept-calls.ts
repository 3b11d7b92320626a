/** Adds to the calls of logs what the ledger kept of earlier ones: it may tell what later records lack. */

import type { Scope } from '../../inventory/inventory.ts';
import type { ChangeLog, ChangingCall } from '../../ledger/change-log.ts';
import { idsChangedBy, idsNamedBy, LOST_IDS } from '../../ledger/changed-ids.ts';
import { callsBehind } from '../history/calls-behind.ts';
import { notAmong } from '../history/recorded-causes.ts';

/** Where earlier calls were kept. Nothing is written to it. */
export type KeptCalls = Pick<ChangeLog, 'about'>;

/**
 * The calls of one account and region, with those that the log kept of the resources that they name and of `ids`. Without a log, the
 * calls alone.
 */
export async function withKeptCalls(
  calls: readonly ChangingCall[],
  scope: Scope,
  log: KeptCalls | undefined,
  ids: readonly string[] = [],
): Promise<readonly ChangingCall[]> {
  if (log === undefined) return calls;
  const named = new Set(ids);
  for (const { changes = [] } of calls)
    for (const change of changes) for (const id of [...idsChangedBy(change), ...idsNamedBy(change)]) named.add(id);
  for (const lost of LOST_IDS) named.delete(lost);
  return [...calls, ...notAmong(calls, await callsBehind(log, scope, named))];
}
