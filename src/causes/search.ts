/** The search for a cause in one past: which calls would have to be left out for the resource to be in order? */

import type { BuiltInRuleId } from '../audit/rule-book.ts';
import { type History, valueNow } from './history.ts';
import { type Answers, type JudgedBy, judgeResource } from './judge-resource.ts';
import type { Past } from './pasts.ts';
import { type Overlay, type ReplayedCall, replay } from './replay.ts';
import type { SmallAccountInput } from './small-account.ts';

/** What is searched: a rule that a resource breaks now. */
export interface Question {
  readonly rule: BuiltInRuleId;
  readonly by: JudgedBy;
  readonly account: Omit<SmallAccountInput, 'overlay'>;
  /** The answers about the resource as it is. */
  readonly now: Answers;
}

/** The answer of one past. */
export interface Found {
  /** Indexes of the calls, oldest first; empty when no call is the cause. */
  readonly calls: readonly number[];
  /** `in-order`: one call, and without it the resource is in order. */
  readonly how: 'in-order' | 'together' | 'newest' | 'none';
  /** Calls without which the finding might not be there: it could not be judged. */
  readonly uncertain: readonly number[];
}

/** The most calls of which every set is tried, and the most in a set. With more calls, only pairs and triples of the newest are. */
const MOST_CALLS = 12;
const LARGEST_SET = 4;

type Verdict = 'in-order' | 'not-there' | 'there' | 'uncertain';

/**
 * The cause in one past: of the calls without which the finding is not there, the newest without which the resource is in order;
 * else the smallest set of calls that together put it in order; else the newest of the calls without which it is not there.
 */
export function searchPast({ start, calls }: Past, question: Question): Found {
  const { history } = question.account;
  const actual = replay(start, calls, new Set(), history);
  const uncertain: number[] = [];
  let newest: number | undefined;
  for (const { index } of calls.toReversed()) {
    const verdict = without(new Set([index]), { start, calls }, actual, question);
    if (verdict === 'in-order') return { calls: [index], how: 'in-order', uncertain };
    if (verdict === 'not-there') newest ??= index;
    if (verdict === 'uncertain') uncertain.push(index);
  }
  const set = smallestSet({ start, calls }, actual, question);
  if (set !== undefined) return { calls: set, how: 'together', uncertain };
  return newest === undefined ? { calls: [], how: 'none', uncertain } : { calls: [newest], how: 'newest', uncertain };
}

function smallestSet(past: Past, actual: Overlay, question: Question): readonly number[] | undefined {
  const indexes = past.calls.map(({ index }) => index).slice(-MOST_CALLS);
  for (let size = 2; size <= Math.min(LARGEST_SET, indexes.length); size++) {
    for (const set of setsOf(indexes, size))
      if (without(new Set(set), past, actual, question) === 'in-order') return set;
  }
  return undefined;
}

/** The sets of a size, those with the newest calls first, each oldest first. */
function* setsOf(indexes: readonly number[], size: number): Generator<readonly number[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let last = indexes.length - 1; last >= size - 1; last--) {
    const one = indexes[last];
    if (one === undefined) continue;
    for (const rest of setsOf(indexes.slice(0, last), size - 1)) yield [...rest, one];
  }
}

function without(omitted: ReadonlySet<number>, past: Past, actual: Overlay, question: Question): Verdict {
  const overlay = replay(past.start, past.calls, omitted, question.account.history);
  if (isSameAccount(overlay, actual, past.calls, question.account.history)) return 'there';
  const answers = judgeResource({ ...question.account, overlay }, question.by);
  return verdictOf(answers, question);
}

/** What the answers say about the finding, and whether the resource is in order. */
export function verdictOf(answers: Answers, { rule, now }: Pick<Question, 'rule' | 'now'>): Verdict {
  const answer = answers.get(rule);
  if (answer === undefined || answer === 'unknown') return 'uncertain';
  if (answer === 'fail') return 'there';
  return isInOrder(answers, rule, now) ? 'in-order' : 'not-there';
}

/** True when the resource exists, is subject to the rule, passes, and nothing is wrong with it that is not wrong now. */
function isInOrder(answers: Answers, rule: BuiltInRuleId, now: Answers): boolean {
  if (answers.get(rule) !== 'pass') return false;
  // A source that needs no session passes the rules about sessions, but is not subject to them.
  if (NEEDS_A_SOURCE.has(rule) && answers.get('instance-unmirrored') === 'exempt') return false;
  return [...answers].every(([other, answer]) => answer !== 'fail' || now.get(other) === 'fail');
}

const NEEDS_A_SOURCE: ReadonlySet<BuiltInRuleId> = new Set(['mirror-ineffective', 'mirror-duplicate']);

function isSameAccount(one: Overlay, other: Overlay, calls: readonly ReplayedCall[], history: History): boolean {
  return calls.every(({ effects }) =>
    effects.every(({ cell }) => {
      const [a, b] = [one.get(cell.key), other.get(cell.key)];
      return (
        a === b || (a === undefined ? valueNow(cell, history) : a) === (b === undefined ? valueNow(cell, history) : b)
      );
    }),
  );
}
