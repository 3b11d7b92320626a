/** The rule `mirror-ineffective`: does every session that should carry traffic do so? */

import { answerByVerdicts } from '../mirrored-resource.ts';
import type { Rule } from '../rule.ts';

const BY_VERDICTS = {
  breaks: ['ineffective'],
  says: 'has a mirror session that carries nothing',
  passes: 'its sessions carry traffic',
} as const;

export const mirrorIneffective = {
  title: 'Mirror session that carries nothing',
  phrase: 'ineffectively mirrored',
  when: 'A session exists, but its target, filter, route, security group or network ACL stops the mirrored packets.',
  severity: 'high',
  appliesTo: ['AWS::EC2::Instance', 'AWS::ECS::Task', 'AWS::EC2::NetworkInterface'],
  judges: 'mirrored-resource',
  judge: (resource, context) => answerByVerdicts(BY_VERDICTS, resource, context),
  // We never change another tool's broken session. We create our own with a lower session number.
  repairedBy: ['create-session', 'modify-session'],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: true,
  countedIn: { figure: 'mirroring', counts: 'failures' },
} as const satisfies Rule;
