/** Findings about calls that are over without another call: no such call was recorded for long enough, or their rule is gone. */

import { AFTER_HOURS_STAY_OPEN_HOURS } from '../../audit/calls/after-hours.ts';
import { closedJudgement, type Finding, goneJudgement, type Judgement, type RuleId } from '../../audit/finding.ts';
import { isOnCalls } from '../../audit/rule-book.ts';
import { plural } from '../../collections.ts';
import type { WatchPolicy } from '../../config/watch-config.ts';
import type { Ledger, LedgerEntry } from '../../ledger/ledger.ts';
import { CLOSED_BY, CLOSED_BY_TIME, isClosedByTime } from '../../ledger/sight/closed.ts';

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
  return endsOf(await ledger.entries({ inSight: 'other-rules' }), watch, now);
}

/** What the ledger says of the findings about calls of a run that were just recorded. */
export interface PastCalls {
  readonly judgements: readonly Judgement[];
  /** What reports say closed them, or undefined if a call did, by finding id. Open ones are missing. */
  readonly ended: ReadonlyMap<string, string | undefined>;
}

/**
 * Judgements for those of the findings that are about calls of so long ago that they are over, and which of them the ledger knows to be
 * over already: the newest call may have been recorded by another run. To be asked once the findings are recorded.
 */
export async function pastCalls(
  findings: readonly Finding[],
  ledger: Pick<Ledger, 'entries'>,
  { watch, now }: { readonly watch: WatchPolicy; readonly now: Date },
): Promise<PastCalls> {
  const ids = findings.filter(({ rule, status }) => isOnCalls(rule) && status !== 'resolved').map(({ id }) => id);
  const entries = ids.length === 0 ? [] : await ledger.entries({ ids });
  const judgements = endsOf(entries, watch, now);
  const over = entries.filter(({ finding }) => finding.status === 'resolved');
  return {
    judgements,
    ended: new Map([
      ...judgements.map(({ id, closedBy }) => [id, closedBy && CLOSED_BY[closedBy]] as const),
      ...over.map((entry) => [entry.finding.id, isClosedByTime(entry) ? CLOSED_BY_TIME : undefined] as const),
    ]),
  };
}

/** The findings as they are once those about calls of long ago are over. One that is exempt stays muted. */
export function withPastCalls(findings: readonly Finding[], { ended }: PastCalls): readonly Finding[] {
  return findings.map((finding) => {
    const closedBy = ended.get(finding.id);
    if (!ended.has(finding.id) || (finding.status === 'muted' && closedBy === undefined)) return finding;
    if (finding.status === 'muted') return { ...finding, detail: { ...finding.detail, closedBy } };
    return { ...finding, status: 'resolved' };
  });
}

/** Judgements for the entries that are over by time or by the configuration. */
function endsOf(entries: readonly LedgerEntry[], watch: WatchPolicy, now: Date): readonly Judgement[] {
  const hours = hoursByRule(watch);
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
