/** The content of a finding's item in the ledger: its history, the mails about it, and its repairs. */

import { atLeast } from '../../audit/finding.ts';
import { byText, uniqueBy } from '../../collections.ts';
import type { Scope } from '../../inventory/inventory.ts';
import { type FindingUpdate, type LooksAround, withUpdate } from '../../ledger/finding-updates.ts';
import { type History, MAX_OUTCOMES, type NewestLooks, NO_HISTORY, toEntry } from '../../ledger/fold.ts';
import type { LedgerEntry, LedgerQuery, Sight } from '../../ledger/ledger.ts';
import { type StoredMails, storedMails } from '../../ledger/mails/noted-mails.ts';
import { isInSight, isListed, sightKey, sightOf } from '../../ledger/sight/in-sight.ts';
import { currentStateOf, wasOpenIn } from '../../ledger/timeline.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { ItemKey, TableItem } from './dynamodb-table.ts';

/** Resolved findings, runs and sent mails are kept for thirteen months: a year to audit, and a month to do it. */
export const HISTORY_MS: number = 400 * 86_400_000;
/** Findings are partitioned by the first digit of their ids. */
const SHARDS = [...'0123456789abcdef'];

/** All partitions that hold findings. */
export const FINDING_PARTITIONS: readonly string[] = SHARDS.map((shard) => `finding#${shard}`);

/**
 * Why a finding is listed: it is open or muted; it is resolved and still to be told; or it was resolved after the newest complete look at
 * its account, and is listed only until the next look.
 */
export type Listed = 'open' | 'to be told' | 'until the next look';

/** The body of a finding's item. */
interface Stored {
  /** Absent if it is not listed, and in items of older versions. */
  readonly listed?: Listed | undefined;
  readonly history: History;
  readonly notified: StoredMails;
  readonly outcomes: readonly { readonly at: string; readonly result: Outcome['result']; readonly reason: string }[];
}

/** A finding's item, parsed. */
export interface Row extends Stored {
  readonly id: string;
  readonly version: number;
}

/** The key of a finding's item. */
export function findingKey(id: string): ItemKey {
  return { pk: `finding#${id.charAt(0)}`, sk: id };
}

/** The partition of a part of the list of what is in sight. */
export function listPartition(sight: Sight): string {
  return `sight#${sightKey(sight)}`;
}

/** The row of a finding that is not in the table. */
export function newRow(id: string): Row {
  return { id, version: 0, history: NO_HISTORY, notified: {}, outcomes: [] };
}

/** Parses a finding's item. Throws SyntaxError if its body is not JSON. */
export function toRow({ sk, version, body }: TableItem): Row {
  return { id: sk, version, ...(JSON.parse(body) as Stored) };
}

/** What a change of a row writes. */
export interface RowWrite {
  readonly item: TableItem;
  /** Its item in the list, if that changes. */
  readonly listed?: TableItem | undefined;
  /** Its key in the list, if it is taken off. */
  readonly unlisted?: ItemKey | undefined;
}

/**
 * Replaces `before` with `after`; null if nothing changed. A resolved finding expires after `HISTORY_MS`. `newestLook` is the time of the
 * newest complete look at its account, in milliseconds since 1970.
 */
export function rowWrite(before: Row, after: Row, at: Date, newestLook: number | undefined): RowWrite | null {
  const entry = entryOf(after);
  const listed = entry === null ? undefined : listedAs(entry, newestLook);
  const body = bodyOf({ ...after, listed });
  if (body === bodyOf(before)) return null;
  const expiresAt =
    entry?.finding.status === 'open' || entry?.finding.status === 'muted'
      ? undefined
      : new Date(at.getTime() + HISTORY_MS);
  const item = { ...findingKey(after.id), version: before.version + 1, body, expiresAt };
  if (entry === null || listed === before.listed) return { item };
  const key = { pk: listPartition(sightOf(entry.finding)), sk: after.id };
  return listed === undefined
    ? { item, unlisted: key }
    : { item, listed: { ...key, version: 1, body: JSON.stringify(listed), expiresAt } };
}

function listedAs(entry: LedgerEntry, newestLook: number | undefined): Listed | undefined {
  if (entry.finding.status !== 'resolved') return 'open';
  if (isInSight(entry)) return 'to be told';
  return isListed(entry, newestLook) ? 'until the next look' : undefined;
}

/** True for a row in sight that an older version wrote. */
export function isToBeListed(row: Row): boolean {
  const entry = entryOf(row);
  return entry !== null && row.listed === undefined && isInSight(entry);
}

function bodyOf({ history, notified, outcomes, listed }: Stored): string {
  return JSON.stringify({ history, notified, outcomes, listed } satisfies Stored);
}

/**
 * The row after an update. An outcome names a resource and not a finding: it is kept only if the finding exists. `at` is the time
 * of the outcomes.
 */
export function withRowUpdate(row: Row, update: FindingUpdate, at: Date, looks?: LooksAround): Row {
  const history = withUpdate(row.history, update, looks);
  if (history.latest === undefined || update.outcomes.length === 0)
    return history === row.history ? row : { ...row, history };
  const added = update.outcomes.map((outcome) => {
    const { result, reason, at: answeredAt = at } = outcome;
    return { at: answeredAt.toISOString(), result, reason };
  });
  const outcomes = uniqueBy([...row.outcomes, ...added], (each) => JSON.stringify(each));
  return { ...row, history, outcomes: outcomes.toSorted(byText((each) => JSON.stringify(each))).slice(-MAX_OUTCOMES) };
}

/** The row as a ledger entry; null if it never had a finding or the query does not match. */
export function entryFor(row: Row, query: LedgerQuery, looks: NewestLooks): LedgerEntry | null {
  const { period } = query;
  if (period !== undefined && !wasOpenIn(row.history.timeline, period.since.getTime(), period.until.getTime()))
    return null;
  const entry = entryOf(row, looks);
  return entry === null || !matches(entry, query) ? null : entry;
}

function entryOf({ history, notified, outcomes }: Row, looks?: NewestLooks): LedgerEntry | null {
  if (history.latest === undefined) return null;
  const done = outcomes.map(({ at, ...outcome }) => ({ at: new Date(at), ...outcome }));
  return toEntry(history, { mails: storedMails(notified), outcomes: done }, looks);
}

/** The account and region of a finding's row; undefined if it never had a finding, or it is resolved. */
export function openScopeOf({ history: { latest, timeline } }: Row): Scope | undefined {
  if (latest === undefined || currentStateOf(timeline)?.state === 'resolved') return undefined;
  const { accountId, region } = latest.content;
  return { accountId, region };
}

function matches(entry: LedgerEntry, query: LedgerQuery): boolean {
  const { finding } = entry;
  return (
    (query.inSight === undefined || isInSight(entry)) &&
    (query.status?.includes(finding.status) ?? true) &&
    (query.accountIds?.includes(finding.accountId) ?? true) &&
    (query.regions?.includes(finding.region) ?? true) &&
    (query.rules?.includes(finding.rule) ?? true) &&
    (query.minSeverity === undefined || atLeast(finding.severity, query.minSeverity))
  );
}
