/** The rule `iam-user-after-hours`: was an IAM user made, or given something to work with, outside working hours? */

import type { Rule } from '../rule.ts';

export const iamUserAfterHours = {
  title: 'IAM user made after hours',
  phrase: 'made after hours',
  when: 'An IAM user, or a key, a password or rights for one, was made outside working hours.',
  severity: 'medium',
  appliesTo: ['AWS::IAM::User'],
  judges: 'call',
  judge: null,
  repairedBy: [],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: false,
  countedIn: null,
} as const satisfies Rule;
