/** Where the plan puts a source, in words: findings, mails and `mirror explain` all say it from here. */

import type { PlannedPlace } from '../../mirror/verdict.ts';
import type { ExistingSession, PlanStep, RemediationPlan, Unplaced } from '../plan.ts';
import { isPlaceholder } from '../sensors/sensor-launcher.ts';

/** Which sources a plan placed: all of the account, or those that one run judged. Another batch may be placed elsewhere. */
export type PlanScope = 'account' | 'judged';

const SCOPE_WORDS = {
  account: 'in the plan for the whole account',
  judged: 'in the plan for what this run judged',
} as const satisfies Record<PlanScope, string>;

/** How many interfaces and reasons a sentence names. */
const MOST_NAMED = 5;

/**
 * A finding's sentence with the place of its sources in the plan at the end. The same sentence when the plan has no session for any of
 * them and says nothing that the sentence does not say already.
 */
export function withPlace(
  reason: string,
  { steps, unplaced }: { readonly steps: readonly PlanStep[]; readonly unplaced: readonly Unplaced[] },
  scope: PlanScope,
): string {
  const refused = unplaced.flatMap((one) => noPlace(one, reason));
  const places = [...placesOf(steps), ...firstFew(refused)];
  return places.length === 0 ? reason : `${reason.replace(/\.$/, '')}; ${SCOPE_WORDS[scope]} ${places.join(' and ')}.`;
}

const NO_PLACE = {
  none: 'gets no session',
  ineffective: 'keeps its ineffective session',
  unknown: 'has no step, because it is not known whether it is mirrored',
} as const satisfies Record<ExistingSession, string>;

/** Why a source has no step, without what the sentence says already. */
function noPlace({ networkInterfaceId, reason, session = 'none' }: Unplaced, said: string): readonly string[] {
  const more = reason.split('; ').filter((part) => !said.includes(part));
  return more.length === 0 ? [] : [`${networkInterfaceId} ${NO_PLACE[session]}: ${more.join('; ')}`];
}

/** `eni-1 and eni-2 go to tmt-a`, for each target. */
function placesOf(steps: readonly PlanStep[]): readonly string[] {
  const byTarget = new Map<string, string[]>();
  for (const step of steps) {
    if (step.kind !== 'create-session' && step.kind !== 'modify-session') continue;
    const target = targetName(step.trafficMirrorTargetId);
    byTarget.set(target, [...(byTarget.get(target) ?? []), step.networkInterfaceId]);
  }
  return [...byTarget].map(
    ([target, ids]) => `${firstFew([...new Set(ids)]).join(' and ')} ${ids.length === 1 ? 'goes' : 'go'} to ${target}`,
  );
}

function targetName(id: string): string {
  return isPlaceholder(id) ? 'a sensor to be launched' : id;
}

function firstFew(all: readonly string[]): readonly string[] {
  return all.length > MOST_NAMED ? [...all.slice(0, MOST_NAMED), `${all.length - MOST_NAMED} more`] : all;
}

/** What the plan does with one interface; null when that is nothing. */
export function plannedPlace(
  networkInterfaceId: string,
  { steps, unplaced, exempted = [] }: Omit<RemediationPlan, 'load'>,
): PlannedPlace | null {
  const own = steps.filter((step) => step.networkInterfaceId === networkInterfaceId);
  const step = own.find(({ kind }) => kind === 'create-session' || kind === 'modify-session') ?? own[0];
  if (step !== undefined) {
    const { kind, reason, trafficMirrorTargetId } = step;
    return { kind, trafficMirrorTargetId: kind === 'delete-session' ? null : trafficMirrorTargetId, reason };
  }
  const isIt = (one: Unplaced): boolean => one.networkInterfaceId === networkInterfaceId;
  const refused = unplaced.find(isIt);
  if (refused !== undefined) return { kind: 'unplaced', trafficMirrorTargetId: null, reason: refused.reason };
  const leftOut = exempted.find(isIt);
  return leftOut === undefined ? null : { kind: 'exempted', trafficMirrorTargetId: null, reason: leftOut.reason };
}
