/** The audit of single calls: judges what the rules on calls, built-in ones and those of the configuration, found in the records. */

import { groupBy } from '../../collections.ts';
import type { CallRule } from '../../rules/call-rule.ts';
import type { RuleSighting, Sighting } from '../../sighting/sighting.ts';
import type { AuditResult } from '../finding.ts';
import { auditAfterHours } from './after-hours.ts';
import {
  type CallContext,
  type CallRuleWords,
  type JudgedCall,
  judgeCalls,
  type UndecidedCall,
} from './call-finding.ts';
import type { FollowedUser } from './followed-users.ts';
import type { WorkingHoursPolicy } from './watch-policy.ts';

/** What of the configuration the audit of calls uses. */
export interface CallPolicy {
  readonly rules: readonly CallRule[];
  /** Null if `iam-user-after-hours` is not judged. */
  readonly iamUserAfterHours: WorkingHoursPolicy | null;
}

/** What the rules on calls decided. */
export interface CallAudit extends AuditResult {
  /** Calls that could not be judged. */
  readonly undecided: readonly UndecidedCall[];
  /** Users that have another name now, and were not deleted since. */
  readonly renamed: readonly FollowedUser[];
}

/** What the rules on calls say of these sightings, which have to be of believed accounts. Other sightings are passed over. */
export function auditCalls(sightings: readonly Sighting[], policy: CallPolicy, context: CallContext): CallAudit {
  const { iamUserAfterHours: hours } = policy;
  const results: readonly (AuditResult & Partial<CallAudit>)[] = [
    ...ruleResults(sightings, policy, context),
    ...(hours === null ? [] : [auditAfterHours(sightings, hours, context)]),
  ];
  return {
    findings: results.flatMap(({ findings }) => findings),
    judgements: results.flatMap(({ judgements }) => judgements),
    undecided: results.flatMap(({ undecided = [] }) => undecided),
    renamed: results.flatMap(({ renamed = [] }) => renamed),
  };
}

function* ruleResults(
  sightings: readonly Sighting[],
  { rules }: CallPolicy,
  context: CallContext,
): Generator<AuditResult> {
  const byRule = groupBy(sightings.filter(isOfRule), ({ rule }) => rule);
  for (const rule of rules) {
    const calls = byRule.get(rule.name);
    if (calls !== undefined) yield judgeCalls(calls.map(judgedCall), wordsOf(rule, calls), context);
  }
}

function isOfRule(sighting: Sighting): sighting is RuleSighting {
  return sighting.kind === 'rule-found' || sighting.kind === 'rule-ended';
}

function judgedCall({ kind, accountId, region, eventTime, evidence, resourceId }: RuleSighting): JudgedCall {
  const resourceType = resourceId === accountId ? 'AWS::Account' : 'Other';
  return { accountId, region, eventTime, evidence, resourceType, resourceId, ends: kind === 'rule-ended' };
}

const ASK = 'No command can tell whether the call was meant. Ask whoever made it';

function wordsOf({ name, title, fix }: CallRule, sightings: readonly RuleSighting[]): CallRuleWords {
  const reasons = new Map(sightings.map(({ evidence, reason }) => [evidence, reason]));
  return {
    rule: `custom:${name}`,
    reasonOf: (calls) => {
      const newest = calls.at(-1);
      const reason = (newest && reasons.get(newest.evidence)) ?? '';
      return calls.length === 1 ? reason : `${reason} (the newest of ${calls.length} such calls)`;
    },
    detailOf: () => (title === name ? {} : { ruleTitle: title }),
    fixOf: () => (fix === '' ? ASK : fix),
  };
}
