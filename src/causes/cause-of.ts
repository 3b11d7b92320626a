/** The cause of one finding: the answer that all pasts agree on is proven; what only some say is possible. */

import type { Cause, CauseCall } from '../audit/cause.ts';
import { type BuiltInRuleId, isBuiltIn, type RuleId, ruleOf } from '../audit/rule-book.ts';
import { uniqueBy } from '../collections.ts';
import { LONGEST_LOOK_MS } from '../inventory/inventory.ts';
import type { CellKind } from './cells.ts';
import type { AnyEffect } from './effects/effect.ts';
import type { History, RecordedCall } from './history.ts';
import { type Answers, type JudgedBy, judgeResource } from './judge-resource.ts';
import { isLostSession, lostSessionsOf } from './lost/lost-sessions.ts';
import type { PastContext } from './lost/lost-values.ts';
import { isOmittedTagCall, omittedTagCalls } from './lost/omitted-tags.ts';
import { deletionsOf } from './lost/restored-session.ts';
import { type Past, pastsOf } from './pasts.ts';
import { type Found, type Question, searchPast, valueNames, verdictOf } from './search.ts';
import { idsOf, type Surroundings, surroundingsOf } from './surroundings.ts';
import { mayBeCause, withStopsBefore } from './unplaced.ts';

/** A finding whose cause is looked for. */
export interface Subject {
  readonly rule: RuleId;
  readonly by: JudgedBy;
  /** The resource, or the interfaces of one that is known by another name (a task). */
  readonly ids: readonly string[];
  /** Since when the ledger knows the finding to be open without a break. */
  readonly openSince?: Date | undefined;
}

/** A cause with the calls behind it, oldest first. */
export interface CauseFound {
  readonly cause: Cause;
  readonly calls: readonly RecordedCall[];
}

/** The reason of an unknown cause where the records that were read end in another state than the account's. */
export const RECORDS_DISAGREE = 'the records and the account do not agree';

/** Why nothing is named. */
const UNKNOWN = {
  noRecords: 'no CloudTrail record of a change to it was read',
  changedNothing: 'no record that was read changed anything about it',
  before: 'it was so before the records begin',
  notShown: 'no record shows what led to it',
  exempt: 'nothing has to be done about it, so no cause was looked for',
  open: 'it was there before the calls that might have caused it',
  disagree: RECORDS_DISAGREE,
  measured: 'what was counted is in no record',
  tied: 'calls of one second changed it, and which came last is not known',
} as const;

/** The cause of a finding by the recorded history. Only rules about resources in an account can be taken back. */
export function causeOf(
  { rule, by, ids, openSince }: Subject,
  context: PastContext,
  tagKeys: readonly string[],
): CauseFound {
  const { history } = context;
  if (!isBuiltIn(rule)) return unknown(UNKNOWN.notShown);
  if (ruleOf(rule)?.judges === 'traffic') return unknown(UNKNOWN.measured);
  if (history.calls.length === 0) return unknown(history.hasRecords ? UNKNOWN.changedNothing : UNKNOWN.noRecords);
  const surroundings = surroundingsOf(ids, history);
  const account = { surroundings, history, tagKeys };
  const now = judgeResource({ ...account, overlay: new Map() }, by);
  if (now.get(rule) === 'exempt') return unknown(UNKNOWN.exempt);
  const question: Question = { rule, by, account, now, verdicts: new Map(), nameOf: valueNames() };
  if (verdictOf(now, question) !== 'there') return unknown(UNKNOWN.disagree);
  const callsNear = (near: Surroundings): readonly RecordedCall[] =>
    decidingCalls({ rule, ids, near, now }, context, tagKeys);
  const around = callsNear(surroundings);
  const { pasts, isComplete } = pastsOf(around, context);
  const found = searchAll(pasts, question);
  const together = found.some(({ how }) => how === 'together' || how === 'newest');
  const unplaced = history.unplacedCalls.filter(
    (call) => !isOmittedTagCall(call) && mayBeCause(call, question, { together }),
  );
  const maybe = withStopsBefore(unplaced, history);
  const lost = lostSessionsOf(maybe, question, pasts, context);
  const deletions = lost.canMatter ? maybe.filter(isLostSession) : [];
  const possible = deletionsOf(deletions, question, { callsNear, found }, context);
  const rivals = [
    ...maybe.filter((call) => !isLostSession(call)),
    ...possible.flatMap(({ call, mayMatter }) => (mayMatter ? [call] : [])),
    ...callsAt([...lost.together, ...possible.flatMap((one) => one.together)], history),
  ];
  const start = pasts[0] && judgeResource({ ...account, overlay: pasts[0].start }, by).get(rule);
  const before = openSince === undefined ? Number.POSITIVE_INFINITY : openSince.getTime() + LONGEST_LOOK_MS;
  const isOlder = start === 'fail' && !around.some((call) => isBeginning(call, rule, surroundings.own));
  return conclude({ found, isComplete, maybe: rivals, isOlder, before }, history);
}

interface Near extends Pick<Subject, 'ids'> {
  readonly rule: BuiltInRuleId;
  readonly near: Surroundings;
  readonly now: Answers;
}

/** The calls that can make a difference to a rule, with only the effects that can, oldest first. */
function decidingCalls(
  { rule, ids, near, now }: Near,
  context: PastContext,
  tagKeys: readonly string[],
): readonly RecordedCall[] {
  const { history, tagValues } = context;
  // Only an instance's own tags decide about them: a call on another's as well is no other call on this one.
  const decisive = rule === 'instance-untagged' ? new Set(ids) : idsOf(near);
  const keys = { all: tagKeys, mirroring: [...tagValues.keys()] };
  return [
    ...callsAround(decisive, history).flatMap((call) => deciding(call, rule, context, now)),
    ...omittedTagCalls(rule, near, history, keys),
  ].toSorted((a, b) => a.index - b.index);
}

/** The calls with an effect on any of these resources, with only those effects, oldest first. */
export function callsAround(ids: ReadonlySet<string>, { callsOn, calls, placesOn }: History): readonly RecordedCall[] {
  const places = new Map<number, number[]>();
  for (const id of ids)
    for (const index of callsOn.get(id) ?? []) {
      const known = places.get(index);
      if (known === undefined) places.set(index, [...placesOn(id, index)]);
      else for (const place of placesOn(id, index)) known.push(place);
    }
  return [...places]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([index, found]) => {
      const call = calls[index];
      if (call === undefined) return [];
      if (found.length === call.effects.length) return [call];
      return [{ ...call, effects: found.toSorted((a, b) => a - b).flatMap((place) => call.effects[place] ?? []) }];
    });
}

/** Once pasts differ, so many are enough to tell which calls are possible. */
const ENOUGH_PASTS = 32;

function searchAll(pasts: readonly Past[], question: Question): readonly Found[] {
  const found: Found[] = [];
  for (const past of pasts) {
    found.push(searchPast(past, question));
    if (found.length >= ENOUGH_PASTS && found.some((one) => !isSameAnswer(one, found[0]))) break;
  }
  return found;
}

/** The kinds of cells that decide a rule, for rules that not all of them do. */
const DECIDING: Readonly<Partial<Record<BuiltInRuleId, ReadonlySet<CellKind>>>> = {
  'instance-untagged': new Set(['tag', 'instance', 'state']),
  'security-group-open': new Set(['permission']),
  // What is on the way to the target decides nothing about a session that has nothing to mirror.
  'mirror-orphan': new Set(['instance', 'state', 'type', 'tag', 'interface', 'attachment', 'session', 'target']),
  // Two sessions are two, whether or not copies arrive: who opened the way or started the sensor helped.
  'mirror-duplicate': new Set(['instance', 'type', 'tag', 'interface', 'attachment', 'session', 'target', 'filter']),
};

/**
 * The part of a call that can make a difference to a rule, or with which another rule would newly be broken. The tags that a policy
 * requires make neither where they are missing anyway.
 */
export function deciding(
  call: RecordedCall,
  rule: BuiltInRuleId,
  { tagValues }: PastContext,
  now?: Answers,
): readonly RecordedCall[] {
  const kinds = DECIDING[rule];
  const isOtherTag = ({ cell }: AnyEffect): boolean =>
    rule !== 'instance-untagged' && cell.kind === 'tag' && !tagValues.has(cell.part);
  if (call.effects.every(isOtherTag)) return [];
  const isUntagged = now?.get('instance-untagged') === 'fail';
  const effects = call.effects.filter(
    (effect) => (kinds === undefined || kinds.has(effect.cell.kind)) && !(isUntagged && isOtherTag(effect)),
  );
  if (effects.length === 0) return [];
  return effects.length === call.effects.length ? [call] : [{ ...call, effects }];
}

/** The kinds of cells that a resource begins with. */
const BEGINNINGS: ReadonlySet<CellKind> = new Set(['instance', 'interface', 'session', 'target', 'filter']);
/** The rules about a source alone: it can break them before there is any session. */
const ABOUT_SOURCES: ReadonlySet<BuiltInRuleId> = new Set(['instance-untagged', 'instance-unmirrored']);

/** True for a call that made something that the finding is about: it cannot have been so before. */
function isBeginning({ effects }: RecordedCall, rule: BuiltInRuleId, own: ReadonlySet<string>): boolean {
  const isAbout = (id: string): boolean => !ABOUT_SOURCES.has(rule) || own.has(id);
  return effects.some(({ cell, operation }) => operation === 'create' && BEGINNINGS.has(cell.kind) && isAbout(cell.id));
}

interface Evaluation {
  readonly found: readonly Found[];
  readonly isComplete: boolean;
  /** Calls that can't be placed and may be the cause. */
  readonly maybe: readonly RecordedCall[];
  /** The rule was broken before the first record, and all that it is about was there. */
  readonly isOlder: boolean;
  /** Calls after this time (milliseconds since 1970) came when the finding was there already. */
  readonly before: number;
}

function conclude({ found, isComplete, maybe, isOlder, before }: Evaluation, history: History): CauseFound {
  const [first] = found;
  const named = new Set(found.flatMap(({ calls, uncertain }) => [...calls, ...uncertain]));
  const isRecorded = [...named].every(Number.isInteger);
  const isAgreed =
    isComplete && found.every((one) => isSameAnswer(one, first) && one.uncertain.length === 0 && one.isComplete);
  // A call that was the last to bring the resource out of order stays the cause, whatever older calls did.
  const isLast = found.every(({ how }) => how === 'in-order');
  const isRival = ({ index, at }: RecordedCall): boolean => at <= before && (!isLast || index > (first?.calls[0] ?? 0));
  const rivals = maybe.filter(isRival);
  const hidden = isRecorded ? [] : history.unplacedCalls.filter((call) => isHidden(call) && call.at <= before);
  const indexes = [...named, ...[...rivals, ...hidden].map(({ index }) => index)];
  const candidates = callsAt(indexes, history);
  const old = history.hasRecords ? UNKNOWN.before : UNKNOWN.noRecords;
  const nothing = isRecorded ? (isOlder ? old : UNKNOWN.notShown) : whyUnrecorded(named, history);
  if (candidates.length === 0 || (!isRecorded && rivals.length === 0 && hidden.length === 0)) return unknown(nothing);
  // Of a call that did more than its record tells, it is not known what else comes back with it.
  const isPlaced = candidates.every(({ unplaced, isTied }) => unplaced.length === 0 && isTied === undefined);
  if (isAgreed && isRecorded && isPlaced && rivals.length === 0) {
    const kind = candidates.length === 1 ? 'call' : 'calls';
    return { cause: { kind, calls: candidates.map(toCauseCall) }, calls: candidates };
  }
  const calls = candidates.filter(({ at }) => at <= before);
  if (calls.length === 0) return unknown(UNKNOWN.open);
  return { cause: { kind: 'possible', calls: calls.map(toCauseCall), reason: reasonOf(calls, isComplete) }, calls };
}

/** Why a change comes after a call that no record shows: the records lack it, or calls of one second were made in another order. */
function whyUnrecorded(named: ReadonlySet<number>, { calls }: History): string {
  const isTied = [...named].some((index) => calls[Math.floor(index)]?.isTied === true);
  return isTied ? UNKNOWN.tied : UNKNOWN.disagree;
}

/** True for a call whose record says nothing of what it changed: it may have been anything. */
function isHidden({ unplaced }: RecordedCall): boolean {
  return unplaced.some((one) => one.lost === 'parameters' && one.resourceIds.length === 0);
}

function isSameAnswer(one: Found, other: Found | undefined): boolean {
  return one.calls.join() === other?.calls.join();
}

function callsAt(indexes: readonly number[], { calls }: History): readonly RecordedCall[] {
  return [...new Set(indexes)].toSorted((a, b) => a - b).flatMap((index) => calls[index] ?? []);
}

function reasonOf(calls: readonly RecordedCall[], isComplete: boolean): string {
  const lacking = uniqueBy(
    calls.filter(({ lacks }) => lacks !== undefined),
    ({ evidence: { eventName }, lacks }) => `${eventName} ${lacks}`,
  );
  if (lacking.length > 0)
    return lacking.map(({ evidence: { eventName }, lacks }) => `the record of ${eventName} ${lacks}`).join('; ');
  if (new Set(calls.map(({ at }) => at)).size < calls.length)
    return 'they were made in one second, in an unknown order';
  return isComplete
    ? 'a record of another change lacks what was there before'
    : 'too many records lack what was there before';
}

/** A call as findings name it. */
export function toCauseCall({ evidence: { actor, eventName, eventTime, eventID } }: RecordedCall): CauseCall {
  return { actor, eventName, eventTime, eventID };
}

function unknown(reason: string): CauseFound {
  return { cause: { kind: 'unknown', reason }, calls: [] };
}
