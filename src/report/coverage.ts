/** Coverage over time: the share of checked resources that comply. */

import type { Finding, Judgement, RuleId } from '../audit/finding.ts';
import { countsAll, rulesCountedIn } from '../audit/rule-book.ts';
import { coverageOf } from '../ledger/coverage.ts';
import type { Coverage, LedgerRun } from '../ledger/ledger.ts';

/** At `at` (ISO 8601 UTC), `passed` of `checked` resources complied. */
export interface CoveragePoint {
  readonly at: string;
  readonly checked: number;
  readonly passed: number;
}

/** Coverage for each of the two questions: does the resource have its tags, and does its traffic reach a sensor? */
export interface CoverageHistory {
  readonly tags: readonly CoveragePoint[];
  readonly mirroring: readonly CoveragePoint[];
}

/** With more runs than this, one point per day draws the same line. */
const MOST_POINTS = 200;

/**
 * Coverage after each run, oldest first. With many runs, only the last point of each UTC day is kept. A run updates the accounts
 * and regions it names; the others keep their last known figures. Without runs there is one point, computed from the current
 * findings and judgements, or none when these rules judged nothing.
 */
export function coverageOverTime(
  runs: readonly LedgerRun[],
  now: { readonly at: Date; readonly findings: readonly Finding[]; readonly judgements: readonly Judgement[] },
): CoverageHistory {
  const measured = runs.filter((run) => run.coverage.length > 0);
  const history =
    measured.length > 0
      ? measured
      : [{ at: now.at, coverage: coverageOf(now.findings.filter(isOpen), now.judgements), inputs: [] }];
  return { tags: pointsOf(history, rulesCountedIn('tags')), mirroring: pointsOf(history, rulesCountedIn('mirroring')) };
}

function isOpen({ status }: Finding): boolean {
  return status === 'open';
}

/** The share that passed, from 0 to 1; null when nothing was checked. */
export function ratioOf(point: Pick<CoveragePoint, 'checked' | 'passed'>): number | null {
  return point.checked === 0 ? null : point.passed / point.checked;
}

function pointsOf(runs: readonly LedgerRun[], rules: readonly RuleId[]): CoveragePoint[] {
  const latest = new Map<string, Coverage>();
  const points: CoveragePoint[] = [];
  for (const run of runs.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const rows = run.coverage.filter((row) => rules.includes(row.rule));
    if (rows.length === 0) continue;
    for (const row of rows) latest.set(`${row.accountId}\n${row.region}\n${row.rule}`, row);
    points.push({ at: run.at.toISOString(), ...totalOf([...latest.values()]) });
  }
  return points.length > MOST_POINTS ? lastOfEachDay(points) : points;
}

/**
 * Several rules judge the same resources. One of them counts the resources; a failure of any rule lowers the figure. A resource
 * exempt from mirroring is muted under that rule but passes the others, so counting by the others would count it too.
 */
function totalOf(rows: readonly Coverage[]): { checked: number; passed: number } {
  const scopes = new Map<string, { checked: number; failed: number }>();
  for (const { accountId, region, rule, checked, passed } of rows) {
    const scope = scopes.get(`${accountId}\n${region}`) ?? { checked: 0, failed: 0 };
    const failed = checked - passed;
    scopes.set(`${accountId}\n${region}`, {
      checked: Math.max(scope.checked, countsAll(rule) ? checked : failed),
      failed: scope.failed + failed,
    });
  }
  let checked = 0;
  let passed = 0;
  for (const scope of scopes.values()) {
    checked += scope.checked;
    passed += Math.max(0, scope.checked - scope.failed);
  }
  return { checked, passed };
}

function lastOfEachDay(points: readonly CoveragePoint[]): CoveragePoint[] {
  return [...new Map(points.map((point) => [point.at.slice(0, 10), point])).values()];
}
