/** Builders of plans for tests. */

import type { PlanStep, RemediationPlan } from '../../src/remediation/plan.ts';
import { ACCOUNT, REGION } from './inventories.ts';

/** The creation of a session from eni-1 of i-1 to tmt-a through tmf-1, number 1. */
export function aStep(overrides: Partial<PlanStep> = {}): PlanStep {
  return {
    kind: 'create-session',
    accountId: ACCOUNT,
    region: REGION,
    networkInterfaceId: 'eni-1',
    resourceId: 'i-1',
    trafficMirrorTargetId: 'tmt-a',
    trafficMirrorFilterId: 'tmf-1',
    sessionNumber: 1,
    reason: 'no session carries its traffic',
    tags: [{ key: 'mirrorwatch:managed', value: 'true' }],
    ...overrides,
  };
}

export function aPlan(steps: readonly PlanStep[], load: RemediationPlan['load'] = []): RemediationPlan {
  return { steps, unplaced: [], load };
}
