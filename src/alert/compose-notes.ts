/** Mails that do not ask for a tag or a mirror session: all-clears, and inputs that could not be read. */

import { plural } from '../collections.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Rejected } from '../report/report.ts';
import { isUnreportedIncident } from './digest.ts';
import { type AlertMessage, SUBJECT_LENGTH, toMessage } from './message.ts';
import { plainText, wrap } from './plain-text.ts';
import { footer, type MailContext, resolvedLines, section } from './sections.ts';
import { countPhrase, placePhrase, subjectPhrase } from './wording.ts';

/** An input that could not be read, or a delivery that was refused as forged. */
export interface Failure extends Rejected {
  /** True when we refused it on purpose (a foreign bucket, an unknown topic): it may be an attack. */
  readonly refused?: boolean | undefined;
  /** `account` for an account, or a list of one, that could not be read. @default 'log' */
  readonly of?: 'account' | 'log' | undefined;
}

/** The all-clear for findings that were mailed before. `resolved` must not be empty. */
export function composeResolved(
  resolved: readonly LedgerEntry[],
  context: MailContext,
  failures: readonly Failure[] = [],
): AlertMessage {
  const findings = resolved.map((entry) => entry.finding);
  const lines = [
    ...wrap(`Resolved: ${countPhrase(findings)} in ${placePhrase(findings)}. Nothing left to do.`),
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
  const accounts = failures.filter((failure) => failure.of === 'account').length;
  const unread = failures.length - refused - accounts;
  const counts = [
    ...(refused > 0 ? [`${plural(refused, 'delivery', 'deliveries')} refused`] : []),
    ...(accounts > 0 ? [`${plural(accounts, 'account or list', 'accounts or lists')} not read`] : []),
    ...(unread > 0 ? [`${plural(unread, 'input')} not read`] : []),
  ].join(', ');
  const lines = [
    ...wrap(`${counts}. Reports won't include their contents until they are read.`, ''),
    '',
    ...failureLines(failures),
    ...(refused > 0 ? ['', ...wrap(REFUSED_ADVICE, '')] : []),
    ...(accounts > 0 ? ['', ...wrap(ACCOUNT_ADVICE, '')] : []),
    ...(unread > 0 ? ['', ...wrap(UNREAD_ADVICE, ''), 'mirrorwatch scan PATH'] : []),
    ...footer('The same failing input is mailed at most once a day.', context),
  ];
  const [first] = failures;
  const file = failures.length === 1 && first !== undefined ? ` - ${lastPart(first.path)}` : '';
  return toMessage('failure', `FAILURE ${counts}${file}`, lines, []);
}

const REFUSED_ADVICE =
  'A refused delivery named a bucket, account or topic that is not configured. If it is yours, add it to "trail" in config.json. If it is not, someone else can publish to your topic or queue.';
const ACCOUNT_ADVICE =
  'What is in these accounts and lists was not judged. Fix: let the role that mirrorwatch uses there make the calls that are named above. The next sweep reads them again.';
const UNREAD_ADVICE = 'Fix: once the cause is gone, scan each path again:';

/** The heading of failures in a mail about something else. */
export const FAILURES_HEADING = 'Unreadable or refused input:';

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
