/** The search for a cause in one past: which calls would have to be left out for the resource to be in order? */

import { appliesTo } from '../audit/rule.ts';
import type { BuiltInRuleId } from '../audit/rule-book.ts';
import { RULES } from '../audit/rules/registry.ts';
import { type CellKind, type CellValue, isSame } from './cells.ts';
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
  /** What was judged so far, by the account. */
  readonly verdicts: Map<string, Verdict>;
  readonly nameOf: (value: CellValue) => number;
}

/** The answer of one past. */
export interface Found {
  /** Indexes of the calls, oldest first; empty when no call is the cause. */
  readonly calls: readonly number[];
  /**
   * `in-order`: one call, and without it the resource is in order; `together`: several. `newest`: without it the finding is not
   * there; `made`: nor is the resource. `none`: no call.
   */
  readonly how: 'in-order' | 'together' | 'newest' | 'made' | 'none';
  /** Calls without which the finding might not be there: it could not be judged. */
  readonly uncertain: readonly number[];
  /** False when there were too many calls to try every set. */
  readonly isComplete: boolean;
}

/** The most calls of which every set is tried. */
const MOST_CALLS = 10;
/** The most calls that are tried together. */
export const LARGEST_SET = 4;

/**
 * What an account says about a question: the resource is in order; at least the finding is not there; the resource itself is not
 * there; the finding is; or it can't be told.
 */
export type Verdict = 'in-order' | 'not-there' | 'gone' | 'there' | 'uncertain';

/** What the account, with some calls left out, says about the question. */
type Without = (omitted: ReadonlySet<number>) => { readonly verdict: Verdict; readonly state: string };

/**
 * The cause in one past: of the calls without which the finding is not there, the newest without which the resource is in order;
 * else the smallest set of calls that together put it in order; else the newest of the calls without which it is not there.
 */
export function searchPast(past: Past, question: Question): Found {
  const without = withoutCalls(past, question);
  const isTied = tiesIn(question.account.history);
  const uncertain: number[] = [];
  let inOrder: number | undefined;
  let newest: { readonly index: number; readonly how: 'newest' | 'made' } | undefined;
  for (const { index } of past.calls.toReversed()) {
    if (inOrder !== undefined && !isTied([index], [inOrder])) break;
    const { verdict } = without(new Set([index]));
    if (verdict === 'uncertain') uncertain.push(index);
    else if (verdict === 'in-order' && inOrder === undefined) inOrder = index;
    // Which of two calls of one second was newer is not known.
    else if (verdict === 'in-order') uncertain.push(index);
    else if (verdict !== 'there') newest ??= { index, how: verdict === 'gone' ? 'made' : 'newest' };
  }
  if (inOrder !== undefined) return { calls: [inOrder], how: 'in-order', uncertain, isComplete: true };
  const { set, isComplete, tied } = smallestSet(past.calls, without, isTied);
  if (set !== undefined) return { calls: set, how: 'together', uncertain: [...uncertain, ...tied], isComplete };
  if (newest === undefined) return { calls: [], how: 'none', uncertain, isComplete };
  return { calls: [newest.index], how: newest.how, uncertain, isComplete };
}

/** True for two sets of calls, each oldest first, that were made in the same seconds: neither is known to be the newer one. */
type IsTied = (one: readonly number[], other: readonly number[]) => boolean;

function tiesIn({ calls }: History): IsTied {
  const secondOf = (index: number): number => Math.floor((calls[Math.floor(index)]?.at ?? 0) / 1000);
  return (one, other) =>
    one.length === other.length && one.every((index, place) => secondOf(index) === secondOf(other[place] ?? -1));
}

/** Judges an account only once, however many sets of calls and pasts lead to it. */
function withoutCalls({ start, calls }: Past, question: Question): Without {
  const { history } = question.account;
  const stateOf = accountState(start, calls, question);
  const { verdicts } = question;
  return (omitted) => {
    const overlay = replay(start, calls, omitted, history);
    const state = stateOf(overlay);
    const known = verdicts.get(state);
    if (known !== undefined) return { verdict: known, state };
    const verdict = verdictOf(judgeResource({ ...question.account, overlay }, question.by), question);
    verdicts.set(state, verdict);
    return { verdict, state };
  };
}

/** Writes an account down as the cells that differ from the account as it is. Equal accounts have equal texts. */
function accountState(
  start: Overlay,
  calls: readonly ReplayedCall[],
  question: Question,
): (overlay: Overlay) => string {
  const { history } = question.account;
  const cells = [...new Map(calls.flatMap(({ effects }) => effects.map(({ cell }) => [cell.key, cell]))).values()];
  const untouched = [...start.keys()].filter((key) => !cells.some((cell) => cell.key === key));
  return (overlay) => {
    const changed = cells.flatMap((cell) => {
      const value = overlay.get(cell.key);
      if (value === undefined) return [];
      return isSame<CellKind>(cell.kind, value, valueNow(cell, history))
        ? []
        : [`${cell.key}=${question.nameOf(value)}`];
    });
    return [...changed, ...untouched.map((key) => `${key}=${question.nameOf(overlay.get(key) ?? null)}`)]
      .toSorted()
      .join();
  };
}

/** Gives equal values equal names. */
export function valueNames(): (value: CellValue) => number {
  const byValue = new Map<CellValue, number>();
  const byText = new Map<string, number>();
  return (value) => {
    const known = byValue.get(value);
    if (known !== undefined) return known;
    const text = typeof value === 'symbol' ? 'accepted' : JSON.stringify(value);
    const name = byText.get(text) ?? byText.size;
    byText.set(text, name);
    byValue.set(value, name);
    return name;
  };
}

/** A least set of calls that together put the resource in order, and the calls of other such sets of which none is known to be newer. */
interface Together {
  readonly set?: readonly number[] | undefined;
  readonly tied: readonly number[];
  readonly isComplete: boolean;
}

function smallestSet(calls: readonly ReplayedCall[], without: Without, isTied: IsTied): Together {
  const all = calls.length < 2 ? [] : callsThatMatter(calls, without);
  const indexes = all.slice(-MOST_CALLS);
  const isComplete = indexes.length === all.length;
  for (let size = 2; size <= Math.min(LARGEST_SET, indexes.length); size++) {
    let set: readonly number[] | undefined;
    const tied: number[] = [];
    for (const one of setsOf(indexes, size)) {
      if (set !== undefined && !isTied(one, set)) continue;
      if (without(new Set(one)).verdict !== 'in-order') continue;
      if (set === undefined) set = one;
      else tied.push(...one);
    }
    if (set !== undefined) return { set, tied, isComplete };
  }
  const set = manyTogether(indexes, without);
  // One call more than the sets that were all tried: none is smaller.
  return { set, tied: [], isComplete: isComplete && (set === undefined || set.length === LARGEST_SET + 1) };
}

/** More calls than every set is tried of: all that alone make no difference to the finding, less those that can be left out. */
function manyTogether(indexes: readonly number[], without: Without): readonly number[] | undefined {
  const isFixed = (set: readonly number[]): boolean => without(new Set(set)).verdict === 'in-order';
  const doors = indexes.filter((index) => without(new Set([index])).verdict === 'there');
  if (doors.length <= LARGEST_SET || !isFixed(doors)) return undefined;
  return doors.reduce((set, index) => {
    const others = set.filter((other) => other !== index);
    return isFixed(others) ? others : set;
  }, doors);
}

/**
 * The calls that make a difference to the account as it is, by themselves or together with others that do, oldest first. Of a door
 * that was opened and shut a hundred times, only the last few calls do.
 */
function callsThatMatter(calls: readonly ReplayedCall[], without: Without): readonly number[] {
  const matter = new Set<number>();
  for (let size = 0; size < LARGEST_SET; size++) {
    for (const base of setsOf([...matter], size)) {
      if (matter.size > MOST_CALLS) break;
      const before = without(new Set(base)).state;
      for (const { index } of calls)
        if (!matter.has(index) && without(new Set([...base, index])).state !== before) matter.add(index);
    }
  }
  return [...matter].toSorted((a, b) => a - b);
}

/** The sets of a size, those with the newest calls first, each oldest first. */
export function* setsOf(indexes: readonly number[], size: number): Generator<readonly number[]> {
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

/** What the answers say about the finding, and whether the resource is in order. */
export function verdictOf(answers: Answers, question: Pick<Question, 'rule' | 'now' | 'by'>): Verdict {
  const answer = answers.get(question.rule);
  if (answer === undefined || answer === 'unknown') return 'uncertain';
  if (answer === 'fail') return 'there';
  if (answer === 'gone') return 'gone';
  return isInOrder(answers, question) ? 'in-order' : 'not-there';
}

/** True when the resource exists, is subject to the rule, passes, and nothing is wrong with it that is not wrong now. */
function isInOrder(answers: Answers, { rule, now, by }: Pick<Question, 'rule' | 'now' | 'by'>): boolean {
  if (answers.get(rule) !== 'pass') return false;
  // A source that needs no session passes the rules about sessions, but is not subject to them.
  if (NEEDS_A_SOURCE.has(rule) && answers.get('instance-unmirrored') === 'exempt') return false;
  // That a session is rogue or a duplicate is a finding about its source.
  const isNew = (other: BuiltInRuleId): boolean =>
    now.get(other) !== 'fail' && appliesTo(RULES[other], by.resourceType);
  return [...answers].every(([other, answer]) => answer !== 'fail' || !isNew(other));
}

const NEEDS_A_SOURCE: ReadonlySet<BuiltInRuleId> = new Set(['mirror-ineffective', 'mirror-duplicate']);
