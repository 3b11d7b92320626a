/** Findings about accounts that could not be judged in one sweep after another: one for each account, region and cause. */

import { type Exemption, exempt } from '../exemptions.ts';
import {
  type AuditResult,
  type Finding,
  type FindingContext,
  findingId,
  type Judgement,
  makeFinding,
} from '../finding.ts';
import { notJudged } from '../rules/not-judged.ts';
import { LOOKED_AT } from '../seen/seen-because.ts';
import { type LastingGap, WHOLE_ACCOUNT } from './gap.ts';

const RULE = 'not-judged';
const [ACCOUNT] = notJudged.appliesTo;

/** The id of a cause's finding. */
export function notJudgedId({ accountId, region, cause }: Omit<LastingGap, 'gaps' | 'unjudged' | 'since'>): string {
  return findingId(RULE, accountId, region, resourceOf(accountId, cause));
}

/** A finding for each gap that lasts, first seen at its first look, and a pass for each one that is over. */
export function notJudgedAudit(
  lasting: readonly LastingGap[],
  context: FindingContext & { readonly exemptions: readonly Exemption[] },
): AuditResult {
  const findings: Finding[] = [];
  const judgements: Judgement[] = [];
  for (const gap of lasting) {
    const { accountId, region, cause, since } = gap;
    const resourceId = resourceOf(accountId, cause);
    const common = { rule: RULE, accountId, region, resourceType: ACCOUNT, resourceId } as const;
    const answer = notJudged.judge(gap);
    if (answer.result === 'pass')
      judgements.push({ id: notJudgedId(gap), ...common, result: 'pass', reason: answer.reason });
    if (answer.result !== 'fail') continue;
    const made = makeFinding({ ...common, ...answer, seenBecause: LOOKED_AT.account }, context);
    const finding = { ...made, firstSeen: since.toISOString() };
    findings.push(exempt(finding, { tags: [] }, context.exemptions, context.now));
  }
  return { findings, judgements };
}

/** The account, or `account/cause` for a part of it: an id of its own for each cause. */
function resourceOf(accountId: string, cause: string): string {
  return cause === WHOLE_ACCOUNT ? accountId : `${accountId}/${cause}`;
}
