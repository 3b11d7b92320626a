/** Judges a target for a source, check by check. What a source has in common with others is judged once for all of them. */

/*
 * Everything that sources share (subnet, zone, security groups) is cached under what they share it by, so each further source costs
 * two binary searches per target.
 */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import { ipv4Of } from '../net/cidr.ts';
import { type DecisionTable, decide } from '../net/first-match.ts';
import type { AccountIndex } from './account-index.ts';
import { unreadAcl } from './checks/network-acls.ts';
import {
  aclCheck,
  inboundAcl,
  type NetworkPath,
  networkPathFrom,
  SEVERITY,
  type SourceLocation,
  worst,
} from './checks/network-path.ts';
import { compileGroups, type GroupRules, groupsCheck, judgeReferences } from './checks/security-groups.ts';
import { zoneOf } from './checks/zones.ts';
import { type TargetProfile, targetsOf } from './targets.ts';
import type { Check, Tier } from './verdict.ts';

/** A source with what it shares with others. */
export interface Source {
  readonly networkInterfaceId: string;
  /** Equal for two sources only if no rule distinguishes them: same location and groups, addresses in the same segment. */
  readonly equivalenceKey: string;
  readonly address: number;
  readonly location: SharedLocation;
  readonly groups: SharedGroups;
}

/** What all sources of a subnet share. `paths` is a cache by target index. */
interface SharedLocation extends SourceLocation {
  readonly id: number;
  readonly paths: (JudgedPath | undefined)[];
}

/** The path to a target, with the judgements of the sources that take it. These are few, because few rules decide. */
interface JudgedPath {
  readonly networkPath: NetworkPath;
  /** The highest severity of alive, capacity, route and zone. */
  readonly severity: number;
  readonly judgements: Map<Check, TargetJudgement[]>;
}

/** What all sources with the same groups in a VPC share. `references` is a cache by target index. */
interface SharedGroups {
  readonly id: number;
  readonly groupIds: readonly string[];
  readonly vpcId: string | undefined;
  readonly references: (Check | 'none' | undefined)[];
}

/** Every check of a target for a source. `capacity` applies to a source that the target doesn't have yet. */
export interface TargetJudgement {
  readonly target: TargetProfile;
  readonly tier: Tier;
  readonly alive: Check;
  readonly route: Check;
  readonly zone: Check;
  readonly capacity: Check;
  readonly securityGroup: Check;
  readonly networkAcl: Check;
  /** The check of the destination's filter. Absent if it allows, and where only the path to the target is judged. */
  readonly filter?: Check | undefined;
  /** The worst of the checks: `block` before `unknown` before `pass`. A warning passes. */
  readonly result: 'pass' | 'unknown' | 'block';
}

/** The checks of a judgement, in the order in which they are reported. */
export function checksOf(judgement: Omit<TargetJudgement, 'result'>): readonly Check[] {
  const { alive, route, zone, capacity, securityGroup, networkAcl, filter } = judgement;
  const ofTarget = [alive, route, zone, capacity, securityGroup, networkAcl];
  return filter === undefined ? ofTarget : [...ofTarget, filter];
}

/** An interface as a source. It must be one by `eligibilityOf`, which also ensures that its address is an IPv4. */
export function sourceOf(networkInterface: NetworkInterface, account: AccountIndex): Source {
  const { networkInterfaceId, privateIpAddress, subnetId, groupIds } = networkInterface;
  const subnet = subnetId === undefined ? undefined : account.subnet(subnetId);
  const vpcId = networkInterface.vpcId ?? (typeof subnet === 'object' ? subnet.vpcId : undefined);
  const zone = zoneOf(networkInterface, account);
  const { locations, groups } = account.once(sharedOf);
  const address = ipv4Of(privateIpAddress) ?? 0;
  const location = interned(locations, `${subnetId} ${vpcId} ${zone.id} ${zone.name}`, (id) => {
    return { id, subnetId, vpcId, zone, paths: [] };
  });
  const sharedGroups = interned(groups, `${vpcId} ${groupIds.toSorted().join(' ')}`, (id) => {
    return { id, groupIds, vpcId, references: [] };
  });
  const segment = decide(account.once(segmentsOf), address);
  const equivalenceKey = `${location.id} ${sharedGroups.id} ${segment}`;
  return { networkInterfaceId, equivalenceKey, address, location, groups: sharedGroups };
}

/** Splits the address space where the decision of any target's ACL or security group changes, and numbers the segments. */
function segmentsOf(account: AccountIndex): DecisionTable<number> {
  const starts = new Set<number>();
  for (const target of account.once(targetsOf).values()) {
    const tables: DecisionTable<Check>[] = target.nodes.flatMap(({ subnetId }) => {
      const inbound = inboundAcl(subnetId, account);
      return 'starts' in inbound ? [inbound] : [];
    });
    const rules = groupRulesOf(target, account);
    if ('byAddress' in rules) tables.push(rules.byAddress);
    for (const table of new Set(tables)) for (const start of table.starts) starts.add(start);
  }
  const sorted = [...starts.add(0)].sort((a, b) => a - b);
  return { starts: sorted, decisions: sorted.map((_, index) => index) };
}

/**
 * Judges a target for a source. Checks and judgements are shared: the same decision is the same object for every source. That is what
 * keeps ten thousand sources and hundreds of targets small and fast.
 */
export function judgeTarget(source: Source, target: TargetProfile, account: AccountIndex): TargetJudgement {
  const path = pathTo(target, source.location, account);
  const securityGroup = securityGroupCheck(source, target, account);
  const networkAcl = networkAclCheck(path.networkPath, source.address);
  const withSameGroupCheck = path.judgements.get(securityGroup);
  const known = withSameGroupCheck?.find((judgement) => judgement.networkAcl === networkAcl);
  if (known !== undefined) return known;
  const judgement = judgementOf(path, target, securityGroup, networkAcl);
  if (withSameGroupCheck === undefined) path.judgements.set(securityGroup, [judgement]);
  else withSameGroupCheck.push(judgement);
  return judgement;
}

/** What the judgement would be if the target had room. */
export function resultWithRoom(judgement: TargetJudgement): TargetJudgement['result'] {
  const { capacity, result } = judgement;
  if (capacity.result !== 'block') return result;
  return resultOf(worstSeverity(checksOf(judgement).filter((check) => check !== capacity)));
}

/** The judgement with another capacity check, for a source that the target already has. */
export function withCapacity(judgement: TargetJudgement, capacity: Check): TargetJudgement {
  const changed = { ...judgement, capacity };
  return { ...changed, result: resultOf(worstSeverity(checksOf(changed))) };
}

/** The judgement for a session with this filter. */
export function withFilter(judgement: TargetJudgement, filter: Check): TargetJudgement {
  if (filter.result === 'allow') return judgement;
  const changed = { ...judgement, filter };
  return { ...changed, result: resultOf(worstSeverity(checksOf(changed))) };
}

function worstSeverity(checks: readonly Check[]): number {
  return Math.max(...checks.map(({ result }) => SEVERITY[result]));
}

function judgementOf(
  path: JudgedPath,
  target: TargetProfile,
  securityGroup: Check,
  networkAcl: Check,
): TargetJudgement {
  const { tier, route, zone } = path.networkPath;
  const { alive, capacityCheck: capacity } = target;
  const severity = Math.max(path.severity, SEVERITY[securityGroup.result], SEVERITY[networkAcl.result]);
  return { target, tier, alive, route, zone, capacity, securityGroup, networkAcl, result: resultOf(severity) };
}

function resultOf(severity: number): TargetJudgement['result'] {
  if (severity >= SEVERITY.block) return 'block';
  return severity >= SEVERITY.unknown ? 'unknown' : 'pass';
}

const UNKNOWN_ACL: Check = unreadAcl(undefined);

function networkAclCheck({ acls }: NetworkPath, address: number): Check {
  const [first, ...others] = acls;
  if (first === undefined) return UNKNOWN_ACL;
  const check = aclCheck(first, address);
  return others.length === 0 ? check : worst([check, ...others.map((one) => aclCheck(one, address))], check);
}

/** What sources share, and the compiled groups of targets. Fills up as sources are judged; the results don't depend on the order. */
interface Shared {
  readonly locations: Map<string, SharedLocation>;
  readonly groups: Map<string, SharedGroups>;
  readonly groupRules: Map<string, GroupRules>;
  readonly groupRulesByTarget: (GroupRules | undefined)[];
}

function sharedOf(): Shared {
  return { locations: new Map(), groups: new Map(), groupRules: new Map(), groupRulesByTarget: [] };
}

function interned<T>(known: Map<string, T>, key: string, make: (id: number) => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(known.size);
  known.set(key, made);
  return made;
}

function pathTo(target: TargetProfile, location: SharedLocation, account: AccountIndex): JudgedPath {
  const known = location.paths[target.index];
  if (known !== undefined) return known;
  const networkPath = networkPathFrom(location, target, account);
  const checks = [target.alive, target.capacityCheck, networkPath.route, networkPath.zone];
  const severity = Math.max(...checks.map(({ result }) => SEVERITY[result]));
  const path: JudgedPath = { networkPath, severity, judgements: new Map() };
  location.paths[target.index] = path;
  return path;
}

function securityGroupCheck(source: Source, target: TargetProfile, account: AccountIndex): Check {
  const rules = groupRulesOf(target, account);
  if (!('byAddress' in rules)) return rules;
  const { references } = source.groups;
  references[target.index] ??= judgeReferences(rules, source.groups, target.nodes[0]?.vpcId, account) ?? 'none';
  const referenced = references[target.index];
  return groupsCheck(rules, source.address, typeof referenced === 'object' ? referenced : undefined);
}

/** The compiled groups of a target; the check itself when the target has no groups or they are unknown. */
function groupRulesOf({ groupIds, index }: TargetProfile, account: AccountIndex): GroupRules | Check {
  const { groupRules, groupRulesByTarget } = account.once(sharedOf);
  const known = groupRulesByTarget[index];
  if (known !== undefined) return known;
  if (groupIds === 'none') return NO_GROUPS;
  if (groupIds === 'unread') return UNKNOWN_GROUPS;
  const rules = interned(groupRules, groupIds.toSorted().join(' '), () => compileGroups(groupIds, account));
  groupRulesByTarget[index] = rules;
  return rules;
}

const NO_GROUPS: Check = {
  check: 'security-group',
  result: 'allow',
  reason: 'the load balancer or endpoint has no security group',
};
const UNKNOWN_GROUPS: Check = {
  check: 'security-group',
  result: 'unknown',
  reason: 'the security groups of the target are not known',
};
