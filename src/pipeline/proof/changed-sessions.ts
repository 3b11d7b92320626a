/** Sessions that we changed or deleted because they carry our tag, although nothing proves that we made them: people have to hear of these. */

import type { Finding } from '../../audit/finding.ts';
import { ruleOf } from '../../audit/rule-book.ts';
import { groupBy } from '../../collections.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import type { ChangeLog } from '../../ledger/change-log.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import { sessionIdOf } from '../../remediation/plan.ts';
import { canResolve } from '../../remediation/settle-findings.ts';
import { isOwnCall } from '../../sighting/own-calls.ts';

/**
 * The outcomes of changes to sessions of which the ledger does not know that we made or ever changed them. To be asked before the outcomes are
 * kept: afterwards the ledger knows of these very changes.
 */
export async function changesOfUnproven(
  outcomes: readonly Outcome[],
  ledger: Pick<ChangeLog, 'about'>,
): Promise<readonly Outcome[]> {
  const changed = outcomes.filter(({ step, change }) => change !== undefined && sessionIdOf(step) !== undefined);
  const unproven: Outcome[] = [];
  for (const some of groupBy(changed, ({ step }) => scopeKey(step)).values()) {
    const [first] = some;
    if (first === undefined) continue;
    const { accountId, region } = first.step;
    const kept = await ledger.about({ accountId, region }, [
      ...new Set(some.flatMap(({ step }) => sessionIdOf(step) ?? [])),
    ]);
    const known = new Set(
      kept.flatMap(({ resourceId, parts }) => (parts.some(({ evidence }) => isOwnCall(evidence)) ? [resourceId] : [])),
    );
    unproven.push(...some.filter(({ step }) => !known.has(sessionIdOf(step) ?? '')));
  }
  return unproven;
}

/**
 * The findings, each with the unproven sessions that were changed for it. Such a finding is mailed even if nothing is left to do. A session that
 * a finding names that is mailed in any case needs no other.
 */
export function withChangesOfUnproven(findings: readonly Finding[], unproven: readonly Outcome[]): readonly Finding[] {
  if (unproven.length === 0) return findings;
  const always = findings.filter(({ rule }) => ruleOf(rule)?.mailedAfterRepair === true);
  const untold = unproven.filter(({ step }) => !always.some((finding) => canResolve(finding, step)));
  return findings.map((finding) => {
    const own = untold.filter(({ step }) => canResolve(finding, step));
    const ids = [...new Set(own.flatMap(({ step }) => sessionIdOf(step) ?? []))];
    if (ids.length === 0) return finding;
    const verb = own.every(({ step }) => step.kind === 'delete-session') ? 'deleted' : 'changed';
    const reason = `${finding.reason} We ${verb} ${ids.join(', ')} for the tag mirrorwatch:managed; nothing proves that we made ${ids.length === 1 ? 'it' : 'them'}.`;
    return { ...finding, reason, detail: { ...finding.detail, unprovenSessionIds: ids } };
  });
}
