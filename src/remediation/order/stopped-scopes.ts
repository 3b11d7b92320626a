/** Where a run stops: accounts and regions in which the steps that are left would fail like those before them. */

import { scopeKey } from '../../inventory/inventory.ts';
import type { Outcome } from '../outcome.ts';
import type { PlanStep } from '../plan.ts';
import type { StepOutcome } from '../step-outcome.ts';

/**
 * Creations that the account's quota refuses in a row before no more are tried. One refusal says little: a session that is deleted
 * meanwhile makes room for the next.
 */
const MOST_QUOTA_REFUSALS = 3;

/** What a run has learnt about its accounts and regions. */
export interface StoppedScopes {
  /** The outcome of a step that must not begin; undefined for one that may. */
  skipped(step: PlanStep, remainingMs: number): Outcome | undefined;
  /** Takes note of an outcome. */
  note(outcome: StepOutcome): void;
}

/** Nothing is stopped yet. */
export function stoppedScopes(): StoppedScopes {
  const unanswered = new Map<string, Outcome>();
  const quotaRefusals = new Map<string, readonly Outcome[]>();
  return {
    skipped(step, remainingMs) {
      if (remainingMs <= 0)
        return { step, result: 'failed', reason: 'not begun: this run had to end first', retry: true };
      const scope = scopeKey(step);
      const silent = unanswered.get(scope);
      if (silent !== undefined) return notBegun(step, silent);
      const refusals = quotaRefusals.get(scope) ?? [];
      const [refusal] = refusals;
      if (!isCreation(step) || refusal === undefined || refusals.length < MOST_QUOTA_REFUSALS) return undefined;
      return notBegun(step, refusal);
    },
    note(outcome) {
      const { step, hint, result } = outcome;
      const scope = scopeKey(step);
      if (hint === 'no-answer') unanswered.set(scope, outcome);
      if (hint === 'quota-used-up') quotaRefusals.set(scope, [...(quotaRefusals.get(scope) ?? []), outcome]);
      else if (isCreation(step) && result === 'done') quotaRefusals.delete(scope);
    },
  };
}

function notBegun(step: PlanStep, { reason, retry, awsCode }: Outcome): Outcome {
  return { step, result: 'failed', reason: `not begun: ${reason}`, retry, awsCode };
}

function isCreation({ kind }: PlanStep): boolean {
  return kind === 'create-session' || kind === 'create-target';
}
