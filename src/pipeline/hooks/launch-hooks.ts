/** Lifecycle hooks of launches: which are ours, and what becomes of an instance that one of them holds back. */

import { DEFAULT_HOOKS, type HookPolicy } from '../../config/mirroring-config.ts';
import { messageOf } from '../../errors.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import type { Unplaced } from '../../remediation/plan.ts';
import type { LaunchHold } from '../../sighting/events.ts';
import type { Acted } from '../act.ts';
import type { Assessment } from '../assess.ts';

/** What a hook of ours has as its `NotificationMetadata`. */
const OUR_METADATA = 'mirrorwatch';

/** How a hook is completed. */
export type HookResult = 'CONTINUE' | 'ABANDON';

/** What to do about an instance that is held back. */
export type HoldAnswer =
  | { readonly kind: 'release'; readonly result: HookResult; readonly reason: string }
  /** Another function makes its sessions and releases it. */
  | { readonly kind: 'handed-over' }
  /** It may still be mirrored: it is released by the next attempt, or at the end of the wait. */
  | { readonly kind: 'wait'; readonly reason: string };

/** True for a hook that the configuration names, or whose owner wrote that it is ours. Nobody else's hook is touched. */
export function isOurHook(hold: LaunchHold, hooks: HookPolicy = DEFAULT_HOOKS): boolean {
  return isMarkedOurs(hold) || hooks.names.includes(hold.lifecycleHookName);
}

/** True for a hook that is ours whatever the configuration says. */
export function isMarkedOurs({ notificationMetadata }: LaunchHold): boolean {
  return notificationMetadata === OUR_METADATA;
}

/** How a hook is completed if the instance could not be mirrored. */
export function resultOfFailure({ onFailure }: HookPolicy = DEFAULT_HOOKS): HookResult {
  return onFailure === 'abandon' ? 'ABANDON' : 'CONTINUE';
}

/** What a run did about an instance that is held back. */
export interface RunOnHold {
  readonly assessment: Assessment;
  readonly acted: Pick<Acted, 'plan' | 'outcomes'>;
  /** True if another function makes the planned sessions. */
  readonly handsOver: boolean;
}

/** What becomes of an instance that is held back, by what a run planned and did for it. */
export function answerTo(hold: LaunchHold, run: RunOnHold, hooks: HookPolicy | undefined): HoldAnswer {
  const { assessment, acted, handsOver } = run;
  const { instanceId } = hold;
  const key = scopeKey(hold);
  const failed = assessment.failed.find(({ scope }) => scopeKey(scope) === key);
  if (failed !== undefined) return { kind: 'wait', reason: messageOf(failed.error) };
  const ofInstance = acted.plan.steps.filter((step) => step.resourceId === instanceId && scopeKey(step) === key);
  const audited = assessment.scopes.find(({ scope }) => scopeKey(scope) === key)?.audited;
  if (ofInstance.length === 0 || audited?.account?.policy.mode !== 'apply') return nothingToMirror(hold, run, hooks);
  if (handsOver) return { kind: 'handed-over' };
  const outcomes = acted.outcomes.filter(({ step }) => step.resourceId === instanceId && scopeKey(step) === key);
  const retried = outcomes.find(({ retry }) => retry === true);
  if (retried !== undefined) return { kind: 'wait', reason: retried.reason };
  if (outcomes.length < ofInstance.length) return { kind: 'wait', reason: 'not every session was tried' };
  const refused = outcomes.find(({ result }) => result === 'failed');
  if (refused !== undefined) return { kind: 'release', result: resultOfFailure(hooks), reason: refused.reason };
  const unplaced = unplacedOn(hold, acted);
  if (unplaced !== undefined) return withoutTarget(unplaced, hooks);
  const notMirrored = outcomes.filter(({ result }) => result !== 'done').map(({ reason }) => reason);
  return { kind: 'release', result: 'CONTINUE', reason: notMirrored[0] ?? 'it is mirrored' };
}

function unplacedOn({ instanceId }: LaunchHold, { plan }: RunOnHold['acted']): Unplaced | undefined {
  return plan.unplaced.find(({ resourceId }) => resourceId === instanceId);
}

/** An instance that no target takes could not be mirrored, whether that shows before its session is tried or by EC2's answer. */
function withoutTarget({ reason }: Unplaced, hooks: HookPolicy | undefined): HoldAnswer {
  return { kind: 'release', result: resultOfFailure(hooks), reason: `no target takes it: ${reason}` };
}

/** Without a step, the instance goes into service at once, unless the account did not show it yet. */
function nothingToMirror(
  hold: LaunchHold,
  { assessment, acted }: RunOnHold,
  hooks: HookPolicy | undefined,
): HoldAnswer {
  const { instanceId } = hold;
  const key = scopeKey(hold);
  const proceed = (reason: string): HoldAnswer => ({ kind: 'release', result: 'CONTINUE', reason });
  const assessed = assessment.scopes.find((each) => scopeKey(each.scope) === key);
  if (assessed === undefined) return proceed('nothing on it is to be mirrored');
  const { account, judgements, resources } = assessed.audited;
  if (account === null) return proceed('mirroring is off');
  if (account.policy.mode === 'plan') return proceed('mirroring.mode is plan: nothing is repaired');
  const unplaced = unplacedOn(hold, acted);
  if (unplaced !== undefined) return withoutTarget(unplaced, hooks);
  const undecided = judgements.find(({ resourceId, result }) => resourceId === instanceId && result === 'unknown');
  if (undecided !== undefined) return { kind: 'wait', reason: undecided.reason };
  const verdicts = resources.find(({ resourceId }) => resourceId === instanceId)?.interfaces ?? [];
  const reasons = [...new Set(verdicts.map(({ verdict }) => verdict.reason))];
  return proceed(reasons.length === 0 ? 'nothing on it is to be mirrored' : reasons.join('; '));
}
