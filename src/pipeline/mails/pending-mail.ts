/** Mail that another run has claimed: whoever needs it sent waits for that run. */

import { dueAlerts } from '../../alert/digest.ts';
import type { SentAlert } from '../../alert/send-alert.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { Ledger, LedgerEntry } from '../../ledger/ledger.ts';
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
  const ids = sent?.busy ?? [];
  if (ids.length === 0 || ledger === undefined) return [];
  let due: readonly LedgerEntry[] = [];
  for (const waitMs of MAIL_WAITS_MS) {
    if (waitMs > 0) await clock.sleep(waitMs);
    due = dueAlerts(await ledger.entries({ ids }), alerts, now).map(({ entry }) => entry);
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
