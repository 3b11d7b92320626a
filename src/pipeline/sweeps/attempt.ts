/** One attempt at sweeping one account and region: claimed by its owner, and given back unless the sweep is done. */

import { messageOf } from '../../errors.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { Claim, Ledger } from '../../ledger/ledger.ts';

/** Which sweep an attempt belongs to. */
export interface AttemptOptions {
  /** Identifies the sweep. */
  readonly name: string;
  /** Identifies this attempt and its retries. */
  readonly owner: string;
  readonly now: Date;
  readonly leaseSeconds: number;
}

/** How an attempt ended: `begun` to go on, `done` by an earlier one, or `busy` as another owner is at it. */
export type Beginning = 'begun' | 'done' | 'busy';

/** Begins an attempt. Without a ledger every attempt begins. */
export async function beginAttempt(
  scope: Scope,
  ledger: Ledger | undefined,
  { name, owner, now, leaseSeconds }: AttemptOptions,
): Promise<Beginning> {
  if (ledger === undefined) return 'begun';
  const attempt = attemptClaim(scope, name);
  const taken = await ledger.claim([attempt], { now, leaseSeconds, owner });
  if (taken.length === 0) return 'busy';
  // Only the owner of the attempt gets here, so a mark that cannot be claimed has been settled. Its lease is over at once.
  const unmarked = await ledger.claim([doneMark(scope, name)], { now, leaseSeconds: 0, owner });
  if (unmarked.length > 0) return 'begun';
  await ledger.settle([attempt], { now, owner, how: 'released' });
  return 'done';
}

/** Ends an attempt that has begun: another one can begin at once, unless the sweep is done. */
export async function endAttempt(
  scope: Scope,
  ledger: Ledger | undefined,
  { name, owner, now }: Omit<AttemptOptions, 'leaseSeconds'>,
  isDone: boolean,
): Promise<void> {
  if (isDone) await ledger?.settle([doneMark(scope, name)], { now, owner, how: 'done' });
  await ledger?.settle([attemptClaim(scope, name)], { now, owner, how: 'released' });
}

/**
 * Runs `work` and then `end`, whatever became of `work`. Throws what `work` threw; if `end` fails too, an AggregateError of both. `work`
 * says whether it is done.
 */
export async function endingWith<T>(
  work: () => Promise<{ readonly result: T; readonly isDone: boolean }>,
  end: (isDone: boolean) => Promise<void>,
): Promise<T> {
  const ended = await work().catch(async (error: unknown) => {
    await end(false).catch((fault: unknown) => {
      throw new AggregateError(
        [error, fault],
        `${messageOf(error)}; giving its claim back failed too: ${messageOf(fault)}`,
      );
    });
    throw error;
  });
  await end(ended.isDone);
  return ended.result;
}

function attemptClaim(scope: Scope, name: string): Claim {
  return { kind: 'sweep', key: `${name}:${scopeKey(scope)}:attempt` };
}

function doneMark(scope: Scope, name: string): Claim {
  return { kind: 'sweep', key: `${name}:${scopeKey(scope)}` };
}
