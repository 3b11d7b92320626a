/** The rule `mirror-duplicate`: is each interface mirrored only once for the same purpose? */

import { answerByVerdicts } from '../mirrored-resource.ts';
import type { Rule } from '../rule.ts';

const BY_VERDICTS = {
  breaks: ['duplicate'],
  says: 'has more than one mirror session for the same purpose',
  passes: 'no interface has two sessions for the same purpose',
} as const;

export const mirrorDuplicate = {
  title: 'Interface mirrored more than once',
  phrase: 'mirrored twice',
  when: 'An interface has more than one session for the same purpose; each is billed, one is used.',
  severity: 'low',
  appliesTo: ['AWS::EC2::Instance', 'AWS::ECS::Task', 'AWS::EC2::NetworkInterface'],
  judges: 'mirrored-resource',
  judge: (resource, context) => answerByVerdicts(BY_VERDICTS, resource, context),
  repairedBy: ['delete-session'],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: true,
  countedIn: null,
} as const satisfies Rule;
