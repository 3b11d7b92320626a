/** What ledgers keep in sight: the findings that a sweep has to read, which do not grow with history. */

import type { Finding, RuleId } from '../../audit/finding.ts';
import { rulesWhere } from '../../audit/rule-book.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import { CHANNELS, type LedgerEntry, type Sight } from '../ledger.ts';
import { entryIn } from '../mails/noted-mails.ts';
import { isStillToBeTold, isToArchive } from './to-be-told.ts';

/** True for a rule that judges an account and region, and so is settled by its sweeps. */
export function judgesScopes(rule: RuleId): boolean {
  return scopeRules().includes(rule);
}

/** The part that a finding belongs to. */
export function sightOf({ rule, accountId, region }: Pick<Finding, 'rule' | 'accountId' | 'region'>): Sight {
  return judgesScopes(rule) ? { accountId, region } : 'other-rules';
}

/** Identifies a part. */
export function sightKey(sight: Sight): string {
  return sight === 'other-rules' ? sight : scopeKey(sight);
}

/** True for a finding that is open or muted, or whose resolution people still have to be told of: by mail, or where they were told that it is open. */
export function isInSight(entry: LedgerEntry): boolean {
  return entry.finding.status !== 'resolved' || isStillToBeTold(entry) || isAwaitedInChannel(entry);
}

function isAwaitedInChannel(entry: LedgerEntry): boolean {
  return CHANNELS.some((channel) => {
    if (channel === 'hub') return isToArchive(entry);
    return entry.toldIn?.[channel]?.notified !== undefined && isStillToBeTold(entryIn(entry, channel));
  });
}

/**
 * True if a ledger has to find the entry again without reading everything: it is in sight, or it was resolved after the newest complete look
 * at its account. A look that is being recorded may have been made before that, and says something about the time in between.
 * `newestLook` is in milliseconds since 1970.
 */
export function isListed(entry: LedgerEntry, newestLook: number | undefined): boolean {
  if (isInSight(entry)) return true;
  const resolvedAt = entry.resolvedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  return judgesScopes(entry.finding.rule) && resolvedAt > (newestLook ?? Number.NEGATIVE_INFINITY);
}

/** The rules that judge an account and region. */
export function scopeRules(): readonly RuleId[] {
  return rulesWhere((rule) => rule.settledBySweep || rule.judges === 'account');
}
