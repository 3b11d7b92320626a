/** The policies that accounts were judged by, in the ledger's table: an item for each account and region. */

import type { JudgingPolicy } from '../../causes/configuration/policy-changes.ts';
import { groupBy } from '../../collections.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import { KEPT_DAYS } from '../../ledger/change-log.ts';
import {
  type InOrderAsked,
  type KeptPolicy,
  type LastInOrder,
  lastInOrder,
  type StoredPolicy,
  toKeptPolicies,
  withPolicy,
} from '../../ledger/judged-policies.ts';
import { EMPTY_TIMELINE } from '../../ledger/timeline.ts';
import { doneLooksIn, newestKey } from './dynamodb-looks.ts';
import { findingKey, toRow } from './dynamodb-rows.ts';
import type { ItemKey, LedgerTable } from './dynamodb-table.ts';
import { retried } from './retried.ts';

const DAY_MS = 86_400_000;

/** Adds the policy of a complete look. Of two writers at once, one reads again. */
export async function keepPolicy(table: LedgerTable, scope: Scope, policy: JudgingPolicy, at: Date): Promise<void> {
  const key = policiesKey(scope);
  await retried(async () => {
    const [item] = await table.get([key]);
    const before: readonly StoredPolicy[] = item === undefined ? [] : JSON.parse(item.body);
    const after = withPolicy(before, policy, at);
    if (after === before) return true;
    const expiresAt = new Date(at.getTime() + KEPT_DAYS * DAY_MS);
    const written = { ...key, version: (item?.version ?? 0) + 1, body: JSON.stringify(after), expiresAt };
    return (await table.putAll([written])) || null;
  });
}

/** The policies of an account and region, newest first. */
export async function readPolicies(table: LedgerTable, scope: Scope): Promise<readonly KeptPolicy[]> {
  const [item] = await table.get([policiesKey(scope)]);
  return item === undefined ? [] : toKeptPolicies(JSON.parse(item.body));
}

/** When each of these findings was last not open. Reads a hundred of them with each call. */
export async function readLastInOrder(
  table: LedgerTable,
  asked: readonly InOrderAsked[],
): Promise<readonly LastInOrder[]> {
  if (asked.length === 0) return [];
  const scopes = [...groupBy(asked, scopeKey).values()].flatMap(([scope]) => scope ?? []);
  const items = await table.get([
    ...new Map(asked.map(({ id }) => [id, findingKey(id)])).values(),
    ...scopes.map(newestKey),
  ]);
  const rows = items.filter(({ pk }) => pk.startsWith('finding#')).map(toRow);
  const timelines = new Map(rows.map(({ id, history }) => [id, history.timeline]));
  const looks = doneLooksIn(items);
  return asked.flatMap(
    (one) => lastInOrder(one, timelines.get(one.id) ?? EMPTY_TIMELINE, looks.get(scopeKey(one))) ?? [],
  );
}

function policiesKey(scope: Scope): ItemKey {
  return { pk: `policies#${scopeKey(scope)}`, sk: 'policies' };
}
