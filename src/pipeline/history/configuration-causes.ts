/** The causes of findings that no call explains but a change of our configuration does, from the policies that the ledger keeps. */

import type { Finding } from '../../audit/finding.ts';
import { isBuiltIn } from '../../audit/rule-book.ts';
import { SETTLE_MS } from '../../audit/subjects.ts';
import { type AttributionInput, type Investigation, investigate } from '../../causes/attribute.ts';
import { configurationCause, type InOrderBefore, isJudgedBy } from '../../causes/configuration/configuration-cause.ts';
import {
  isSamePolicy,
  type JudgingPolicy,
  type PolicyChange,
  policyChanges,
} from '../../causes/configuration/policy-changes.ts';
import type { ChangeLog } from '../../ledger/change-log.ts';
import type { KeptPolicy, LastInOrder } from '../../ledger/judged-policies.ts';

/** The part of the ledger that is asked. */
export type KeptPolicies = Pick<ChangeLog, 'policies' | 'lastInOrder'>;

/**
 * The findings, with `configuration` as the cause of those that are due to nothing else. The ledger is asked for its policies only if a
 * cause is unknown, and for the findings, all at once, only if the configuration has changed.
 */
export async function withConfigurationCauses(
  findings: readonly Finding[],
  input: AttributionInput,
  ledger: KeptPolicies,
): Promise<readonly Finding[]> {
  const { inventory, policy } = input;
  const unexplained = findings.filter(({ cause }) => cause.kind === 'unknown');
  if (unexplained.length === 0 || inventory.instances === undefined) return findings;
  const policies = (await ledger.policies(inventory)).map((kept) => comparedWith(policy, kept));
  if (policies.every(({ isCurrent }) => isCurrent)) return findings;
  const known = await ledger.lastInOrder(unexplained);
  const byId = new Map(known.map((each) => [each.findingId, each]));
  const investigation = investigate(input);
  const causes = new Map(
    unexplained.flatMap((finding) => {
      const before = inOrderBefore(finding, byId.get(finding.id), policies, investigation);
      const cause = before && configurationCause(finding, before, investigation);
      return cause === undefined ? [] : [[finding.id, cause] as const];
    }),
  );
  return findings.map((finding) => {
    const cause = causes.get(finding.id);
    return cause === undefined ? finding : { ...finding, cause };
  });
}

/** A policy that was kept, compared once for all findings. */
interface ComparedPolicy extends KeptPolicy {
  readonly isCurrent: boolean;
  readonly changes: readonly PolicyChange[];
}

function comparedWith(current: JudgingPolicy, kept: KeptPolicy): ComparedPolicy {
  const isCurrent = isSamePolicy(kept.policy, current);
  return { ...kept, isCurrent, changes: isCurrent ? [] : policyChanges(kept.policy, current) };
}

/**
 * Undefined if it is not known by which policy the finding was last not there, or if that was the current one. Only a complete look tells:
 * what was judged between two looks may have been judged by either policy.
 */
function inOrderBefore(
  { rule, resourceId }: Finding,
  last: LastInOrder | undefined,
  policies: readonly ComparedPolicy[],
  { history }: Investigation,
): InOrderBefore | undefined {
  const launchTime = history.account.instances.get(resourceId)?.launchTime;
  if (last !== undefined && last.state !== 'never') {
    // A look that did not name the instance found it in order only if it was there.
    if (last.isImplied === true && !isShownBy(last.at, launchTime)) return undefined;
    const kept = policies.find(({ lastLook }) => lastLook.getTime() === last.at.getTime());
    return kept === undefined || kept.isCurrent ? undefined : { ...kept, state: last.state, at: last.at };
  }
  const kept = policies.find(({ isCurrent }) => !isCurrent);
  if (kept === undefined || !isBuiltIn(rule) || isJudgedBy(kept.policy, rule)) return undefined;
  // The rule was not judged then, so an instance that has been running since then had no finding, unless an older one was still open.
  const wasRunning = launchTime !== undefined && launchTime <= kept.lastLook;
  const wasOpen = last !== undefined && last.at <= kept.lastLook;
  return wasRunning && !wasOpen ? { ...kept, state: 'resolved', at: kept.lastLook } : undefined;
}

/** True if EC2 is sure to have shown an instance that was launched then to a look at `at`. */
function isShownBy(at: Date, launchTime: Date | undefined): boolean {
  return launchTime !== undefined && launchTime.getTime() + SETTLE_MS <= at.getTime();
}
