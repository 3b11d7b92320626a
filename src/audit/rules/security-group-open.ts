/** The rule `security-group-open`: does a security group let every address in, on ports that may not be open to the world? */

import type { SecurityGroup } from '../../inventory/security-group.ts';
import type { OpenGroupPolicy } from '../calls/watch-policy.ts';
import { revocationFix } from '../fixes/revocation.ts';
import { behindInWords } from '../open-groups/behind.ts';
import type { GroupContext } from '../open-groups/group-context.ts';
import { openToWorld } from '../open-groups/open-to-world.ts';
import { listed, openDetail, openInWords } from '../open-groups/words.ts';
import type { Rule } from '../rule.ts';
import type { RuleAnswer } from '../rule-answer.ts';

export const securityGroupOpen = {
  title: 'Security group open to the world',
  phrase: 'open to the world',
  when: 'A security group lets every IPv4 or every IPv6 address in, on a port that the configuration does not allow.',
  severity: 'medium',
  appliesTo: ['AWS::EC2::SecurityGroup'],
  judges: 'security-group',
  judge,
  repairedBy: [],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: true,
  countedIn: null,
} as const satisfies Rule;

/** What is open is found, whatever else could not be read; without a finding, an unknown prefix list leaves the answer open. */
function judge(group: SecurityGroup, context: GroupContext): RuleAnswer {
  const { policy, region, evidence, rules } = context;
  const { groupId, groupName, vpcId } = group;
  if (mayBeOpen(group, policy)) return { result: 'pass', reason: 'the configuration lets it be open', evidence };
  const { open, unknown } = openToWorld(group.ipPermissions, context.entriesOf, policy.allowedPorts);
  if (open.length === 0) {
    if (unknown.length > 0) return { result: 'unknown', reason: `could not be read: ${listed(unknown)}`, evidence };
    return { result: 'pass', reason: 'nothing is open to every address that may not be', evidence };
  }
  const behind = context.behindOf(groupId);
  return {
    result: 'fail',
    reason: `${groupId} is open to the world: ${openInWords(open)}; ${behindInWords(behind)}.`,
    detail: {
      ...{ vpcId, groupName },
      openPorts: openDetail(open),
      ...(behind !== 'unknown' && { behind: bounded(behind) }),
      ...(unknown.length > 0 && { notRead: unknown }),
    },
    evidence,
    fix: revocationFix({ groupId, region, open, allowed: policy.allowedPorts, rules }),
  };
}

/** True for a group that the configuration excepts by its id or a tag. */
function mayBeOpen({ groupId, tags = [] }: SecurityGroup, { exceptGroups, exceptTags }: OpenGroupPolicy): boolean {
  return (
    exceptGroups.includes(groupId) ||
    exceptTags.some(({ key, value }) =>
      tags.some((tag) => tag.key === key && (value === undefined || tag.value === value)),
    )
  );
}

/** Ids of each kind that a detail has. */
const MOST_IDS = 50;

function bounded(behind: object): object {
  return Object.fromEntries(
    Object.entries(behind).map(([kind, ids]) => [kind, Array.isArray(ids) ? ids.slice(0, MOST_IDS) : ids]),
  );
}
