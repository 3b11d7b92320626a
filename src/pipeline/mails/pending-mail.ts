/** Mail that another run has claimed: whoever needs it sent waits for that run. */

import { dueAlerts } from '../../alert/digest.ts';
import type { SentAlert } from '../../alert/send-alert.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { Ledger, LedgerEntry } from '../../ledger/ledger.ts';
import { entryIn } from '../../ledger/mails/noted-mails.ts';
import type { RunClock } from '../../remediation/apply-plan.ts';

/** How long to wait for the run that claimed a mail, which normally only has to publish it. After that it is presumed dead. */
const MAIL_WAITS_MS = [0, 100, 400, 1500];

/**
 * The due findings that another run has claimed and does not settle: it may have died. Somebody has to come again when the claim's lease is
 * over. Otherwise the mail might be lost.
 */
export async function pendingMail(
  sent: SentAlert | undefined,
  ledger: Pick<Ledger, 'entries'> | undefined,
  { alerts }: Pick<Config, 'alerts'>,
  { now, clock }: { readonly now: Date; readonly clock: RunClock },
): Promise<readonly LedgerEntry[]> {
  const { busy = [], alsoBusy = [] } = sent ?? {};
  const ids = [...new Set([...busy, ...alsoBusy.map(({ id }) => id)])];
  if (ids.length === 0 || ledger === undefined) return [];
  const isDue = (entry: LedgerEntry): boolean => dueAlerts([entry], alerts, now).length > 0;
  let due: readonly LedgerEntry[] = [];
  for (const waitMs of MAIL_WAITS_MS) {
    if (waitMs > 0) await clock.sleep(waitMs);
    const entries = await ledger.entries({ ids });
    due = entries.filter(
      (entry) =>
        (busy.includes(entry.finding.id) && isDue(entry)) ||
        alsoBusy.some(({ channel, id }) => id === entry.finding.id && isDue(entryIn(entry, channel))),
    );
    if (due.length === 0) return [];
  }
  return due;
}

/** Why what led to a run has to come again. */
export function mailClaimed(): PipelineError {
  return new PipelineError(
    'mail-claimed',
    'another run has claimed the mail about these findings and has not settled it yet',
    { retryable: true },
  );
}
