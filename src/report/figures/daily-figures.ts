/** The figures that a dashboard shows of a report: a few, since each costs by the month. */

import type { Severity } from '../../audit/finding.ts';
import { groupBy, uniqueBy } from '../../collections.ts';
import type { LedgerRun } from '../../ledger/ledger.ts';
import { type CoverageHistory, coverageOverTime, ratioOf } from '../coverage.ts';
import type { Summary } from '../summary.ts';

/** A figure, with what it is of. */
export interface Figure {
  readonly name: 'OpenFindings' | 'CoveragePercent' | 'MirroredSources';
  /** Of which severity, question (`tags`, `mirroring`) or account. */
  readonly of: Readonly<Record<string, string>>;
  readonly value: number;
}

/** So many accounts have figures of their own: those with the lowest coverage. */
export const MOST_ACCOUNTS = 20;

const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];
const QUESTIONS = ['tags', 'mirroring'] as const;

/**
 * Open findings by severity, the newest coverage of all accounts, and of the accounts in which it is lowest. A question that was not measured has no
 * figure: a dashboard shows a gap, and not 0 %. What could not be judged counts as not covered. `runs` are those that `summary` was made of.
 */
export function dailyFigures(
  { openBySeverity, coverage }: Pick<Summary, 'openBySeverity' | 'coverage'>,
  runs: readonly LedgerRun[],
): readonly Figure[] {
  const sources = coverage.mirroring.at(-1)?.passed;
  return [
    ...SEVERITIES.map((Severity): Figure => {
      return { name: 'OpenFindings', of: { Severity }, value: openBySeverity[Severity] };
    }),
    ...coverageFigures(coverage, {}),
    ...(sources === undefined ? [] : [{ name: 'MirroredSources', of: {}, value: sources } as const]),
    ...lowestAccounts(runs),
  ];
}

function coverageFigures(coverage: CoverageHistory, of: Readonly<Record<string, string>>): readonly Figure[] {
  return QUESTIONS.flatMap((Question): Figure[] => {
    const newest = coverage[Question].at(-1);
    const ratio = newest === undefined ? null : ratioOf(newest);
    return ratio === null ? [] : [{ name: 'CoveragePercent', of: { ...of, Question }, value: 100 * ratio }];
  });
}

function lowestAccounts(runs: readonly LedgerRun[]): readonly Figure[] {
  const rows = runs.flatMap((run) => run.coverage.map((row) => ({ run, row })));
  const figures = [...groupBy(rows, ({ row }) => row.accountId)].flatMap(([AccountId, ofAccount]) => {
    const own = uniqueBy(ofAccount, ({ run }) => run).map(({ run }) => ({
      ...run,
      coverage: run.coverage.filter(({ accountId }) => accountId === AccountId),
      reading: undefined,
    }));
    return coverageFigures(coverageOverTime(own), { AccountId });
  });
  const lowest = uniqueBy(
    figures.toSorted((one, other) => one.value - other.value),
    ({ of }) => of.AccountId,
  ).slice(0, MOST_ACCOUNTS);
  const named = new Set(lowest.map(({ of }) => of.AccountId));
  return figures.filter(({ of }) => named.has(of.AccountId));
}
