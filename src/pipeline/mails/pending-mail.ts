/** Mail that another run has claimed: whoever needs it sent waits for that run, and comes again if it died. */

import { dueAlerts } from '../../alert/digest.ts';
import type { SentAlert } from '../../alert/send-alert.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { RunClock } from '../../remediation/apply-plan.ts';

/** How long to wait for the run that claimed a mail, which normally only has to publish it. After that it is presumed dead. */
const MAIL_WAITS_MS = [0, 100, 400, 1500];

/**
 * True when due findings are claimed by another run that does not settle them: it may have died, and whatever led to this run must come
 * again until the claim's lease is over. Otherwise the mail might be lost.
 */
export async function isMailPending(
  sent: SentAlert | undefined,
  ledger: Pick<Ledger, 'entries'> | undefined,
  { alerts }: Pick<Config, 'alerts'>,
  { now, clock }: { readonly now: Date; readonly clock: RunClock },
): Promise<boolean> {
  const ids = sent?.busy ?? [];
  if (ids.length === 0 || ledger === undefined) return false;
  for (const waitMs of MAIL_WAITS_MS) {
    if (waitMs > 0) await clock.sleep(waitMs);
    if (dueAlerts(await ledger.entries({ ids }), alerts, now).length === 0) return false;
  }
  return true;
}

/** Why what led to a run has to come again. */
export function mailClaimed(): PipelineError {
  return new PipelineError(
    'mail-claimed',
    'another run has claimed the mail about these findings and has not settled it yet',
    { retryable: true },
  );
}
