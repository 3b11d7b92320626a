/** The ledger on DynamoDB: histories folded under versions, so that writers who meet fold again instead of losing anything. */

import pLimit from 'p-limit';
import { byUrgency } from '../../audit/finding.ts';
import { PipelineError } from '../../errors.ts';
import { alertKey, changeBetween } from '../../ledger/fold.ts';
import type { Claim, Ledger, Observation } from '../../ledger/ledger.ts';
import { currentStateOf } from '../../ledger/timeline.ts';
import type { Clients } from '../clients.ts';
import {
  entryFor,
  FINDING_PARTITIONS,
  type FindingUpdate,
  findingKey,
  folded,
  HISTORY_MS,
  itemAfter,
  newRow,
  runItems,
  runPartitions,
  toRow,
  toRuns,
  updatesOf,
} from './dynamodb-rows.ts';
import { dynamoDbTable, type ItemKey, type Lease, type LedgerTable } from './dynamodb-table.ts';

/** Longer than a queue, or CloudTrail itself, delivers anything again. */
const CLAIM_MS = 60 * 86_400_000;
/** How often a fold is tried again after someone else wrote first. */
const ATTEMPTS = 10;
const PARALLEL = 8;
/** Keeps a transaction under DynamoDB's 4 MB, were every entry as large as one may be. */
const PER_TRANSACTION = 25;

/**
 * The ledger in a table with the keys `pk` and `sk` and the time-to-live attribute `expiresAt`. An observation is written 25
 * findings at a time, each part whole or not at all; one that was cut off is folded again with its redelivery, which changes
 * nothing of what was written before.
 */
export function dynamoDbLedger(clients: Clients, where: { readonly table: string; readonly region: string }): Ledger {
  return ledgerOn(dynamoDbTable(clients, where.table, where.region));
}

/** A ledger that is kept in such a table, wherever that is. */
export function ledgerOn(table: LedgerTable): Ledger {
  const limit = pLimit(PARALLEL);
  return {
    async record(observation) {
      const changes: Change[] = [];
      for (const part of parts([...updatesOf(observation)]))
        changes.push(...(await foldPart(table, part, observation)));
      await Promise.all(runItems(observation).map((item) => limit(() => table.put(item))));
      const of = (kind: Change['kind']): readonly string[] =>
        changes.filter((change) => change.kind === kind).map(({ id }) => id);
      return {
        opened: of('opened'),
        reopened: of('reopened'),
        resolved: of('resolved'),
        unchanged: of('unchanged'),
      };
    },

    async entries(query) {
      const items =
        query.ids === undefined
          ? (await Promise.all(FINDING_PARTITIONS.map((each) => limit(() => table.query(each))))).flat()
          : await table.get([...new Set(query.ids)].map(findingKey));
      return items
        .flatMap((item) => entryFor(toRow(item), query) ?? [])
        .toSorted((a, b) => byUrgency(a.finding, b.finding));
    },

    async runs({ since, until }) {
      const between = [since.toISOString(), until.toISOString()] as const;
      const months = runPartitions(since, until).map((each) => limit(() => table.query(each, between)));
      return toRuns((await Promise.all(months)).flat());
    },

    async claim(claims, now, leaseSeconds) {
      const until = new Date(now.getTime() + leaseSeconds * 1000);
      const taken = await Promise.all(claims.map((claim) => limit(() => table.take(leaseOf(claim, until), now))));
      return claims.filter((_, index) => taken[index]);
    },

    async settle(claims, now, how) {
      if (how === 'released') await Promise.all(claims.map((claim) => limit(() => table.giveBack(claimKey(claim)))));
      else for (const part of parts(distinct(claims))) await settleDone(table, part, now);
    },
  };
}

interface Change {
  readonly id: string;
  readonly kind: 'opened' | 'reopened' | 'resolved' | 'unchanged';
}

function foldPart(
  table: LedgerTable,
  part: readonly (readonly [string, FindingUpdate])[],
  { at, times }: Pick<Observation, 'at' | 'times'>,
): Promise<readonly Change[]> {
  return repeated(async () => {
    const items = await table.get(part.map(([id]) => findingKey(id)));
    const rows = new Map(items.map((item) => [item.sk, toRow(item)]));
    const steps = part.map(([id, told]) => {
      const before = rows.get(id) ?? newRow(id);
      return { id, told, before, after: folded(before, told, times?.get(id) ?? at) };
    });
    const writes = steps.flatMap(({ before, after }) => itemAfter(before, after, at) ?? []);
    if (!(await table.putAll(writes))) return null;
    return steps.flatMap(({ id, told, before, after }) => {
      const kind = changeBetween(currentStateOf(before.history.timeline), currentStateOf(after.history.timeline));
      // Of a finding that only an outcome may belong to, the observation itself said nothing.
      const observed = told.findings.length + told.judgements.length > 0;
      return kind !== null && observed ? [{ id, kind }] : [];
    });
  });
}

/**
 * Marks claims as done; alerts also in the entries that they are about, in the same transaction: what was mailed and is not yet
 * marked when the program dies is mailed again, so that few calls matter here.
 */
async function settleDone(table: LedgerTable, claims: readonly Claim[], now: Date): Promise<void> {
  const leases = claims.map((claim) =>
    leaseOf(claim, now, claim.kind === 'alert' || claim.kind === 'digest' ? HISTORY_MS : CLAIM_MS),
  );
  const alerts = claims.flatMap((claim) => (claim.kind === 'alert' ? (alertKey(claim.key) ?? []) : []));
  const ids = [...new Set(alerts.map(({ findingId }) => findingId))];
  await repeated(async () => {
    const writes = (await table.get(ids.map(findingKey))).flatMap((item) => {
      const row = toRow(item);
      const names = alerts
        .filter(({ findingId }) => findingId === row.id)
        .map((each) => `${each.generation}:${each.stage}`);
      const notified = { ...Object.fromEntries(names.map((name) => [name, now.toISOString()])), ...row.notified };
      return itemAfter(row, { ...row, notified }, now) ?? [];
    });
    return (await table.putAll(writes, leases)) || null;
  });
}

/** A transaction may touch an item once. */
function distinct(claims: readonly Claim[]): readonly Claim[] {
  return [...new Map(claims.map((claim) => [claimKey(claim).pk, claim])).values()];
}

/** What goes into a transaction each. */
function parts<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / PER_TRANSACTION);
  return Array.from({ length: count }, (_, at) => items.slice(at * PER_TRANSACTION, (at + 1) * PER_TRANSACTION));
}

/** Tries until `attempt` has an answer, with growing pauses. */
async function repeated<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (let tried = 0; tried < ATTEMPTS; tried += 1) {
    const answer = await attempt();
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** tried));
  }
  throw new PipelineError('ledger-failed', `the ledger: others wrote first ${ATTEMPTS} times in a row`, {
    retryable: true,
  });
}

function claimKey({ kind, key }: Claim): ItemKey {
  return { pk: `claim#${kind}#${key}`, sk: 'claim' };
}

function leaseOf(claim: Claim, until: Date, keptMs: number = CLAIM_MS): Lease {
  return { ...claimKey(claim), until, expiresAt: new Date(until.getTime() + keptMs) };
}
