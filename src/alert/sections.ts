/** The parts that several kinds of mail share: findings in full, counts of the rest, why you get this. */

import type { Finding, Severity } from '../audit/finding.ts';
import { groupBy, plural } from '../collections.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { describeFinding, titleOf } from './describe.ts';
import { type AlertGroup, groupEntries, newsIn } from './digest.ts';
import { pasteable, plainText, wrap } from './plain-text.ts';
import { actorOf, agePhrase, decidingEvidence, timePhrase, UNKNOWN_ACTOR, VALUE_LENGTH } from './wording.ts';

/** What a mail knows besides its findings. */
export interface MailContext {
  readonly now: Date;
  /** How long a finding may be young before it is mailed, in seconds; named in the footer. */
  readonly graceSeconds?: number | undefined;
  /** The severity from which findings are mailed at once; named in the footer. */
  readonly immediate?: Severity | undefined;
  /** Where the full report lies. */
  readonly reportUrl?: string | undefined;
}

/** Findings that a mail shows in full; the others are counted. */
export const IN_FULL = 5;

/** Names in a list of counts before the rest is summed up. */
const COUNTED_NAMES = 8;

/** Findings that a mail names one by one beside those in full: far below what a mail may hold, and more than anybody reads. */
const LISTED = 500;

/** Up to five findings in full under the heading of their group, then a line for each other, and their counts by rule, account and who did it. */
export function findingSections(
  entries: readonly LedgerEntry[],
  outcomes: readonly Outcome[],
  now: Date,
): readonly string[] {
  const lines: string[] = [];
  const rest: LedgerEntry[] = [];
  let room = IN_FULL;
  for (const group of groupEntries(entries)) {
    const shown = group.entries.slice(0, room);
    room -= shown.length;
    rest.push(...group.entries.slice(shown.length));
    if (shown.length > 0) lines.push('', ...wrap(headingOf(group, shown.length)));
    for (const entry of shown) lines.push('', ...describeFinding(entry, outcomes, now));
  }
  return rest.length === 0
    ? lines
    : [...lines, '', `And ${rest.length} more:`, ...listLines(rest), '', ...countLines(rest)];
}

/** A line for each finding, so that each can be found again in the mail: what it is, and what is wrong in a few words. */
export function listLines(entries: readonly LedgerEntry[]): readonly string[] {
  const lines = entries.slice(0, LISTED).flatMap(({ finding }) => wrap(`- ${titleOf(finding)}: ${inShort(finding)}`));
  return entries.length > LISTED ? [...lines, `- and ${entries.length - LISTED} more`] : lines;
}

function inShort({ rule, detail }: Finding): string {
  const missing = detail.missingTags ?? [];
  return missing.length > 0 ? `without a valid ${plainText(missing.join(', '), VALUE_LENGTH)}` : plainText(rule, 60);
}

function headingOf({ actor, entries }: AlertGroup, shown: number): string {
  const finding = entries[0]?.finding;
  const count = shown < entries.length ? `${shown} of ${entries.length}` : `${entries.length}`;
  return `--- ${finding?.severity.toUpperCase()} ${plainText(finding?.rule ?? '', 60)}: ${count}${actor === UNKNOWN_ACTOR ? '' : `, by ${actor}`} ---`;
}

/** Counts by rule, account and region, who did it, and owner where that is known. */
export function countLines(entries: readonly LedgerEntry[]): readonly string[] {
  const findings = entries.map((entry) => entry.finding);
  const facets: readonly (readonly [string, (finding: Finding) => string])[] = [
    ['Rule', ({ rule }) => rule],
    ['Account', ({ accountId, region }) => `${accountId} ${region}`],
    ['Who', actorOf],
    ['Owner', ({ detail }) => (typeof detail.owner === 'string' && detail.owner !== '' ? detail.owner : 'none')],
  ];
  return facets.flatMap(([label, of]) => wrap(`${label}: ${tally(findings.map(of))}`));
}

/** `a (12), b (3), 4 others (9)`: the most frequent first, equal ones by name. */
export function tally(values: readonly string[]): string {
  const counts = [...groupBy(values, (value) => value)]
    .map(([value, members]) => [value, members.length] as const)
    .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = counts.slice(0, COUNTED_NAMES).map(([value, count]) => `${plainText(value, 60)} (${count})`);
  const others = counts.slice(COUNTED_NAMES);
  if (others.length > 0)
    shown.push(`${plural(others.length, 'other')} (${others.reduce((sum, [, count]) => sum + count, 0)})`);
  return shown.join(', ');
}

/** One line for each finding that is over, up to twenty: what, for how long, who settled it. */
export function resolvedLines(entries: readonly LedgerEntry[], now: Date): readonly string[] {
  const lines = entries.slice(0, 20).flatMap(({ finding, openedAt, resolvedAt, resolvedBy }) => {
    const who = resolvedBy ?? (finding.remediation?.outcome === 'done' ? 'Mirrorwatch' : '');
    const by = who === '' ? '' : ` by ${plainText(who, VALUE_LENGTH)}`;
    const when = resolvedAt ?? now;
    const span = agePhrase(openedAt, when).replace(/ ago$/, '').replace('now', 'less than a minute');
    const news = newsIn(finding.evidence, openedAt);
    const cause =
      news === undefined
        ? []
        : wrap(
            `  Cause: ${plainText(news.eventName, 60)} by ${plainText(news.actor, VALUE_LENGTH)}, ${timePhrase(new Date(news.eventTime))}${news.note === undefined ? '' : ` (${plainText(news.note, 300)})`}`,
          );
    return [
      ...wrap(`- ${titleOf(finding)}: ${plainText(finding.rule, 60)} resolved ${timePhrase(when)}${by}, after ${span}`),
      ...cause,
    ];
  });
  return entries.length > 20 ? [...lines, `- and ${entries.length - 20} more`] : lines;
}

/** Calls by which something new came: that it was not mirrored yet is nobody's doing. */
const ARRIVALS: ReadonlySet<string> = new Set([
  'RunInstances',
  'StartInstances',
  'CreateFleet',
  'CreateNetworkInterface',
  'AttachNetworkInterface',
]);

/**
 * What was found and repaired in the same run. What is merely new is counted: nobody has to do anything. What somebody undid is
 * named, with who it was.
 */
export function repairedLines(entries: readonly LedgerEntry[], now: Date): readonly string[] {
  const undone = entries.filter(({ finding }) => {
    const evidence = decidingEvidence(finding);
    return evidence !== undefined && !ARRIVALS.has(evidence.eventName);
  });
  const fresh = entries.length - undone.length;
  return [
    ...(fresh > 0 ? wrap(`Nothing to do for ${plural(fresh, 'other finding')}: found and repaired at once.`, '') : []),
    ...(undone.length > 0 ? ['Undone by somebody, and repaired:', ...undoneLines(undone, now)] : []),
  ];
}

function undoneLines(entries: readonly LedgerEntry[], now: Date): readonly string[] {
  return entries.flatMap((entry) => {
    const evidence = decidingEvidence(entry.finding);
    const what =
      evidence === undefined ? '' : ` ${actorOf(entry.finding)} called ${plainText(evidence.eventName, 60)};`;
    return wrap(
      `- ${titleOf(entry.finding)}:${what} ${plainText(entry.finding.rule, 60)} repaired ${timePhrase(entry.resolvedAt ?? now)}`,
    );
  });
}

/** What every mail ends with: the report, why you get this, how to mute one of its findings. */
export function footer(why: string, context: MailContext, example?: Finding): readonly string[] {
  const lines: string[] = [''];
  if (context.reportUrl) lines.push(`Report: ${context.reportUrl}`, '');
  lines.push(...wrap(`Why you get this: this address is subscribed to Mirrorwatch's alerts. ${why}`, ''));
  const muting = example === undefined ? undefined : pasteable(exemptionOf(example, context.now));
  if (muting === undefined) return lines;
  return [
    ...lines,
    ...wrap('To mute a finding, give a reason, an owner and an end in "exemptions" of config.json, for example:', ''),
    muting,
  ];
}

/** Thirty days from now, as an exemption must end. */
function exemptionOf({ resourceId, rule }: Finding, now: Date): string {
  const expires = new Date(now.getTime() + 30 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  return JSON.stringify({ resource: resourceId, rule, reason: 'why', owner: 'who@example.com', expires });
}
