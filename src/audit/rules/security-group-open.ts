/** The rule `security-group-open`: was a security group opened to the world? Named and configurable, but not judged yet. */

import type { Rule } from '../rule.ts';

export const securityGroupOpen = {
  title: 'Security group open to the world',
  phrase: 'open to the world',
  when: 'A security group was opened to every address. Not judged yet.',
  severity: 'medium',
  appliesTo: ['AWS::EC2::SecurityGroup'],
  judges: 'call',
  judge: null,
  repairedBy: [],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: false,
  countedIn: null,
} as const satisfies Rule;
