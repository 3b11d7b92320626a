/** Mails about open findings: new ones, a flood of them, and reminders. */

import { byUrgency, type Finding } from '../audit/finding.ts';
import { groupBy } from '../collections.ts';
import type { AlertStage, LedgerEntry } from '../ledger/ledger.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { type Failure, failureLines } from './compose-notes.ts';
import { titleOf } from './describe.ts';
import type { DueAlert } from './digest.ts';
import { type AlertMessage, SUBJECT_LENGTH, toMessage, worstOf } from './message.ts';
import { plainText, wrap } from './plain-text.ts';
import {
  countLines,
  findingSections,
  footer,
  IN_FULL,
  listLines,
  type MailContext,
  repairedLines,
  resolvedLines,
} from './sections.ts';
import { actorOf, countPhrase, placePhrase, subjectPhrase, UNKNOWN_ACTOR, VALUE_LENGTH } from './wording.ts';

/** What one delivery has to tell. `entries` are the findings the mail is about; the other lists ride along and may be empty. */
export interface DeliveryNews {
  readonly entries: readonly LedgerEntry[];
  readonly outcomes: readonly Outcome[];
  readonly reminders?: readonly DueAlert[] | undefined;
  readonly resolved?: readonly LedgerEntry[] | undefined;
  /** Found and repaired by us in the same run: no cause for a mail, but told when there is one. */
  readonly repaired?: readonly LedgerEntry[] | undefined;
  readonly failures?: readonly Failure[] | undefined;
}

/**
 * The mail about the findings that a delivery opened: grouped by who did it, severity and rule; five in full, the rest counted.
 * `news.entries` must not be empty.
 */
export function composeFindingsMail(news: DeliveryNews, context: MailContext): AlertMessage {
  const entries = sorted(news.entries);
  const findings = entries.map((entry) => entry.finding);
  const subject = subjectOf(severityOf(entries), findings);
  const lines = [
    ...wrap(`${headline(findings)}${whoPhrase(entries)}, in ${placePhrase(findings)}.`),
    ...findingSections(entries, news.outcomes, context.now),
    ...alsoLines(news, context),
    ...footer(whyNew(context), context, findings[0]),
  ];
  return toMessage('findings', subject, lines, findings);
}

/**
 * The one mail of a flood: what its findings have in common (who, Auto Scaling group, AMI, VPC), counts, and a few examples.
 * `news.entries` must not be empty.
 */
export function composeBurst(news: DeliveryNews, context: MailContext): AlertMessage {
  const entries = sorted(news.entries);
  const findings = entries.map((entry) => entry.finding);
  const common = commonTraits(entries);
  const lines = [
    ...wrap(`Burst: ${countPhrase(findings)} in ${placePhrase(findings)}.`),
    '',
    ...(common.length > 0
      ? ['In common:', ...common.flatMap((trait) => wrap(`- ${trait}`))]
      : ['Nothing in common was found.']),
    '',
    'All of them:',
    ...countLines(entries),
    '',
    'For example:',
    ...entries
      .slice(0, IN_FULL)
      .flatMap(({ finding }) => wrap(`- ${titleOf(finding)}: ${plainText(finding.reason, 200)}`)),
    ...(entries.length > IN_FULL ? ['', 'The others:', ...listLines(entries.slice(IN_FULL))] : []),
    ...alsoLines(news, context),
    ...footer(
      'So many findings came at once that they are one mail; the report has each of them.',
      context,
      findings[0],
    ),
  ];
  return toMessage('burst', subjectOf(`BURST ${severityOf(entries)}`, findings), lines, findings);
}

/** The mail about findings that are still open a day or a week after they were mailed. `reminders` must not be empty. */
export function composeReminder(
  reminders: readonly DueAlert[],
  news: DeliveryNews,
  context: MailContext,
): AlertMessage {
  const entries = sorted(reminders.map(({ entry }) => entry));
  const findings = entries.map((entry) => entry.finding);
  const longest = reminders.some(({ stage }) => stage === 'reminded-week') ? 'a week' : 'a day';
  const lines = [
    ...wrap(`Still open after ${longest}: ${headline(findings)} in ${placePhrase(findings)}.`),
    ...findingSections(entries, news.outcomes, context.now),
    ...alsoLines({ ...news, reminders: [] }, context),
    ...footer(
      'These findings were mailed before and are still open; there is a reminder after a day and one after a week.',
      context,
      findings[0],
    ),
  ];
  return toMessage('reminder', subjectOf(`STILL OPEN ${severityOf(entries)}`, findings), lines, findings);
}

/** What a delivery has to tell besides its main matter. */
function alsoLines(
  { reminders = [], resolved = [], repaired = [], failures = [] }: DeliveryNews,
  { now }: MailContext,
): readonly string[] {
  const still = reminders
    .slice(0, 20)
    .flatMap(({ entry, stage }) =>
      wrap(`- ${titleOf(entry.finding)}: ${plainText(entry.finding.rule, 60)}, ${STAGE_WORDS[stage]}`),
    );
  if (reminders.length > 20) still.push(`- and ${reminders.length - 20} more`);
  return [
    ...(still.length > 0 ? ['', 'Still open:', ...still] : []),
    ...(repaired.length > 0 ? ['', ...repairedLines(repaired, now)] : []),
    ...(resolved.length > 0 ? ['', 'Resolved:', ...resolvedLines(resolved, now)] : []),
    ...(failures.length > 0 ? ['', 'Could not be read or was refused:', ...failureLines(failures)] : []),
  ];
}

function sorted(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.toSorted((a, b) => byUrgency(a.finding, b.finding));
}

const STAGE_WORDS = {
  notified: 'new',
  'reminded-day': 'mailed more than a day ago',
  'reminded-week': 'mailed more than a week ago',
  resolved: 'resolved',
} satisfies Record<AlertStage, string>;

function subjectOf(kind: string, findings: readonly Finding[]): string {
  return `${kind} ${subjectPhrase(findings, SUBJECT_LENGTH - kind.length - 1)}`;
}

function severityOf(entries: readonly LedgerEntry[]): string {
  return (worstOf(entries.map((entry) => entry.finding)) ?? 'low').toUpperCase();
}

/** What a phone shows of the mail: counts, and of a single finding what it is. */
function headline(findings: readonly Finding[]): string {
  const [first] = findings;
  return findings.length === 1 && first ? `${countPhrase(findings)}: ${titleOf(first)}` : countPhrase(findings);
}

/** `, by` the actor when there is one, else how many; nothing when nobody is known. */
function whoPhrase(entries: readonly LedgerEntry[]): string {
  const actors = [...new Set(entries.map(({ finding }) => actorOf(finding)))];
  if (actors.length > 1) return `, by ${actors.length} different actors`;
  return actors[0] === undefined || actors[0] === UNKNOWN_ACTOR ? '' : `, by ${actors[0]}`;
}

function whyNew({ immediate, graceSeconds }: MailContext): string {
  const severity = immediate === undefined ? '' : ` of severity ${immediate} or above`;
  const grace = graceSeconds === undefined ? '' : `, once they are older than ${graceSeconds} s`;
  return `New findings${severity} are mailed with the delivery that shows them${grace}.`;
}

/** What more than half of the findings share, in words, with how many. */
function commonTraits(entries: readonly LedgerEntry[]): readonly string[] {
  const traits: readonly (readonly [string, (entry: LedgerEntry) => unknown])[] = [
    ['Who', ({ finding }) => actorOf(finding)],
    ['Auto Scaling group', ({ finding }) => finding.detail.autoScalingGroupName],
    ['AMI', ({ finding }) => finding.detail.imageId],
    ['Owner', ({ finding }) => finding.detail.owner],
    ['VPC', ({ finding }) => finding.detail.vpcId],
    ['Account and region', ({ finding }) => `${finding.accountId} ${finding.region}`],
  ];
  return traits.flatMap(([label, of]) => {
    const values = entries
      .map(of)
      .filter((value) => typeof value === 'string' && value !== '' && value !== UNKNOWN_ACTOR);
    const [top] = [...groupBy(values, String)].toSorted((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
    if (!top || top[1].length * 2 <= entries.length) return [];
    return [`${label}: ${plainText(top[0], VALUE_LENGTH)} (${top[1].length} of ${entries.length})`];
  });
}
