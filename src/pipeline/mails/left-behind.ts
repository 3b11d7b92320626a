/** Mail that a run claimed and perhaps died over: it is sent when the claim is over, whatever becomes of the message that met it. */

import type { FullLedger } from '../../ledger/change-log.ts';
import type { LedgerEntry } from '../../ledger/ledger.ts';
import { type Recheck, type RecheckContext, rechecksAt } from '../recheck.ts';
import { releaseOf } from './held-findings.ts';

/** No claim that is there now lasts longer. */
const LEASE_MS = 15 * 60_000;
/** Runs that meet the same claim within this time ask for the same messages. */
const TOGETHER_MS = 3 * 60_000;
/** Time for the re-check before the rest is mailed as it is in the ledger. */
const AFTER_RECHECK_MS = 60_000;

/**
 * The messages that have these findings mailed when nobody can claim their mail any more: open ones on instances are checked again first, as
 * they may be over by then, and what is still to be told a minute later is mailed as the ledger has it. They are remembered as held back
 * before this returns, so that the next sweep mails them if the messages are lost.
 *
 * A retry of what led to this run would be too early: Lambda retries an event after one and two more minutes, then gives it up.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export async function leftBehind(
  entries: readonly LedgerEntry[],
  { ledger, ...context }: RecheckContext & { readonly ledger: FullLedger | undefined },
): Promise<readonly Recheck[]> {
  if (entries.length === 0 || ledger === undefined) return [];
  const over = context.now.getTime() + LEASE_MS;
  const at = new Date(Math.ceil(over / TOGETHER_MS) * TOGETHER_MS);
  const heldUntil = new Date(at.getTime() + AFTER_RECHECK_MS);
  const findings = entries.map(({ finding }) => finding);
  await ledger.hold(
    heldUntil,
    findings.map(({ id }) => id),
  );
  const toCheck = findings.filter(
    ({ status, resourceType }) => status === 'open' && resourceType === 'AWS::EC2::Instance',
  );
  const withLedger = { ...context, ledger };
  return [...(await rechecksAt(at, toCheck, withLedger)), ...(await releaseOf({ heldUntil }, withLedger))];
}
