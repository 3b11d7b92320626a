/** Mails that do not ask for a tag or a mirror session: all-clears, and what could not be read or judged. */

import type { Finding } from '../audit/finding.ts';
import { plural } from '../collections.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { isClosedByConfiguration } from '../ledger/sight/closed.ts';
import { isUnreportedIncident } from '../ledger/sight/to-be-told.ts';
import { rejectedPhrases } from '../report/gap-words.ts';
import type { Rejected, RejectedKind } from '../report/report.ts';
import { type AlertMessage, SUBJECT_LENGTH, toMessage } from './message.ts';
import { plainText, wrap } from './plain-text.ts';
import { configWords, footer, type MailContext, resolvedLines, section } from './sections.ts';
import { countPhrase, placePhrase, subjectPhrase } from './wording.ts';

/** Something that could not be read or judged, or a delivery that was refused as forged. */
export interface Failure extends Rejected {
  /** True when we refused it on purpose (a foreign bucket, an unknown topic): it may be an attack. */
  readonly refused?: boolean | undefined;
}

/** The all-clear for findings that were mailed before. `resolved` must not be empty. */
export function composeResolved(
  resolved: readonly LedgerEntry[],
  context: MailContext,
  failures: readonly Failure[] = [],
): AlertMessage {
  const findings = resolved.map((entry) => entry.finding);
  const [closed, settled] = [resolved.filter(isClosedByConfiguration), resolved.filter(isSettled)];
  const lines = [
    ...allClear(settled),
    ...noLongerJudged(closed),
    '',
    ...resolvedLines(resolved, context.now),
    ...section(FAILURES_HEADING, failureLines(failures)),
    ...footer(
      resolved.some(isUnreportedIncident)
        ? 'When someone breaks or redirects the mirroring, or GuardDuty suspects a resource, you get a mail even if the problem was fixed immediately.'
        : 'You were mailed about these findings when they were new.',
      context,
    ),
  ];
  const title = settled.length > 0 ? 'RESOLVED' : 'NO LONGER JUDGED';
  const named = settled.length > 0 ? settled.map((entry) => entry.finding) : findings;
  const subject = `${title} ${subjectPhrase(named, SUBJECT_LENGTH - title.length - 1)}`;
  return toMessage('resolved', subject, lines, findings, resolved);
}

function isSettled(entry: LedgerEntry): boolean {
  return !isClosedByConfiguration(entry);
}

function allClear(settled: readonly LedgerEntry[]): readonly string[] {
  if (settled.length === 0) return [];
  const findings = settled.map((entry) => entry.finding);
  return wrap(`Resolved: ${countPhrase(findings)} in ${placePhrase(findings)}. ${whatIsLeft(findings)}`);
}

function noLongerJudged(closed: readonly LedgerEntry[]): readonly string[] {
  if (closed.length === 0) return [];
  const findings = closed.map((entry) => entry.finding);
  return wrap(
    `Closed, not resolved: ${countPhrase(findings)} in ${placePhrase(findings)}. Our configuration no longer judges this, so it may still be so and nobody will be told.`,
  );
}

/** A repair ends the mirroring to an unknown target; it does not say who set it up. */
function whatIsLeft(findings: readonly Finding[]): string {
  const isDisguised = findings.some(({ detail }) => (detail.disguisedSessionIds?.length ?? 0) > 0);
  return isDisguised
    ? 'Nothing is left to repair, but find out who made or redirected the session that carries our tag: traffic went to an unknown target.'
    : 'Nothing left to do.';
}

/** The mail about what could not be read or judged, or was refused. `failures` must not be empty. */
export function composeFailure(failures: readonly Failure[], context: MailContext): AlertMessage {
  const refused = failures.filter((failure) => failure.refused);
  const others = failures.filter((failure) => !failure.refused);
  const counts = [
    ...(refused.length > 0 ? [`${plural(refused.length, 'delivery', 'deliveries')} refused`] : []),
    ...rejectedPhrases(others),
  ].join(', ');
  const kinds = new Set(others.map(({ of = 'input' }) => of));
  const advice = (Object.keys(ADVICE) as RejectedKind[]).filter((kind) => kinds.has(kind)).map((kind) => ADVICE[kind]);
  const lines = [
    ...wrap(`${counts}. Reports say nothing about what they would have shown.`, ''),
    '',
    ...failureLines(failures),
    ...(refused.length > 0 ? ['', ...wrap(refusedAdvice(context), '')] : []),
    ...advice.flatMap(({ words, command }) => ['', ...wrap(words, ''), ...(command === undefined ? [] : [command])]),
    ...footer('The same failure is mailed at most once a day.', context),
  ];
  const [first] = failures;
  const file = failures.length === 1 && first !== undefined ? ` - ${lastPart(first.path)}` : '';
  return toMessage('failure', `FAILURE ${counts}${file}`, lines, []);
}

function refusedAdvice(context: MailContext): string {
  return `A refused delivery named a bucket, account or topic that is not configured. If it is yours, add it to "trail" in ${configWords(context)}. If it is not, someone else can publish to your topic or queue.`;
}

/** What to do, by what could not be read or judged, in the order of the mail. */
const ADVICE: Readonly<Record<RejectedKind, { readonly words: string; readonly command?: string }>> = {
  account: {
    words:
      'What is in these accounts and lists was not judged. Fix: let the role that mirrorwatch uses there make the calls that are named above. The next sweep reads them again.',
  },
  snapshot: {
    words:
      'What depends on a gap in the snapshot was not judged. Fix: take the snapshot again, with credentials that may read every list, and repeat the command with it:',
    command: 'mirrorwatch snapshot FILE',
  },
  past: {
    words: 'Give logs that reach from that time until the account was read.',
  },
  records: {
    words:
      'These records were read, but CloudTrail leaves out the request or response of a very long call, so they do not say what the call was about. An attacker can make a call that long on purpose. Fix: look at the resource or the caller that the record names, and judge the account as it is now, which shows what the call did:',
    command: 'mirrorwatch audit',
  },
  input: { words: 'Fix: once the cause is gone, scan each path again:', command: 'mirrorwatch scan PATH' },
};

/** The heading of failures in a mail about something else. */
export const FAILURES_HEADING = 'Inputs and records that could not be read or judged:';

/** One line for each failure, up to twenty. */
export function failureLines(failures: readonly Failure[]): readonly string[] {
  const lines = failures
    .slice(0, 20)
    .flatMap(({ path, reason, refused }) =>
      wrap(`- ${plainText(path, 300)}: ${refused ? 'refused: ' : ''}${plainText(reason, 300)}`),
    );
  return failures.length > 20 ? [...lines, `- and ${failures.length - 20} more`] : lines;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1) || path;
}
