/** Mails about open findings: new ones, a flood of them, and reminders. */

import { byUrgency, type Finding } from '../audit/finding.ts';
import { compareText, groupBy } from '../collections.ts';
import type { AlertStage, LedgerEntry } from '../ledger/ledger.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { FAILURES_HEADING, type Failure, failureLines } from './compose-notes.ts';
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
  resolvedHeading,
  resolvedLines,
  section,
} from './sections.ts';
import {
  actorLabel,
  causeClause,
  commonActor,
  countPhrase,
  lastSeenPhrase,
  namedCause,
  placePhrase,
  subjectPhrase,
  VALUE_LENGTH,
} from './wording.ts';

/** What one delivery has to report. `entries` are the findings the mail is about; the other lists are added to it and may be empty. */
export interface DeliveryAlert {
  readonly entries: readonly LedgerEntry[];
  readonly outcomes: readonly Outcome[];
  readonly reminders?: readonly DueAlert[] | undefined;
  readonly resolved?: readonly LedgerEntry[] | undefined;
  /** Found and repaired in the same run. They cause no mail of their own, but are mentioned in one that is sent anyway. */
  readonly repaired?: readonly LedgerEntry[] | undefined;
  readonly failures?: readonly Failure[] | undefined;
}

/**
 * The mail about the findings that a delivery opened, grouped by severity, rule and proven cause: five in full, the rest listed and counted.
 * `alert.entries` must not be empty.
 */
export function composeFindingsMail(alert: DeliveryAlert, context: MailContext): AlertMessage {
  const entries = mostUrgentFirst(alert.entries);
  const findings = entries.map((entry) => entry.finding);
  const lines = [
    ...wrap(`${headline(findings)} in ${placePhrase(findings)}${byActors(entries)}.`),
    ...findingSections(entries, alert.outcomes, context),
    ...secondaryLines(alert, context),
    ...footer(whyMailedNow(context, findings), context, findings[0]),
  ];
  const about = [...entries, ...mentioned(alert)];
  return toMessage('findings', subjectOf(severityOf(entries), findings), lines, findings, about);
}

/**
 * The single mail for a flood of findings: what they have in common (cause, Auto Scaling group, AMI, VPC), counts, and a few
 * examples. `alert.entries` must not be empty.
 */
export function composeBurst(alert: DeliveryAlert, context: MailContext): AlertMessage {
  const entries = mostUrgentFirst(alert.entries);
  const findings = entries.map((entry) => entry.finding);
  const common = commonTraits(entries);
  const examples = entries.slice(0, IN_FULL);
  const lines = [
    ...wrap(`Burst: ${countPhrase(findings)} in ${placePhrase(findings)}.`),
    '',
    ...(common.length > 0
      ? ['In common:', ...common.flatMap((trait) => wrap(`- ${trait}`))]
      : ['Most of them have nothing in common.']),
    '',
    'Totals:',
    ...countLines(entries),
    '',
    'Examples:',
    ...examples.flatMap(({ finding }) => {
      const lastSeen = lastSeenPhrase(finding, context);
      const notes = [causeClause(finding), lastSeen && `last seen ${lastSeen}`].filter(Boolean).join('; ');
      return wrap(`- ${titleOf(finding)}: ${plainText(finding.reason, 200)}${notes === '' ? '' : ` (${notes})`}`);
    }),
    ...section('The others:', listLines(entries.slice(IN_FULL), context)),
    ...secondaryLines(alert, context),
    ...footer(
      'So many findings arrived at once that they are combined into one mail; the report lists each of them.',
      context,
      findings[0],
    ),
  ];
  const about = [...entries, ...mentioned(alert)];
  return toMessage('burst', subjectOf(`BURST ${severityOf(entries)}`, findings), lines, findings, about);
}

/** The mail about findings that are still open a day or a week after they were mailed. `reminders` must not be empty. */
export function composeReminder(
  reminders: readonly DueAlert[],
  alert: DeliveryAlert,
  context: MailContext,
): AlertMessage {
  const entries = mostUrgentFirst(reminders.map(({ entry }) => entry));
  const findings = entries.map((entry) => entry.finding);
  const lines = [
    ...wrap(`${headline(findings)} in ${placePhrase(findings)}, still open after ${waitPhrase(reminders)}.`),
    ...findingSections(entries, alert.outcomes, context),
    ...secondaryLines({ ...alert, reminders: [] }, context),
    ...footer(
      'You were mailed about these findings before, and they are still open. There is one reminder after a day and one after a week.',
      context,
      findings[0],
    ),
  ];
  const about = [...entries, ...mentioned({ ...alert, reminders: [] })];
  return toMessage('reminder', subjectOf(`STILL OPEN ${severityOf(entries)}`, findings), lines, findings, about);
}

/** `a day`, `a week`, or both when the reminders are of both kinds. */
function waitPhrase(reminders: readonly DueAlert[]): string {
  const weekOld = reminders.filter(({ stage }) => stage === 'reminded-week').length;
  if (weekOld === 0) return 'a day';
  return weekOld === reminders.length ? 'a week' : 'a day, some after a week';
}

/** What a mail reports besides its main subject: reminders, repairs, all-clears and failures. */
function secondaryLines(
  { reminders = [], resolved = [], repaired = [], failures = [] }: DeliveryAlert,
  { now }: MailContext,
): readonly string[] {
  const stillOpen = reminders
    .slice(0, 20)
    .flatMap(({ entry, stage }) =>
      wrap(`- ${titleOf(entry.finding)}: ${plainText(entry.finding.rule, 60)}, ${STAGE_WORDS[stage]}`),
    );
  if (reminders.length > 20) stillOpen.push(`- and ${reminders.length - 20} more`);
  return [
    ...section('Still open:', stillOpen),
    ...repairedLines(repaired, now),
    ...section(resolvedHeading(resolved), resolvedLines(resolved, now)),
    ...section(FAILURES_HEADING, failureLines(failures)),
  ];
}

/** What a mail says besides its main subject about findings that were mailed before: it stands with those mails, too. */
function mentioned({ reminders = [], resolved = [] }: DeliveryAlert): readonly LedgerEntry[] {
  return [...reminders.map(({ entry }) => entry), ...resolved];
}

function mostUrgentFirst(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.toSorted((a, b) => byUrgency(a.finding, b.finding));
}

const STAGE_WORDS = {
  notified: 'new',
  'reminded-day': 'mailed more than a day ago',
  'reminded-week': 'mailed more than a week ago',
  resolved: 'resolved',
} satisfies Record<AlertStage, string>;

function subjectOf(kind: string, findings: readonly Finding[]): string {
  return `${kind} ${subjectPhrase(findings, SUBJECT_LENGTH - kind.length - 1, commonActor(findings))}`;
}

function severityOf(entries: readonly LedgerEntry[]): string {
  return (worstOf(entries.map((entry) => entry.finding)) ?? 'low').toUpperCase();
}

/** What a phone shows of the mail: the counts, and for a single finding its resource. */
function headline(findings: readonly Finding[]): string {
  const [first] = findings;
  return findings.length === 1 && first ? `${countPhrase(findings)}: ${titleOf(first)}` : countPhrase(findings);
}

/** `, by` the actor if all findings are proven to have the same one, or the number of actors. Empty unless all are proven. */
function byActors(entries: readonly LedgerEntry[]): string {
  const actors = [...new Set(entries.map(({ finding }) => namedCause(finding)))];
  if (actors.includes(undefined)) return '';
  return actors.length > 1 ? `, by ${actors.length} different actors` : `, by ${actors[0]}`;
}

function whyMailedNow({ immediate, graceSeconds = 0 }: MailContext, findings: readonly Finding[]): string {
  const severity = immediate === undefined ? '' : ` of severity ${immediate} or above`;
  const grace = graceSeconds === 0 ? '' : `, after a grace period of ${graceSeconds} s`;
  const isRepaired = findings.some(({ detail }) => detail.repairAwaited !== undefined);
  const repair = isRepaired ? ' What is being repaired is mailed when the repair has failed or is overdue.' : '';
  return `New findings${severity} are mailed when they are found${grace}.${repair}`;
}

/** The values that more than half of the findings share, with their counts. */
function commonTraits(entries: readonly LedgerEntry[]): readonly string[] {
  const traits: readonly (readonly [string, (entry: LedgerEntry) => unknown])[] = [
    [actorLabel(entries.map(({ finding }) => finding)), ({ finding }) => namedCause(finding)],
    ['Auto Scaling group', ({ finding }) => finding.detail.autoScalingGroupName],
    ['AMI', ({ finding }) => finding.detail.imageId],
    ['Owner', ({ finding }) => finding.owner],
    ['VPC', ({ finding }) => finding.detail.vpcId],
    ['Account and region', ({ finding }) => `${finding.accountId} ${finding.region}`],
  ];
  return traits.flatMap(([label, traitOf]) => {
    const values = entries.map(traitOf).filter((value) => typeof value === 'string' && value !== '');
    const [top] = [...groupBy(values, String)].toSorted((a, b) => b[1].length - a[1].length || compareText(a[0], b[0]));
    if (!top || top[1].length * 2 <= entries.length) return [];
    return [`${label}: ${plainText(top[0], VALUE_LENGTH)} (${top[1].length} of ${entries.length})`];
  });
}
