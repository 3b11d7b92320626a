/** An account as it would be once steps are done: what the rest of a plan is decided by. */

import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import { type Survey, surveyOf } from '../mirror/survey.ts';
import type { PlanStep } from './plan.ts';

/** The survey as it would be once the steps are done; itself when there are none. */
export function surveyAfter(survey: Survey, steps: readonly PlanStep[]): Survey {
  const byId = new Map(steps.map((step) => [step.trafficMirrorSessionId, step]));
  const created = steps
    .filter(({ kind }) => kind === 'create-session')
    // Without tags: what is not there yet is not offered for a move.
    .map(
      (step): TrafficMirrorSession => ({ ...step, trafficMirrorSessionId: `new ${step.networkInterfaceId}`, tags: [] }),
    );
  const changed = (session: TrafficMirrorSession): readonly TrafficMirrorSession[] => {
    const step = byId.get(session.trafficMirrorSessionId);
    if (step === undefined) return [session];
    if (step.kind === 'delete-session') return [];
    const { trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = step;
    return [{ ...session, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber }];
  };
  const { inventory, policy, unsupported } = survey;
  const { trafficMirrorSessions: before } = inventory;
  if (steps.length === 0 || before === undefined) return survey;
  const trafficMirrorSessions = [...before.flatMap(changed), ...created];
  return surveyOf({ ...inventory, trafficMirrorSessions }, policy, { unsupported });
}
