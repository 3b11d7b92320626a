/** Coverage over time: the share of checked resources that comply. */

import type { RuleId } from '../audit/finding.ts';
import type { ScopeLook } from '../audit/gaps/gap.ts';
import { countsAll, rulesCountedIn } from '../audit/rule-book.ts';
import { groupBy } from '../collections.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { Coverage, LedgerRun } from '../ledger/ledger.ts';

/** At `at` (ISO 8601 UTC), `passed` of `checked` resources complied. */
export interface CoveragePoint {
  readonly at: string;
  readonly checked: number;
  readonly passed: number;
  /** Resources that could not be judged and are not among the `checked`. Absent means none. */
  readonly unknown?: number | undefined;
}

/** Coverage for each of the two questions: does the resource have its tags, and does its traffic reach a sensor? */
export interface CoverageHistory {
  readonly tags: readonly CoveragePoint[];
  readonly mirroring: readonly CoveragePoint[];
}

/** With more runs than this, one point per day draws the same line. */
const MOST_POINTS = 200;

/**
 * Coverage after each complete look, oldest first. With many runs, only the last point of each UTC day is kept. A run replaces the
 * figures of the accounts and regions it names; the others keep their last known ones. An account that could not be read leaves the
 * figure, and one in which there is nothing to judge adds nothing to it. Without a complete look nothing was measured, and there is no
 * point: what records touched is no share of the account.
 */
export function coverageOverTime(runs: readonly LedgerRun[]): CoverageHistory {
  const sorted = runs.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  return { tags: pointsOf(sorted, rulesCountedIn('tags')), mirroring: pointsOf(sorted, rulesCountedIn('mirroring')) };
}

/**
 * The share that is proven to comply, from 0 to 1; null when nothing was checked. What could not be judged counts as not proven:
 * otherwise a sweep that can only see failures would say 0 %, and one that can only see successes 100 %.
 */
export function ratioOf({ checked, passed, unknown = 0 }: Omit<CoveragePoint, 'at'>): number | null {
  return checked === 0 ? null : passed / (checked + unknown);
}

/** The share if everything that could not be judged complied; null when nothing was checked. */
export function highestRatioOf({ checked, passed, unknown = 0 }: Omit<CoveragePoint, 'at'>): number | null {
  return checked === 0 ? null : (passed + unknown) / (checked + unknown);
}

function pointsOf(runs: readonly LedgerRun[], rules: readonly RuleId[]): CoveragePoint[] {
  const latest = new Map<string, readonly Coverage[]>();
  const points: CoveragePoint[] = [];
  for (const { at, coverage, reading } of runs) {
    const rows = groupBy(
      coverage.filter((row) => rules.includes(row.rule)),
      scopeKey,
    );
    const looks = (reading?.looks ?? []).filter(({ complete }) => complete);
    const known = looks.filter((look) => latest.has(scopeKey(look)) || !isClosed(look));
    for (const look of looks) latest.delete(scopeKey(look));
    for (const [scope, ofScope] of rows) latest.set(scope, ofScope);
    if (rows.size + known.length > 0) points.push({ at: at.toISOString(), ...totalOf([...latest.values()].flat()) });
  }
  return points.length > MOST_POINTS ? lastOfEachDay(points) : points;
}

/** True if nothing of the account could be read. */
function isClosed({ gaps }: ScopeLook): boolean {
  return gaps.some(({ kind }) => kind === 'account');
}

/**
 * Several rules judge the same resources. One of them counts the resources; a failure of any rule lowers the figure. A resource
 * exempt from mirroring is muted under that rule but passes the others, so counting by the others would count it too.
 */
function totalOf(rows: readonly Coverage[]): Omit<CoveragePoint, 'at'> {
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
  const unknown = rows.reduce((sum, row) => (countsAll(row.rule) ? sum + (row.unknown ?? 0) : sum), 0);
  for (const scope of scopes.values()) {
    checked += scope.checked;
    passed += Math.max(0, scope.checked - scope.failed);
  }
  return unknown === 0 ? { checked, passed } : { checked, passed, unknown };
}

function lastOfEachDay(points: readonly CoveragePoint[]): CoveragePoint[] {
  return [...new Map(points.map((point) => [point.at.slice(0, 10), point])).values()];
}
