/** Our own calls as the change log keeps them, from the outcomes of repairs. */

import type { ChangeLog, ChangingCall } from '../../ledger/change-log.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import { ownCall, ownLaunch } from '../../sighting/own-calls.ts';

/**
 * Keeps what our repairs changed, at the time of AWS's answers, so that a person's later change of a session of ours is proven, and what is
 * ours itself. CloudTrail's
 * own records of these calls arrive later and take their place. `now` is the time of outcomes without their own.
 */
export async function keepOwnCalls(
  outcomes: readonly Outcome[],
  ledger: Pick<ChangeLog, 'keep'>,
  now: Date,
): Promise<void> {
  const calls = outcomes.flatMap(({ step, change, launched = [], at = now }): readonly ChangingCall[] => {
    const { accountId, region } = step;
    return [
      ...(change === undefined ? [] : [{ accountId, region, ...ownCall(change, at) }]),
      ...launched.map((instanceId) => ({ accountId, region, ...ownLaunch(instanceId, at) })),
    ];
  });
  if (calls.length > 0) await ledger.keep(calls, now);
}
