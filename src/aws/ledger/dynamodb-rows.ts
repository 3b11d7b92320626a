/** The content of a finding's item in the ledger: its history, the mails about it, and its repairs. */

import { atLeast } from '../../audit/finding.ts';
import { byText, uniqueBy } from '../../collections.ts';
import { type FindingUpdate, withUpdate } from '../../ledger/finding-updates.ts';
import { type History, MAX_OUTCOMES, NO_HISTORY, toEntry } from '../../ledger/fold.ts';
import type { LedgerEntry, LedgerQuery } from '../../ledger/ledger.ts';
import { type StoredMails, storedMails } from '../../ledger/mails/noted-mails.ts';
import { currentStateOf, wasOpenIn } from '../../ledger/timeline.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { ItemKey, TableItem } from './dynamodb-table.ts';

/** Resolved findings, runs and sent mails are kept for thirteen months: a year to audit, and a month to do it. */
export const HISTORY_MS: number = 400 * 86_400_000;
/** Findings are partitioned by the first digit of their ids. */
const SHARDS = [...'0123456789abcdef'];

/** All partitions that hold findings. */
export const FINDING_PARTITIONS: readonly string[] = SHARDS.map((shard) => `finding#${shard}`);

/** The body of a finding's item. */
interface Stored {
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

/** The row of a finding that is not in the table. */
export function newRow(id: string): Row {
  return { id, version: 0, history: NO_HISTORY, notified: {}, outcomes: [] };
}

/** Parses a finding's item. Throws SyntaxError if its body is not JSON. */
export function toRow({ sk, version, body }: TableItem): Row {
  return { id: sk, version, ...(JSON.parse(body) as Stored) };
}

/** The item that replaces `before` with `after`; null if nothing changed. A resolved finding expires after `HISTORY_MS`. */
export function itemAfter(before: Row, after: Row, at: Date): TableItem | null {
  const body = bodyOf(after);
  if (body === bodyOf(before)) return null;
  const resolved = currentStateOf(after.history.timeline)?.state === 'resolved';
  const expiry = resolved ? { expiresAt: new Date(at.getTime() + HISTORY_MS) } : {};
  return { ...findingKey(after.id), version: before.version + 1, body, ...expiry };
}

function bodyOf({ history, notified, outcomes }: Stored): string {
  return JSON.stringify({ history, notified, outcomes } satisfies Stored);
}

/**
 * The row after an update. An outcome names a resource and not a finding: it is kept only if the finding exists. `at` is the time
 * of the outcomes.
 */
export function withRowUpdate(row: Row, update: FindingUpdate, at: Date): Row {
  const history = withUpdate(row.history, update);
  if (history.latest === undefined) return { ...row, history };
  const added = update.outcomes.map((outcome) => {
    const { result, reason, at: answeredAt = at } = outcome;
    return { at: answeredAt.toISOString(), result, reason };
  });
  const outcomes = uniqueBy([...row.outcomes, ...added], (each) => JSON.stringify(each));
  return { ...row, history, outcomes: outcomes.toSorted(byText((each) => JSON.stringify(each))).slice(-MAX_OUTCOMES) };
}

/** The row as a ledger entry; null if it never had a finding or the query does not match. */
export function entryFor({ history, notified, outcomes }: Row, query: LedgerQuery): LedgerEntry | null {
  const { period } = query;
  if (period !== undefined && !wasOpenIn(history.timeline, period.since.getTime(), period.until.getTime())) return null;
  const done = outcomes.map(({ at, ...outcome }) => ({ at: new Date(at), ...outcome }));
  const entry = toEntry(history, { mails: storedMails(notified), outcomes: done });
  return entry === null || !matches(entry, query) ? null : entry;
}

function matches({ finding }: LedgerEntry, query: LedgerQuery): boolean {
  return (
    (query.ids?.includes(finding.id) ?? true) &&
    (query.status?.includes(finding.status) ?? true) &&
    (query.accountIds?.includes(finding.accountId) ?? true) &&
    (query.regions?.includes(finding.region) ?? true) &&
    (query.rules?.includes(finding.rule) ?? true) &&
    (query.minSeverity === undefined || atLeast(finding.severity, query.minSeverity))
  );
}
