/** What is to be said about the cause of every finding of a history: proven, possible or unknown. */

import { ACTORS } from '../actors.ts';
import type { Call } from '../call.ts';
import type { History } from '../histories/history.ts';
import type { Question } from './alternatives.ts';
import { type Answer, causeIn } from './cause.ts';
import { type Breach, type Judge, judgeBy, openFindings } from './judge.ts';
import { indistinguishable } from './pasts.ts';
import type { Past } from './relevant.ts';

/** The answer, and whether the records and the account prove it. `possible`: each is the cause in some past, and no answer in all. */
export type Expected = Answer | { readonly kind: 'possible'; readonly eventIDs: readonly string[] };

/** The true cause of one finding. */
export interface Truth extends Breach {
  readonly findingId: string;
  /** The cause in the true past. */
  readonly truth: Answer;
  /** The names of all who made calls and are not in the true answer: they must never be named as proven. */
  readonly neverProven: readonly string[];
}

/** What is to be said about one finding. */
export interface Expectation extends Truth {
  /** From the records and the account as it is now. */
  readonly expected: Expected;
  /** The same when the sessions of `history.ledger` are known to have been as it says when the logs begin. */
  readonly withLedger: Expected;
}

/** The true causes of every open finding of the account as it is after a history. Ten times as fast as `expectationsOf`. */
export function truthsOf(history: History): readonly Truth[] {
  const { initial, calls, final, policy } = history;
  const judge = judgeBy(policy);
  return openFindings(final, policy).map(({ id: findingId, rule, resourceId }) => {
    const truth = causeIn({ initial, calls }, { rule, resourceId }, judge);
    return { findingId, rule, resourceId, truth, neverProven: notIn(truth, history) };
  });
}

/** The expectations for every open finding of the account as it is after a history. */
export function expectationsOf(history: History): readonly Expectation[] {
  const judge = judgeBy(history.policy);
  return truthsOf(history).map((truth) => ({ ...truth, ...provableIn(truth, history, judge) }));
}

function provableIn(found: Truth, history: History, judge: Judge): Pick<Expectation, 'expected' | 'withLedger'> {
  const question = questionOf(found, history);
  const answerIn = (past: Past): Answer => causeIn(past, found, judge);
  const hidden = new Set(history.calls.filter(isHidden).map(({ eventID }) => eventID));
  const provable = (pasts: readonly Past[]): Expected => unlessHidden(agreed(found.truth, pasts, answerIn), hidden);
  const expected = provable(indistinguishable(question, new Set()));
  const known = history.ledger.map(({ id }) => `sessions:${id}`);
  const withLedger =
    expected.kind === 'possible' && known.length > 0 ? provable(indistinguishable(question, new Set(known))) : expected;
  return { expected, withLedger };
}

/** Once two pasts differ, so many are enough to tell which calls are possible. */
const ENOUGH_PASTS = 8;

/** The true answer when all pasts give it; else every call that is the cause in one of them. The first past is the true one. */
function agreed(truth: Answer, [, ...others]: readonly Past[], answerIn: (past: Past) => Answer): Expected {
  const answers = new Map([[JSON.stringify(truth), truth]]);
  for (const [index, past] of others.entries()) {
    if (answers.size > 1 && index >= ENOUGH_PASTS) break;
    const answer = answerIn(past);
    answers.set(JSON.stringify(answer), answer);
  }
  if (answers.size === 1) return truth;
  const eventIDs = [...answers.values()].flatMap((answer) => (answer.kind === 'unknown' ? [] : answer.eventIDs));
  return { kind: 'possible', eventIDs: [...new Set(eventIDs)] };
}

/** The record of a call on tags without parameters says nothing of what it did. */
function isHidden({ omitted, eventName }: Call): boolean {
  return omitted === true && (eventName === 'CreateTags' || eventName === 'DeleteTags');
}

/** A call of which the record says nothing is possible and no more, also where no other is left. */
function unlessHidden(expected: Expected, hidden: ReadonlySet<string>): Expected {
  if (expected.kind === 'unknown' || !expected.eventIDs.some((id) => hidden.has(id))) return expected;
  return { kind: 'possible', eventIDs: expected.eventIDs };
}

function notIn(truth: Answer, { calls }: History): readonly string[] {
  const eventIDs = truth.kind === 'unknown' ? [] : truth.eventIDs;
  const to = new Set(calls.filter(({ eventID }) => eventIDs.includes(eventID)).map(({ actor }) => actor));
  const others = calls.filter(({ actor }) => !to.has(actor));
  return [...new Set(others.map(({ actor }) => ACTORS[actor].name))];
}

/** The instance and the interfaces that a finding is about, at any time of the history. */
export function questionOf(
  { rule, resourceId }: Breach,
  { initial, calls, final, accounts, policy }: History,
): Question {
  const source = final.sessions[resourceId]?.interfaceId;
  const instanceIds = new Set(source === undefined ? [resourceId] : []);
  const interfaceIds = new Set(source === undefined ? [] : [source]);
  for (const { interfaces } of accounts) {
    for (const { id, attachment } of Object.values(interfaces)) {
      if (attachment === null) continue;
      if (source === undefined && attachment.instanceId === resourceId) interfaceIds.add(id);
      if (id === source) instanceIds.add(attachment.instanceId);
    }
  }
  const required = policy.tags.requiredTags.map(
    ({ key, values }) => [key, [values?.[0] ?? 'team-a', '', null]] as const,
  );
  const excluded = (policy.mirror?.excludeTags ?? []).map(({ key, value = '' }) => [key, [null, value]] as const);
  // No call of a history is about tags of both kinds, except one that removes all: and that makes no other rule newly broken.
  return {
    past: { initial, calls },
    final,
    rule,
    resourceId,
    instanceIds: [...instanceIds],
    interfaceIds: [...interfaceIds],
    tagValues: Object.fromEntries(rule === 'instance-untagged' ? required : excluded),
  };
}
