/** Findings that nothing has confirmed lately: they may be over without anybody knowing it. */

import type { Finding } from '../../audit/finding.ts';
import { ruleOf } from '../../audit/rule-book.ts';

/**
 * Without a look for this long, a finding is no longer sure to be so. A sweep that could not read an account is delivered again after 30 s,
 * 3 min, 15 min and 75 min, so the last attempt meets what the first one did not.
 */
const UNCONFIRMED_MS = 60 * 60_000;

/** A run mails what it has just seen within this time. */
const JUST_SEEN_MS = 60_000;

/** True for a finding that a sweep would confirm or resolve, and that nothing has seen for more than an hour. */
export function isUnconfirmed({ rule, lastSeen }: Pick<Finding, 'rule' | 'lastSeen'>, now: Date): boolean {
  return ruleOf(rule)?.settledBySweep === true && now.getTime() - Date.parse(lastSeen) > UNCONFIRMED_MS;
}

/** True for a finding that a sweep would confirm or resolve, and that was not seen by the run that mails it. */
export function isSeenBefore({ rule, lastSeen }: Pick<Finding, 'rule' | 'lastSeen'>, now: Date): boolean {
  return ruleOf(rule)?.settledBySweep === true && now.getTime() - Date.parse(lastSeen) > JUST_SEEN_MS;
}
