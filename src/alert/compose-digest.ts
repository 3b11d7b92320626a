/** The daily or weekly digest: a heartbeat also when all is well, the trend, and what is open. */

import type { RuleId } from '../audit/finding.ts';
import { byUrgency, SEVERITIES } from '../audit/finding.ts';
import { plural } from '../collections.ts';
import type { Coverage, LedgerEntry, LedgerRun } from '../ledger/ledger.ts';
import { type Failure, failureLines } from './compose-notes.ts';
import { titleOf } from './describe.ts';
import { type AlertMessage, toMessage } from './message.ts';
import { plainText, wrap } from './plain-text.ts';
import { countLines, footer, IN_FULL, type MailContext, resolvedLines } from './sections.ts';
import { actorOf, agePhrase } from './wording.ts';

/** What a digest is made of. */
export interface DigestSource {
  readonly every: 'daily' | 'weekly';
  /** All that was open at some time in the last seven days (or weeks): what the trend needs. */
  readonly entries: readonly LedgerEntry[];
  /** Runs of the same time, in any order. */
  readonly runs: readonly LedgerRun[];
  /** When the newest log that was read was written; null when none was. */
  readonly lastLogAt: Date | null;
  readonly failures?: readonly Failure[] | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** After this silence the heartbeat asks whether the trail is still on. */
const SILENCE_MS = 60 * 60 * 1000;

/** The digest at `context.now`; it is sent also when nothing is open, so that silence is known to be good. */
export function composeDigest(source: DigestSource, context: MailContext): AlertMessage {
  const { now } = context;
  const spanMs = source.every === 'daily' ? DAY_MS : 7 * DAY_MS;
  const since = new Date(now.getTime() - spanMs);
  const judged = source.entries.filter(({ finding }) => finding.status !== 'muted');
  const open = judged.filter((entry) => isOpenAt(entry, now)).toSorted((a, b) => byUrgency(a.finding, b.finding));
  const fresh = judged.filter((entry) => isWithin(entry.openedAt, since, now));
  const over = judged.filter((entry) => isWithin(entry.resolvedAt, since, now));
  const lines = [
    ...wrap(`${openPhrase(open)}; ${checkedPhrase(source.runs)}; ${logPhrase(source.lastLogAt, now)}.`, ''),
    '',
    ...wrap(`Since ${since.toISOString().slice(0, 10)}: ${fresh.length} new, ${over.length} resolved.`, ''),
    ...coverageLines(source.runs),
    '',
    'Trend:',
    ...trendLines(judged, now, spanMs),
    ...openLines(open, now),
    ...(over.length > 0 ? ['', 'Resolved:', ...resolvedLines(over, now)] : []),
    ...(source.failures?.length ? ['', 'Could not be read or was refused:', ...failureLines(source.failures)] : []),
    ...footer(`This digest comes ${source.every}, also when there is nothing to tell.`, context, open[0]?.finding),
  ];
  const subject = `${source.every} digest ${now.toISOString().slice(0, 10)}: ${openPhrase(open)}, ${fresh.length} new, ${over.length} resolved`;
  return toMessage(
    'digest',
    subject,
    lines,
    open.map((entry) => entry.finding),
  );
}

/** Open at a time: opened by then, and not yet resolved. */
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

function checkedPhrase(runs: readonly LedgerRun[]): string {
  const checked = latestCoverage(runs, 'instance-untagged') ?? latestCoverage(runs, 'instance-unmirrored');
  return checked === undefined ? 'no sweep of the account was made' : `${plural(checked.checked, 'instance')} checked`;
}

function logPhrase(lastLogAt: Date | null, now: Date): string {
  if (lastLogAt === null) return 'no log was read: is the trail on?';
  const silent = now.getTime() - lastLogAt.getTime() > SILENCE_MS;
  return `last log ${agePhrase(lastLogAt, now)}${silent ? ': is the trail still on?' : ''}`;
}

function coverageLines(runs: readonly LedgerRun[]): readonly string[] {
  const rules: readonly (readonly [string, RuleId])[] = [
    ['Tagged', 'instance-untagged'],
    ['Mirrored', 'instance-unmirrored'],
  ];
  return rules.flatMap(([label, rule]) => {
    const coverage = latestCoverage(runs, rule);
    if (coverage === undefined || coverage.checked === 0) return [];
    const percent = ((100 * coverage.passed) / coverage.checked).toFixed(1);
    return [`${label}: ${coverage.passed} of ${coverage.checked} instances (${percent} %)`];
  });
}

/** The newest figures of every account and region, added up; undefined when no run has any. */
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

/** The last seven days or weeks, the newest first: how many were open at the end, how many came and went. */
function trendLines(entries: readonly LedgerEntry[], now: Date, spanMs: number): readonly string[] {
  return [0, 1, 2, 3, 4, 5, 6].map((back) => {
    const until = new Date(now.getTime() - back * spanMs);
    const since = new Date(until.getTime() - spanMs);
    const open = entries.filter((entry) => isOpenAt(entry, until)).length;
    const came = entries.filter((entry) => isWithin(entry.openedAt, since, until)).length;
    const went = entries.filter((entry) => isWithin(entry.resolvedAt, since, until)).length;
    return `${until.toISOString().slice(0, 10)}  ${open} open, +${came} -${went}`;
  });
}

/** The most urgent open findings, and counts of all of them. */
function openLines(open: readonly LedgerEntry[], now: Date): readonly string[] {
  if (open.length === 0) return [];
  const most = open
    .slice(0, 2 * IN_FULL)
    .flatMap(({ finding, openedAt }) =>
      wrap(
        `- ${finding.severity.toUpperCase()} ${titleOf(finding)}: ${plainText(finding.reason, 200)} By ${actorOf(finding)}, ${agePhrase(openedAt, now)}.`,
      ),
    );
  return ['', 'Most urgent:', ...most, '', 'All that is open:', ...countLines(open)];
}
