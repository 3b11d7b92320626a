/** The figures of a report: what there is, how it developed, and whom it concerns most. */

import {
  byUrgency,
  type Finding,
  type FindingStatus,
  type Judgement,
  type RuleId,
  SEVERITIES,
  type Severity,
} from '../audit/finding.ts';
import type { LedgerEntry, LedgerRun, OpenSpan, Period } from '../ledger/ledger.ts';
import { openSpansOf } from '../ledger/open-spans.ts';
import type { TargetLoad } from '../remediation/plan.ts';
import { type CoverageHistory, coverageOverTime } from './coverage.ts';
import { type TrendPoint, trendOf } from './trend.ts';

/** How many findings of a rule and severity have a status; only combinations that occur. */
export interface Count {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly status: FindingStatus;
  readonly count: number;
}

/** An owner, account or VPC with its open findings, by severity. */
export interface Worst {
  readonly name: string;
  readonly open: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
}

/** A sensor's load; `utilization` is null for targets without a cap. */
export interface SensorLoad extends TargetLoad {
  readonly utilization: number | null;
}

/** One of the findings to look at first: what, who caused it, what to do. */
export interface Urgent {
  readonly id: string;
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly accountId: string;
  readonly region: string;
  readonly resourceId: string;
  readonly name?: string | undefined;
  readonly reason: string;
  readonly who: string;
  readonly since: string;
  readonly fix: string;
}

/** The figures themselves; `open`, `resolved` and `muted` are by the status that findings have now. */
export interface Summary {
  readonly total: number;
  readonly open: number;
  readonly resolved: number;
  readonly muted: number;
  /** Open ones that are younger than the grace: looked at again, and not mailed yet. */
  readonly pending: number;
  /** Open findings by severity. */
  readonly openBySeverity: Readonly<Record<Severity, number>>;
  /** By severity (the most severe first), rule and status. */
  readonly counts: readonly Count[];
  /** What was checked and is in order, is gone, or could not be judged. */
  readonly judged: { readonly pass: number; readonly gone: number; readonly unknown: number };
  readonly coverage: CoverageHistory;
  /**
   * Of the period, from the ledger; all that it knows when there is no period. What came back counts each time, and no time in
   * which it was exempted.
   */
  readonly opened: number;
  readonly remediated: number;
  /** From opened to resolved, over what was resolved in the period; null when nothing was. */
  readonly meanTimeToRemediateSeconds: number | null;
  readonly trend: readonly TrendPoint[];
  readonly owners: readonly Worst[];
  readonly accounts: readonly Worst[];
  readonly vpcs: readonly Worst[];
  readonly sensors: readonly SensorLoad[];
  readonly urgent: readonly Urgent[];
}

/** What the figures are counted from; `findings` in the order of urgency. */
export interface SummarySource {
  readonly generatedAt: Date;
  readonly period?: Period | undefined;
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  readonly entries: readonly LedgerEntry[];
  readonly runs: readonly LedgerRun[];
  readonly load: readonly TargetLoad[];
}

const MOST_URGENT = 10;
const WORST = 10;

/** The summary of a source. Pure: the same source gives the same figures. */
export function summarize(source: SummarySource): Summary {
  const { findings, judgements, entries, period } = source;
  const open = findings.filter((finding) => finding.status === 'open');
  const spans = entries.flatMap(openSpansOf);
  const remediated = spans.filter(({ to, resolved }) => resolved && to !== null && within(to, period));
  return {
    total: findings.length,
    open: open.length,
    resolved: findings.filter((finding) => finding.status === 'resolved').length,
    muted: findings.filter((finding) => finding.status === 'muted').length,
    pending: open.filter((finding) => finding.detail.pendingUntil !== undefined).length,
    openBySeverity: severitiesOf(open),
    counts: countsOf(findings),
    judged: {
      pass: judgements.filter(({ result }) => result === 'pass').length,
      gone: judgements.filter(({ result }) => result === 'gone').length,
      unknown: judgements.filter(({ result }) => result === 'unknown').length,
    },
    coverage: coverageOverTime(source.runs, { at: source.generatedAt, findings, judgements }),
    opened: spans.filter(({ from }) => within(from, period)).length,
    remediated: remediated.length,
    meanTimeToRemediateSeconds: meanSeconds(remediated),
    trend: trendOf(entries, source),
    owners: worstOf(open, (finding) => finding.detail.owner),
    accounts: worstOf(open, (finding) => finding.accountId),
    vpcs: worstOf(open, (finding) => finding.detail.vpcId),
    sensors: sensorsOf(source.load),
    urgent: open.toSorted(byUrgency).slice(0, MOST_URGENT).map(urgentOf),
  };
}

/** Who caused a finding, by the newest evidence. `unknown` when no record was read, with the owner, who is to be asked but did not do it. */
export function whoOf(finding: Finding): string {
  const newest = finding.evidence.reduce<Finding['evidence'][number] | undefined>(
    (best, next) => (best === undefined || next.eventTime > best.eventTime ? next : best),
    undefined,
  );
  if (newest?.actor) return newest.actor;
  return finding.detail.owner === undefined ? 'unknown' : `unknown, owner ${finding.detail.owner}`;
}

function within(time: Date, period: Period | undefined): boolean {
  return period === undefined || (time >= period.since && time < period.until);
}

function severitiesOf(findings: readonly Finding[]): Record<Severity, number> {
  const bySeverity: Record<Severity, number> = { low: 0, medium: 0, high: 0, critical: 0 };
  for (const { severity } of findings) bySeverity[severity] += 1;
  return bySeverity;
}

function countsOf(findings: readonly Finding[]): Count[] {
  const counts = new Map<string, { -readonly [K in keyof Count]: Count[K] }>();
  for (const { rule, severity, status } of findings) {
    const key = `${SEVERITIES.length - SEVERITIES.indexOf(severity)}\n${rule}\n${status}`;
    const count = counts.get(key);
    if (count === undefined) counts.set(key, { rule, severity, status, count: 1 });
    else count.count += 1;
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}

function meanSeconds(resolved: readonly OpenSpan[]): number | null {
  if (resolved.length === 0) return null;
  const totalMs = resolved.reduce((sum, { from, to }) => sum + Number(to) - Number(from), 0);
  return Math.round(totalMs / resolved.length / 1000);
}

function worstOf(open: readonly Finding[], nameOf: (finding: Finding) => string | undefined): Worst[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of open) {
    const name = nameOf(finding);
    if (name === undefined || name === '') continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [finding]);
    else group.push(finding);
  }
  return [...groups]
    .map(([name, group]) => ({ name, open: group.length, bySeverity: severitiesOf(group) }))
    .sort(byWeight)
    .slice(0, WORST);
}

/** The most critical findings first, then high and so on: ten low ones do not outweigh a critical one. */
function byWeight(a: Worst, b: Worst): number {
  for (const severity of SEVERITIES.toReversed()) {
    if (a.bySeverity[severity] !== b.bySeverity[severity]) return b.bySeverity[severity] - a.bySeverity[severity];
  }
  return a.name < b.name ? -1 : 1;
}

function sensorsOf(load: readonly TargetLoad[]): SensorLoad[] {
  return load
    .map((target) => ({ ...target, utilization: target.capacity === null ? null : target.sources / target.capacity }))
    .sort(
      (a, b) =>
        (b.utilization ?? -1) - (a.utilization ?? -1) || (a.trafficMirrorTargetId < b.trafficMirrorTargetId ? -1 : 1),
    );
}

function urgentOf(finding: Finding): Urgent {
  const { id, rule, severity, accountId, region, resourceId, reason, fix } = finding;
  const { name } = finding.detail;
  const named = name === undefined ? {} : { name };
  return {
    id,
    rule,
    severity,
    accountId,
    region,
    resourceId,
    ...named,
    reason,
    who: whoOf(finding),
    since: finding.firstSeen,
    fix,
  };
}
