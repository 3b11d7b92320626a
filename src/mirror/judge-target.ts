/** A source as the targets see it: judged against each, with all that it has in common with others judged once. */

/*
 * What many sources share (subnet, zone, security groups) is kept by what they share it by, so that one more source costs two binary
 * searches for each target.
 */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import { ipv4Of } from '../net/cidr.ts';
import { type DecisionTable, decide } from '../net/first-match.ts';
import type { AccountIndex } from './account-index.ts';
import { unreadAcl } from './checks/network-acls.ts';
import {
  inboundAcl,
  type NetworkPath,
  networkPathFrom,
  type Place,
  passGate,
  SEVERITY,
  worst,
} from './checks/network-path.ts';
import { compileGroups, type GroupRules, groupsCheck, judgeReferences } from './checks/security-groups.ts';
import { zoneOf } from './checks/zones.ts';
import { type TargetProfile, targetsOf } from './targets.ts';
import type { Check, Tier } from './verdict.ts';

/** A source with what it shares with others. */
export interface Source {
  readonly networkInterfaceId: string;
  /** Equal for two sources only if no rule in the account can tell them apart: same place, same groups, addresses in the same segment. */
  readonly kind: string;
  readonly address: number;
  readonly place: SourcePlace;
  readonly groups: SourceGroups;
}

/** What all sources of a subnet share; `ways` fills up, by target index. */
interface SourcePlace extends Place {
  readonly id: number;
  readonly ways: (Way | undefined)[];
}

/** The way to a target, with the judgements that sources on it came to: few, because few rules decide. */
interface Way {
  readonly networkPath: NetworkPath;
  /** Of alive, capacity, route and zone together. */
  readonly severity: number;
  readonly judgements: Map<Check, TargetJudgement[]>;
}

/** What all sources with the same groups in a VPC share; `references` fills up, by target index. */
interface SourceGroups {
  readonly id: number;
  readonly groupIds: readonly string[];
  readonly vpcId: string | undefined;
  readonly references: (Check | 'none' | undefined)[];
}

/** What stands between a source and a target. `capacity` is for a source that the target does not have yet. */
export interface TargetJudgement {
  readonly target: TargetProfile;
  readonly tier: Tier;
  readonly alive: Check;
  readonly route: Check;
  readonly zone: Check;
  readonly capacity: Check;
  readonly securityGroup: Check;
  readonly networkAcl: Check;
  /** The worst of all: `block` before `unknown` before `pass`, which a warning is too. */
  readonly result: 'pass' | 'unknown' | 'block';
}

/** The source of an interface that `eligibilityOf` takes for one; its address is known to be an IPv4. */
export function sourceOf(networkInterface: NetworkInterface, account: AccountIndex): Source {
  const { networkInterfaceId, privateIpAddress, subnetId, groupIds } = networkInterface;
  const subnet = subnetId === undefined ? undefined : account.subnet(subnetId);
  const vpcId = networkInterface.vpcId ?? (typeof subnet === 'object' ? subnet.vpcId : undefined);
  const zone = zoneOf(networkInterface, account);
  const { places, groups } = account.once(sharedOf);
  const address = ipv4Of(privateIpAddress) ?? 0;
  const place = interned(places, `${subnetId} ${vpcId} ${zone.id} ${zone.name}`, (id) => {
    return { id, subnetId, vpcId, zone, ways: [] };
  });
  const members = interned(groups, `${vpcId} ${groupIds.toSorted().join(' ')}`, (id) => {
    return { id, groupIds, vpcId, references: [] };
  });
  const segment = decide(account.once(segmentsOf), address);
  return { networkInterfaceId, kind: `${place.id} ${members.id} ${segment}`, address, place, groups: members };
}

/** The address space cut wherever any rule on the way into any target changes its mind. */
function segmentsOf(account: AccountIndex): DecisionTable<number> {
  const starts = new Set<number>();
  for (const target of account.once(targetsOf).values()) {
    const tables: DecisionTable<Check>[] = target.nodes.flatMap(({ subnetId }) => {
      const inbound = inboundAcl(subnetId, account);
      return 'starts' in inbound ? [inbound] : [];
    });
    const guards = guardsOf(target, account);
    if ('byAddress' in guards) tables.push(guards.byAddress);
    for (const table of new Set(tables)) for (const start of table.starts) starts.add(start);
  }
  const sorted = [...starts.add(0)].sort((a, b) => a - b);
  return { starts: sorted, decisions: sorted.map((_, index) => index) };
}

/**
 * Judges a target for a source. Checks and judgements are shared: the same decision is the same object for every source, which is
 * what keeps ten thousand sources and hundreds of targets in memory and in time.
 */
export function judgeTarget(source: Source, target: TargetProfile, account: AccountIndex): TargetJudgement {
  const way = wayTo(source.place, target, account);
  const securityGroup = guard(source, target, account);
  const networkAcl = atGates(way.networkPath, source.address);
  const alike = way.judgements.get(securityGroup);
  const known = alike?.find((one) => one.networkAcl === networkAcl);
  if (known !== undefined) return known;
  const judgement = targetJudgementOf(way, target, securityGroup, networkAcl);
  if (alike === undefined) way.judgements.set(securityGroup, [judgement]);
  else alike.push(judgement);
  return judgement;
}

/** A judgement with another capacity: that of a source which the target has already. */
export function withCapacity(judgement: TargetJudgement, capacity: Check): TargetJudgement {
  const { alive, route, zone, securityGroup, networkAcl } = judgement;
  const severities = [alive, route, zone, capacity, securityGroup, networkAcl].map(({ result }) => SEVERITY[result]);
  return { ...judgement, capacity, result: resultOf(Math.max(...severities)) };
}

function targetJudgementOf(way: Way, target: TargetProfile, securityGroup: Check, networkAcl: Check): TargetJudgement {
  const { tier, route, zone } = way.networkPath;
  const { alive, room: capacity } = target;
  const severity = Math.max(way.severity, SEVERITY[securityGroup.result], SEVERITY[networkAcl.result]);
  return { target, tier, alive, route, zone, capacity, securityGroup, networkAcl, result: resultOf(severity) };
}

function resultOf(severity: number): TargetJudgement['result'] {
  if (severity >= SEVERITY.block) return 'block';
  return severity >= SEVERITY.unknown ? 'unknown' : 'pass';
}

const UNKNOWN_GATE: Check = unreadAcl(undefined);

function atGates({ gates }: NetworkPath, address: number): Check {
  const [first, ...others] = gates;
  if (first === undefined) return UNKNOWN_GATE;
  const check = passGate(first, address);
  return others.length === 0 ? check : worst([check, ...others.map((gate) => passGate(gate, address))], check);
}

/** What sources share, and the compiled rules of targets. It fills up as sources are judged; the answers do not depend on the order. */
interface Shared {
  readonly places: Map<string, SourcePlace>;
  readonly groups: Map<string, SourceGroups>;
  readonly guards: Map<string, GroupRules>;
  readonly guardsByTarget: (GroupRules | undefined)[];
}

function sharedOf(): Shared {
  return { places: new Map(), groups: new Map(), guards: new Map(), guardsByTarget: [] };
}

function interned<T>(known: Map<string, T>, key: string, make: (id: number) => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(known.size);
  known.set(key, made);
  return made;
}

function wayTo(place: SourcePlace, target: TargetProfile, account: AccountIndex): Way {
  const known = place.ways[target.index];
  if (known !== undefined) return known;
  const networkPath = networkPathFrom(place, target, account);
  const results = [target.alive, target.room, networkPath.route, networkPath.zone].map(
    ({ result }) => SEVERITY[result],
  );
  const made: Way = { networkPath, severity: Math.max(...results), judgements: new Map() };
  place.ways[target.index] = made;
  return made;
}

function guard(source: Source, target: TargetProfile, account: AccountIndex): Check {
  const rules = guardsOf(target, account);
  if (!('byAddress' in rules)) return rules;
  const { references } = source.groups;
  references[target.index] ??= judgeReferences(rules, source.groups, target.nodes[0]?.vpcId, account) ?? 'none';
  const referenced = references[target.index];
  return groupsCheck(rules, source.address, typeof referenced === 'object' ? referenced : undefined);
}

/** The compiled groups of a target, or the answer where it has none or they are not known. */
function guardsOf({ groupIds, index }: TargetProfile, account: AccountIndex): GroupRules | Check {
  const { guards, guardsByTarget } = account.once(sharedOf);
  const known = guardsByTarget[index];
  if (known !== undefined) return known;
  if (groupIds === 'none') return NO_GUARD;
  if (groupIds === 'unread') return UNKNOWN_GUARD;
  const made = interned(guards, groupIds.toSorted().join(' '), () => compileGroups(groupIds, account));
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
