/** The ledger of the local world: one SQLite file that several processes may use at once. */

import { createHash } from 'node:crypto';
import Database from 'libsql';
import { byUrgency, type Finding, type Judgement, SEVERITIES } from '../audit/finding.ts';
import { messageOf, PipelineError } from '../errors.ts';
import {
  changeBetween,
  findingsOfOutcome,
  type History,
  MAX_OUTCOMES,
  NO_HISTORY,
  toEntry,
  withFinding,
  withJudgement,
} from '../ledger/fold.ts';
import type {
  Changes,
  Claim,
  Ledger,
  LedgerEntry,
  LedgerQuery,
  LedgerRun,
  Observation,
  Period,
} from '../ledger/ledger.ts';
import { currentStateOf, wasOpenIn } from '../ledger/timeline.ts';
import { inTransaction, prepareFile } from './ledger-schema.ts';

/**
 * Opens a ledger file, made when it is missing; `:memory:` for one that lasts as long as the process. Several processes may
 * write at once: each observation and each claim is one transaction. A process that is killed within one leaves nothing of it.
 *
 * Throws PipelineError `ledger-failed` when the file is no ledger, is of a newer version, or stays locked for half a minute; so
 * do all methods.
 */
export function openSqliteLedger(path: string): Ledger & { close(): void } {
  const db = guarded(path, 'opening', () => {
    const opened = new Database(path);
    try {
      prepareFile(opened, path);
    } catch (error) {
      opened.close();
      throw error;
    }
    return opened;
  });
  const within = async <T>(operation: string, work: () => T): Promise<T> => guarded(path, operation, work);
  return {
    record: (observation) => within('recording', () => inTransaction(db, () => record(db, observation))),
    entries: (query) => within('reading', () => entries(db, query)),
    runs: (period) => within('reading', () => runs(db, period)),
    claim: (claims, now, leaseSeconds) =>
      within('claiming', () => inTransaction(db, () => claimFree(db, claims, now, leaseSeconds))),
    settle: (claims, now, how) => within('settling', () => inTransaction(db, () => settle(db, claims, now, how))),
    close: () => {
      db.close();
    },
  };
}

function guarded<T>(path: string, operation: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause;
    const retryable = cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_BUSY';
    // SQLite's own code 14 (CANTOPEN) comes without words.
    const why = /: 14"\)$/.test(messageOf(cause))
      ? 'the file cannot be opened; is its folder there and writable?'
      : messageOf(cause);
    const message = `${path}: ${operation} the ledger failed: ${why}`;
    throw new PipelineError('ledger-failed', message, { cause, path, retryable });
  }
}

function record(
  db: Database.Database,
  { at, times, findings, judgements, outcomes, coverage = [], inputs = [] }: Observation,
): Changes {
  const told = new Map<string, { of: Finding | Judgement; before: string | null; start: History; history: History }>();
  const read = db.prepare('SELECT history FROM finding WHERE id = ?');
  const known = (of: Finding | Judgement) => {
    const already = told.get(of.id);
    if (already !== undefined) return already;
    const before = (read.get(of.id) as { history: string } | undefined)?.history ?? null;
    const start: History = before === null ? NO_HISTORY : JSON.parse(before);
    const fresh = { of, before, start, history: start };
    told.set(of.id, fresh);
    return fresh;
  };
  for (const finding of findings) {
    const row = known(finding);
    row.history = withFinding(row.history, finding, times?.get(finding.id) ?? at);
  }
  for (const judgement of judgements) {
    if (judgement.result === 'unknown') continue;
    const row = known(judgement);
    row.history = withJudgement(row.history, judgement, times?.get(judgement.id) ?? at);
  }

  const changes = {
    opened: [] as string[],
    reopened: [] as string[],
    resolved: [] as string[],
    unchanged: [] as string[],
  };
  const write = db.prepare(
    `INSERT INTO finding (id, account_id, region, rule, severity, status, first_opened, resolved_at, generation, history)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, status = excluded.status,
       first_opened = excluded.first_opened, resolved_at = excluded.resolved_at, generation = excluded.generation,
       history = excluded.history`,
  );
  for (const [id, { of, before, start, history }] of told) {
    const text = JSON.stringify(history);
    const entry = toEntry(history, { notified: {}, outcomes: [] });
    const change = changeBetween(currentStateOf(start.timeline), currentStateOf(history.timeline));
    if (change !== null) changes[change].push(id);
    if (text === before) continue;
    const { finding, resolvedAt = null, generation = 0 } = entry ?? {};
    write.run(
      id,
      of.accountId,
      of.region,
      of.rule,
      finding === undefined ? null : SEVERITIES.indexOf(finding.severity),
      finding?.status ?? null,
      entry === null ? null : (currentStateOf(history.timeline)?.firstOpenedAt ?? entry.openedAt.getTime()),
      resolvedAt?.getTime() ?? null,
      generation,
      text,
    );
  }
  recordOutcomes(db, outcomes, at);
  recordRun(db, { at, coverage, inputs });
  return changes;
}

function recordOutcomes(db: Database.Database, outcomes: Observation['outcomes'], at: Date): void {
  const add = db.prepare('INSERT OR IGNORE INTO outcome (finding_id, at, result, reason) VALUES (?, ?, ?, ?)');
  for (const outcome of outcomes) {
    for (const id of findingsOfOutcome(outcome)) add.run(id, at.getTime(), outcome.result, outcome.reason);
  }
}

/** A run is known by its time and content, so that recording it again adds nothing. */
function recordRun(db: Database.Database, { at, coverage, inputs }: LedgerRun): void {
  if (coverage.length === 0 && inputs.length === 0) return;
  const told = [JSON.stringify(coverage), JSON.stringify(inputs)] as const;
  const digest = createHash('sha256').update(told.join('\n')).digest('hex');
  const add = db.prepare('INSERT OR IGNORE INTO run (at, digest, coverage, inputs) VALUES (?, ?, ?, ?)');
  add.run(at.getTime(), digest, ...told);
}

interface EntryRow {
  readonly history: string;
  readonly generation: number;
  readonly notified: string | null;
  readonly outcomes: string | null;
}

function entries(db: Database.Database, query: LedgerQuery): readonly LedgerEntry[] {
  const { where, values } = conditionsOf(query);
  const rows = db.prepare(
    `SELECT history, generation,
       (SELECT json_group_object(substr(key, length(finding.id || ':' || generation) + 2), at) FROM claim
         WHERE kind = 'alert' AND done = 1
           AND key > finding.id || ':' || generation || ':' AND key < finding.id || ':' || generation || ';') AS notified,
       (SELECT json_group_array(json_array(at, result, reason)) FROM
         (SELECT at, result, reason FROM outcome WHERE finding_id = finding.id ORDER BY at DESC, result DESC, reason DESC
           LIMIT ${MAX_OUTCOMES})) AS outcomes
     FROM finding WHERE ${where}`,
  );
  const found: LedgerEntry[] = [];
  for (const row of rows.iterate(...values) as Iterable<EntryRow>) {
    const history: History = JSON.parse(row.history);
    const { period } = query;
    // The columns know the first opening and the last resolution; what came back may have been in order for all of the period.
    if (
      period !== undefined &&
      row.generation > 1 &&
      !wasOpenIn(history.timeline, period.since.getTime(), period.until.getTime())
    ) {
      continue;
    }
    const entry = toEntry(history, followUpOf(row));
    if (entry !== null) found.push(entry);
  }
  return found.toSorted((a, b) => byUrgency(a.finding, b.finding));
}

function followUpOf({ notified, outcomes }: EntryRow): Pick<LedgerEntry, 'notified' | 'outcomes'> {
  const stages = Object.entries(JSON.parse(notified ?? '{}') as Record<string, number>);
  const done = JSON.parse(outcomes ?? '[]') as [number, LedgerEntry['outcomes'][number]['result'], string][];
  return {
    notified: Object.fromEntries(stages.map(([stage, at]) => [stage, new Date(at)])),
    outcomes: done.map(([at, result, reason]) => ({ at: new Date(at), result, reason })).toReversed(),
  };
}

/** The condition of a query; lists go in as one JSON value each, whatever their length. */
function conditionsOf(query: LedgerQuery): { readonly where: string; readonly values: readonly (string | number)[] } {
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
  if (query.minSeverity !== undefined) {
    conditions.push('severity >= ?');
    values.push(SEVERITIES.indexOf(query.minSeverity));
  }
  if (query.period !== undefined) {
    conditions.push('first_opened < ?', '(resolved_at IS NULL OR resolved_at > ?)');
    values.push(query.period.until.getTime(), query.period.since.getTime());
  }
  return { where: conditions.join(' AND '), values };
}

function runs(db: Database.Database, { since, until }: Period): readonly LedgerRun[] {
  const rows = db
    .prepare('SELECT at, coverage, inputs FROM run WHERE at >= ? AND at < ? ORDER BY at, digest')
    .all(since.getTime(), until.getTime()) as { at: number; coverage: string; inputs: string }[];
  return rows.map(({ at, coverage, inputs }) => ({
    at: new Date(at),
    coverage: JSON.parse(coverage),
    inputs: JSON.parse(inputs),
  }));
}

function claimFree(db: Database.Database, claims: readonly Claim[], now: Date, leaseSeconds: number): readonly Claim[] {
  // `at` of a claim that is not done is when its lease ends.
  const take = db.prepare(
    `INSERT INTO claim (kind, key, done, at) VALUES (?, ?, 0, ?)
     ON CONFLICT (kind, key) DO UPDATE SET at = excluded.at WHERE done = 0 AND at <= ?`,
  );
  const leaseEnds = now.getTime() + leaseSeconds * 1000;
  return claims.filter(({ kind, key }) => take.run(kind, key, leaseEnds, now.getTime()).changes === 1);
}

function settle(db: Database.Database, claims: readonly Claim[], now: Date, how: 'done' | 'released'): void {
  const finish = db.prepare(
    `INSERT INTO claim (kind, key, done, at) VALUES (?, ?, 1, ?)
     ON CONFLICT (kind, key) DO UPDATE SET done = 1, at = excluded.at WHERE done = 0`,
  );
  const release = db.prepare('DELETE FROM claim WHERE kind = ? AND key = ? AND done = 0');
  for (const { kind, key } of claims) {
    if (how === 'done') finish.run(kind, key, now.getTime());
    else release.run(kind, key);
  }
}
