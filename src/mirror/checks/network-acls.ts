/** Network ACLs for the VXLAN copy: numbered entries, the first that matches decides, and they apply only between subnets. */

import type { NetworkAcl, NetworkAclEntry } from '../../inventory/network-acl.ts';
import { type Cidr4, parseCidr } from '../../net/cidr.ts';
import { type AddressRule, type DecisionTable, firstMatchTable } from '../../net/first-match.ts';
import { coversVxlan, VXLAN_FLOW } from '../../net/flow.ts';
import type { Check } from '../verdict.ts';

/** From this number on, entries are AWS's own: the final denial, shown as `*`. */
const LAST_RULE = 32_767;

const EVERYWHERE: Cidr4 = { family: 4, prefixLength: 0, first: 0, last: 2 ** 32 - 1 };

/**
 * One direction of an ACL, compiled: `ingress` is asked with the source's address, `egress` with the target's. Entries are taken in
 * the order of their numbers, whatever order they come in; IPv6 entries never match the copy, which travels over IPv4; an entry
 * whose block does not parse could match anything, so that from it on the answer is `unknown`; what no entry matches is denied.
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

/** The answer inside one subnet, where ACLs are not evaluated. */
export function insideSubnet(subnetId: string): Check {
  return check('allow', `both are in subnet ${subnetId}, inside which network ACLs are not evaluated`);
}

/** The answer where a subnet's ACL is not known. */
export function unreadAcl(subnetId: string | undefined): Check {
  return check(
    'unknown',
    `the network ACL of ${subnetId === undefined ? 'its subnet' : `subnet ${subnetId}`} could not be read`,
  );
}

/** What the source subnet's egress ACL counts for: AWS documents nothing, so that by default it only warns. */
export function egressCheck(outbound: Check, mode: 'warn' | 'enforce' | 'ignore'): Check | undefined {
  if (mode === 'ignore' || outbound.result === 'allow') return undefined;
  return mode === 'enforce'
    ? outbound
    : check('warn', `${outbound.reason} (on the way out; AWS does not say whether that drops mirrored copies)`);
}

function ruleOf(networkAclId: string, entry: NetworkAclEntry, preposition: string): AddressRule<Check> {
  const { ruleNumber, ruleAction, cidrBlock = '' } = entry;
  const number = ruleNumber >= LAST_RULE ? '*' : String(ruleNumber);
  const verb = ruleAction === 'allow' ? 'allows' : 'denies';
  const range = rangeOf(cidrBlock);
  const name = `network ACL ${networkAclId} rule ${number}`;
  return range === undefined
    ? { range: EVERYWHERE, decision: check('unknown', `${name} has a block that cannot be read`) }
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
