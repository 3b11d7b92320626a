/** What `watch` says on stderr: about each batch, every minute, and when it is stopped. */

import { grouped, plural } from '../../collections.ts';
import type { Message } from '../../delivery/envelope.ts';
import { messageOf } from '../../errors.ts';
import type { Delivered } from '../../pipeline/deliver.ts';
import { failureKind } from '../../pipeline/retry/retry-delay.ts';
import type { WatchCounts } from '../../pipeline/watch.ts';
import type { Rejected } from '../../report/report.ts';
import { durationWords } from '../../report/words.ts';
import { mailLines } from '../ledger-and-mail.ts';
import type { Log } from '../log.ts';

/** Logs what went wrong with a batch and what was mailed, and returns the number of failures. */
export function logDelivered(delivered: Delivered, log: Log): number {
  const { collected, assessment, failed, acted, released } = delivered;
  for (const rejected of rejectedIn(delivered)) log.rejected(rejected);
  for (const text of failedTexts(delivered)) log.warn(text);
  for (const line of [...mailLines(acted.sent), ...mailLines(released)]) log.note(line);
  return collected.input.rejected.length + assessment.omitted.length + failed.length + collected.failed.length;
}

/** What of a batch was not read, was refused, or could not be judged. */
export function rejectedIn({ collected, assessment }: Delivered): readonly Rejected[] {
  return [...collected.input.rejected, ...collected.refused, ...assessment.unread, ...assessment.omitted];
}

/** What becomes of the messages of a batch that are not finished, and why. */
export function failedTexts({ failed }: Pick<Delivered, 'failed'>): readonly string[] {
  return failed.map(({ message, error }) => {
    const fate = failureKind(error) === 'passing' ? 'will be retried' : 'is not finished';
    return `${nameOf(message)} ${fate}: ${messageOf(error)}`;
  });
}

/** What becomes of the work on a folder that is not done when the process is stopped; `ledger` is the one that it has, if any. */
export function leftOnStop(ledger: string | undefined): string {
  const files = 'stopping: files in work are finished, or else processed again by the next run';
  return ledger === undefined
    ? `${files}; without --ledger it processes every file again, and re-checks that are due later are lost`
    : `${files}, which also takes up the re-checks that are due later (${ledger})`;
}

/** When so many messages are taken up again that were not given back in time. A folder's files are free once their process has ended. */
export function notGivenBack(messages: number, watched: 'queue' | 'folder'): string {
  const when = watched === 'queue' ? 'available again in two minutes' : 'the next run takes them up';
  return `${plural(messages, 'message')} could not be given back: ${when}`;
}

/** The totals so far in one line. `counts` is undefined before the first batch. */
export function heartbeatText(counts: WatchCounts | undefined, now: Date): string {
  if (counts === undefined) return 'alive: nothing has been delivered yet';
  const { messages, failed, files, records, findings, sessions, newestEvent } = counts;
  const parts = [
    `${plural(messages, 'message')} (${grouped(failed)} to retry)`,
    plural(files, 'file'),
    plural(records, 'record'),
    plural(findings, 'open finding'),
    `${plural(sessions, 'session')} created`,
  ];
  if (newestEvent !== undefined) {
    const seconds = Math.max(0, (now.getTime() - newestEvent.getTime()) / 1000);
    parts.push(`newest event ${durationWords(seconds)} ago`);
  }
  return `alive: ${parts.join(', ')}`;
}

function nameOf({ messageId, body }: Message): string {
  if (messageId !== undefined) return `message ${messageId}`;
  const { bucket, key } = Object(body) as { readonly bucket?: unknown; readonly key?: unknown };
  return typeof bucket === 'string' && typeof key === 'string'
    ? `${bucket}/${key}`
    : JSON.stringify(body).slice(0, 200);
}
