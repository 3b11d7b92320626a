/** The way from a subnet to a target, as far as it is the same for every source there: zone, route, and the network ACLs to pass. */

import type { NetworkAcl } from '../inventory/network-acl.ts';
import { type DecisionTable, decide } from '../net/first-match.ts';
import { compileAcl, egressCheck, insideSubnet, unreadAcl } from './network-acls.ts';
import { routeCheck } from './reachability.ts';
import type { Survey } from './survey.ts';
import type { TargetNode, TargetProfile } from './targets.ts';
import type { Check, CheckResult, Tier } from './verdict.ts';
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

export interface Approach {
  readonly tier: Tier;
  readonly zone: Check;
  readonly route: Check;
  /** One for each node that may get the copies; empty when it is not known where they arrive. */
  readonly gates: readonly Gate[];
}

/** A balancer's node in the source's own zone gets the copies; without one it is not said which does, so that all must do. */
export function approachFrom(place: Place, target: TargetProfile, survey: Survey): Approach {
  const inZone = target.nodes.filter((node) => isSameZone(place.zone, node.zone) === true);
  const nodes = inZone.length > 0 ? inZone : target.nodes;
  return {
    tier: inZone.length > 0 ? 'same-zone' : 'other-zone',
    zone: zoneCheck(place.zone, nodes, inZone.length > 0, survey),
    route: worst(
      nodes.map((node) => routeCheck(place, node, survey)),
      { check: 'route', result: 'unknown', reason: 'it is not known where the target is' },
    ),
    gates: nodes.map((node) => gateTo(place, node, survey)),
  };
}

function zoneCheck(own: Zone, nodes: readonly TargetNode[], same: boolean, survey: Survey): Check {
  const { localZoneOnly } = survey.policy;
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

function gateTo(place: Place, node: TargetNode, survey: Survey): Gate {
  if (node.subnetId === undefined) return { inbound: unreadAcl(undefined) };
  if (node.subnetId === place.subnetId) return { inbound: insideSubnet(node.subnetId) };
  const outbound = egressCheck(leaving(place, node, survey), survey.policy.sourceEgressAcl);
  return { inbound: inboundAcl(node.subnetId, survey), outbound };
}

/** What an ACL says to addresses that come into a subnet. */
export function inboundAcl(subnetId: string | undefined, survey: Survey): DecisionTable<Check> | Check {
  const acl = subnetId === undefined ? 'unread' : survey.networkAcl(subnetId);
  if (acl === 'unread') return unreadAcl(subnetId);
  return compiled(acl, 'ingress', survey);
}

function leaving(place: Place, node: TargetNode, survey: Survey): Check {
  const acl = place.subnetId === undefined ? 'unread' : survey.networkAcl(place.subnetId);
  if (acl === 'unread' || node.address === undefined) return unreadAcl(place.subnetId);
  return decide(compiled(acl, 'egress', survey), node.address);
}

/** One table for each ACL and direction, however many targets are behind it. */
function compiled(acl: NetworkAcl, direction: 'ingress' | 'egress', survey: Survey): DecisionTable<Check> {
  const tables = survey.once(compiledAcls)[direction];
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
