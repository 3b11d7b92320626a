/** Asks the rules that judge by AWS's figures about each instance: do its sessions carry what they should? */

import type { AccountIndex } from '../../mirror/account-index.ts';
import { healthPolicyOf } from '../../mirror/policy.ts';
import type { Tag } from '../../sighting/sighting.ts';
import type { JudgedResource } from '../judge-resources.ts';
import { healthOf } from '../measured-traffic.ts';
import type { MirroredResource } from '../mirrored-resource.ts';
import { ruleIds } from '../rule-book.ts';
import { RULES } from '../rules/registry.ts';

/**
 * What the rules answer about each instance. There is no answer where the figures prove nothing, and none
 * at all if CloudWatch was not asked or the policy does not want it.
 */
export function judgeTraffic(resources: readonly MirroredResource[], account: AccountIndex): readonly JudgedResource[] {
  const { metrics, unreadForHealth } = account.inventory;
  const wasAsked = metrics !== undefined || unreadForHealth !== undefined;
  if (!wasAsked || !healthPolicyOf(account.policy).read) return [];
  return resources.flatMap((resource) => {
    const { resourceType, resourceId } = resource;
    if (resourceType !== 'AWS::EC2::Instance') return [];
    const traffic = { resource, health: healthOf(resource, account) };
    return ruleIds().flatMap((id): readonly JudgedResource[] => {
      const rule = RULES[id];
      const answer = rule.judges === 'traffic' ? rule.judge(traffic) : undefined;
      return answer === undefined
        ? []
        : [{ rule: id, resourceType, resourceId, answer, tags: tagsOf(resourceId, account) }];
    });
  });
}

function tagsOf(instanceId: string, account: AccountIndex): readonly Tag[] {
  const instance = account.instance(instanceId);
  return typeof instance === 'object' ? instance.tags : [];
}
