/** The way from a subnet to a target, as far as it is the same for every source there: zone, route, and the network ACLs to pass. */

import type { NetworkAcl } from '../../inventory/network-acl.ts';
import { type DecisionTable, decide } from '../../net/first-match.ts';
import type { AccountIndex } from '../account-index.ts';
import type { TargetNode, TargetProfile } from '../targets.ts';
import type { Check, CheckResult, Tier } from '../verdict.ts';
import { compileAcl, egressCheck, insideSubnet, unreadAcl } from './network-acls.ts';
import { routeCheck } from './routes.ts';
import { isSameZone, type Zone, zoneInWords } from './zones.ts';

/** Where a source is. */
export interface Place {
  readonly subnetId: string | undefined;
  readonly vpcId: string | undefined;
  readonly zone: Zone;
}

/** The ACLs before one place where copies may arrive: what the source's address decides, and what speaks against letting them out. */
export interface Gate {
  readonly inbound: DecisionTable<Check> | Check;
  readonly outbound?: Check | undefined;
}

export interface NetworkPath {
  readonly tier: Tier;
  readonly zone: Check;
  readonly route: Check;
  /** One for each node that may get the copies; empty when it is not known where they arrive. */
  readonly gates: readonly Gate[];
}

/** A balancer's node in the source's own zone gets the copies; without one it is not said which does, so that all must do. */
export function networkPathFrom(place: Place, target: TargetProfile, account: AccountIndex): NetworkPath {
  const inZone = target.nodes.filter((node) => isSameZone(place.zone, node.zone) === true);
  const nodes = inZone.length > 0 ? inZone : target.nodes;
  return {
    tier: inZone.length > 0 ? 'same-zone' : 'other-zone',
    zone: zoneCheck(place.zone, nodes, inZone.length > 0, account),
    route: worst(
      nodes.map((node) => routeCheck(place, node, account)),
      { check: 'route', result: 'unknown', reason: 'it is not known where the target is' },
    ),
    gates: nodes.map((node) => gateTo(place, node, account)),
  };
}

function zoneCheck(own: Zone, nodes: readonly TargetNode[], same: boolean, account: AccountIndex): Check {
  const { localZoneOnly } = account.policy;
  if (same) return { check: 'zone', result: 'allow', reason: `both are in ${zoneInWords(own)}` };
  const known = nodes.length > 0 && nodes.every(({ zone }) => isSameZone(own, zone) === false);
  const zones = [...new Set(nodes.map(({ zone }) => zoneInWords(zone)))].toSorted().join(', ');
  if (!known) {
    const reason = 'it is not known whether the target is in the zone of the source';
    return { check: 'zone', result: localZoneOnly ? 'unknown' : 'warn', reason };
  }
  return localZoneOnly
    ? { check: 'zone', result: 'block', reason: `the target is in ${zones}, and only ${zoneInWords(own)} is allowed` }
    : {
        check: 'zone',
        result: 'warn',
        reason: `the target is in ${zones}, the source in ${zoneInWords(own)}: cross-zone traffic is billed`,
      };
}

function gateTo(place: Place, node: TargetNode, account: AccountIndex): Gate {
  if (node.subnetId === undefined) return { inbound: unreadAcl(undefined) };
  if (node.subnetId === place.subnetId) return { inbound: insideSubnet(node.subnetId) };
  const outbound = egressCheck(leaving(place, node, account), account.policy.sourceEgressAcl);
  return { inbound: inboundAcl(node.subnetId, account), outbound };
}

/** What an ACL says to addresses that come into a subnet. */
export function inboundAcl(subnetId: string | undefined, account: AccountIndex): DecisionTable<Check> | Check {
  const acl = subnetId === undefined ? 'unread' : account.networkAcl(subnetId);
  if (acl === 'unread') return unreadAcl(subnetId);
  return compiled(acl, 'ingress', account);
}

function leaving(place: Place, node: TargetNode, account: AccountIndex): Check {
  const acl = place.subnetId === undefined ? 'unread' : account.networkAcl(place.subnetId);
  if (acl === 'unread' || node.address === undefined) return unreadAcl(place.subnetId);
  return decide(compiled(acl, 'egress', account), node.address);
}

/** One table for each ACL and direction, however many targets are behind it. */
function compiled(acl: NetworkAcl, direction: 'ingress' | 'egress', account: AccountIndex): DecisionTable<Check> {
  const tables = account.once(compiledAcls)[direction];
  const known = tables.get(acl.networkAclId);
  if (known !== undefined) return known;
  const made = compileAcl(acl, direction);
  tables.set(acl.networkAclId, made);
  return made;
}

/** Fills up as ways are asked for; what is in it does not depend on the order. */
function compiledAcls(): Record<'ingress' | 'egress', Map<string, DecisionTable<Check>>> {
  return { ingress: new Map(), egress: new Map() };
}

/** What a source's address meets at a gate: the denial on the way out counts only where it would be let in. */
export function passGate({ inbound, outbound }: Gate, address: number): Check {
  const arrives = 'starts' in inbound ? decide(inbound, address) : inbound;
  return arrives.result === 'allow' && outbound !== undefined ? outbound : arrives;
}

/** How much a result weighs against a target. */
export const SEVERITY = { allow: 0, warn: 1, unknown: 2, block: 3 } as const satisfies Record<CheckResult, number>;

/** The most severe check, the first of equals; `none` where there is none at all. */
export function worst(checks: readonly Check[], none: Check): Check {
  let found = checks[0] ?? none;
  for (const one of checks) if (SEVERITY[one.result] > SEVERITY[found.result]) found = one;
  return found;
}
