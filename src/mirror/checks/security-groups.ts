/** Whether a target's security groups admit mirrored packets: the union of all permissions of all groups, with no denials. */

import { byText, compareText, groupBy } from '../../collections.ts';
import type { UserIdGroupPair } from '../../inventory/security-group.ts';
import { decide } from '../../net/first-match.ts';
import type { AccountIndex } from '../account-index.ts';
import type { Check } from '../verdict.ts';
import type { AddressTable, Door, GroupReference, GroupRules } from './group-rules.ts';

/** The sender of a packet, as references to groups see it. */
export interface GroupMember {
  readonly groupIds: readonly string[];
  readonly vpcId?: string | undefined;
}

/** The check of a sender with this address; `references` is the result of `judgeReferences` for its groups. */
export function groupsCheck(rules: GroupRules, address: number, references: Check | undefined): Check {
  for (const { words, admits } of rules.doors) {
    const block = firstBlock(admits, address);
    if (block !== undefined) return check('allow', `${words} ${block}`);
  }
  return groupsRefusal(rules, references);
}

/** The check of a sender that no block lets in, though a reference may. */
export function groupsRefusal(rules: GroupRules, references: Check | undefined): Check {
  return decidingReference(rules, references) ?? rules.otherwiseCheck();
}

/** Whether a table lets the sender's address in. */
export type IsAdmitted = (table: AddressTable) => boolean;

/** Whether a block lets the sender in. */
export function isLetIn({ doors }: GroupRules, isAdmitted: IsAdmitted): boolean {
  for (const { admits } of doors) for (const table of admits) if (isAdmitted(table)) return true;
  return false;
}

/** The result of `groupsRefusal`, without working out its words. */
export function refusalResult(rules: GroupRules, references: Check | undefined): Check['result'] {
  return decidingReference(rules, references)?.result ?? rules.otherwise;
}

/** A stale reference is a better reason for a block than the list of what is allowed, but none where something is unread. */
function decidingReference({ otherwise }: GroupRules, references: Check | undefined): Check | undefined {
  return references?.result === 'block' && otherwise === 'unknown' ? undefined : references;
}

/** The first in the order of words, whatever the order of the tables. */
function firstBlock(admits: Door['admits'], address: number): string | undefined {
  let first: string | undefined;
  for (const { blocks } of admits) {
    const block = decide(blocks, address);
    if (block !== undefined && (first === undefined || compareText(block, first) < 0)) first = block;
  }
  return first;
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
  const groupIds = sender.groupIds.filter((groupId) => references.has(groupId));
  if (groupIds.length === 0) return undefined;
  const toSender = [...new Set(groupIds)].flatMap((groupId) => references.get(groupId) ?? []);
  let best: Check | undefined;
  for (const reference of toSender.toSorted(byText(({ words }) => words))) {
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
  return account.once(peeredVpcs).has(`${a} ${b}`) ? 'active' : 'none';
}

/** Both VPCs of every active peering, in both orders. */
function peeredVpcs({ inventory }: AccountIndex): ReadonlySet<string> {
  const active = (inventory.vpcPeeringConnections ?? []).filter(({ status }) => status === 'active');
  return new Set(
    active.flatMap(({ requesterVpcId: a, accepterVpcId: b }) =>
      a === undefined || b === undefined ? [] : [`${a} ${b}`, `${b} ${a}`],
    ),
  );
}

function referencingGateway(
  a: string | undefined,
  b: string | undefined,
  account: AccountIndex,
): 'on' | 'none' | 'unread' {
  if (account.inventory.transitGatewayVpcAttachments === undefined || a === undefined || b === undefined)
    return 'unread';
  const gateways = account.once(referencingGateways);
  const ofB = gateways.get(b);
  return [...(gateways.get(a) ?? [])].some((gateway) => ofB?.has(gateway)) ? 'on' : 'none';
}

/** The transit gateways with security group referencing to which a VPC is attached, by VPC. */
function referencingGateways({ inventory }: AccountIndex): ReadonlyMap<string, ReadonlySet<string>> {
  const attachments = (inventory.transitGatewayVpcAttachments ?? []).filter(
    ({ state = 'available', securityGroupReferencing }) => state === 'available' && securityGroupReferencing,
  );
  const byVpc = groupBy(attachments, ({ vpcId }) => vpcId);
  return new Map([...byVpc].map(([id, own]) => [id, new Set(own.map(({ transitGatewayId }) => transitGatewayId))]));
}

function check(result: Check['result'], reason: string): Check {
  return { check: 'security-group', result, reason };
}
