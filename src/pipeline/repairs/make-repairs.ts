/** Makes the repairs of a run here: first it records what is wrong, then it changes sessions. */

import type { Finding } from '../../audit/finding.ts';
import type { Changes, Ledger } from '../../ledger/ledger.ts';
import { type ApplyOptions, applyPlan, type MirrorWriter } from '../../remediation/apply-plan.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import { sessionIdOf } from '../../remediation/plan.ts';
import { isRefusedPermanently, probeTasks } from '../../remediation/refused-interfaces.ts';
import type { ScopePlan } from '../plan-scopes.ts';

/** True for a plan that is to be carried out, here or by the function that repairs: it has steps, and the mode is `apply`. */
export function isToBeApplied({ plan, scope }: ScopePlan): boolean {
  return plan.steps.length > 0 && scope.audited.account?.policy.mode === 'apply';
}

/**
 * Records the open findings that these plans are about, as they were found: the ledger knows them even if the run dies while it repairs.
 * Undefined if there are none.
 */
export async function recordBeforeRepair(
  toRepair: readonly ScopePlan[],
  findings: readonly Finding[],
  at: Date,
  ledger: Ledger,
): Promise<Changes | undefined> {
  const steps = toRepair.flatMap(({ plan }) => plan.steps);
  const resources = new Set(steps.flatMap((step) => [step.resourceId, sessionIdOf(step)]));
  const about = findings.filter(({ resourceId, status }) => status === 'open' && resources.has(resourceId));
  if (about.length === 0) return undefined;
  const times = new Map(about.map(({ id, lastSeen }) => [id, new Date(lastSeen)]));
  return ledger.record({ at, times, findings: about, judgements: [], outcomes: [] });
}

/**
 * Applies the plans of each scope, and returns the outcomes in order. Where AWS refuses the first task's interface, the other tasks are
 * not tried, and have its outcome.
 */
export async function repair(
  toRepair: readonly ScopePlan[],
  { writer, ...sensors }: Pick<ApplyOptions, 'launcher' | 'launches'> & { readonly writer: MirrorWriter },
  { now, deadline, clock }: Pick<ApplyOptions, 'now' | 'deadline' | 'clock'>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { scope, plan } of toRepair) {
    const options = { now, ...sensors, deadline, clock, proven: scope.inventory.ours?.instanceIds };
    const { account } = scope.audited;
    if (account === null) continue;
    const { probe, rest, others } = probeTasks(plan, account);
    const tried = await applyPlan(probe, writer, options);
    const refused = tried.find(isRefusedPermanently);
    const skipped = refused === undefined ? [] : others.map((step) => ({ ...refused, step }));
    const steps = refused === undefined ? [...rest.steps, ...others] : rest.steps;
    outcomes.push(...tried, ...skipped, ...(await applyPlan({ ...rest, steps }, writer, options)));
  }
  return outcomes;
}
