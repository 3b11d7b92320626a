/** Judges one resource in a small account, by every rule that is about such resources. */

import type { OpenGroupPolicy } from '../audit/calls/watch-policy.ts';
import { mirroredResourcesOf } from '../audit/mirrored-resource.ts';
import { entriesIn } from '../audit/open-groups/judge-groups.ts';
import { appliesTo, type Rule } from '../audit/rule.ts';
import type { ResourceType, RuleAnswer } from '../audit/rule-answer.ts';
import { type BuiltInRuleId, ruleIds } from '../audit/rule-book.ts';
import { RULES } from '../audit/rules/registry.ts';
import { securityGroupOpen } from '../audit/rules/security-group-open.ts';
import { judgeTags, type TagPolicy } from '../audit/tag-policy.ts';
import { isLiving } from '../inventory/instance.ts';
import { indexAccount } from '../mirror/account-index.ts';
import { sessionFindings } from '../mirror/coverage.ts';
import { resourceOf } from '../mirror/eligibility.ts';
import type { MirrorPolicy, RuleDestination } from '../mirror/policy.ts';
import { ACCEPTED, cellOf } from './cells.ts';
import { cellValue } from './replay.ts';
import { type SmallAccountInput, smallAccount } from './small-account.ts';

/** A resource and the policies it is judged by. */
export interface JudgedBy {
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly tags: TagPolicy;
  readonly mirror: MirrorPolicy | null;
  readonly openGroups?: OpenGroupPolicy | null | undefined;
  readonly unsupported?: ReadonlyMap<string, string> | undefined;
}

/** The answer of each rule about the resource, by rule; `gone` where it doesn't exist. */
export type Answers = ReadonlyMap<BuiltInRuleId, RuleAnswer['result']>;

/** The answers of all rules about the resource in the small account. */
export function judgeResource(input: SmallAccountInput, by: JudgedBy): Answers {
  const { resourceType, resourceId } = by;
  const answers = new Map<BuiltInRuleId, RuleAnswer['result']>();
  if (resourceType === 'AWS::EC2::Instance') answers.set('instance-untagged', tagAnswer(input, by));
  if (resourceType === 'AWS::EC2::SecurityGroup') {
    if (by.openGroups) answers.set('security-group-open', groupAnswer(input, resourceId, by.openGroups));
    return answers;
  }
  if (by.mirror === null) return answers;
  const inventory = smallAccount(input);
  const account = indexAccount(inventory, around(by.mirror, input), { unsupported: by.unsupported });
  if (resourceType === 'AWS::EC2::TrafficMirrorSession') {
    const found = sessionFindings(account).filter(
      ({ trafficMirrorSessionId }) => trafficMirrorSessionId === resourceId,
    );
    const exists = typeof account.trafficMirrorSession(resourceId) === 'object';
    for (const id of rulesOn('session', resourceType)) answers.set(id, exists ? 'pass' : 'gone');
    for (const { kind } of found) answers.set(`mirror-${kind}`, 'fail');
    return answers;
  }
  const interfaces = (inventory.networkInterfaces ?? []).filter((each) => resourceOf(each).resourceId === resourceId);
  const [resource] = mirroredResourcesOf(interfaces, account);
  const context = { region: inventory.region, evidence: [] };
  for (const id of rulesOn('mirrored-resource', resourceType)) {
    const rule: Rule = RULES[id];
    if (rule.judges !== 'mirrored-resource') continue;
    answers.set(id, resource === undefined ? 'gone' : rule.judge(resource, context).result);
  }
  return answers;
}

/** The rules that judge this and count on resources of this type. */
export function rulesOn(judges: Rule['judges'], resourceType: ResourceType): readonly BuiltInRuleId[] {
  return ruleIds().filter((id) => RULES[id].judges === judges && appliesTo(RULES[id], resourceType));
}

/** What uses the group decides nothing. */
function groupAnswer(input: SmallAccountInput, groupId: string, policy: OpenGroupPolicy): RuleAnswer['result'] {
  const inventory = smallAccount(input);
  if (inventory.securityGroups === undefined) return 'unknown';
  const group = inventory.securityGroups.find((each) => each.groupId === groupId);
  if (group === undefined) return 'gone';
  const { region } = inventory;
  const context = {
    region,
    policy,
    entriesOf: entriesIn(inventory),
    behindOf: () => 'unknown' as const,
    rules: undefined,
  } as const;
  return securityGroupOpen.judge(group, { ...context, evidence: [] }).result;
}

/** A value that is only known to be accepted breaks no rule. */
function tagAnswer({ overlay, history }: SmallAccountInput, { resourceId, tags }: JudgedBy): RuleAnswer['result'] {
  const cell = cellOf('instance', resourceId);
  // Without an account, an instance whose launch no record shows is there until a record ends it.
  const isUntold = history.account.inventory.instances === undefined && !history.known.has(cell.key);
  const exists = isUntold || cellValue(cell, overlay, history) !== null;
  const state = cellValue(cellOf('state', resourceId), overlay, history);
  if (!exists || (state !== null && !isLiving({ state }))) return 'gone';
  const values = new Map<string, string | null>();
  for (const { key } of tags.requiredTags) {
    const value = cellValue(cellOf('tag', resourceId, key), overlay, history);
    if (value !== ACCEPTED) values.set(key, value);
  }
  return judgeTags({ values, rest: 'unknown' }, tags).violations.length > 0 ? 'fail' : 'pass';
}

/** Stands for all targets that are not around: it is in no account, and so serves nobody. */
const ELSEWHERE = 'tmt-elsewhere';

/** The policy with only the targets around. What is elsewhere decides no verdict about sessions that exist. */
function around(policy: MirrorPolicy, { surroundings: { targets } }: SmallAccountInput): MirrorPolicy {
  const near = (ids: readonly string[]): readonly string[] => {
    const kept = ids.filter((id) => targets.has(id));
    return kept.length === ids.length ? ids : [...kept, ELSEWHERE];
  };
  const nearRule = <R extends RuleDestination>(rule: R): R => ({ ...rule, targetIds: near(rule.targetIds) });
  const kept = policy.targets.filter(({ id }) => targets.has(id));
  const { rules, onSuspicion } = policy;
  return {
    ...policy,
    targets: kept.length === policy.targets.length ? kept : [...kept, { id: ELSEWHERE }],
    rules: rules && {
      tags: rules.tags.map(nearRule),
      subnets: rules.subnets.map(nearRule),
      vpcs: rules.vpcs.map(nearRule),
    },
    onSuspicion: onSuspicion && { ...onSuspicion, targetIds: near(onSuspicion.targetIds) },
  };
}
