/** Takes back the open findings about calls of which a later delivery says, by an addendum, that they failed after all. */

import { type AuditResult, type Finding, goneJudgement, type Judgement, justAfter } from '../../audit/finding.ts';
import { isOnCalls } from '../../audit/rule-book.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { IamUserSighting, RuleSighting, Sighting } from '../../sighting/sighting.ts';

/**
 * The answers, and besides that open findings of the ledger are over which rest on withdrawn calls alone. A finding with another call stays
 * open, and so does one of which these records tell anything else.
 */
export async function withWithdrawnCalls(
  { findings, judgements }: AuditResult,
  withdrawn: readonly Sighting[],
  ledger: Pick<Ledger, 'entries'> | undefined,
): Promise<AuditResult> {
  const calls = withdrawn.filter(isFound);
  if (ledger === undefined || calls.length === 0) return { findings, judgements };
  const answered = new Set([...findings, ...judgements].map(({ id }) => id));
  const entries = await ledger.entries({ inSight: 'other-rules' });
  const takenBack = entries.flatMap(({ finding }) => {
    const isOpen = finding.status !== 'resolved' && isOnCalls(finding.rule);
    return isOpen && !answered.has(finding.id) ? takenBackBy(calls, finding) : [];
  });
  return { findings, judgements: [...judgements, ...takenBack] };
}

type Found = RuleSighting | IamUserSighting;

function isFound(sighting: Sighting): sighting is Found {
  return sighting.kind === 'rule-found' || sighting.kind === 'iam-user-made';
}

function takenBackBy(calls: readonly Found[], finding: Finding): readonly Judgement[] {
  const { evidence, detail, lastSeen } = finding;
  const behind = evidence.filter(({ role }) => role !== 'resolution');
  const known = new Set(calls.filter((call) => isOf(call, finding)).map(({ evidence: each }) => keyOf(each)));
  if (behind.length === 0 || detail.eventCountIsMinimum === true) return [];
  if (!behind.every((each) => known.has(keyOf(each)))) return [];
  const names = [...new Set(behind.map(({ eventName }) => eventName))].join(', ');
  const reason = `by an addendum to its record, ${names} failed after all`;
  return [goneJudgement(finding, reason, justAfter(lastSeen))];
}

/** True for a call that may be behind the finding. An addendum need not name the resource. */
function isOf(call: Found, { rule, accountId, resourceId }: Finding): boolean {
  if (call.accountId !== accountId) return false;
  if (!('rule' in call)) return rule === 'iam-user-after-hours';
  return rule === `custom:${call.rule}` && (call.resourceId === '' || call.resourceId === resourceId);
}

function keyOf({ eventID, eventName }: { readonly eventID: string; readonly eventName: string }): string {
  return `${eventID} ${eventName}`;
}
