/** Computes a report's figures with plain SQL on the ledger's file, without any of the report's code. */

import Database from 'libsql';
import type { Summary } from '../../src/report/summary.ts';

/** The figures that the report and the SQL both compute. */
export type Figures = Pick<
  Summary,
  | 'open'
  | 'resolved'
  | 'muted'
  | 'total'
  | 'openBySeverity'
  | 'opened'
  | 'remediated'
  | 'meanTimeToRemediateSeconds'
  | 'owners'
  | 'accounts'
  | 'vpcs'
> & { readonly tagged: unknown; readonly mirrored: unknown; readonly openAtTheEnd: unknown };

/** The figures of a summary that the SQL computes too. */
export function figuresOf(summary: Summary): Figures {
  const { open, resolved, muted, total, openBySeverity, opened, remediated, meanTimeToRemediateSeconds } = summary;
  const { owners, accounts, vpcs, coverage, trend } = summary;
  const ofRun = (point: (typeof coverage.tags)[number] | undefined): unknown =>
    point && { checked: point.checked, passed: point.passed };
  return {
    ...{ open, resolved, muted, total, openBySeverity, opened, remediated, meanTimeToRemediateSeconds },
    ...{ owners, accounts, vpcs },
    tagged: ofRun(coverage.tags.at(-1)),
    mirrored: ofRun(coverage.mirroring.at(-1)),
    openAtTheEnd: trend.at(-1)?.open,
  };
}

/** Every change of a finding's state, with the state before and the time it was last opened. Repeated states count once. */
const CHANGES = `
  WITH fact AS (
    SELECT finding.id, json_extract(value, '$.at') AS at, json_extract(value, '$.state') AS state
      FROM finding, json_each(finding.history, '$.timeline.facts') WHERE status IS NOT NULL),
  change AS (SELECT *, lag(state, 1, 'none') OVER (PARTITION BY id ORDER BY at) AS before FROM fact),
  opening AS (SELECT id, at FROM change WHERE state = 'open' AND before <> 'open'),
  remedy AS (
    SELECT id, at, (SELECT max(opening.at) FROM opening WHERE opening.id = change.id AND opening.at < change.at) AS since
      FROM change WHERE state = 'resolved' AND before = 'open')`;
const SEVERITY = ['low', 'medium', 'high', 'critical'] as const;
const BY_SEVERITY = SEVERITY.map((name, n) => `sum(severity = ${n}) AS ${name}`).join(', ');

/** Counts directly in the ledger's file. Rounds the mean to whole seconds, as the report does. */
export function figuresBySql(path: string, since: Date, until: Date): Figures {
  const db = new Database(path, { readonly: true });
  const one = (sql: string, ...values: number[]): Record<string, number | null> =>
    (db.prepare(sql).all(...values) as Record<string, number | null>[])[0] ?? {};
  const [from, to] = [since.getTime(), until.getTime()];
  const inPeriod = 'status IS NOT NULL AND first_opened < ? AND (resolved_at IS NULL OR resolved_at > ?)';
  const mostAffected = (name: string): Figures['owners'] => {
    const rows = db
      .prepare(
        `SELECT ${name} AS name, count(*) AS open, ${BY_SEVERITY} FROM finding WHERE status = 'open'
         GROUP BY 1 ORDER BY critical DESC, high DESC, medium DESC, low DESC, name LIMIT 10`,
      )
      .all() as { name: string; open: number; low: number; medium: number; high: number; critical: number }[];
    return rows.map(({ name: of, open, low, medium, high, critical }) => ({
      ...{ name: of, open, bySeverity: { low, medium, high, critical } },
    }));
  };
  const coverage = (rule: string): unknown => {
    const sums = `sum(json_extract(value, '$.checked')) AS checked, sum(json_extract(value, '$.passed')) AS passed`;
    const newest = `(SELECT max(at) FROM run WHERE at < ${to} AND coverage <> '[]')`;
    const row = one(
      `SELECT ${sums} FROM run, json_each(run.coverage)
       WHERE run.at = ${newest} AND json_extract(value, '$.rule') = '${rule}'`,
    );
    return { checked: row.checked, passed: row.passed };
  };
  try {
    const status = one(
      `SELECT sum(status = 'open') AS open, sum(status = 'resolved') AS resolved, sum(status = 'muted') AS muted,
         count(*) AS total FROM finding WHERE ${inPeriod}`,
      to,
      from,
    );
    const opened = one(`${CHANGES} SELECT count(*) AS n FROM opening WHERE at >= ? AND at < ?`, from, to).n;
    const repaired = one(
      `${CHANGES} SELECT count(*) AS n, avg(at - since) AS mean FROM remedy WHERE at >= ? AND at < ?`,
      from,
      to,
    );
    const left = one(
      `${CHANGES} SELECT count(*) AS n FROM change a WHERE state = 'open'
         AND at = (SELECT max(at) FROM change b WHERE b.id = a.id AND b.at < ?)`,
      to,
    ).n;
    return {
      ...{ open: Number(status.open), resolved: Number(status.resolved), muted: Number(status.muted) },
      total: Number(status.total),
      openBySeverity: one(`SELECT ${BY_SEVERITY} FROM finding WHERE status = 'open'`) as Figures['openBySeverity'],
      ...{ opened: Number(opened), remediated: Number(repaired.n) },
      meanTimeToRemediateSeconds: repaired.mean == null ? null : Math.round(repaired.mean / 1000),
      owners: mostAffected(`json_extract(history, '$.latest.content.owner')`),
      accounts: mostAffected('account_id'),
      vpcs: mostAffected(`json_extract(history, '$.latest.content.detail.vpcId')`),
      ...{ tagged: coverage('instance-untagged'), mirrored: coverage('instance-unmirrored'), openAtTheEnd: left },
    };
  } finally {
    db.close();
  }
}
