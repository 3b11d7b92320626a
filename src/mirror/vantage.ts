/**
 * A source as the targets see it. What many sources share (subnet, zone, security groups) is judged once for all of them, so that
 * one more source costs two binary searches for each target.
 */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import { ipv4Of } from '../net/cidr.ts';
import { type DecisionTable, decide } from '../net/first-match.ts';
import { compileAcl, egressCheck, insideSubnet, unreadAcl } from './network-acls.ts';
import { routeCheck } from './reachability.ts';
import { compileGroups, type GroupRules, groupsCheck, judgeReferences } from './security-groups.ts';
import type { Survey } from './survey.ts';
import { type TargetNode, type TargetProfile, targetsOf } from './targets.ts';
import type { Check, CheckResult, Tier } from './verdict.ts';
import { isSameZone, type Zone, zoneInWords, zoneOf } from './zones.ts';

/** A source with what it shares with others. */
export interface Source {
  readonly networkInterfaceId: string;
  /** Equal for two sources exactly when no rule in the account can tell them apart: same place, same groups, addresses in the same segment. */
  readonly kind: string;
  readonly address: number;
  readonly place: SourcePlace;
  readonly groups: SourceGroups;
}

/** What all sources of a subnet share; `approaches` fills up, by target index. */
interface SourcePlace {
  readonly id: number;
  readonly subnetId: string | undefined;
  readonly vpcId: string | undefined;
  readonly zone: Zone;
  readonly approaches: (Approach | undefined)[];
}

/** What all sources with the same groups in a VPC share; `references` fills up, by target index. */
interface SourceGroups {
  readonly id: number;
  readonly groupIds: readonly string[];
  readonly vpcId: string | undefined;
  readonly references: (Check | 'none' | undefined)[];
}

/** The way from a subnet to a target. */
interface Approach {
  readonly tier: Tier;
  readonly zone: Check;
  readonly route: Check;
  readonly acls: readonly { readonly inbound: DecisionTable<Check> | Check; readonly outbound?: Check | undefined }[];
}

/** What stands between one source and one target, apart from capacity. */
export interface Judgement {
  readonly tier: Tier;
  readonly alive: Check;
  readonly route: Check;
  readonly zone: Check;
  readonly securityGroup: Check;
  readonly networkAcl: Check;
  /** The worst of the five: `block` before `unknown` before `pass`. */
  readonly result: 'pass' | 'unknown' | 'block';
}

/** The source of an interface that `eligibilityOf` takes for one; its address is known to be an IPv4. */
export function sourceOf(networkInterface: NetworkInterface, survey: Survey): Source {
  const { networkInterfaceId, privateIpAddress, subnetId, groupIds } = networkInterface;
  const subnet = subnetId === undefined ? undefined : survey.subnet(subnetId);
  const vpcId = networkInterface.vpcId ?? (typeof subnet === 'object' ? subnet.vpcId : undefined);
  const zone = zoneOf(networkInterface, survey);
  const { places, groups } = survey.once(sharedOf);
  const address = ipv4Of(privateIpAddress) ?? 0;
  const place = interned(places, `${subnetId} ${vpcId} ${zone.id} ${zone.name}`, (id) => {
    return { id, subnetId, vpcId, zone, approaches: [] };
  });
  const members = interned(groups, `${vpcId} ${groupIds.toSorted().join(' ')}`, (id) => {
    return { id, groupIds, vpcId, references: [] };
  });
  const segment = decide(survey.once(segmentsOf), address);
  return { networkInterfaceId, kind: `${place.id} ${members.id} ${segment}`, address, place, groups: members };
}

/** The address space cut wherever any rule on the way into any target changes its mind. */
function segmentsOf(survey: Survey): DecisionTable<number> {
  const starts = new Set<number>();
  for (const target of survey.once(targetsOf).values()) {
    const tables: DecisionTable<Check>[] = target.nodes.flatMap(({ subnetId }) => {
      const inbound = inboundAcl(subnetId, survey);
      return 'starts' in inbound ? [inbound] : [];
    });
    const guards = guardsOf(target, survey);
    if ('byAddress' in guards) tables.push(guards.byAddress);
    for (const table of new Set(tables)) for (const start of table.starts) starts.add(start);
  }
  const sorted = [...starts.add(0)].sort((a, b) => a - b);
  return { starts: sorted, decisions: sorted.map((_, index) => index) };
}

/** Judges a target for a source. The checks are shared values: the same decision is the same object for every source. */
export function judge(source: Source, target: TargetProfile, survey: Survey): Judgement {
  const approach = approachTo(source.place, target, survey);
  const securityGroup = guard(source, target, survey);
  const networkAcl = worst(
    approach.acls.map(({ inbound, outbound }) => {
      const arrives = 'starts' in inbound ? decide(inbound, source.address) : inbound;
      return arrives.result === 'allow' && outbound !== undefined ? outbound : arrives;
    }),
    UNKNOWN_NODE_ACL,
  );
  const { tier, zone, route } = approach;
  const { alive } = target;
  const result = overall(alive.result, route.result, zone.result, securityGroup.result, networkAcl.result);
  return { tier, alive, route, zone, securityGroup, networkAcl, result };
}

const UNKNOWN_NODE_ACL: Check = unreadAcl(undefined);

/** What sources share, and the compiled rules of targets. It fills up as sources are judged; the answers do not depend on the order. */
interface Shared {
  readonly places: Map<string, SourcePlace>;
  readonly groups: Map<string, SourceGroups>;
  readonly guards: Map<string, GroupRules>;
  readonly guardsByTarget: (GroupRules | undefined)[];
  readonly acls: Map<string, DecisionTable<Check>>;
}

function sharedOf(): Shared {
  return { places: new Map(), groups: new Map(), guards: new Map(), guardsByTarget: [], acls: new Map() };
}

function interned<T>(known: Map<string, T>, key: string, make: (id: number) => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(known.size);
  known.set(key, made);
  return made;
}

function approachTo(place: SourcePlace, target: TargetProfile, survey: Survey): Approach {
  const known = place.approaches[target.index];
  if (known !== undefined) return known;
  const made = makeApproach(place, target, survey);
  place.approaches[target.index] = made;
  return made;
}

/** A balancer's node in the source's own zone gets the copies; without one it is not said which does, so that all must do. */
function makeApproach(place: SourcePlace, target: TargetProfile, survey: Survey): Approach {
  const inZone = target.nodes.filter((node) => isSameZone(place.zone, node.zone) === true);
  const nodes = inZone.length > 0 ? inZone : target.nodes;
  return {
    tier: inZone.length > 0 ? 'same-zone' : 'other-zone',
    zone: zoneCheck(place.zone, nodes, inZone.length > 0, survey),
    route: worst(
      nodes.map((node) => routeCheck(place, node, survey)),
      { check: 'route', result: 'unknown', reason: 'it is not known where the target is' },
    ),
    acls: nodes.map((node) => aclsTo(place, node, survey)),
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

function aclsTo(place: SourcePlace, node: TargetNode, survey: Survey): Approach['acls'][number] {
  if (node.subnetId === undefined) return { inbound: unreadAcl(undefined) };
  if (node.subnetId === place.subnetId) return { inbound: insideSubnet(node.subnetId) };
  const outbound = egressCheck(leaving(place, node, survey), survey.policy.sourceEgressAcl);
  return { inbound: inboundAcl(node.subnetId, survey), outbound };
}

function inboundAcl(subnetId: string | undefined, survey: Survey): DecisionTable<Check> | Check {
  const acl = subnetId === undefined ? 'unread' : survey.networkAcl(subnetId);
  if (acl === 'unread') return unreadAcl(subnetId);
  return interned(survey.once(sharedOf).acls, acl.networkAclId, () => compileAcl(acl, 'ingress'));
}

function leaving(place: SourcePlace, node: TargetNode, survey: Survey): Check {
  const acl = place.subnetId === undefined ? 'unread' : survey.networkAcl(place.subnetId);
  if (acl === 'unread' || node.address === undefined) return unreadAcl(place.subnetId);
  return decide(
    interned(survey.once(sharedOf).acls, `${acl.networkAclId} egress`, () => compileAcl(acl, 'egress')),
    node.address,
  );
}

function guard(source: Source, target: TargetProfile, survey: Survey): Check {
  const rules = guardsOf(target, survey);
  if (!('byAddress' in rules)) return rules;
  const { references } = source.groups;
  references[target.index] ??= judgeReferences(rules, source.groups, target.nodes[0]?.vpcId, survey) ?? 'none';
  const referenced = references[target.index];
  return groupsCheck(rules, source.address, typeof referenced === 'object' ? referenced : undefined);
}

/** The compiled groups of a target, or the answer where it has none or they are not known. */
function guardsOf({ groupIds, index }: TargetProfile, survey: Survey): GroupRules | Check {
  const { guards, guardsByTarget } = survey.once(sharedOf);
  const known = guardsByTarget[index];
  if (known !== undefined) return known;
  if (groupIds === 'none') return NO_GUARD;
  if (groupIds === 'unread') return UNKNOWN_GUARD;
  const made = interned(guards, groupIds.toSorted().join(' '), () => compileGroups(groupIds, survey));
  guardsByTarget[index] = made;
  return made;
}

const NO_GUARD: Check = {
  check: 'security-group',
  result: 'allow',
  reason: 'the load balancer or endpoint has no security group',
};
const UNKNOWN_GUARD: Check = {
  check: 'security-group',
  result: 'unknown',
  reason: 'the security groups of the target are not known',
};

const SEVERITY = { allow: 0, warn: 1, unknown: 2, block: 3 } as const satisfies Record<CheckResult, number>;

/** The most severe check, the first of equals; `none` where there is none at all. */
function worst(checks: readonly Check[], none: Check): Check {
  let found = checks[0] ?? none;
  for (const one of checks) if (SEVERITY[one.result] > SEVERITY[found.result]) found = one;
  return found;
}

function overall(...results: readonly CheckResult[]): Judgement['result'] {
  if (results.includes('block')) return 'block';
  return results.includes('unknown') ? 'unknown' : 'pass';
}
