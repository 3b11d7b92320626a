/** What the looks of a sweep say about everything, so that the ledger need not keep what was in order. */

import type { AuditResult } from '../../audit/finding.ts';
import type { ScopeLook } from '../../audit/gaps/gap.ts';
import { judgedIn } from '../../audit/gaps/judged.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Assessment } from '../assess.ts';
import { looksIn } from '../gaps/run-looks.ts';

/**
 * The looks of a sweep, each with what it says about everything. `recorded` is what the sweep records, including what it proved to be gone:
 * an open finding of the ledger that is not among it was neither met nor proved to be over.
 */
export async function sweptLooks(
  assessment: Assessment,
  recorded: AuditResult,
  ledger: Pick<Ledger, 'entries'>,
): Promise<readonly ScopeLook[]> {
  const met = new Set([...recorded.findings, ...recorded.judgements].map(({ id }) => id));
  const scopes = new Map(assessment.scopes.map((one) => [scopeKey(one.scope), one]));
  const looks: ScopeLook[] = [];
  for (const look of looksIn(assessment, true)) {
    const one = scopes.get(scopeKey(look));
    if (one === undefined) {
      looks.push(look);
      continue;
    }
    const { scope, inventory, audited, readAt } = one;
    const entries = await ledger.entries({ inSight: scope });
    const unproven = [
      ...audited.judgements.filter(({ result }) => result === 'unknown'),
      ...entries.map(({ finding }) => finding).filter(({ id, status }) => status !== 'resolved' && !met.has(id)),
    ];
    looks.push({
      ...look,
      judged: judgedIn(inventory, unproven, {
        mirrored: audited.account !== null,
        groups: audited.judgesGroups,
        readAt,
      }),
    });
  }
  return looks;
}

/** The ids of judgements that rest on a look at the account. Without its instances, records decide. */
export function lookedIds({ scopes }: Assessment): ReadonlySet<string> {
  const looked = scopes.filter(({ inventory }) => inventory.instances !== undefined);
  return new Set(looked.flatMap(({ audited }) => audited.judgements.map(({ id }) => id)));
}
