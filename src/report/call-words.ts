/** What is said of a finding about calls beside its reason: from where the newest call came, and how many there were. */

import { provenCalls } from '../audit/cause.ts';
import type { Finding } from '../audit/finding.ts';
import { isOnCalls } from '../audit/rule-book.ts';
import type { Evidence } from '../sighting/sighting.ts';

/** The record of the call that a finding of a rule on calls is about: the newest. Undefined for any other finding. */
export function callBehind({
  rule,
  cause,
  evidence,
}: Pick<Finding, 'rule' | 'cause' | 'evidence'>): Evidence | undefined {
  if (!isOnCalls(rule)) return undefined;
  const eventID = provenCalls(cause).at(-1)?.eventID;
  return evidence.find((one) => one.eventID === eventID);
}

/** `3`, or `at least 23` where calls may have been missed. Undefined for a single call, and for a finding that is not about calls. */
export function callCount({ rule, detail }: Pick<Finding, 'rule' | 'detail'>): string | undefined {
  const { eventCount = 0, eventCountIsMinimum = false } = detail;
  if (!isOnCalls(rule) || typeof eventCount !== 'number') return undefined;
  if (eventCountIsMinimum) return `at least ${Math.max(1, eventCount)}`;
  return eventCount > 1 ? String(eventCount) : undefined;
}
