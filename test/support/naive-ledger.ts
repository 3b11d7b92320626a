/** A ledger that stores everything that every look says about every resource: what the real ones have to agree with. */

import type { Finding, Judgement } from '../../src/audit/finding.ts';
import { EXCEPTION_CHARS } from '../../src/audit/gaps/judged.ts';
import { scopeKey } from '../../src/inventory/inventory.ts';
import { type History, NO_HISTORY, toEntry, withFinding, withJudgement } from '../../src/ledger/fold.ts';
import type { LedgerEntry, Observation } from '../../src/ledger/ledger.ts';
import { looksOf } from '../../src/ledger/looks/stored-looks.ts';

/** What a resource could be found for. */
export type Judgeable = Pick<Judgement, 'id' | 'rule' | 'accountId' | 'region' | 'resourceType' | 'resourceId'>;

/** Everything that was observed of these resources, whatever the order. `all` is everything there is. */
export function naiveEntries(
  observations: readonly Observation[],
  all: readonly Judgeable[],
): ReadonlyMap<string, LedgerEntry> {
  const entries = all.flatMap((one): readonly (readonly [string, LedgerEntry])[] => {
    const history = observations.reduce((before, each) => withAll(before, each, one), NO_HISTORY);
    const entry = toEntry(history, { mails: [], outcomes: [] });
    return entry === null ? [] : [[one.id, entry]];
  });
  return new Map(entries);
}

function withAll(history: History, { at, times, findings, judgements, reading }: Observation, one: Judgeable): History {
  const time = times?.get(one.id) ?? at;
  const isOne = ({ id }: Finding | Judgement): boolean => id === one.id;
  let after = history;
  for (const finding of findings.filter(isOne)) after = withFinding(after, finding, time);
  for (const judgement of judgements.filter(isOne)) after = withJudgement(after, judgement, time);
  for (const look of looksOf(reading)) {
    const { judged } = look;
    if (judged === undefined || scopeKey(look) !== scopeKey(one)) continue;
    const isJudged = judged.rules.includes(one.rule) && !judged.except.includes(one.id.slice(0, EXCEPTION_CHARS));
    if (!isJudged || findings.some(isOne)) continue;
    after = withJudgement(after, { ...one, result: 'pass', reason: 'in order' }, new Date(judged.at));
  }
  return after;
}
