/** Whether a target's security groups admit mirrored packets: the union of all permissions of all groups, with no denials. */

import { byText } from '../../collections.ts';
import { messageOf } from '../../errors.ts';
import type { IpPermission, UserIdGroupPair } from '../../inventory/security-group.ts';
import { type Cidr, parseCidr } from '../../net/cidr.ts';
import { type AddressRule, type DecisionTable, decide, firstMatchTable } from '../../net/first-match.ts';
import { coversVxlan, protocolInWords, VXLAN_FLOW } from '../../net/flow.ts';
import type { AccountIndex } from '../account-index.ts';
import type { Check } from '../verdict.ts';

/** The sender of a packet, as references to groups see it. */
export interface GroupMember {
  readonly groupIds: readonly string[];
  readonly vpcId?: string | undefined;
}

/** A compiled set of groups: rules that the sender's address decides, and references that its groups decide. */
export interface GroupRules {
  readonly byAddress: DecisionTable<Check>;
  readonly references: readonly GroupReference[];
}

interface GroupReference {
  readonly groupId: string;
  /** The group that has the rule. */
  readonly inGroup: string;
  readonly pair: UserIdGroupPair;
  readonly words: string;
}

/**
 * Compiles the groups of a target. Any permission that covers udp 4789 and the sender's address allows. What could not be read (a
 * group, a prefix list, a block that does not parse) makes the rest `unknown` instead of `block`, but never overrides an allow. IPv6
 * ranges never match, because mirrored packets travel over IPv4. An empty list of groups allows nothing.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */
export function compileGroups(groupIds: readonly string[], account: AccountIndex): GroupRules {
  const rules: AddressRule<Check>[] = [];
  const references: GroupReference[] = [];
  const unread: string[] = [];
  const seen: string[] = [];
  for (const groupId of [...new Set(groupIds)].toSorted()) {
    const group = account.securityGroup(groupId);
    if (typeof group !== 'object') {
      unread.push(`security group ${groupId}`);
      continue;
    }
    for (const permission of group.ipPermissions) {
      const ports = { from: permission.fromPort, to: permission.toPort };
      if (!coversVxlan(permission.ipProtocol, ports)) continue;
      const words = `security group ${groupId} allows ${protocolInWords(permission.ipProtocol, ports)} from`;
      for (const { text, cidr } of blocksOf(permission, account, unread)) {
        seen.push(text);
        if (cidr.family === 4) rules.push({ range: cidr, decision: check('allow', `${words} ${text}`) });
      }
      for (const pair of permission.userIdGroupPairs) {
        seen.push(pair.groupId);
        references.push({ groupId: pair.groupId, inGroup: groupId, pair, words: `${words} ${pair.groupId}` });
      }
    }
  }
  // They all allow; the order only makes the reason the same for any order of the input.
  const ordered = rules.toSorted(byText(({ decision }) => decision.reason));
  return {
    byAddress: firstMatchTable(ordered, noRuleMatches(groupIds, unread, seen)),
    references: references.toSorted(byText(({ words }) => words)),
  };
}

/** The check of a sender with this address; `references` is the result of `judgeReferences` for its groups. */
export function groupsCheck(rules: GroupRules, address: number, references: Check | undefined): Check {
  const byAddress = decide(rules.byAddress, address);
  if (byAddress.result === 'allow' || references === undefined) return byAddress;
  if (references.result === 'block') return byAddress.result === 'unknown' ? byAddress : references;
  return references;
}

/**
 * The best check among the references to the sender's groups; undefined when there is none. A reference works within a VPC, over an
 * active peering (a stale rule allows nothing), and over a transit gateway only with security group referencing enabled. Groups are
 * matched by id and never by VPC, because a group can be associated with several.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
 * @see https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security
 */
export function judgeReferences(
  { references }: GroupRules,
  sender: GroupMember,
  targetVpcId: string | undefined,
  account: AccountIndex,
): Check | undefined {
  let best: Check | undefined;
  for (const reference of references) {
    if (!sender.groupIds.includes(reference.groupId)) continue;
    const judged = judgeReference(reference, sender.vpcId, targetVpcId, account);
    if (judged.result === 'allow') return judged;
    if (best === undefined || (judged.result === 'unknown' && best.result === 'block')) best = judged;
  }
  return best;
}

function judgeReference(
  { pair, words, inGroup }: GroupReference,
  senderVpcId: string | undefined,
  targetVpcId: string | undefined,
  account: AccountIndex,
): Check {
  const stale = (why: string): Check =>
    check('block', `security group ${inGroup} refers to ${pair.groupId}, but ${why}`);
  if (pair.peeringStatus !== undefined && pair.peeringStatus !== 'active') {
    return stale(`that rule is stale: its peering is ${pair.peeringStatus}`);
  }
  if (senderVpcId !== undefined && senderVpcId === targetVpcId) return check('allow', words);
  const peering = peeringBetween(senderVpcId, targetVpcId, pair, account);
  if (peering === 'active') return check('allow', `${words} over an active peering`);
  const gateway = referencingGateway(senderVpcId, targetVpcId, account);
  if (gateway === 'on') return check('allow', `${words} over a transit gateway with security group referencing`);
  if (peering === 'unread' || gateway === 'unread') {
    return check('unknown', `${words}, but how the two VPCs are connected could not be read`);
  }
  return stale('no active peering, and no transit gateway with security group referencing, joins the two VPCs');
}

function peeringBetween(
  a: string | undefined,
  b: string | undefined,
  pair: UserIdGroupPair,
  account: AccountIndex,
): 'active' | 'none' | 'unread' {
  if (pair.peeringStatus === 'active') return 'active';
  const peerings = account.inventory.vpcPeeringConnections;
  if (peerings === undefined || a === undefined || b === undefined) return 'unread';
  const joined = peerings.some(
    ({ status, requesterVpcId, accepterVpcId }) =>
      status === 'active' &&
      ((requesterVpcId === a && accepterVpcId === b) || (requesterVpcId === b && accepterVpcId === a)),
  );
  return joined ? 'active' : 'none';
}

function referencingGateway(
  a: string | undefined,
  b: string | undefined,
  account: AccountIndex,
): 'on' | 'none' | 'unread' {
  const attachments = account.inventory.transitGatewayVpcAttachments;
  if (attachments === undefined || a === undefined || b === undefined) return 'unread';
  const gatewaysOf = (vpcId: string): ReadonlySet<string> =>
    new Set(
      attachments
        .filter((it) => it.vpcId === vpcId && (it.state ?? 'available') === 'available' && it.securityGroupReferencing)
        .map(({ transitGatewayId }) => transitGatewayId),
    );
  const ofB = gatewaysOf(b);
  return [...gatewaysOf(a)].some((gateway) => ofB.has(gateway)) ? 'on' : 'none';
}

/** The blocks of a permission, each with its words. Adds what could not be read to `unread`. */
function blocksOf(permission: IpPermission, account: AccountIndex, unread: string[]): { text: string; cidr: Cidr }[] {
  const blocks: { text: string; cidr: Cidr }[] = [];
  const add = (cidr: string, text: string): void => {
    try {
      blocks.push({ text, cidr: parseCidr(cidr) });
    } catch (error) {
      unread.push(messageOf(error));
    }
  };
  for (const cidr of permission.cidrIps) add(cidr, cidr);
  for (const prefixListId of permission.prefixListIds) {
    const list = account.prefixList(prefixListId);
    if (typeof list !== 'object' || list.cidrs === undefined) unread.push(`prefix list ${prefixListId}`);
    else for (const cidr of list.cidrs) add(cidr, `${cidr} in prefix list ${prefixListId}`);
  }
  return blocks;
}

/** The check where no permission matches. It names what could not be read, else whom the groups do admit. */
function noRuleMatches(groupIds: readonly string[], unread: readonly string[], seen: readonly string[]): Check {
  if (unread.length > 0) return check('unknown', `could not be read: ${firstThree([...new Set(unread)].toSorted())}`);
  if (groupIds.length === 0) return check('block', 'the target has no security group, so nothing is let in');
  const ids = [...new Set(groupIds)].toSorted();
  const allow = ids.length === 1 ? `security group ${ids[0]} allows` : `security groups ${ids.join(', ')} allow`;
  return seen.length === 0
    ? check('block', `${allow} ${VXLAN_FLOW} from nowhere`)
    : check('block', `${allow} ${VXLAN_FLOW} only from ${firstThree([...new Set(seen)].toSorted())}`);
}

function firstThree(items: readonly string[]): string {
  const shown = items.slice(0, 3).join(', ');
  return items.length > 3 ? `${shown} and ${items.length - 3} more` : shown;
}

function check(result: Check['result'], reason: string): Check {
  return { check: 'security-group', result, reason };
}
