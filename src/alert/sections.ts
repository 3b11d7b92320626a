/** The parts that several kinds of mail share: findings in full, counts of the rest, and the footer. */

import { type Cause, isNotExamined } from '../audit/cause.ts';
import type { Finding, Severity } from '../audit/finding.ts';
import { isOnCalls, ruleTitleOf } from '../audit/rule-book.ts';
import { compareText, groupBy, plural } from '../collections.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { isClosedByConfiguration, isClosedByTime } from '../ledger/sight/closed.ts';
import { GUARDDUTY_FINDING, incidentBehind, isUnreportedIncident } from '../ledger/sight/to-be-told.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { type CauseStyle, causeLine, causeWords } from '../report/cause-words.ts';
import { describeFinding, titleOf } from './describe.ts';
import { type AlertGroup, groupEntries } from './digest.ts';
import { pasteable, plainText, wrap } from './plain-text.ts';
import {
  agePhrase,
  causeClause,
  causeStyle,
  lastSeenPhrase,
  type MailTime,
  namedCause,
  timePhrase,
  VALUE_LENGTH,
} from './wording.ts';

/** What a mail needs besides its findings. */
export interface MailContext extends MailTime {
  /** How long a finding may settle before it is mailed, in seconds. The footer states it. */
  readonly graceSeconds?: number | undefined;
  /** Findings of this severity and above are mailed immediately. The footer states it. */
  readonly immediate?: Severity | undefined;
  /** The address of the full report. */
  readonly reportUrl?: string | undefined;
  /** The file that has the configuration, as a command was given it. @default the deployed configuration */
  readonly configFile?: string | undefined;
}

/** Findings that a mail shows in full. The others are listed and counted. */
export const IN_FULL = 5;

/** Values in a list of counts before the rest is summed up as `others`. */
const COUNTED_NAMES = 8;

/** Findings that a mail lists besides those in full: far below the size limit of a mail, and more than anyone reads. */
const LISTED = 500;

/** A heading and its lines, after a blank line. Empty without lines. */
export function section(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines];
}

/** Up to five findings in full under the headings of their groups, then one line for each of the others, and counts of those. */
export function findingSections(
  entries: readonly LedgerEntry[],
  outcomes: readonly Outcome[],
  time: MailTime,
): readonly string[] {
  const lines: string[] = [];
  const rest: LedgerEntry[] = [];
  let room = IN_FULL;
  for (const group of groupEntries(entries)) {
    const shown = group.entries.slice(0, room);
    room -= shown.length;
    rest.push(...group.entries.slice(shown.length));
    if (shown.length > 0) lines.push('', ...wrap(headingOf(group, shown.length)));
    for (const entry of shown) lines.push('', ...describeFinding(entry, outcomes, time));
  }
  return rest.length === 0
    ? lines
    : [...lines, '', `And ${rest.length} more:`, ...listLines(rest, time), '', ...countLines(rest)];
}

/**
 * One line for each finding: its resource, what is missing or wrong, who caused it if that is proven, and when it was last seen if that
 * is long ago. A search in the mailbox then
 * finds every resource.
 */
export function listLines(entries: readonly LedgerEntry[], time: MailTime): readonly string[] {
  const lines = entries.slice(0, LISTED).flatMap(({ finding }) => {
    const lastSeen = lastSeenPhrase(finding, time);
    const parts = [inBrief(finding), causeClause(finding), lastSeen && `last seen ${lastSeen}`];
    return wrap(`- ${titleOf(finding)}: ${parts.filter(Boolean).join(', ')}`);
  });
  return entries.length > LISTED ? [...lines, `- and ${entries.length - LISTED} more`] : lines;
}

/** A reason in a list is cut only where it is longer than any rule's own. */
const LISTED_REASON = 400;

function inBrief({ rule, reason, resourceId, detail }: Finding): string {
  const missing = detail.missingTags ?? [];
  if (missing.length > 0) return `missing or invalid ${plainText(missing.join(', '), VALUE_LENGTH)}`;
  const bare = reason.startsWith(`${resourceId} `) ? reason.slice(resourceId.length + 1) : reason;
  return `${plainText(rule, 60)}: ${plainText(bare.replace(/\.$/, ''), LISTED_REASON)}`;
}

function headingOf({ actor, entries }: AlertGroup, shown: number): string {
  const finding = entries[0]?.finding;
  const count = shown < entries.length ? `${shown} of ${entries.length}` : `${entries.length}`;
  const isOpen = entries.every(({ finding: { cause } }) => isUnproven(cause));
  const by = actor === undefined ? (isOpen ? ', cause not proven' : '') : `, by ${actor}`;
  return `--- ${finding?.severity.toUpperCase()} ${finding === undefined ? '' : plainText(ruleTitleOf(finding), 80)}: ${count}${by} ---`;
}

/** True for a cause that was looked for and not proven. */
function isUnproven(cause: Cause): boolean {
  return cause.kind === 'possible' || (cause.kind === 'unknown' && !isNotExamined(cause));
}

/** Counts by rule, by account and region, by proven cause or caller, and by owner. */
export function countLines(entries: readonly LedgerEntry[]): readonly string[] {
  const findings = entries.map((entry) => entry.finding);
  const onCalls = findings.filter(({ rule }) => isOnCalls(rule));
  const onStates = findings.filter(({ rule }) => !isOnCalls(rule));
  const actorOf = (finding: Finding): string => namedCause(finding) ?? 'not proven';
  const facets: readonly (readonly [string, readonly string[]])[] = [
    ['Rule', findings.map(({ rule }) => rule)],
    ['Account', findings.map(({ accountId, region }) => `${accountId} ${region}`)],
    ['Caused by', onStates.map(actorOf)],
    ['Called by', onCalls.map(actorOf)],
    ['Owner', findings.map(({ owner = '' }) => (owner === '' ? 'none' : owner))],
  ];
  return facets.flatMap(([label, values]) => (values.length === 0 ? [] : wrap(`${label}: ${tally(values)}`)));
}

/** `a (12), b (3), 4 others (9)`: the most frequent first, ties by name. */
function tally(values: readonly string[]): string {
  const counts = [...groupBy(values, (value) => value)]
    .map(([value, members]) => [value, members.length] as const)
    .toSorted((a, b) => b[1] - a[1] || compareText(a[0], b[0]));
  const shown = counts.slice(0, COUNTED_NAMES).map(([value, count]) => `${plainText(value, 60)} (${count})`);
  const others = counts.slice(COUNTED_NAMES);
  if (others.length > 0)
    shown.push(`${plural(others.length, 'other')} (${others.reduce((sum, [, count]) => sum + count, 0)})`);
  return shown.join(', ');
}

/** The heading of `resolvedLines`. */
export function resolvedHeading(entries: readonly LedgerEntry[]): string {
  const closed = [
    ...(entries.some(isClosedByConfiguration) ? ['closed as no longer judged'] : []),
    ...(entries.some(isClosedByTime) ? ['closed by time alone'] : []),
  ];
  return `${['Resolved', ...closed].join(', or ')}:`;
}

/**
 * One line for each resolved finding, up to twenty: what it was, who resolved it, and how long it was open. What several of them are
 * due to is said once, below them.
 */
export function resolvedLines(entries: readonly LedgerEntry[], now: Date): readonly string[] {
  const style = causeStyle(now);
  const byCause = groupBy(
    entries.slice(0, 20),
    ({ finding: { rule, cause } }) => `${isOnCalls(rule)} ${causeWords(cause, style)}`,
  );
  const groups = [...byCause.values()].map((group) => ({ group, cause: resolvedCauseLines(group, style) }));
  // A cause is said below its findings, so those without one would seem to share that of the next.
  const lines = groups
    .toSorted((a, b) => Number(a.cause.length === 0) - Number(b.cause.length === 0))
    .flatMap(({ group, cause }) => [
      ...group.flatMap((entry) => [...resolvedLine(entry, now), ...incidentLines(entry)]),
      ...cause,
    ]);
  return entries.length > 20 ? [...lines, `- and ${entries.length - 20} more`] : lines;
}

function resolvedLine({ finding, openedAt, resolvedAt, resolvedBy }: LedgerEntry, now: Date): readonly string[] {
  const isClosed = isClosedByConfiguration({ resolvedBy }) || isClosedByTime({ resolvedBy });
  const who = resolvedBy ?? (finding.remediation?.outcome === 'done' ? 'Mirrorwatch' : '');
  const by = who === '' ? '' : ` by ${plainText(who, VALUE_LENGTH)}`;
  const when = resolvedAt ?? now;
  const openFor = agePhrase(openedAt, when).replace(/ ago$/, '').replace('now', 'less than a minute');
  return wrap(
    `- ${titleOf(finding)}: ${plainText(finding.rule, 60)} ${isClosed ? 'closed' : 'resolved'} ${timePhrase(when)}${by}, ${openFor} after it was found`,
  );
}

/** What a finding was that nobody was mailed about, and what GuardDuty reported. */
function incidentLines(entry: LedgerEntry): readonly string[] {
  const { finding } = entry;
  const incident = incidentBehind(entry);
  const what = isUnreportedIncident(entry) ? wrap(`  What: ${plainText(finding.reason, 500)}`) : [];
  if (incident?.eventName !== GUARDDUTY_FINDING) return what;
  const note = incident.note === undefined ? '' : ` (${plainText(incident.note, 300)})`;
  return [...what, ...wrap(`  ${GUARDDUTY_FINDING}, ${timePhrase(new Date(incident.eventTime))}${note}`)];
}

/** What the findings are due to. Why it is unknown is only worth saying of a finding that nobody was mailed about. */
function resolvedCauseLines(group: readonly LedgerEntry[], style: CauseStyle): readonly string[] {
  const finding = group[0]?.finding;
  if (finding === undefined || (finding.cause.kind === 'unknown' && !group.some(isUnreportedIncident))) return [];
  const line = causeLine(finding, style);
  if (line === undefined) return [];
  const [label, words] = line;
  return wrap(`  ${label}${group.length > 1 ? ` (all ${group.length})` : ''}: ${words}`);
}

/** Calls that add a resource. That it was not mirrored yet is not the caller's fault. */
const ARRIVALS: ReadonlySet<string> = new Set([
  'RunInstances',
  'StartInstances',
  'CreateFleet',
  'CreateNetworkInterface',
  'AttachNetworkInterface',
]);

/**
 * What was found and repaired in the same run. What is due, or possibly due, to a call that broke something is listed with its cause.
 * New resources, and what has no known cause, are only counted: nobody has to act.
 */
export function repairedLines(entries: readonly LedgerEntry[], now: Date): readonly string[] {
  const broken = entries.filter(({ finding: { cause } }) => {
    const calls = 'calls' in cause ? cause.calls : [];
    return calls.some(({ eventName }) => !ARRIVALS.has(eventName));
  });
  const added = entries.length - broken.length;
  return [
    ...(added > 0 ? ['', ...wrap(`${plural(added, 'more finding')}, repaired immediately. Nothing to do.`, '')] : []),
    ...section('Broken by a call, and repaired:', brokenLines(broken, now)),
  ];
}

function brokenLines(entries: readonly LedgerEntry[], now: Date): readonly string[] {
  return entries.flatMap(({ finding, resolvedAt }) =>
    wrap(
      `- ${titleOf(finding)}: ${causeWords(finding.cause, causeStyle(now))}; ${plainText(finding.rule, 60)} repaired ${timePhrase(resolvedAt ?? now)}`,
    ),
  );
}

/** What every mail ends with: the report's address, why the reader receives the mail, and how to mute one of its findings. */
export function footer(why: string, context: MailContext, example?: Finding): readonly string[] {
  const lines: string[] = [''];
  if (context.recordsAlone && example !== undefined)
    lines.push(...wrap('Known from log records alone: there was no account to look at.', ''), '');
  if (context.reportUrl) lines.push(`Report: ${context.reportUrl}`, '');
  lines.push(
    ...wrap(`You're receiving this mail because this address is subscribed to Mirrorwatch alerts. ${why}`, ''),
  );
  const muting = example === undefined ? undefined : pasteable(exemptionOf(example, context.now));
  if (muting === undefined) return lines;
  return [
    ...lines,
    ...wrap(
      `To mute a finding, add it to "exemptions" in ${configWords(context)} with a reason, an owner and an expiry date:`,
      '',
    ),
    muting,
  ];
}

/** Where people find the configuration: the file that a command read, or `the deployed configuration`. */
export function configWords({ configFile }: Pick<MailContext, 'configFile'>): string {
  return configFile === undefined ? 'the deployed configuration' : plainText(configFile, VALUE_LENGTH);
}

/** An exemption that expires in thirty days: every exemption needs an end. */
function exemptionOf({ resourceId, rule }: Finding, now: Date): string {
  const expires = new Date(now.getTime() + 30 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  return JSON.stringify({ resource: resourceId, rule, reason: 'why', owner: 'who@example.com', expires });
}
