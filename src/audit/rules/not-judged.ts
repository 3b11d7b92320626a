/** The rule `not-judged`: can every account be read and every resource in it be judged, or has that been impossible for a while? */

import { idInWords } from '../fixes/shell.ts';
import { type LastingGap, RESOURCES, unjudgedWords, WHOLE_ACCOUNT } from '../gaps/gap.ts';
import type { Rule } from '../rule.ts';
import type { RuleAnswer } from '../rule-answer.ts';

export const notJudged = {
  title: 'Account that cannot be judged',
  phrase: 'not fully judged',
  when: 'Two sweeps in a row, and for longer than the grace period, an account, one of its lists or some of its resources could not be read or judged.',
  severity: 'medium',
  appliesTo: ['AWS::Account'],
  judges: 'account',
  judge,
  repairedBy: [],
  notRepaired: 'nothing; what cannot be read is neither judged nor repaired',
  mailedAfterRepair: false,
  settledBySweep: false,
  countedIn: null,
} as const satisfies Rule;

/** A gap without anything in it is over. */
function judge(lasting: LastingGap): RuleAnswer {
  if (lasting.gaps.length === 0) return { result: 'pass', reason: 'it could be read and judged again' };
  const unjudged = unjudgedWords(lasting.unjudged);
  return {
    result: 'fail',
    reason: reasonOf(lasting, unjudged),
    detail: { gaps: lasting.gaps, unjudged: lasting.unjudged, unjudgedSource: sourceIn(lasting) },
    evidence: [],
    fix: fixOf(lasting),
  };
}

function reasonOf({ accountId, region, cause, gaps }: LastingGap, unjudged: string): string {
  const place = `account ${accountId} in ${region}`;
  const [first] = gaps;
  const why = first?.reason ?? '';
  if (cause === WHOLE_ACCOUNT) return `Nothing in ${place} could be read: ${why}.`;
  if (cause !== RESOURCES) {
    const effect = unjudged === '' ? '' : `; ${unjudged} could not be judged`;
    return `The list ${cause} of ${place} could not be read completely: ${why}${effect}.`;
  }
  const others = gaps.length > 1 ? `; ${gaps.length - 1} more reasons are in the detail` : '';
  return `${unjudged} in ${place} could not be judged by ${first?.name}: ${why}${others}.`;
}

/** Whether one of these rules is about the mirroring of a source. */
const MIRROR_RULE = /\b(instance-unmirrored|mirror-ineffective)\b/;

function sourceIn({ gaps }: LastingGap): string | undefined {
  return gaps
    .filter(({ kind, name }) => kind === 'rule' && MIRROR_RULE.test(name))
    .flatMap(({ resources = [] }) => resources)
    .find((id) => /^(i-|arn:)/.test(id));
}

/** In words: which permission or setting is missing is in the reason, and no command of ours can grant it. */
function fixOf({ accountId, region, cause }: LastingGap): string {
  if (cause === WHOLE_ACCOUNT)
    return `No command of ours can change it: let mirrorwatch read account ${idInWords(accountId)} in ${idInWords(region)}, by the role it assumes there, the permissions of that role, and a region that is enabled`;
  if (cause !== RESOURCES)
    return `No command of ours can change it: let mirrorwatch read ${idInWords(cause)} in account ${idInWords(accountId)}, ${idInWords(region)}, by granting the call that the reason names; a snapshot has to be taken again`;
  return 'No command of ours can change it: the reasons say what would have to be known';
}
