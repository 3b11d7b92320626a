/** Judges a target for a source, check by check: only the results, for all sources and targets; with words, for those asked about. */

import type { AccountIndex } from './account-index.ts';
import type { GroupRules } from './checks/group-rules.ts';
import { unreadAcl } from './checks/network-acls.ts';
import { aclCheck, aclResult, type NetworkPath, SEVERITY, severityOf, worst } from './checks/network-path.ts';
import { groupsCheck, groupsRefusal, type IsAdmitted, isLetIn, refusalResult } from './checks/security-groups.ts';
import { pathTo, referencesTo, type Source } from './checks/source.ts';
import type { TargetProfile } from './targets.ts';
import type { Check, CheckResult, Tier } from './verdict.ts';

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

/** Judges a target for a source. */
export function judgeTarget(source: Source, target: TargetProfile, account: AccountIndex): TargetJudgement {
  const { networkPath } = pathTo(target, source, account);
  const { tier, route, zone } = networkPath;
  const { alive, capacityCheck: capacity } = target;
  const securityGroup = securityGroupCheck(source, target, account);
  const networkAcl = networkAclCheck(networkPath, source.address);
  const result = resultOf(severityOf([alive, route, zone, capacity, securityGroup, networkAcl]));
  return { target, tier, alive, route, zone, capacity, securityGroup, networkAcl, result };
}

/** The severity of `judgeTarget` if the target has room. `isAdmitted` is the source's own, for all its targets. */
export function severityWithRoom(
  source: Source,
  target: TargetProfile,
  isAdmitted: IsAdmitted,
  account: AccountIndex,
): number {
  const { severity, networkPath } = pathTo(target, source, account);
  if (severity === SEVERITY.block) return severity;
  const securityGroup = SEVERITY[securityGroupResult(source, target, isAdmitted, account)];
  return Math.max(severity, securityGroup, SEVERITY[networkAclResult(networkPath, source.address)]);
}

/** Whether packets from a source to a target would stay in its zone. */
export function tierOf(source: Source, target: TargetProfile, account: AccountIndex): Tier {
  return pathTo(target, source, account).networkPath.tier;
}

/** What `firstCheck` is asked about. */
export interface Question {
  /** A result that doesn't pass. */
  readonly result: 'block' | 'unknown';
  readonly target: TargetProfile;
  /** The check that applies to the source. */
  readonly capacity: Check;
  readonly isAdmitted: IsAdmitted;
}

/** The first check of a target with this result, in the order of reports, apart from the filter's. Undefined when there is none. */
export function firstCheck(
  source: Source,
  { result, target, capacity, isAdmitted }: Question,
  account: AccountIndex,
): Check | undefined {
  const { networkPath } = pathTo(target, source, account);
  const { route, zone } = networkPath;
  if (target.alive.result === result) return target.alive;
  if (route.result === result) return route;
  if (zone.result === result) return zone;
  if (capacity.result === result) return capacity;
  if (securityGroupResult(source, target, isAdmitted, account) === result) {
    const rules = rulesOf(source, target);
    return 'doors' in rules ? groupsRefusal(rules, referencesTo(source, target, rules, account)) : rules;
  }
  const isAcl = networkAclResult(networkPath, source.address) === result;
  return isAcl ? networkAclCheck(networkPath, source.address) : undefined;
}

/** The judgement with another capacity check, for a source that the target already has. */
export function withCapacity(judgement: TargetJudgement, capacity: Check): TargetJudgement {
  const changed = { ...judgement, capacity };
  return { ...changed, result: resultOf(severityOf(checksOf(changed))) };
}

/** The judgement for a session with this filter. */
export function withFilter(judgement: TargetJudgement, filter: Check): TargetJudgement {
  if (filter.result === 'allow') return judgement;
  const changed = { ...judgement, filter };
  return { ...changed, result: resultOf(severityOf(checksOf(changed))) };
}

/** A warning passes. */
export function resultOf(severity: number): TargetJudgement['result'] {
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

function networkAclResult({ acls }: NetworkPath, address: number): CheckResult {
  let found: CheckResult = acls.length === 0 ? UNKNOWN_ACL.result : 'allow';
  for (const one of acls) {
    const result = aclResult(one, address);
    if (SEVERITY[result] > SEVERITY[found]) found = result;
  }
  return found;
}

function securityGroupCheck(source: Source, target: TargetProfile, account: AccountIndex): Check {
  const rules = rulesOf(source, target);
  return 'doors' in rules ? groupsCheck(rules, source.address, referencesTo(source, target, rules, account)) : rules;
}

function securityGroupResult(
  source: Source,
  target: TargetProfile,
  isAdmitted: IsAdmitted,
  account: AccountIndex,
): CheckResult {
  const rules = rulesOf(source, target);
  if (!('doors' in rules)) return rules.result;
  return isLetIn(rules, isAdmitted) ? 'allow' : refusalResult(rules, referencesTo(source, target, rules, account));
}

function rulesOf({ rules }: Source, { index }: TargetProfile): GroupRules | Check {
  return rules[index] as GroupRules | Check;
}
