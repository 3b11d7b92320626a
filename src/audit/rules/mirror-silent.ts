/** The rule `mirror-silent`: does a session that nothing stops mirror any packet? */

import { answerByTraffic } from '../measured-traffic.ts';
import type { Rule } from '../rule.ts';

const BY_TRAFFIC = {
  breaks: 'silent',
  says: 'has a mirror session that carries nothing',
  fix: 'No command is known to help: nothing in the account shows what stops it. Look at whether the sensor gets packets, and create the session again if not',
} as const;

export const mirrorSilent = {
  title: 'Mirror session that mirrors nothing',
  phrase: 'mirrored in name only',
  when: 'A session should work, the instance has traffic that its filter takes, and for half an hour CloudWatch counted no mirrored packet.',
  severity: 'high',
  appliesTo: ['AWS::EC2::Instance'],
  judges: 'traffic',
  judge: (traffic) => answerByTraffic(BY_TRAFFIC, traffic),
  repairedBy: [],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: true,
  countedIn: { figure: 'mirroring', counts: 'failures' },
} as const satisfies Rule;
