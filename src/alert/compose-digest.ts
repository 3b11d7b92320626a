/** The daily or weekly digest: what is open and the trend. It also serves as a heartbeat when nothing is open. */

import { byUrgency, SEVERITIES } from '../audit/finding.ts';
import type { CoverageFigure } from '../audit/rule.ts';
import { listed, plural } from '../collections.ts';
import { entryAt } from '../ledger/entry-at.ts';
import type { LedgerEntry, LedgerRun, OpenSpan, Period } from '../ledger/ledger.ts';
import { isRemediated, openSpansOf } from '../ledger/open-spans.ts';
import { type CoverageHistory, coverageOverTime } from '../report/coverage.ts';
import { type Freshness, silentPhrase } from '../report/freshness/freshness.ts';
import { gapPhrases, gapRow } from '../report/gap-words.ts';
import { type Gaps, gapsOver } from '../report/gaps.ts';
import { isIn, windowOf } from '../report/trend.ts';
import { countWords, shareWords, unknownWords } from '../report/words.ts';
import { FAILURES_HEADING, type Failure, failureLines } from './compose-notes.ts';
import { titleOf } from './describe.ts';
import { type AlertMessage, toMessage } from './message.ts';
import { plainText, wrap } from './plain-text.ts';
import { countLines, footer, IN_FULL, type MailContext, resolvedHeading, resolvedLines, section } from './sections.ts';
import { agePhrase, causeClause } from './wording.ts';

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
  /** How many accounts and regions ever spoke, and how many are silent. @default none ever spoke */
  readonly freshness?: Pick<Freshness, 'silent' | 'scopes' | 'list'> | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Without a new log for this long, the digest asks whether the trail is still on. */
const SILENCE_MS = 60 * 60 * 1000;

/**
 * The digest at `context.now`. It is sent even when nothing is open; otherwise a broken setup would look like all is well. Its period
 * ends before `now`, and its figures are those of a report on the same period.
 */
export function composeDigest(source: DigestSource, context: MailContext): AlertMessage {
  const { now } = context;
  const { every, failures = [] } = source;
  const spanMs = every === 'daily' ? DAY_MS : 7 * DAY_MS;
  const period = { since: new Date(now.getTime() - spanMs), until: now };
  const entries = source.entries.map((entry) => entryAt(entry, now));
  const open = entries.filter(({ finding }) => finding.status === 'open').toSorted(byEntryUrgency);
  const spans = entries.flatMap(openSpansOf);
  const changes = changesIn(spans, period);
  const resolved = entries.filter(
    ({ finding, resolvedAt }) =>
      finding.status === 'resolved' && isIn(windowOf([], { period, generatedAt: now }), resolvedAt),
  );
  const gaps = gapsOver(source.runs);
  const coverage = coverageOverTime(source.runs.filter(({ at }) => at >= period.since && at < period.until));
  const lines = [
    ...wrap(`${openPhrase(open)}; ${checkedPhrase(coverage)}; ${logPhrase(source.lastLogAt, now)}.`, ''),
    ...unseenLines(gaps),
    ...silentLines(source.freshness),
    '',
    ...wrap(`Since ${dayOf(period.since)}: ${changes.opened} new, ${changes.resolved} resolved.`, ''),
    ...coverageLines(coverage),
    '',
    'Trend:',
    ...trendLines(spans, now, spanMs),
    ...openLines(open, now),
    ...section('Could not be read or judged:', gapLines(gaps)),
    ...section(resolvedHeading(resolved), resolvedLines(resolved, now)),
    ...section(FAILURES_HEADING, failureLines(failures)),
    ...footer(`This digest is sent ${every}, even when there is nothing to report.`, context, open[0]?.finding),
  ];
  const counts = [
    openPhrase(open),
    ...unseenCounts(gaps),
    ...silentCounts(source.freshness),
    `${changes.opened} new`,
    `${changes.resolved} resolved`,
  ];
  return toMessage(
    'digest',
    `${every} digest ${dayOf(now)}: ${counts.join(', ')}`,
    lines,
    open.map((entry) => entry.finding),
  );
}

function byEntryUrgency(a: LedgerEntry, b: LedgerEntry): number {
  return byUrgency(a.finding, b.finding);
}

/** How often findings were opened and resolved in a period, its end excluded. */
function changesIn(
  spans: readonly OpenSpan[],
  { since, until }: Period,
): { readonly opened: number; readonly resolved: number } {
  const window = { since: since.getTime(), until: until.getTime() };
  return {
    opened: spans.filter(({ from }) => isIn(window, from)).length,
    resolved: spans.filter((span) => isRemediated(span) && isIn(window, span.to)).length,
  };
}

/** What could not be seen, before anything else is said: with it, `0 open` is no all-clear. */
function unseenLines(gaps: Gaps): readonly string[] {
  const phrases = gapPhrases(gaps);
  return phrases.length === 0 ? [] : wrap(`${phrases.join(', ')}.`, '');
}

/** Who sends no logs any more, by name if they are few. */
function silentLines(freshness: DigestSource['freshness']): readonly string[] {
  if (freshness === undefined) return [];
  const silent = freshness.list.filter(({ state }) => state === 'silent');
  const names = listed(
    silent.map(({ accountId, region }) => `${accountId} ${region}`),
    MAX_SILENT,
  );
  return wrap(`${silentPhrase(freshness)}${silent.length === 0 ? '' : `: ${plainText(names, 400)}`}.`, '');
}

const MAX_SILENT = 5;

function silentCounts(freshness: DigestSource['freshness']): readonly string[] {
  return freshness === undefined || freshness.silent === 0 ? [] : [`${freshness.silent} silent`];
}

/** The same for the subject, which has to be short. */
function unseenCounts({ unreachedAccounts, unreadLists, unjudged }: Gaps): readonly string[] {
  const resources = Object.values(unjudged).reduce((sum, count) => sum + count, 0);
  return [
    ...(unreachedAccounts === 0 ? [] : [`${plural(unreachedAccounts, 'account')} not read`]),
    ...(unreadLists === 0 ? [] : [`${plural(unreadLists, 'list')} not read`]),
    ...(resources === 0 ? [] : [`${resources} not judged`]),
  ];
}

/** The gaps that still stand, up to twenty. */
function gapLines({ list }: Gaps): readonly string[] {
  const standing = list.filter(({ still }) => still);
  const lines = standing.slice(0, MAX_GAPS).flatMap((gap) => {
    const { what, why, context } = gapRow(gap);
    return wrap(`- ${plainText(what, 200)}: ${plainText(why, 300)} (${plainText(context, 200)})`);
  });
  return standing.length > MAX_GAPS ? [...lines, `- and ${standing.length - MAX_GAPS} more`] : lines;
}

const MAX_GAPS = 20;

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** `3 open (1 high, 2 medium)`. */
function openPhrase(open: readonly LedgerEntry[]): string {
  const counts = SEVERITIES.toReversed().flatMap((severity) => {
    const count = open.filter(({ finding }) => finding.severity === severity).length;
    return count > 0 ? [`${count} ${severity}`] : [];
  });
  return counts.length > 0 ? `${open.length} open (${counts.join(', ')})` : '0 open';
}

const FIGURE_LABELS = { tags: 'Tagged', mirroring: 'Mirrored' } as const satisfies Record<CoverageFigure, string>;

function checkedPhrase({ tags, mirroring }: CoverageHistory): string {
  const checked = (tags.at(-1) ?? mirroring.at(-1))?.checked;
  return checked === undefined ? 'no account was looked at completely' : `${plural(checked, 'instance')} checked`;
}

function logPhrase(lastLogAt: Date | null, now: Date): string {
  if (lastLogAt === null) return 'no logs read: is the trail on?';
  const isSilent = now.getTime() - lastLogAt.getTime() > SILENCE_MS;
  return `last log ${agePhrase(lastLogAt, now)}${isSilent ? ': is the trail still on?' : ''}`;
}

/** The report's figures. A figure that was not measured says so. */
function coverageLines(coverage: CoverageHistory): readonly string[] {
  if (coverage.tags.length + coverage.mirroring.length === 0) return ['Coverage: not measured.'];
  return (['tags', 'mirroring'] as const).map((figure) => {
    const point = coverage[figure].at(-1);
    const label = FIGURE_LABELS[figure];
    if (point === undefined || point.checked === 0) return `${label}: not measured${unknownWords(point, ' (', ')')}`;
    return `${label}: ${countWords(point, ' instances')} (${shareWords(point)})`;
  });
}

/** The last seven days or weeks, the newest first: how many findings were open at the end, how many were opened and resolved. */
function trendLines(spans: readonly OpenSpan[], now: Date, spanMs: number): readonly string[] {
  return [0, 1, 2, 3, 4, 5, 6].map((spansBack) => {
    const until = new Date(now.getTime() - spansBack * spanMs);
    const since = new Date(until.getTime() - spanMs);
    const open = spans.filter(({ from, to }) => from < until && (to === null || to >= until)).length;
    const { opened, resolved } = changesIn(spans, { since, until });
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
        `- ${finding.severity.toUpperCase()} ${titleOf(finding)}: ${plainText(finding.reason, 200)} (${[causeClause(finding), agePhrase(openedAt, now)].filter(Boolean).join('; ')})`,
      ),
    );
  return ['', 'Most urgent:', ...mostUrgent, '', 'All open findings:', ...countLines(open)];
}
