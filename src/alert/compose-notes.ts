/** Mails that ask for nothing to be tagged or mirrored: what is over, and what could not be read. */

import { plural } from '../collections.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Rejected } from '../report/report.ts';
import { isUntoldNews } from './digest.ts';
import { type AlertMessage, SUBJECT_LENGTH, toMessage } from './message.ts';
import { plainText, wrap } from './plain-text.ts';
import { footer, type MailContext, resolvedLines } from './sections.ts';
import { countPhrase, placePhrase, subjectPhrase } from './wording.ts';

/** Something that was not read, or a delivery that was refused as forged. */
export interface Failure extends Rejected {
  /** True when it was refused on purpose (a foreign bucket, an unknown topic): someone may be trying. */
  readonly refused?: boolean | undefined;
}

/** The all-clear for findings that were mailed before. `resolved` must not be empty. */
export function composeResolved(
  resolved: readonly LedgerEntry[],
  context: MailContext,
  failures: readonly Failure[] = [],
): AlertMessage {
  const findings = resolved.map((entry) => entry.finding);
  const lines = [
    ...wrap(`Resolved: ${countPhrase(findings)} in ${placePhrase(findings)}. Nothing is left to do.`),
    '',
    ...resolvedLines(resolved, context.now),
    ...(failures.length > 0 ? ['', 'Could not be read or was refused:', ...failureLines(failures)] : []),
    ...footer(
      resolved.some(isUntoldNews)
        ? 'What somebody undid, or GuardDuty suspects, is mailed also when it was put in order at once.'
        : 'These findings were mailed when they were new.',
      context,
    ),
  ];
  return toMessage(
    'resolved',
    `RESOLVED ${subjectPhrase(findings, SUBJECT_LENGTH - 'RESOLVED '.length)}`,
    lines,
    findings,
  );
}

/** The mail about inputs that could not be read or were refused. `failures` must not be empty. */
export function composeFailure(failures: readonly Failure[], context: MailContext): AlertMessage {
  const refused = failures.filter((failure) => failure.refused).length;
  const unread = failures.length - refused;
  const parts = [
    ...(refused > 0 ? [`${refused === 1 ? '1 delivery' : `${refused} deliveries`} refused`] : []),
    ...(unread > 0 ? [`${plural(unread, 'input')} not read`] : []),
  ];
  const first = failures[0]?.path ?? '';
  const lines = [
    ...wrap(`${parts.join(', ')}: what they held is not in any report until they are read.`, ''),
    '',
    ...failureLines(failures),
    ...(refused > 0
      ? [
          '',
          ...wrap(
            'A refused delivery named a bucket, account or topic that is not configured. If it is yours, add it to "trail" in config.json; if not, someone can publish to your topic or queue.',
            '',
          ),
        ]
      : []),
    ...(unread > 0
      ? [
          '',
          ...wrap('Fix: read them again once the cause is gone. With the path of each:', ''),
          'mirrorwatch scan PATH',
        ]
      : []),
    ...footer('An input that fails is mailed once a day.', context),
  ];
  const subject = `FAILURE ${parts.join(', ')}${failures.length === 1 ? ` - ${lastPart(first)}` : ''}`;
  return toMessage('failure', subject, lines, []);
}

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
