/** The rule `mirror-rogue`: does any session send traffic to a target that is not configured? */

import { detailOf, type MirroredResource, unknownAnswer } from '../mirrored-resource.ts';
import type { Rule } from '../rule.ts';
import type { MirrorContext, RuleAnswer } from '../rule-answer.ts';

export const mirrorRogue = {
  title: 'Mirror session to an unknown target or of a foreign owner',
  phrase: 'mirrored to an unknown target',
  when: 'A session sends traffic to a target that is not configured, or belongs to a foreign account.',
  severity: 'critical',
  appliesTo: ['AWS::EC2::Instance', 'AWS::ECS::Task', 'AWS::EC2::NetworkInterface'],
  judges: 'mirrored-resource',
  judge,
  // We redirect our own sessions to a configured target; a person has to delete other sessions.
  repairedBy: ['modify-session'],
  notRepaired: 'nothing',
  // Traffic went somewhere it should not: people hear of that even if it no longer does.
  mailedAfterRepair: true,
  settledBySweep: true,
  countedIn: null,
} as const satisfies Rule;

/** A rogue session counts even if another session covers the interface, and even if the interface is exempt from mirroring. */
function judge(resource: MirroredResource, { evidence, region }: MirrorContext): RuleAnswer {
  const { rogues, resourceId } = resource;
  if (rogues.length === 0)
    return unknownAnswer(resource) ?? { result: 'pass', reason: 'its sessions go to known targets', evidence };
  const trafficMirrorSessionIds = rogues.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId);
  const reasons = rogues.map(({ trafficMirrorSessionId, reason }) =>
    reason.includes(trafficMirrorSessionId) ? reason : `${trafficMirrorSessionId}: ${reason}`,
  );
  const deletions = trafficMirrorSessionIds.map(
    (id) => `aws ec2 delete-traffic-mirror-session --region ${region} --traffic-mirror-session-id ${id}`,
  );
  return {
    result: 'fail',
    reason: `${resourceId} is mirrored to an unknown target: ${reasons.join('; ')}.`,
    detail: { ...detailOf(resource), trafficMirrorSessionIds },
    evidence,
    fix: deletions.join(' && '),
  };
}
