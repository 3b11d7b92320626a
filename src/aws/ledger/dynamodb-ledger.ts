/** The ledger on DynamoDB. Items have versions: a writer that loses a race reads again and retries, and no update is lost. */

import pLimit from 'p-limit';
import { groupBy, uniqueBy } from '../../collections.ts';
import type { FullLedger } from '../../ledger/change-log.ts';
import type { Claim } from '../../ledger/ledger.ts';
import { mailOf, withMail } from '../../ledger/mails/noted-mails.ts';
import type { Clients } from '../clients.ts';
import { keepCalls, readCalls } from './dynamodb-calls.ts';
import { entryReader } from './dynamodb-entries.ts';
import { floodLogOn } from './dynamodb-floods.ts';
import { keepPolicy, readLastInOrder, readPolicies } from './dynamodb-policies.ts';
import { isTooLarge, recordObservation, transactionOf } from './dynamodb-record.ts';
import { findingKey, HISTORY_MS, rowWrite, toRow } from './dynamodb-rows.ts';
import { lookPartition, runPartitions, toLookRuns, toRuns } from './dynamodb-runs.ts';
import { dynamoDbTable, type ItemKey, type Lease, type LedgerTable } from './dynamodb-table.ts';
import { freshnessLogOn } from './freshness/spoken-items.ts';
import { launchLogOn } from './launches/intended-launches.ts';
import { retried } from './retried.ts';

/** Longer than any queue, or CloudTrail, redelivers. */
const CLAIM_MS = 60 * 86_400_000;
const PARALLEL = 8;
/** An alert takes up to three of the 100 items of a transaction: its finding, that finding's place in the list, and its claim. */
const PER_TRANSACTION = 25;

/**
 * The ledger in a table with the keys `pk` and `sk` and the time-to-live attribute `expiresAt`. An observation is written in
 * transactions of 25 findings. If it is interrupted, the redelivery writes the rest and changes nothing that was written before.
 */
export function dynamoDbLedger(
  clients: Clients,
  where: { readonly table: string; readonly region: string },
): FullLedger {
  return ledgerOn(dynamoDbTable(clients, where.table, where.region));
}

/** A ledger on any such table. */
export function ledgerOn(table: LedgerTable): FullLedger {
  const limit = pLimit(PARALLEL);
  return {
    record: (observation) => recordObservation(table, observation),
    entries: entryReader(table),

    async runs({ since, until, looksAt }) {
      const between = [since.toISOString(), until.toISOString()] as const;
      if (looksAt !== undefined)
        return toLookRuns(await table.query(lookPartition(looksAt), between, { newest: looksAt.count }));
      const months = runPartitions(since, until).map((each) => limit(() => table.query(each, between)));
      return toRuns((await Promise.all(months)).flat());
    },

    async claim(claims, { now, leaseSeconds, owner }) {
      const until = new Date(now.getTime() + leaseSeconds * 1000);
      const taken = await Promise.all(
        claims.map((claim) => limit(() => table.take(leaseOf(claim, owner, until), now))),
      );
      return claims.filter((_, index) => taken[index]);
    },

    async settle(claims, { now, owner, how }) {
      if (how === 'released')
        await Promise.all(claims.map((claim) => limit(() => table.giveBack(claimKey(claim), owner))));
      else for (const batch of batchesOf(distinct(claims))) await settleDone(table, batch, now, owner);
    },

    keep: (calls, now) => keepCalls(table, calls, now),
    about: (scope, resourceIds) => readCalls(table, scope, resourceIds),
    keepPolicy: (scope, policy, at) => keepPolicy(table, scope, policy, at),
    policies: (scope) => readPolicies(table, scope),
    lastInOrder: (findingIds) => readLastInOrder(table, findingIds),
    ...floodLogOn(table),
    ...launchLogOn(table),
    ...freshnessLogOn(table),
  };
}

/**
 * Marks claims as done. Alerts are noted in the entries of their findings, and their claims freed, in one transaction. The claim of an
 * alert is freed even if another run has it by now: that run then meets the note. If the program dies between the mail and this call,
 * the mail is sent twice, so the fewer calls the better: only what is too large for one transaction is settled in halves.
 */
async function settleDone(table: LedgerTable, claims: readonly Claim[], now: Date, owner: string): Promise<void> {
  const alerts = claims.filter(({ kind }) => kind === 'alert');
  const others = claims.filter(({ kind }) => kind !== 'alert');
  const settled = others.map((claim) => leaseOf(claim, owner, now, claim.kind === 'digest' ? HISTORY_MS : CLAIM_MS));
  const mails = groupBy(
    alerts.flatMap((claim) => mailOf(claim, now) ?? []),
    ({ findingId }) => findingId,
  );
  const isSettled = await retried(async () => {
    const writes = (await table.get([...mails.keys()].map(findingKey))).flatMap((item) => {
      const row = toRow(item);
      const notified = (mails.get(row.id) ?? []).reduce(withMail, row.notified);
      return rowWrite(row, { ...row, notified }, now, undefined) ?? [];
    });
    const { items, set, deleted } = transactionOf(writes);
    if (isTooLarge(items) && claims.length > 1) return false;
    return (await table.putAll(items, { set, settled, deleted: [...deleted, ...alerts.map(claimKey)] })) || null;
  });
  if (isSettled) return;
  const half = Math.ceil(claims.length / 2);
  await settleDone(table, claims.slice(0, half), now, owner);
  await settleDone(table, claims.slice(half), now, owner);
}

/** A transaction may touch an item only once. */
function distinct(claims: readonly Claim[]): readonly Claim[] {
  return uniqueBy(claims, (claim) => claimKey(claim).pk);
}

/** The items of each transaction. */
function batchesOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / PER_TRANSACTION);
  return Array.from({ length: count }, (_, at) => items.slice(at * PER_TRANSACTION, (at + 1) * PER_TRANSACTION));
}

function claimKey({ kind, key }: Claim): ItemKey {
  return { pk: `claim#${kind}#${key}`, sk: 'claim' };
}

function leaseOf(claim: Claim, owner: string, until: Date, keptMs: number = CLAIM_MS): Lease {
  return { ...claimKey(claim), owner, until, expiresAt: new Date(until.getTime() + keptMs) };
}
