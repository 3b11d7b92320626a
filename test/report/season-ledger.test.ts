import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/local/sqlite-ledger.ts';
import { type LedgerReportOptions, reportFromLedger } from '../../src/pipeline/report-source.ts';
import type { Report } from '../../src/report/report.ts';
import { NOW } from '../support/findings.ts';
import { recordSeason } from '../support/season-ledger.ts';
import { figuresBySql, figuresOf } from '../support/season-sql.ts';

const DAY_MS = 86_400_000;
const ago = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);

let folder = '';
let ledger: Ledger & { close(): void };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mirrorwatch-season-'));
  ledger = openSqliteLedger(join(folder, 'season.sqlite'));
  await recordSeason(ledger, 2000, 300);
});
afterAll(async () => {
  ledger.close();
  await rm(folder, { recursive: true });
});

function report(since: Date, until: Date, more: Partial<LedgerReportOptions> = {}): Promise<Report> {
  const config = parseConfig('{}', 'config.json');
  return reportFromLedger(ledger, config, { period: { since, until }, now: NOW, toolVersion: '0.1.0', ...more });
}

describe('the summary of a season in a ledger', () => {
  it.each([
    ['of the season', 91, 0],
    ['of its last month', 30, 0],
    ['of its last week', 7, 0],
  ])('agrees with SQL over the file: the report %s', async (_, from, to) => {
    const [since, until] = [ago(from), ago(to)];
    const { summary } = await report(since, until);
    expect(summary.open).toBeGreaterThan(100);
    expect(summary.remediated).toBeGreaterThan(50);
    expect(figuresOf(summary)).toEqual(figuresBySql(join(folder, 'season.sqlite'), since, until));
  });

  it('agrees with SQL about a month in the past', async () => {
    const [since, until] = [ago(60), ago(30)];
    const [ours, sql] = [
      figuresOf((await report(since, until)).summary),
      figuresBySql(join(folder, 'season.sqlite'), since, until),
    ].map(({ opened, remediated, meanTimeToRemediateSeconds: mean, openAtTheEnd, tagged, mirrored }) => {
      return { opened, remediated, mean, openAtTheEnd, tagged, mirrored };
    });
    expect(ours).toEqual(sql);
  });

  it('counts a finding that came back each time, on the day it came back', async () => {
    const { summary } = await report(ago(91), NOW);
    const sum = (field: 'opened' | 'resolved'): number => summary.trend.reduce((total, day) => total + day[field], 0);
    expect(sum('opened')).toBe(summary.opened);
    expect(sum('resolved')).toBe(summary.remediated);
    expect(summary.trend.at(-1)?.open).toBe(summary.open);
  });

  it('covers only the requested accounts and regions', async () => {
    const all = await report(ago(91), NOW);
    const [accounts, regions] = [['222233334444'], ['us-east-1', 'eu-west-1']];
    const some = await report(ago(91), NOW, { accounts, regions });
    const wanted = all.findings.filter((each) => accounts.includes(each.accountId) && regions.includes(each.region));
    expect(some.findings).toEqual(wanted);
    expect(some.summary.accounts.map(({ name }) => name)).toEqual(accounts);
    expect(Object.keys(some.history).sort()).toEqual(wanted.map(({ id }) => id).sort());
    const last = some.summary.coverage.tags.at(-1);
    expect(last?.checked).toBe((all.summary.coverage.tags.at(-1)?.checked ?? 0) / 4);
  });

  it('of all accounts is the sum of the summaries of each', async () => {
    const all = (await report(ago(30), NOW)).summary;
    const parts = await Promise.all(
      ['111122223333', '222233334444', '333344445555', '444455556666'].map(
        async (account) => (await report(ago(30), NOW, { accounts: [account] })).summary,
      ),
    );
    for (const figure of ['open', 'resolved', 'muted', 'opened', 'remediated'] as const)
      expect(parts.reduce((sum, part) => sum + part[figure], 0)).toBe(all[figure]);
  });
});
