/** Tells whether a finding that no recorded call explains is due to a change of our configuration. */

import type { Cause } from '../../audit/cause.ts';
import type { Finding } from '../../audit/finding.ts';
import type { RuleAnswer } from '../../audit/rule-answer.ts';
import { type BuiltInRuleId, isBuiltIn } from '../../audit/rule-book.ts';
import { answersAt } from '../as-of.ts';
import { type Investigation, idsOfFinding, judgedBy } from '../attribute.ts';
import { judgeResource } from '../judge-resource.ts';
import { surroundingsOf } from '../surroundings.ts';
import type { JudgingPolicy, PolicyChange } from './policy-changes.ts';

/** The last time that the finding is known not to have been there, and the policy of that time, which is not the current one. */
export interface InOrderBefore {
  /** A finding that was muted then was there, unless the earlier policy exempts the resource. */
  readonly state: 'resolved' | 'muted';
  readonly at: Date;
  readonly policy: JudgingPolicy;
  /** What changed from it to the current policy. */
  readonly changes: readonly PolicyChange[];
}

/**
 * The cause, as far as the earlier policy tells; undefined if it tells nothing, because the earlier policy finds it too.
 * - `configuration`: the account as it is breaks no rule of the earlier policy, and the account at that time, as far as records tell,
 *   breaks the current one. The reason names what changed.
 * - `unknown`: without the change of the configuration the finding would not be there, but the account changed too.
 */
export function configurationCause(
  finding: Finding,
  { state, at, policy: earlier, changes }: InOrderBefore,
  investigation: Investigation,
): Cause | undefined {
  const { rule } = finding;
  if (!isBuiltIn(rule) || !wasThere(finding, at, investigation)) return undefined;
  const by = judgedBy(finding, investigation);
  const ids = idsOfFinding(finding);
  const { history, tagKeys, policy } = investigation;
  const account = { surroundings: surroundingsOf(ids, history), history, tagKeys, overlay: new Map() };
  const judge = ({ tags, mirror }: JudgingPolicy): RuleAnswer['result'] | undefined =>
    judgeResource(account, { ...by, tags, mirror }).get(rule);
  const before = judge(earlier);
  const isFree = state === 'muted' ? before === 'exempt' : before === undefined || before === 'pass';
  if (!isFree || judge(policy) !== 'fail') return undefined;
  const then = answersAt({ by, ids }, at.getTime(), investigation).get(rule);
  const since = `since ${at.toISOString().replace('.000Z', 'Z')}`;
  if (then?.result !== 'fail') {
    const also = then?.reason ?? 'the account changed too';
    return { kind: 'unknown', reason: `the configuration changed ${since}, but ${also}` };
  }
  const sufficient = changes.filter((change) => judge(change.policy) === 'fail');
  return { kind: 'configuration', reason: `${wordsOf(sufficient.map(({ words }) => words))} ${since}` };
}

/** True if a policy judges resources by the rule at all. */
export function isJudgedBy({ tags, mirror }: JudgingPolicy, rule: BuiltInRuleId): boolean {
  // What groups were judged by is not kept.
  if (rule === 'security-group-open') return true;
  return rule === 'instance-untagged' ? tags.requiredTags.length > 0 : mirror !== null;
}

/** False for an instance that was started later: until then there was nothing to find. */
function wasThere({ resourceId }: Finding, at: Date, { history }: Investigation): boolean {
  const launchTime = history.account.instances.get(resourceId)?.launchTime;
  return launchTime === undefined || launchTime <= at;
}

/** Changes that are named. Of more, any one suffices for the finding. */
const NAMED = 3;

/** The changes each of which suffices for the finding. If none does alone, they did it together. */
function wordsOf(changes: readonly string[]): string {
  if (changes.length === 0) return 'the configuration changed';
  return changes.length > NAMED
    ? `${changes.slice(0, NAMED).join(', ')} and ${changes.length - NAMED} more changes were made`
    : changes.join(', and ');
}
