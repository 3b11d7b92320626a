/** The path mirrored packets take from a subnet to a target: zone, route and network ACLs, which every source in the subnet shares. */

import { decide } from '../../net/first-match.ts';
import type { AccountIndex } from '../account-index.ts';
import type { TargetProfile } from '../targets.ts';
import type { Check, CheckResult, Tier } from '../verdict.ts';
import type { TargetNode } from './alive.ts';
import {
  aclDecisionCheck,
  type CompiledAcl,
  compileEgress,
  compileIngress,
  egressCheck,
  insideSubnet,
  unknownAddress,
  unreadAcl,
} from './network-acls.ts';
import { routeCheck } from './routes.ts';
import { isSameZone, type Zone, zoneInWords } from './zones.ts';

/** Where a source is. */
export interface SourceLocation {
  readonly subnetId: string | undefined;
  readonly vpcId: string | undefined;
  readonly zone: Zone;
}

/** The ACLs between a source and one node of a target. */
export interface AclsOnPath {
  /** Of the node's subnet; the source's address decides. */
  readonly inbound: CompiledAcl | Check;
  /** Why the source subnet's own ACL stops the packets or may stop them; undefined when it doesn't. */
  readonly outbound?: Check | undefined;
}

/** The checks that every source of a subnet shares for one target. */
export interface NetworkPath {
  readonly tier: Tier;
  readonly zone: Check;
  readonly route: Check;
  /** One entry for each node that may receive the packets; empty when the nodes are unknown. */
  readonly acls: readonly AclsOnPath[];
}

/**
 * The path from a location to a target. A load balancer's node in the source's own zone receives the packets. If there is none, AWS
 * doesn't say which node does, so all of them must be reachable.
 */
export function networkPathFrom(source: SourceLocation, target: TargetProfile, account: AccountIndex): NetworkPath {
  const inZone = target.nodes.filter((node) => isSameZone(source.zone, node.zone) === true);
  const nodes = inZone.length > 0 ? inZone : target.nodes;
  return {
    tier: inZone.length > 0 ? 'same-zone' : 'other-zone',
    zone: zoneCheck(source.zone, nodes, inZone.length > 0, account),
    route: worst(
      nodes.map((node) => routeCheck(source, node, account)),
      { check: 'route', result: 'unknown', reason: 'it is not known where the target is' },
    ),
    acls: nodes.map((node) => aclsBetween(source, node, account)),
  };
}

function zoneCheck(own: Zone, nodes: readonly TargetNode[], isSame: boolean, account: AccountIndex): Check {
  const { localZoneOnly } = account.policy;
  if (isSame) return { check: 'zone', result: 'allow', reason: `both are in ${zoneInWords(own)}` };
  const isKnown = nodes.length > 0 && nodes.every(({ zone }) => isSameZone(own, zone) === false);
  if (!isKnown) {
    const reason = "it is not known whether the target is in the source's zone";
    return { check: 'zone', result: localZoneOnly ? 'unknown' : 'warn', reason };
  }
  const zones = [...new Set(nodes.map(({ zone }) => zoneInWords(zone)))].toSorted().join(', ');
  return localZoneOnly
    ? { check: 'zone', result: 'block', reason: `the target is in ${zones}, and only ${zoneInWords(own)} is allowed` }
    : {
        check: 'zone',
        result: 'warn',
        reason: `the target is in ${zones}, the source in ${zoneInWords(own)}: cross-zone traffic is billed`,
      };
}

function aclsBetween(source: SourceLocation, node: TargetNode, account: AccountIndex): AclsOnPath {
  if (node.subnetId === undefined) return { inbound: unreadAcl(undefined) };
  if (node.subnetId === source.subnetId) return { inbound: insideSubnet(node.subnetId) };
  const outbound = egressCheck(outboundAclCheck(source, node, account), account.policy.sourceEgressAcl);
  return { inbound: inboundAcl(node.subnetId, account), outbound };
}

/** The compiled inbound ACL of a subnet, or the `unknown` check when it could not be read. */
export function inboundAcl(subnetId: string | undefined, account: AccountIndex): CompiledAcl | Check {
  const acl = subnetId === undefined ? 'unread' : account.networkAcl(subnetId);
  return acl === 'unread' ? unreadAcl(subnetId) : account.compiled(compileIngress, acl);
}

function outboundAclCheck({ subnetId }: SourceLocation, { address, name }: TargetNode, account: AccountIndex): Check {
  const found = subnetId === undefined ? 'unread' : account.networkAcl(subnetId);
  if (found === 'unread') return unreadAcl(subnetId);
  const acl = account.compiled(compileEgress, found);
  if (address !== undefined) return aclDecisionCheck(acl, decide(acl.decisions, address));
  // An ACL that decides alike for every address needs none.
  const { decisions } = acl.decisions;
  const [first] = decisions;
  const isAlike = decisions.every((one) => one === first || (one.result === 'allow' && first?.result === 'allow'));
  return first !== undefined && isAlike ? aclDecisionCheck(acl, first) : unknownAddress(acl.networkAclId, name);
}

/** The ACL check of a source with this address. An outbound denial only matters where the inbound ACL lets the packets in. */
export function aclCheck({ inbound, outbound }: AclsOnPath, address: number): Check {
  const check = 'decisions' in inbound ? aclDecisionCheck(inbound, decide(inbound.decisions, address)) : inbound;
  return check.result === 'allow' && outbound !== undefined ? outbound : check;
}

/** The result of `aclCheck`, without working out its words. */
export function aclResult({ inbound, outbound }: AclsOnPath, address: number): CheckResult {
  const { result } = 'decisions' in inbound ? decide(inbound.decisions, address) : inbound;
  return result === 'allow' && outbound !== undefined ? outbound.result : result;
}

/** How much a result counts against a target. */
export const SEVERITY = { allow: 0, warn: 1, unknown: 2, block: 3 } as const satisfies Record<CheckResult, number>;

/** The highest severity among checks. */
export function severityOf(checks: readonly Check[]): number {
  let highest = 0;
  for (const { result } of checks) highest = Math.max(highest, SEVERITY[result]);
  return highest;
}

/** The most severe check, the first among equals; `fallback` for an empty list. */
export function worst(checks: readonly Check[], fallback: Check): Check {
  let found = checks[0] ?? fallback;
  for (const check of checks) if (SEVERITY[check.result] > SEVERITY[found.result]) found = check;
  return found;
}
