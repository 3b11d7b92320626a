/** The daily or weekly digest: what is open and the trend. It also serves as a heartbeat when nothing is open. */

import type { RuleId } from '../audit/finding.ts';
import { byUrgency, SEVERITIES } from '../audit/finding.ts';
import type { CoverageFigure } from '../audit/rule.ts';
import { countsAll, rulesCountedIn } from '../audit/rule-book.ts';
import { plural } from '../collections.ts';
import type { Coverage, LedgerEntry, LedgerRun } from '../ledger/ledger.ts';
import { FAILURES_HEADING, type Failure, failureLines } from './compose-notes.ts';
import { titleOf } from './describe.ts';
import { type AlertMessage, toMessage } from './message.ts';
import { plainText, wrap } from './plain-text.ts';
import { countLines, footer, IN_FULL, type MailContext, resolvedLines, section } from './sections.ts';
import { actorOf, agePhrase } from './wording.ts';

/** What a digest is composed from. */
export interface DigestSource {
  readonly every: 'daily' | 'weekly';
  /** Everything that was open at some time in the last seven days (or weeks), for the trend. */
  readonly entries: readonly LedgerEntry[];
  /** Runs of the same period, in any order. */
  readonly runs: readonly LedgerRun[];
  /** When the newest log we read was written; null when we read none. */
  readonly lastLogAt: Date | null;
  readonly failures?: readonly Failure[] | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Without a new log for this long, the digest asks whether the trail is still on. */
const SILENCE_MS = 60 * 60 * 1000;

/** The digest at `context.now`. It is sent even when nothing is open; otherwise a broken setup would look like all is well. */
export function composeDigest(source: DigestSource, context: MailContext): AlertMessage {
  const { now } = context;
  const { every, failures = [] } = source;
  const spanMs = every === 'daily' ? DAY_MS : 7 * DAY_MS;
  const since = new Date(now.getTime() - spanMs);
  const counted = source.entries.filter(({ finding }) => finding.status !== 'muted');
  const open = counted.filter((entry) => isOpenAt(entry, now)).toSorted((a, b) => byUrgency(a.finding, b.finding));
  const opened = counted.filter((entry) => isWithin(entry.openedAt, since, now));
  const resolved = counted.filter((entry) => isWithin(entry.resolvedAt, since, now));
  const lines = [
    ...wrap(`${openPhrase(open)}; ${checkedPhrase(source.runs)}; ${logPhrase(source.lastLogAt, now)}.`, ''),
    '',
    ...wrap(`Since ${dayOf(since)}: ${opened.length} new, ${resolved.length} resolved.`, ''),
    ...coverageLines(source.runs),
    '',
    'Trend:',
    ...trendLines(counted, now, spanMs),
    ...openLines(open, now),
    ...section('Resolved:', resolvedLines(resolved, now)),
    ...section(FAILURES_HEADING, failureLines(failures)),
    ...footer(`This digest is sent ${every}, even when there is nothing to report.`, context, open[0]?.finding),
  ];
  const subject = `${every} digest ${dayOf(now)}: ${openPhrase(open)}, ${opened.length} new, ${resolved.length} resolved`;
  return toMessage(
    'digest',
    subject,
    lines,
    open.map((entry) => entry.finding),
  );
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** True when the entry was opened by that time and not resolved yet. */
function isOpenAt({ openedAt, resolvedAt }: LedgerEntry, time: Date): boolean {
  return openedAt <= time && (resolvedAt === null || resolvedAt > time);
}

function isWithin(time: Date | null, since: Date, until: Date): boolean {
  return time !== null && time > since && time <= until;
}

/** `3 open (1 high, 2 medium)`. */
function openPhrase(open: readonly LedgerEntry[]): string {
  const counts = SEVERITIES.toReversed().flatMap((severity) => {
    const count = open.filter(({ finding }) => finding.severity === severity).length;
    return count > 0 ? [`${count} ${severity}`] : [];
  });
  return counts.length > 0 ? `${open.length} open (${counts.join(', ')})` : '0 open';
}

/** Each figure by the rule that counts every resource. */
function figures(): readonly { readonly label: string; readonly rule: RuleId }[] {
  return (['tags', 'mirroring'] as const).flatMap((figure) =>
    rulesCountedIn(figure)
      .filter(countsAll)
      .map((rule) => ({ label: FIGURE_LABELS[figure], rule })),
  );
}

const FIGURE_LABELS = { tags: 'Tagged', mirroring: 'Mirrored' } as const satisfies Record<CoverageFigure, string>;

function checkedPhrase(runs: readonly LedgerRun[]): string {
  const coverage = figures()
    .map(({ rule }) => latestCoverage(runs, rule))
    .find((found) => found !== undefined);
  return coverage === undefined ? 'the account was not swept' : `${plural(coverage.checked, 'instance')} checked`;
}

function logPhrase(lastLogAt: Date | null, now: Date): string {
  if (lastLogAt === null) return 'no logs read: is the trail on?';
  const isSilent = now.getTime() - lastLogAt.getTime() > SILENCE_MS;
  return `last log ${agePhrase(lastLogAt, now)}${isSilent ? ': is the trail still on?' : ''}`;
}

function coverageLines(runs: readonly LedgerRun[]): readonly string[] {
  return figures().flatMap(({ label, rule }) => {
    const coverage = latestCoverage(runs, rule);
    if (coverage === undefined || coverage.checked === 0) return [];
    const percent = ((100 * coverage.passed) / coverage.checked).toFixed(1);
    return [`${label}: ${coverage.passed} of ${coverage.checked} instances (${percent}%)`];
  });
}

/** The newest figures of each account and region, added up. Undefined when no run has any. */
function latestCoverage(
  runs: readonly LedgerRun[],
  rule: RuleId,
): { readonly checked: number; readonly passed: number } | undefined {
  const latest = new Map<string, Coverage>();
  for (const run of runs.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    for (const coverage of run.coverage) {
      if (coverage.rule === rule) latest.set(`${coverage.accountId} ${coverage.region}`, coverage);
    }
  }
  if (latest.size === 0) return undefined;
  const all = [...latest.values()];
  return {
    checked: all.reduce((sum, { checked }) => sum + checked, 0),
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
  };
}

/** The last seven days or weeks, the newest first: how many findings were open at the end, how many were opened and resolved. */
function trendLines(entries: readonly LedgerEntry[], now: Date, spanMs: number): readonly string[] {
  return [0, 1, 2, 3, 4, 5, 6].map((spansBack) => {
    const until = new Date(now.getTime() - spansBack * spanMs);
    const since = new Date(until.getTime() - spanMs);
    const open = entries.filter((entry) => isOpenAt(entry, until)).length;
    const opened = entries.filter((entry) => isWithin(entry.openedAt, since, until)).length;
    const resolved = entries.filter((entry) => isWithin(entry.resolvedAt, since, until)).length;
    return `${dayOf(until)}  ${open} open, +${opened} -${resolved}`;
  });
}

/** The most urgent open findings, and counts of all of them. */
function openLines(open: readonly LedgerEntry[], now: Date): readonly string[] {
  if (open.length === 0) return [];
  const mostUrgent = open
    .slice(0, 2 * IN_FULL)
    .flatMap(({ finding, openedAt }) =>
      wrap(
        `- ${finding.severity.toUpperCase()} ${titleOf(finding)}: ${plainText(finding.reason, 200)} By ${actorOf(finding)}, ${agePhrase(openedAt, now)}.`,
      ),
    );
  return ['', 'Most urgent:', ...mostUrgent, '', 'All open findings:', ...countLines(open)];
}
