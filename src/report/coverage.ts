/** How much of what was looked at was in order, over time. */

import type { Finding, Judgement, RuleId } from '../audit/finding.ts';
import { rulesCountedIn } from '../audit/rule-book.ts';
import { coverageOf } from '../ledger/coverage.ts';
import type { Coverage, LedgerRun } from '../ledger/ledger.ts';

/** At `at` (ISO 8601 UTC), `passed` of `checked` resources were in order. */
export interface CoveragePoint {
  readonly at: string;
  readonly checked: number;
  readonly passed: number;
}

/** Coverage by what the two questions are: has it its tags, does its traffic reach a sensor. */
export interface CoverageHistory {
  readonly tags: readonly CoveragePoint[];
  readonly mirroring: readonly CoveragePoint[];
}

/** Above so many runs one point a day is enough to see the line. */
const MOST_POINTS = 200;

/**
 * Coverage after each run, oldest first; one point a UTC day (its last) when there were many runs. A run speaks for the accounts
 * and regions it names, and for the others the run before it still holds. Without runs there is one point, of the findings and
 * judgements at hand, or none when nothing was judged by these rules.
 */
export function coverageOverTime(
  runs: readonly LedgerRun[],
  now: { readonly at: Date; readonly findings: readonly Finding[]; readonly judgements: readonly Judgement[] },
): CoverageHistory {
  const telling = runs.filter((run) => run.coverage.length > 0);
  const history =
    telling.length > 0
      ? telling
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
    points.push({ at: run.at.toISOString(), ...totalOf([...latest.values()], rules) });
  }
  return points.length > MOST_POINTS ? lastOfEachDay(points) : points;
}

/**
 * Several rules judge the same resources. The first counts how many there are; a failure by any of them counts against the figure.
 * A resource that is not to be mirrored is muted by the first rule and passes the others, so only the first may count all.
 */
function totalOf(rows: readonly Coverage[], [first]: readonly RuleId[]): { checked: number; passed: number } {
  const scopes = new Map<string, { checked: number; failed: number }>();
  for (const { accountId, region, rule, checked, passed } of rows) {
    const scope = scopes.get(`${accountId}\n${region}`) ?? { checked: 0, failed: 0 };
    const failed = checked - passed;
    scopes.set(`${accountId}\n${region}`, {
      checked: Math.max(scope.checked, rule === first ? checked : failed),
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
