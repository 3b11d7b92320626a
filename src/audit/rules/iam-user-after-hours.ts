/** The rule `iam-user-after-hours`: did an IAM user make changes outside working hours? Named and configurable, but not judged yet. */

import type { Rule } from '../rule.ts';

export const iamUserAfterHours = {
  title: 'IAM user active after hours',
  phrase: 'active after hours',
  when: 'An IAM user made a changing call outside working hours. Not judged yet.',
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
