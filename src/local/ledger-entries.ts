/** Reads findings from the local ledger's file: a query becomes SQL, a row becomes an entry. */

import type { Database } from 'libsql';
import { byUrgency, SEVERITIES } from '../audit/finding.ts';
import { type ActionsTaken, type History, MAX_OUTCOMES, toEntry } from '../ledger/fold.ts';
import type { LedgerEntry, LedgerQuery, NotedStage, Sight } from '../ledger/ledger.ts';
import { isInSight } from '../ledger/sight/in-sight.ts';
import { wasOpenIn } from '../ledger/timeline.ts';
import { newestLooks } from './sight/complete-looks.ts';
import { listedCondition } from './sight/listed.ts';

interface EntryRow {
  readonly history: string;
  readonly generation: number;
  readonly mails: string;
  readonly outcomes: string | null;
}

/** A query, or one for everything that is listed, also what is not in sight any more. */
type EntryQuery = LedgerQuery & { readonly listed?: Sight | undefined };

/** The entries that match a query, most urgent first. */
export function readEntries(db: Database, query: EntryQuery): readonly LedgerEntry[] {
  const { where, values } = conditionsOf(query);
  const looks = newestLooks(db);
  const rows = db.prepare(
    `SELECT history, generation,
       (SELECT json_group_array(json_array(stage, at, told_of, mail.generation)) FROM mail
         WHERE finding_id = finding.id) AS mails,
       (SELECT json_group_array(json_array(at, result, reason)) FROM
         (SELECT at, result, reason FROM outcome WHERE finding_id = finding.id ORDER BY at DESC, result DESC, reason DESC
           LIMIT ${MAX_OUTCOMES})) AS outcomes
     FROM finding WHERE ${where}`,
  );
  const found: LedgerEntry[] = [];
  for (const row of rows.iterate(...values) as Iterable<EntryRow>) {
    const history: History = JSON.parse(row.history);
    const { period } = query;
    // The columns hold the first opening and the last resolution. A reopened finding may have been resolved all through the period.
    if (
      period !== undefined &&
      row.generation > 1 &&
      !wasOpenIn(history.timeline, period.since.getTime(), period.until.getTime())
    ) {
      continue;
    }
    const entry = toEntry(history, actionsOf(row), looks);
    if (entry !== null && (query.inSight === undefined || isInSight(entry))) found.push(entry);
  }
  return found.toSorted((a, b) => byUrgency(a.finding, b.finding));
}

function actionsOf({ mails, outcomes }: EntryRow): ActionsTaken {
  const sent = JSON.parse(mails) as [NotedStage, number, number, number | null][];
  const repairs = JSON.parse(outcomes ?? '[]') as [number, LedgerEntry['outcomes'][number]['result'], string][];
  return {
    mails: sent.map(([stage, at, of, generation]) => ({
      stage,
      at: new Date(at),
      of: new Date(of),
      generation: generation ?? undefined,
    })),
    outcomes: repairs.map(([at, result, reason]) => ({ at: new Date(at), result, reason })).toReversed(),
  };
}

/** The SQL condition of a query. A list of any length is one JSON parameter. */
function conditionsOf(query: EntryQuery): { readonly where: string; readonly values: readonly (string | number)[] } {
  const conditions = ['status IS NOT NULL'];
  const values: (string | number)[] = [];
  const lists = [
    ['id', query.ids],
    ['status', query.status],
    ['account_id', query.accountIds],
    ['region', query.regions],
    ['rule', query.rules],
  ] as const;
  for (const [column, list] of lists) {
    if (list === undefined) continue;
    conditions.push(`${column} IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(list));
  }
  const sight = query.inSight ?? query.listed;
  if (sight !== undefined) {
    const listed = listedCondition(sight);
    conditions.push(listed.where);
    values.push(...listed.values);
  }
  if (query.minSeverity !== undefined) {
    conditions.push('severity >= ?');
    values.push(SEVERITIES.indexOf(query.minSeverity));
  }
  if (query.period !== undefined) {
    conditions.push('first_opened < ?', '(resolved_at IS NULL OR resolved_at >= ?)');
    values.push(query.period.until.getTime(), query.period.since.getTime());
  }
  return { where: conditions.join(' AND '), values };
}
