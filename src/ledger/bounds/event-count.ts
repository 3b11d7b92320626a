/** How many calls a finding about calls is known to be about. */

import type { Finding, FindingDetail } from '../../audit/finding.ts';
import { isOnCalls } from '../../audit/rule-book.ts';

/** The most calls that one observation of the finding counted; nothing for a finding that is not about calls. */
export function mostCallsOf(
  { mostCalls = 0 }: { readonly mostCalls?: number | undefined },
  { rule, detail: { eventCount } }: Pick<Finding, 'rule' | 'detail'>,
): { readonly mostCalls?: number } {
  return isOnCalls(rule) && typeof eventCount === 'number' ? { mostCalls: Math.max(mostCalls, eventCount) } : {};
}

/** What a ledger knows of a finding's calls. */
interface KnownCalls {
  readonly evidence: readonly { readonly role?: string | undefined }[];
  /** Absent for a finding that is not about calls. */
  readonly mostCalls?: number | undefined;
  /** How many pieces of evidence are kept at most. */
  readonly mostKept: number;
}

/**
 * The detail of a finding, with the number of calls that all observations tell of. Deliveries repeat calls, so they are told apart by the
 * evidence that is kept: where one observation counted more calls than are kept, or no more are kept, there may be more
 * (`eventCountIsMinimum`). The detail of other findings stays as it is.
 */
export function withEventCount(detail: FindingDetail, { evidence, mostCalls, mostKept }: KnownCalls): FindingDetail {
  if (mostCalls === undefined) return detail;
  const kept = evidence.filter(({ role }) => role !== 'resolution').length;
  const isMinimum = mostCalls > kept || evidence.length >= mostKept;
  return { ...detail, eventCount: Math.max(mostCalls, kept), ...(isMinimum && { eventCountIsMinimum: true }) };
}
