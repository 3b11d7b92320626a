/** A source as the checks see it. What it has in common with others is worked out once for all of them. */

/*
 * Everything that sources share (subnet, zone, security groups) is cached under what they share it by, so each further source costs
 * two look-ups of its address per target.
 */

import type { NetworkInterface } from '../../inventory/network-interface.ts';
import { ipv4Of } from '../../net/cidr.ts';
import { commonSegments, type DecisionTable, decide } from '../../net/first-match.ts';
import type { AccountIndex } from '../account-index.ts';
import { type TargetProfile, targetsOf } from '../targets.ts';
import type { Check } from '../verdict.ts';
import { addressTables, compileGroups, type GroupRules } from './group-rules.ts';
import { inboundAcl, type NetworkPath, networkPathFrom, type SourceLocation, severityOf } from './network-path.ts';
import { type IsAdmitted, judgeReferences } from './security-groups.ts';
import { zoneOf } from './zones.ts';

/** A source with what it shares with others. */
export interface Source {
  readonly networkInterfaceId: string;
  /** Equal for two sources only if no rule distinguishes them: same location and groups, addresses in the same segment. */
  readonly equivalenceKey: string;
  readonly address: number;
  readonly location: SharedLocation;
  readonly groups: SharedGroups;
  /** The compiled groups of every target. */
  readonly rules: ReturnType<typeof rulesByTarget>;
}

/** What all sources of a subnet share. `paths` is a cache by target index. */
interface SharedLocation extends SourceLocation {
  readonly id: number;
  readonly paths: (JudgedPath | undefined)[];
}

/** The path to a target, with the highest severity of alive, route and zone. */
export interface JudgedPath {
  readonly networkPath: NetworkPath;
  readonly severity: number;
}

/** What all sources share that are in a VPC and in the same of the groups that targets refer to. `references` is a cache by target index. */
interface SharedGroups {
  readonly id: number;
  readonly groupIds: readonly string[];
  readonly vpcId: string | undefined;
  readonly references: (Check | 'none' | undefined)[];
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
  const referredTo = account.once(groupsReferredTo);
  const relevant = groupIds.filter((groupId) => referredTo.has(groupId)).sort();
  const sharedGroups = interned(groups, `${vpcId} ${relevant.join(' ')}`, (id) => {
    return { id, groupIds: relevant, vpcId, references: [] };
  });
  const segment = decide(account.once(segmentsOf), address);
  const equivalenceKey = `${location.id} ${sharedGroups.id} ${segment}`;
  const rules = account.once(rulesByTarget);
  return { networkInterfaceId, equivalenceKey, address, location, groups: sharedGroups, rules };
}

/** Splits the address space where the decision of any target's ACL or security group changes, and numbers the segments. */
function segmentsOf(account: AccountIndex): DecisionTable<number> {
  const tables = new Set<DecisionTable<unknown>>();
  for (const { nodes } of account.once(targetsOf).values()) {
    for (const { subnetId } of nodes) {
      const inbound = inboundAcl(subnetId, account);
      if ('decisions' in inbound) tables.add(inbound.decisions);
    }
  }
  for (const rules of account.once(rulesByTarget)) {
    if ('doors' in rules) for (const { admits } of rules.doors) for (const { blocks } of admits) tables.add(blocks);
  }
  return commonSegments(tables);
}

/** The groups whose members some target lets in. */
function groupsReferredTo(account: AccountIndex): ReadonlySet<string> {
  const rules = account.once(rulesByTarget).filter((each) => 'doors' in each);
  return new Set(rules.flatMap(({ references }) => [...references.keys()]));
}

/** What sources share. Fills up as sources are judged; the results don't depend on the order. */
interface Shared {
  readonly locations: Map<string, SharedLocation>;
  readonly groups: Map<string, SharedGroups>;
}

function sharedOf(): Shared {
  return { locations: new Map(), groups: new Map() };
}

function interned<T>(known: Map<string, T>, key: string, make: (id: number) => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(known.size);
  known.set(key, made);
  return made;
}

/** The path from a source to a target. */
export function pathTo(target: TargetProfile, { location }: Source, account: AccountIndex): JudgedPath {
  const known = location.paths[target.index];
  if (known !== undefined) return known;
  const networkPath = networkPathFrom(location, target, account);
  const severity = severityOf([target.alive, networkPath.route, networkPath.zone]);
  const path: JudgedPath = { networkPath, severity };
  location.paths[target.index] = path;
  return path;
}

/** The result of `judgeReferences` for a target with these groups; undefined when none refers to the source. */
export function referencesTo(
  { groups }: Source,
  { index, nodes }: TargetProfile,
  rules: GroupRules,
  account: AccountIndex,
): Check | undefined {
  const { references } = groups;
  references[index] ??= judgeReferences(rules, groups, nodes[0]?.vpcId, account) ?? 'none';
  const referenced = references[index];
  return typeof referenced === 'object' ? referenced : undefined;
}

/** Looks the source's address up in tables of security groups, once in each. */
export function admittance({ address }: Source, account: AccountIndex): IsAdmitted {
  // 0 is not looked up yet, 1 is admitted, 2 is not.
  const known = new Uint8Array(account.once(addressTables).size);
  return ({ number, blocks }) => {
    const answer = known[number] || (decide(blocks, address) === undefined ? 2 : 1);
    known[number] = answer;
    return answer === 1;
  };
}

/** The compiled groups of each target, by target index; the check itself when a target has no groups or they are unknown. */
function rulesByTarget(account: AccountIndex): readonly (GroupRules | Check)[] {
  const compiled = new Map<string, GroupRules>();
  return [...account.once(targetsOf).values()].map(({ groupIds }) => {
    if (groupIds === 'none') return NO_GROUPS;
    if (groupIds === 'unread') return UNKNOWN_GROUPS;
    return interned(compiled, groupIds.toSorted().join(' '), () => compileGroups(groupIds, account));
  });
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
