/** What the rules would have answered about a resource at an earlier time: recorded changes after it are taken back. */

import type { RuleAnswer } from '../audit/rule-answer.ts';
import type { BuiltInRuleId } from '../audit/rule-book.ts';
import type { Investigation } from './attribute.ts';
import { callsAround } from './cause-of.ts';
import { cellOf } from './cells.ts';
import type { Unplaced } from './effects/effect.ts';
import { effectsOn, type RecordedCall } from './history.ts';
import { type Answers, type JudgedBy, judgeResource } from './judge-resource.ts';
import { brokenBefore } from './lost/broken-before.ts';
import { mayHaveHadSession } from './lost/makings.ts';
import { mayBeOnPath } from './lost/on-path.ts';
import { unexplainedAround } from './older/unexplained.ts';
import { pastsOf } from './pasts.ts';
import { idsOf, type Surroundings, surroundingsOf } from './surroundings.ts';
import { isServedBy } from './unplaced.ts';

/** A rule's answer at some time; `unknown` with the reason where the records do not tell. */
export interface AnswerAt {
  readonly result: RuleAnswer['result'];
  readonly reason?: string | undefined;
  /** Which record lacks something, where the answer is the same in every past that fits. What led to it may not be. */
  readonly lacking?: string | undefined;
}

/** A resource, by the ids that it is known by. */
export interface ResourceAt {
  readonly by: JudgedBy;
  readonly ids: readonly string[];
}

/**
 * Each rule's answer about a resource at `at` (milliseconds since 1970): calls of that second count as made. Where a record lacks what
 * its call changed, every past that fits is judged; an answer that they do not share is `unknown`.
 */
export function answersAt(
  { by, ids }: ResourceAt,
  at: number,
  investigation: Investigation,
): ReadonlyMap<BuiltInRuleId, AnswerAt> {
  const { history, context, tagKeys } = investigation;
  const surroundings = surroundingsOf(ids, history);
  const around = idsOf(surroundings);
  const after = callsAround(around, history).filter((call) => call.at > at);
  const { pasts, isComplete } = pastsOf(after, { ...context, alsoBefore: brokenBefore });
  const account = { surroundings, history, tagKeys };
  const judged = pasts.map(({ start }) => judgeResource({ ...account, overlay: start }, by));
  const lossy = after.filter(({ lacks }) => lacks !== undefined);
  const answers = sharedAnswers(judged, isComplete, lossy);
  const unplaced = history.unplacedCalls.filter((call) => call.at > at);
  const sure = withoutUnexplained(answers, around, investigation);
  return withoutDoubtful(sure, { unplaced, surroundings, around, by, investigation });
}

/** The answers, with `unknown` where an older account shows that something was changed without a record. */
function withoutUnexplained(
  answers: ReadonlyMap<BuiltInRuleId, AnswerAt>,
  around: ReadonlySet<string>,
  { history: { unexplained }, context: { tagValues } }: Investigation,
): ReadonlyMap<BuiltInRuleId, AnswerAt> {
  if (unexplained.size === 0) return answers;
  return new Map(
    [...answers].map(([rule, answer]): readonly [BuiltInRuleId, AnswerAt] => {
      const reason = unexplainedAround(around, rule, { unexplained, tagValues });
      return [rule, reason === undefined ? answer : { result: 'unknown', reason }];
    }),
  );
}

function sharedAnswers(
  judged: readonly Answers[],
  isComplete: boolean,
  lossy: readonly RecordedCall[],
): ReadonlyMap<BuiltInRuleId, AnswerAt> {
  const [first = new Map(), ...others] = judged;
  return new Map(
    [...first].map(([rule, result]): readonly [BuiltInRuleId, AnswerAt] => {
      const isShared = isComplete && others.every((answers) => answers.get(rule) === result);
      if (!isShared) return [rule, { result: 'unknown', reason: reasonOf(lossy) }];
      const matters = rule === 'instance-untagged' ? lossy.filter(lostTags) : lossy;
      return [rule, { result, lacking: matters.length === 0 ? undefined : reasonOf(matters) }];
    }),
  );
}

function lostTags({ effects }: RecordedCall): boolean {
  return effects.some(({ cell, before }) => cell.kind === 'tag' && before === undefined);
}

/** Why an answer is unknown: what the record of the oldest of these calls lacks. */
export function reasonOf(calls: readonly RecordedCall[]): string {
  const [call] = calls;
  if (call === undefined) return 'the records do not tell';
  const { eventName, eventTime } = call.evidence;
  return `the record of ${eventName} at ${eventTime.replace('.000Z', 'Z')} ${call.lacks ?? 'lacks what was there before'}`;
}

interface Doubts {
  readonly unplaced: readonly RecordedCall[];
  readonly surroundings: Surroundings;
  readonly around: ReadonlySet<string>;
  readonly by: JudgedBy;
  readonly investigation: Investigation;
}

/** The answers, with `unknown` where a call that can't be placed may have made a difference. */
function withoutDoubtful(
  answers: ReadonlyMap<BuiltInRuleId, AnswerAt>,
  doubts: Doubts,
): ReadonlyMap<BuiltInRuleId, AnswerAt> {
  if (doubts.unplaced.length === 0) return answers;
  return new Map(
    [...answers].map(([rule, answer]) => {
      if (answer.result === 'gone' || answer.result === 'unknown') return [rule, answer] as const;
      const call = doubts.unplaced.find((one) => isDoubtful(one, rule, answer, doubts));
      if (call !== undefined) return [rule, { result: 'unknown', reason: reasonOf([call]) }] as const;
      const near = doubts.unplaced.find((one) => SURE.some((result) => isDoubtful(one, rule, { result }, doubts)));
      return [rule, near === undefined ? answer : { ...answer, lacking: reasonOf([near]) }] as const;
    }),
  );
}

const SURE = ['pass', 'fail'] as const;

/** True when a change that can't be placed may have been about this resource and this rule. */
function isDoubtful(call: RecordedCall, rule: BuiltInRuleId, answer: AnswerAt, doubts: Doubts): boolean {
  return call.unplaced.some((unplaced) => isDoubt(unplaced, call, { rule, ...answer }, doubts));
}

function isDoubt(
  unplaced: Unplaced,
  call: RecordedCall,
  { rule, result }: AnswerAt & { readonly rule: BuiltInRuleId },
  doubts: Doubts,
): boolean {
  const { surroundings, around, by, investigation } = doubts;
  const { history } = investigation;
  const { account } = history;
  if (rule === 'instance-untagged' && unplaced.lost !== 'parameters') return false;
  switch (unplaced.lost) {
    case 'parameters':
      return (
        unplaced.resourceIds.length === 0 ||
        unplaced.resourceIds.some((id) => around.has(id)) ||
        (dependsOnPath(rule, result, doubts) &&
          unplaced.resourceIds.some((id) => mayBeOnPath(id, surroundings, history))) ||
        // Behind a target that is gone, any interface may have been a sensor's, which is no source.
        (hadTarget(call) &&
          (by.resourceType === 'AWS::EC2::TrafficMirrorSession' ? result === 'pass' : result === 'fail'))
      );
    case 'session':
      // One more session can make a source mirrored, be the one that is wrong with it, or be the first, which is the one that counts.
      return (
        rule !== 'mirror-orphan' &&
        (rule !== 'instance-unmirrored' || result === 'fail') &&
        (rule === 'instance-unmirrored' || result === 'pass' || leavesFirstPlace(surroundings, history)) &&
        mayHaveHadSession(surroundings, history, call)
      );
    case 'attachment':
      return (
        by.resourceType === 'AWS::EC2::Instance' ||
        [...surroundings.own].some((id) => isDetached(id, account) || isAttachedAfter(call, id, history))
      );
    case 'interface': {
      // A termination leaves some interfaces behind, attached to nothing.
      const left = [...surroundings.interfaces].filter(
        (id) => !account.networkInterfaces.has(id) || isDetached(id, account) || isAttachedAfter(call, id, history),
      );
      const decides = (id: string): boolean => surroundings.own.has(id) || dependsOnPath(rule, result, doubts);
      return left.some(decides) || isTerminated(doubts);
    }
    case 'acl-association':
      return (
        dependsOnPath(rule, result, doubts) &&
        [...surroundings.subnets].some((id) => account.aclOf.get(id) === unplaced.networkAclId)
      );
    case 'table-association':
      return (
        dependsOnPath(rule, result, doubts) &&
        [...surroundings.subnets].some((id) => isServedBy(unplaced.routeTableId, id, account))
      );
    case 'filter-rule':
      return dependsOnPath(rule, result, doubts) && surroundings.filters.size > 0;
  }
}

/**
 * True when what mirrored packets pass on their way may decide the answer. That a source has a session, and where it leads, does not depend
 * on it; which of several sessions works does.
 */
function dependsOnPath(
  rule: BuiltInRuleId,
  result: RuleAnswer['result'],
  { surroundings: { own }, investigation: { history } }: Doubts,
): boolean {
  if (rule === 'mirror-ineffective') return true;
  if (rule === 'instance-unmirrored') return result === 'fail';
  if (rule !== 'mirror-duplicate') return false;
  const { account, relations } = history;
  return [...own].some((id) => {
    const now = (account.sessionsOn.get(id) ?? []).map(({ trafficMirrorSessionId }) => trafficMirrorSessionId);
    return new Set([...now, ...(relations.sessionsOn.get(id) ?? [])]).size > 1;
  });
}

/** True when the call deleted a target of which no record tells what was behind it. */
function hadTarget({ effects }: RecordedCall): boolean {
  return effects.some(({ cell, before }) => cell.kind === 'target' && before === undefined);
}

function isDetached(id: string, { networkInterfaces }: Investigation['history']['account']): boolean {
  const found = networkInterfaces.get(id);
  return found !== undefined && found.attachment === undefined;
}

/** True when one of the sources has no session of number 1 from before the records: numbers are unique, and the lowest counts. */
function leavesFirstPlace({ own }: Surroundings, { account, callsOn }: Investigation['history']): boolean {
  return [...own].some(
    (id) =>
      account.networkInterfaces.has(id) &&
      !(account.sessionsOn.get(id) ?? []).some(
        (session) => session.sessionNumber === 1 && !callsOn.has(session.trafficMirrorSessionId),
      ),
  );
}

/** An interface that was attached later had been detached by then, from something or other. */
function isAttachedAfter({ index }: RecordedCall, id: string, history: Investigation['history']): boolean {
  const { key } = cellOf('attachment', id);
  return (history.callsOn.get(id) ?? []).some(
    (later) =>
      later > index && effectsOn(id, later, history).some(({ cell, after }) => cell.key === key && after !== null),
  );
}

function isTerminated({ by, investigation: { history } }: Doubts): boolean {
  const state = history.account.instances.get(by.resourceId)?.state;
  return by.resourceType === 'AWS::EC2::Instance' && (state === undefined || state === 'terminated');
}
