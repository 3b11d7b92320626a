/** The rule `mirror-rogue`: does any session send traffic to a target that is not configured? */

import type { SessionFinding } from '../../mirror/coverage.ts';
import { fixInWords } from '../fixes/command.ts';
import { sessionDeletion } from '../fixes/sessions.ts';
import { idInWords } from '../fixes/shell.ts';
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
  const disguised = rogues.flatMap((one) => (one.disguised === true ? [one.trafficMirrorSessionId] : []));
  const how = disguised.length > 0 ? ' by a session that carries our tag' : '';
  return {
    result: 'fail',
    reason: `${resourceId} is mirrored to an unknown target${how}: ${reasons.join('; ')}.`,
    detail: {
      ...detailOf(resource),
      trafficMirrorSessionIds,
      ...(disguised.length > 0 && { disguisedSessionIds: disguised }),
    },
    evidence,
    fix: fixOf(rogues, region),
  };
}

/** Words first: the session may be evidence, or a sensor of another team that the configuration does not know. */
function fixOf(rogues: readonly SessionFinding[], region: string): string {
  const sessions = rogues.map(({ trafficMirrorSessionId }) => idInWords(trafficMirrorSessionId)).join(', ');
  const targets = [...new Set(rogues.map(({ trafficMirrorTargetId }) => idInWords(trafficMirrorTargetId)))].join(', ');
  const deletions = rogues.map(({ trafficMirrorSessionId }) => sessionDeletion(trafficMirrorSessionId, region));
  const words = `No command should be run unseen. Find out who made ${sessions} and who reads ${targets}. If that is yours, add it to mirroring.targets or its account to mirroring.trustedOwners. If nobody answers for it, delete it`;
  return fixInWords(words, deletions);
}
