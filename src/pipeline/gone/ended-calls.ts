/** Findings about calls that are over without another call: no such call was recorded for long enough, or their rule is gone. */

import { AFTER_HOURS_STAY_OPEN_HOURS } from '../../audit/calls/after-hours.ts';
import { closedJudgement, type Finding, goneJudgement, type Judgement, type RuleId } from '../../audit/finding.ts';
import { isOnCalls } from '../../audit/rule-book.ts';
import { plural } from '../../collections.ts';
import type { WatchPolicy } from '../../config/watch-config.ts';
import type { Ledger } from '../../ledger/ledger.ts';

const HOUR_MS = 3_600_000;

/**
 * Judgements for the open findings about calls whose last call is longer ago than their rule says, and for those whose rule the configuration
 * no longer has. What was recorded late is taken to have been in time: a call after the end opens the finding again.
 */
export async function endedCalls(
  ledger: Pick<Ledger, 'entries'>,
  watch: WatchPolicy,
  now: Date,
): Promise<readonly Judgement[]> {
  const hours = hoursByRule(watch);
  const entries = await ledger.entries({ inSight: 'other-rules' });
  return entries.flatMap(({ finding }) => {
    if (finding.status === 'resolved' || !isOnCalls(finding.rule)) return [];
    const open = hours.get(finding.rule);
    return open === undefined ? [closedJudgement(finding, now)] : endedAfter(open, finding, now);
  });
}

/** How many hours after the last call the findings of each rule stay open. Rules that are not judged are missing. */
function hoursByRule({ rules: { rules }, iamUserAfterHours }: WatchPolicy): ReadonlyMap<RuleId, number> {
  return new Map<RuleId, number>([
    ...rules.map(({ name, resolveAfterHours }) => [`custom:${name}`, resolveAfterHours] as const),
    ...(iamUserAfterHours === null ? [] : [['iam-user-after-hours', AFTER_HOURS_STAY_OPEN_HOURS] as const]),
  ]);
}

function endedAfter(hours: number, finding: Finding, now: Date): readonly Judgement[] {
  const end = new Date(Date.parse(finding.lastSeen) + hours * HOUR_MS);
  if (end > now) return [];
  const reason = `no such call was recorded for ${plural(hours, 'hour')}`;
  return [{ ...goneJudgement(finding, reason, end), closedBy: 'time' }];
}
