/** The rule `mirror-dropping`: does a session leave out packets that it should mirror? */

import { answerByTraffic } from '../measured-traffic.ts';
import type { Rule } from '../rule.ts';

const BY_TRAFFIC = {
  breaks: 'dropping',
  says: 'has a mirror session that leaves out packets',
  fix: "No command is known to help: mirrored packets share the instance's bandwidth, and its own go first. Use a larger instance type, a filter that takes less, or a shorter PacketLength",
} as const;

export const mirrorDropping = {
  title: 'Mirror session that leaves out packets',
  phrase: 'mirrored with gaps',
  when: 'CloudWatch counted packets that the filter takes and that were not mirrored, since the bandwidth of the instance was spent.',
  severity: 'medium',
  appliesTo: ['AWS::EC2::Instance'],
  judges: 'traffic',
  judge: (traffic) => answerByTraffic(BY_TRAFFIC, traffic),
  repairedBy: [],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: true,
  countedIn: null,
} as const satisfies Rule;
