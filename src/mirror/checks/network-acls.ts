/** Whether network ACLs admit mirrored packets. The matching entry with the lowest number decides. ACLs apply only between subnets. */

import type { NetworkAcl, NetworkAclEntry } from '../../inventory/network-acl.ts';
import { type Cidr4, cidrOf } from '../../net/cidr.ts';
import { type AddressRule, type DecisionTable, firstMatchTable } from '../../net/first-match.ts';
import { coversVxlan, VXLAN_FLOW } from '../../net/flow.ts';
import type { Check } from '../verdict.ts';

/** Entries from this number on are AWS's own: the final denial, shown as `*`. */
const LAST_RULE = 32_767;

const EVERYWHERE: Cidr4 = { family: 4, prefixLength: 0, first: 0, last: 2 ** 32 - 1 };

/** What an ACL does with packets: its entry and the result, or the final denial. */
export interface AclDecision {
  readonly result: 'allow' | 'block' | 'unknown';
  /** Absent where no entry matches. */
  readonly entry?: NetworkAclEntry;
}

/** One direction of an ACL: look up the source's address in `ingress`, the target's in `egress`. */
export interface CompiledAcl {
  readonly networkAclId: string;
  readonly direction: 'ingress' | 'egress';
  readonly decisions: DecisionTable<AclDecision>;
  /** The checks that were asked for, by decision. */
  readonly checks: Map<AclDecision, Check>;
}

/**
 * Compiles what an ACL does with packets that enter its subnet. Entries apply in the order of their numbers, however they are listed.
 * IPv6 entries never match, because mirrored packets travel over IPv4. An entry whose block does not parse could match any address, so
 * everything after it is `unknown`. What no entry matches is denied.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
 */
export function compileIngress(acl: NetworkAcl): CompiledAcl {
  return compileAcl(acl, 'ingress');
}

/** Like `compileIngress`, for packets that leave the subnet. */
export function compileEgress(acl: NetworkAcl): CompiledAcl {
  return compileAcl(acl, 'egress');
}

function compileAcl({ networkAclId, entries }: NetworkAcl, direction: 'ingress' | 'egress'): CompiledAcl {
  const rules = entries
    .filter(({ egress, cidrBlock }) => egress === (direction === 'egress') && cidrBlock !== undefined)
    .filter(({ protocol, portRange }) => coversVxlan(protocol, portRange))
    .toSorted((a, b) => a.ruleNumber - b.ruleNumber)
    .map(ruleOf);
  return { networkAclId, direction, decisions: firstMatchTable<AclDecision>(rules, FINAL_DENIAL), checks: new Map() };
}

const FINAL_DENIAL: AclDecision = { result: 'block' };

/** The check of an ACL's decision, with its words. Most decisions of a long ACL never need any. */
export function aclDecisionCheck(acl: CompiledAcl, decision: AclDecision): Check {
  const made = acl.checks.get(decision) ?? wordsOf(acl, decision);
  acl.checks.set(decision, made);
  return made;
}

function wordsOf({ networkAclId, direction }: CompiledAcl, { result, entry }: AclDecision): Check {
  const preposition = direction === 'ingress' ? 'from' : 'to';
  const number = entry === undefined || entry.ruleNumber >= LAST_RULE ? '*' : String(entry.ruleNumber);
  const name = `network ACL ${networkAclId} rule ${number}`;
  if (entry === undefined)
    return check(result, `${name} denies ${VXLAN_FLOW} ${preposition} everything no rule allows`);
  if (result === 'unknown') return check(result, `${name} has a CIDR block that cannot be read`);
  const verb = result === 'allow' ? 'allows' : 'denies';
  return check(result, `${name} ${verb} ${VXLAN_FLOW} ${preposition} ${entry.cidrBlock}`);
}

/** The check within one subnet, where ACLs are not evaluated. */
export function insideSubnet(subnetId: string): Check {
  return check('allow', `both are in subnet ${subnetId}, and network ACLs are not evaluated within a subnet`);
}

/** The check when a subnet's ACL is unknown. */
export function unreadAcl(subnetId: string | undefined): Check {
  return check(
    'unknown',
    `the network ACL of ${subnetId === undefined ? 'its subnet' : `subnet ${subnetId}`} could not be read`,
  );
}

/** The check of an outbound ACL that depends on the address of the target's node, which is not known. */
export function unknownAddress(networkAclId: string, node: string): Check {
  return check(
    'unknown',
    `the address of the target's ${node} is not known, and what network ACL ${networkAclId} does with ${VXLAN_FLOW} depends on it`,
  );
}

/**
 * How the source subnet's egress ACL counts; undefined when it has no say. AWS doesn't document whether it drops mirrored packets, so
 * by default a denial only warns.
 */
export function egressCheck(outbound: Check, mode: 'warn' | 'enforce' | 'ignore'): Check | undefined {
  if (mode === 'ignore' || outbound.result === 'allow') return undefined;
  return mode === 'enforce'
    ? outbound
    : check('warn', `${outbound.reason} (outbound; AWS does not document whether this drops mirrored packets)`);
}

function ruleOf(entry: NetworkAclEntry): AddressRule<AclDecision> {
  const range = cidrOf(entry.cidrBlock ?? '');
  return range?.family === 4
    ? { range, decision: { result: entry.ruleAction === 'allow' ? 'allow' : 'block', entry } }
    : { range: EVERYWHERE, decision: { result: 'unknown', entry } };
}

function check(result: Check['result'], reason: string): Check {
  return { check: 'network-acl', result, reason };
}
