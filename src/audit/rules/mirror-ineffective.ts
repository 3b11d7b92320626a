/** The rule `mirror-ineffective`: does every session that should carry traffic do so? */

import type { IneffectiveReason, Verdict } from '../../mirror/verdict.ts';
import { answerByVerdicts } from '../mirrored-resource.ts';
import type { Rule } from '../rule.ts';

const CARRIES_NOTHING = 'has a mirror session that carries nothing';
const IS_NOT_AS_CONFIGURED = 'has a mirror session that is not as configured';

/** What is true of a session with each fault. A session that is not as configured may well carry packets. */
const SAYS: Readonly<Record<IneffectiveReason, string>> = {
  TARGET_RESOURCE_GONE: CARRIES_NOTHING,
  FILTER_EMPTY: CARRIES_NOTHING,
  FILTER_ONE_WAY: 'has a mirror session that carries at most one direction',
  NLB_NO_UDP_4789: CARRIES_NOTHING,
  BLOCKED_SG: CARRIES_NOTHING,
  BLOCKED_NACL: CARRIES_NOTHING,
  NO_ROUTE: CARRIES_NOTHING,
  CROSS_AZ: IS_NOT_AS_CONFIGURED,
  TARGET_WITHDRAWN: CARRIES_NOTHING,
  FILTER_GONE: CARRIES_NOTHING,
  WRONG_TARGET: IS_NOT_AS_CONFIGURED,
  WRONG_FILTER: IS_NOT_AS_CONFIGURED,
};

/** Names a fault only if all sessions have it. */
function saysOf(breaking: readonly Verdict[]): string {
  const said = new Set(breaking.flatMap((verdict) => (verdict.kind === 'ineffective' ? SAYS[verdict.code] : [])));
  const [only] = said;
  return said.size === 1 && only !== undefined ? only : 'has mirror sessions that do not carry what they should';
}

const BY_VERDICTS = {
  breaks: ['ineffective'],
  says: saysOf,
  passes: 'its sessions carry traffic',
} as const;

export const mirrorIneffective = {
  title: 'Mirror session that does not work as configured',
  phrase: 'ineffectively mirrored',
  when: 'A session exists, but its target, filter, route, security group or network ACL stops the mirrored packets, or it has another target or filter than configured.',
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
