/** The rule `instance-unmirrored`: does a session copy the traffic of every interface that can be mirrored? */

import { answerByVerdicts, detailOf, distinctReasons, type MirroredResource } from '../mirrored-resource.ts';
import type { Rule } from '../rule.ts';
import type { MirrorContext, RuleAnswer } from '../rule-answer.ts';

const BY_VERDICTS = {
  // An interface whose only session goes to an unknown target is not mirrored to a sensor either.
  breaks: ['missing', 'rogue'],
  says: 'is not mirrored',
  passes: 'every interface that can be mirrored is',
} as const;

export const instanceUnmirrored = {
  title: 'Instance whose traffic is not mirrored',
  phrase: 'unmirrored',
  when: 'An interface of an instance or task has no mirror session to a sensor.',
  severity: 'high',
  appliesTo: ['AWS::EC2::Instance', 'AWS::ECS::Task', 'AWS::EC2::NetworkInterface'],
  judges: 'mirrored-resource',
  judge,
  repairedBy: ['create-session', 'modify-session'],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: true,
  countedIn: { figure: 'mirroring', counts: 'all' },
} as const satisfies Rule;

/** A resource is exempt if all its interfaces are, with their reasons. */
function judge(resource: MirroredResource, context: MirrorContext): RuleAnswer {
  const verdicts = resource.interfaces.map(({ verdict }) => verdict);
  if (verdicts.length === 0 || verdicts.some(({ kind }) => kind !== 'exempt'))
    return answerByVerdicts(BY_VERDICTS, resource, context);
  return {
    result: 'exempt',
    reason: `${resource.resourceId} is exempt from mirroring: ${distinctReasons(verdicts)}.`,
    detail: detailOf(resource),
    evidence: context.evidence,
    fix: '',
  };
}
