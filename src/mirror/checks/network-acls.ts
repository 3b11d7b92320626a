/** Whether network ACLs admit mirrored packets. The matching entry with the lowest number decides. ACLs apply only between subnets. */

import type { NetworkAcl, NetworkAclEntry } from '../../inventory/network-acl.ts';
import { type Cidr4, parseCidr } from '../../net/cidr.ts';
import { type AddressRule, type DecisionTable, firstMatchTable } from '../../net/first-match.ts';
import { coversVxlan, VXLAN_FLOW } from '../../net/flow.ts';
import type { Check } from '../verdict.ts';

/** Entries from this number on are AWS's own: the final denial, shown as `*`. */
const LAST_RULE = 32_767;

const EVERYWHERE: Cidr4 = { family: 4, prefixLength: 0, first: 0, last: 2 ** 32 - 1 };

/**
 * Compiles one direction of an ACL: look up the source's address in `ingress`, the target's in `egress`. Entries apply in the order
 * of their numbers, however they are listed. IPv6 entries never match, because mirrored packets travel over IPv4. An entry whose block
 * does not parse could match any address, so everything after it is `unknown`. What no entry matches is denied.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
 */
export function compileAcl(acl: NetworkAcl, direction: 'ingress' | 'egress'): DecisionTable<Check> {
  const preposition = direction === 'ingress' ? 'from' : 'to';
  const rules = acl.entries
    .filter(({ egress, cidrBlock }) => egress === (direction === 'egress') && cidrBlock !== undefined)
    .filter(({ protocol, portRange }) => coversVxlan(protocol, portRange))
    .toSorted((a, b) => a.ruleNumber - b.ruleNumber)
    .map((entry) => ruleOf(acl.networkAclId, entry, preposition));
  const denied = `network ACL ${acl.networkAclId} rule * denies ${VXLAN_FLOW} ${preposition} everything no rule allows`;
  return firstMatchTable(rules, check('block', denied));
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

function ruleOf(networkAclId: string, entry: NetworkAclEntry, preposition: string): AddressRule<Check> {
  const { ruleNumber, ruleAction, cidrBlock = '' } = entry;
  const number = ruleNumber >= LAST_RULE ? '*' : String(ruleNumber);
  const verb = ruleAction === 'allow' ? 'allows' : 'denies';
  const range = rangeOf(cidrBlock);
  const name = `network ACL ${networkAclId} rule ${number}`;
  return range === undefined
    ? { range: EVERYWHERE, decision: check('unknown', `${name} has a CIDR block that cannot be read`) }
    : {
        range,
        decision: check(
          ruleAction === 'allow' ? 'allow' : 'block',
          `${name} ${verb} ${VXLAN_FLOW} ${preposition} ${cidrBlock}`,
        ),
      };
}

function rangeOf(cidrBlock: string): Cidr4 | undefined {
  try {
    const cidr = parseCidr(cidrBlock);
    return cidr.family === 4 ? cidr : undefined;
  } catch {
    return undefined;
  }
}

function check(result: Check['result'], reason: string): Check {
  return { check: 'network-acl', result, reason };
}
