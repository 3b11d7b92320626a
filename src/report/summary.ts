/** The figures of a report: counts, their development over time, and who is affected most. */

import type { Cause } from '../audit/cause.ts';
import {
  byUrgency,
  type Finding,
  type FindingStatus,
  isHeldBack,
  type Judgement,
  type RuleId,
  SEVERITIES,
  type Severity,
} from '../audit/finding.ts';
import { isOnCalls } from '../audit/rule-book.ts';
import { byText, compareText, groupBy } from '../collections.ts';
import type { LedgerEntry, LedgerRun, OpenSpan, Period } from '../ledger/ledger.ts';
import { isRemediated, openSpansOf } from '../ledger/open-spans.ts';
import type { TargetLoad } from '../remediation/plan.ts';
import { callBehind, callCount } from './call-words.ts';
import { cautionOf, provenActors } from './cause-words.ts';
import { type CoverageHistory, coverageOverTime } from './coverage.ts';
import type { Gaps } from './gaps.ts';
import { type TimeToRemediate, timeToRemediate } from './remediation-time.ts';
import { isIn, type TrendPoint, trendOf, windowOf } from './trend.ts';

/** The number of findings with this rule, severity and status. Only combinations that occur are listed. */
export interface Count {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly status: FindingStatus;
  readonly count: number;
}

/** An actor, owner, account or VPC with the number of its open findings. */
export interface Affected {
  readonly name: string;
  readonly open: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
}

/** A sensor's load. `utilization` is null for a target without a cap. */
export interface SensorLoad extends TargetLoad {
  readonly utilization: number | null;
}

/** One of the findings to look at first: what it is, who caused it, and what to do. */
export interface Urgent {
  readonly id: string;
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly accountId: string;
  readonly region: string;
  readonly resourceId: string;
  readonly name?: string | undefined;
  readonly reason: string;
  /** Who is proven to have caused it, else `unknown`. `cause` says more. */
  readonly who: string;
  readonly cause: Cause;
  readonly launchedBy?: string | undefined;
  readonly owner?: string | undefined;
  readonly seenBecause?: string | undefined;
  /** Why to doubt it: it rests on a log file whose checksum failed. */
  readonly caution?: string | undefined;
  /** From which address or service the newest call came, of a finding about calls. */
  readonly calledFrom?: string | undefined;
  /** How many calls it is about, if it is about several: `3`, or `at least 23`. */
  readonly calls?: string | undefined;
  readonly since: string;
  readonly fix: string;
}

/** The figures. `open`, `resolved` and `muted` count findings by their status at the end of the period, or now without one. */
export interface Summary {
  readonly total: number;
  readonly open: number;
  readonly resolved: number;
  readonly muted: number;
  /** Those of the resolved findings that time alone closed: nobody remediated them. */
  readonly closedByTime: number;
  /** Open findings within their grace period or under repair: checked again later, and not mailed yet. */
  readonly pending: number;
  /** Open findings by severity. */
  readonly openBySeverity: Readonly<Record<Severity, number>>;
  /** By severity (the most severe first), rule and status. */
  readonly counts: readonly Count[];
  /** Resources that passed, are gone, or could not be judged. Null in a report from the ledger, which does not keep them. */
  readonly judged: { readonly pass: number; readonly gone: number; readonly unknown: number } | null;
  readonly coverage: CoverageHistory;
  /**
   * From the ledger: within the period, or in all when there is none. A finding that came back counts each time it was opened.
   * Exempted times do not count.
   */
  readonly opened: number;
  readonly remediated: number;
  /** How long they lasted. */
  readonly timeToRemediate: TimeToRemediate;
  /** Mean time from when we saw them to when we saw them resolved; null when nothing was. `timeToRemediate` says when they really began. */
  readonly meanTimeToRemediateSeconds: number | null;
  readonly trend: readonly TrendPoint[];
  /** Those about a state, by who is proven to have caused it. */
  readonly causedBy: readonly Affected[];
  /** Those about calls, by who made them. */
  readonly calledBy: readonly Affected[];
  /** By Owner tag. */
  readonly owners: readonly Affected[];
  readonly accounts: readonly Affected[];
  readonly vpcs: readonly Affected[];
  /** The targets by load. Null when none was measured: in a report from the ledger, or where mirroring was not judged. */
  readonly sensors: readonly SensorLoad[] | null;
  readonly urgent: readonly Urgent[];
}

/** The data the figures come from. `findings` are sorted by urgency. */
export interface SummarySource {
  readonly generatedAt: Date;
  readonly period?: Period | undefined;
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  readonly entries: readonly LedgerEntry[];
  readonly runs: readonly LedgerRun[];
  /** Only in a report from the ledger. */
  readonly gaps?: Gaps | undefined;
  readonly load: readonly TargetLoad[];
}

const MOST_URGENT = 10;
const MOST_AFFECTED = 10;

/** The summary of a source. */
export function summarize(source: SummarySource): Summary {
  const { findings, judgements, entries } = source;
  const open = findings.filter((finding) => finding.status === 'open');
  const spans = entries.flatMap(openSpansOf);
  const window = windowOf(spans, source);
  const remediated = spans.filter((span) => isRemediated(span) && isIn(window, span.to));
  return {
    total: findings.length,
    open: open.length,
    resolved: findings.filter((finding) => finding.status === 'resolved').length,
    muted: findings.filter((finding) => finding.status === 'muted').length,
    closedByTime: findings.filter((one) => one.status === 'resolved' && one.resolution?.kind === 'time').length,
    pending: open.filter((finding) => isHeldBack(finding, source.generatedAt)).length,
    openBySeverity: severitiesOf(open),
    counts: countsOf(findings),
    judged:
      source.gaps !== undefined
        ? null
        : {
            pass: judgements.filter(({ result }) => result === 'pass').length,
            gone: judgements.filter(({ result }) => result === 'gone').length,
            unknown: judgements.filter(({ result }) => result === 'unknown').length,
          },
    coverage: coverageOverTime(source.runs),
    opened: spans.filter(({ from }) => isIn(window, from)).length,
    remediated: remediated.length,
    timeToRemediate: timeToRemediate(entries, (span) => isRemediated(span) && isIn(window, span.to)),
    meanTimeToRemediateSeconds: meanSeconds(remediated),
    trend: trendOf(entries, source),
    causedBy: mostAffected(open, ({ rule, cause }) => (isOnCalls(rule) ? undefined : provenActors(cause))),
    calledBy: mostAffected(open, ({ rule, cause }) => (isOnCalls(rule) ? provenActors(cause) : undefined)),
    owners: mostAffected(open, (finding) => finding.owner),
    accounts: mostAffected(open, (finding) => finding.accountId),
    vpcs: mostAffected(open, (finding) => finding.detail.vpcId),
    sensors: sensorsOf(source.load),
    urgent: open.toSorted(byUrgency).slice(0, MOST_URGENT).map(urgentOf),
  };
}

function severitiesOf(findings: readonly Finding[]): Record<Severity, number> {
  const bySeverity: Record<Severity, number> = { low: 0, medium: 0, high: 0, critical: 0 };
  for (const { severity } of findings) bySeverity[severity] += 1;
  return bySeverity;
}

function countsOf(findings: readonly Finding[]): Count[] {
  const keyOf = ({ rule, severity, status }: Finding): string =>
    `${SEVERITIES.length - SEVERITIES.indexOf(severity)}\n${rule}\n${status}`;
  return [...groupBy(findings, keyOf)]
    .sort(byText(([key]) => key))
    .flatMap(([, group]) =>
      group.slice(0, 1).map(({ rule, severity, status }) => ({ rule, severity, status, count: group.length })),
    );
}

function meanSeconds(resolved: readonly OpenSpan[]): number | null {
  if (resolved.length === 0) return null;
  const totalMs = resolved.reduce((sum, { from, to }) => sum + Number(to) - Number(from), 0);
  return Math.round(totalMs / resolved.length / 1000);
}

function mostAffected(open: readonly Finding[], nameOf: (finding: Finding) => string | undefined): Affected[] {
  return [...groupBy(open, (finding) => nameOf(finding) ?? '')]
    .filter(([name]) => name !== '')
    .map(([name, group]) => ({ name, open: group.length, bySeverity: severitiesOf(group) }))
    .sort(byWeight)
    .slice(0, MOST_AFFECTED);
}

/** Compares critical findings first, then high and so on: ten low findings do not outweigh a critical one. */
function byWeight(a: Affected, b: Affected): number {
  for (const severity of SEVERITIES.toReversed()) {
    if (a.bySeverity[severity] !== b.bySeverity[severity]) return b.bySeverity[severity] - a.bySeverity[severity];
  }
  return compareText(a.name, b.name);
}

function sensorsOf(load: readonly TargetLoad[]): SensorLoad[] | null {
  if (load.length === 0) return null;
  return load
    .map((target) => ({ ...target, utilization: target.capacity === null ? null : target.sources / target.capacity }))
    .sort(
      (a, b) =>
        (b.utilization ?? -1) - (a.utilization ?? -1) || compareText(a.trafficMirrorTargetId, b.trafficMirrorTargetId),
    );
}

function urgentOf(finding: Finding): Urgent {
  const { id, rule, severity, accountId, region, resourceId, reason, fix } = finding;
  return {
    id,
    rule,
    severity,
    accountId,
    region,
    resourceId,
    name: finding.detail.name,
    reason,
    who: provenActors(finding.cause) ?? 'unknown',
    cause: finding.cause,
    launchedBy: finding.launchedBy,
    owner: finding.owner,
    seenBecause: finding.seenBecause,
    caution: cautionOf(finding.evidence),
    calledFrom: callBehind(finding)?.sourceIPAddress,
    calls: callCount(finding),
    since: finding.firstSeen,
    fix,
  };
}
