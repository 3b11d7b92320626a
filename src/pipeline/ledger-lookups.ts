/** What a run asks the ledger: which findings a mail may be about, and which open ones a sweep no longer met. */

import { type Finding, goneJudgement, type Judgement } from '../audit/finding.ts';
import { sweptRules } from '../audit/rule-book.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Changes, Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { Assessment } from './assess.ts';

/** The entries that a mail may be about: those judged now, and after a sweep everything that is open or was resolved. */
export async function entriesToMail(
  { complete, findings, changes }: { complete: boolean; findings: readonly Finding[]; changes: Changes },
  ledger: Pick<Ledger, 'entries'>,
): Promise<readonly LedgerEntry[]> {
  if (complete) return ledger.entries({ status: ['open', 'resolved'] });
  const ids = new Set([...findings.map(({ id }) => id), ...changes.opened, ...changes.reopened, ...changes.resolved]);
  return ids.size === 0 ? [] : ledger.entries({ ids: [...ids] });
}

/**
 * Judgements for open findings of the swept accounts whose resource the sweep no longer met. `settled` are the run's findings after
 * repairs. An account with a list that could not be read completely proves nothing and is left out.
 */
export async function goneSince(
  { scopes, findings, judgements }: Assessment,
  settled: readonly Finding[],
  ledger: Pick<Ledger, 'entries'>,
): Promise<readonly Judgement[]> {
  const met = new Set([...findings, ...settled, ...judgements].map(({ id }) => id));
  const gone: Judgement[] = [];
  for (const { scope, inventory, audited, readAt } of scopes) {
    if (!isComplete(inventory)) continue;
    const open = await ledger.entries({
      status: ['open', 'muted'],
      accountIds: [scope.accountId],
      regions: [scope.region],
      rules: sweptRules({ mirrored: audited.account !== null }),
    });
    const missing = open.filter(({ finding }) => !met.has(finding.id));
    gone.push(...missing.map(({ finding }) => goneJudgement(finding, 'it is no longer in the account', readAt)));
  }
  return gone;
}

function isComplete({ instances, networkInterfaces, unread, incomplete }: Inventory): boolean {
  return instances !== undefined && networkInterfaces !== undefined && unread === undefined && incomplete === undefined;
}
