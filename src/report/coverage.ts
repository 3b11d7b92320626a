/** How much of what was looked at was in order, over time. */

import type { Finding, Judgement, RuleId } from '../audit/finding.ts';
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

const TAG_RULES: readonly RuleId[] = ['instance-untagged'];
/**
 * An instance with a session that carries nothing is no more mirrored than one without: both rules count against it. The first
 * says how many there are: what is not to be mirrored at all is muted there, and passes the other for want of a session.
 */
const MIRROR_RULES: readonly RuleId[] = ['instance-unmirrored', 'mirror-ineffective'];

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
    telling.length > 0 ? telling : [{ at: now.at, coverage: coverageOf(now.findings, now.judgements), inputs: [] }];
  return { tags: pointsOf(history, TAG_RULES), mirroring: pointsOf(history, MIRROR_RULES) };
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

/** Several rules look at the same resources: what the first one checked counts once, what failed by any of them counts against it. */
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

/** Muted and unknown resources are neither checked nor passed: an exemption does not improve the figure. */
function coverageOf(findings: readonly Finding[], judgements: readonly Judgement[]): Coverage[] {
  const rows = new Map<string, { -readonly [K in keyof Coverage]: Coverage[K] }>();
  const count = ({ accountId, region, rule }: Finding | Judgement, passed: number): void => {
    const key = `${accountId}\n${region}\n${rule}`;
    const row = rows.get(key) ?? { accountId, region, rule, checked: 0, passed: 0 };
    row.checked += 1;
    row.passed += passed;
    rows.set(key, row);
  };
  for (const finding of findings) if (finding.status === 'open') count(finding, 0);
  for (const judgement of judgements) if (judgement.result === 'pass') count(judgement, 1);
  return [...rows.values()];
}
