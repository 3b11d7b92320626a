/** Judges security groups by records alone, where the account's groups were not read: by the rules that calls added and took away. */

import { byText, groupBy, uniqueBy } from '../../collections.ts';
import type { Change } from '../../sighting/changes/change.ts';
import type { OpenGroupPolicy } from '../calls/watch-policy.ts';
import { newestFirst } from '../finding.ts';
import type { RuleAnswer } from '../rule-answer.ts';
import { doorKey } from './open-to-world.ts';
import {
  doorOf,
  type GroupCall,
  type GroupChange,
  type RuleChange,
  replayGroup,
  type ShownGroup,
} from './shown-rules.ts';
import { listed, openDetail, openInWords } from './words.ts';

/** What is known of groups from earlier runs. */
export interface GroupsBefore {
  /** The calls on the groups of this run that were kept, in any order. */
  readonly calls: readonly GroupCall[];
  /** By group, until when calls are lacking: they were not kept for want of space. */
  readonly lacksUntil: ReadonlyMap<string, Date>;
  /** Groups that a look at the account found open: of what it saw, records may show nothing. */
  readonly seenInAccount: ReadonlySet<string>;
}

/** Nothing is known of what was before the records. */
export const NOTHING_BEFORE: GroupsBefore = { calls: [], lacksUntil: new Map(), seenInAccount: new Set() };

/** A group, by its id where a record has it, otherwise by its name, and the answer about it. */
export interface RecordedGroup {
  readonly resourceId: string;
  readonly answer: RuleAnswer;
}

/**
 * The answers about groups of which these calls changed rules, ordered by id. There is none about a group that no record opens: it may have
 * been open before.
 *
 * @param asked ids of groups to judge without a call, by what is known from before
 */
export function judgeRecordedGroups(
  calls: readonly GroupCall[],
  policy: OpenGroupPolicy,
  {
    before = NOTHING_BEFORE,
    asked = [],
  }: { readonly before?: GroupsBefore | undefined; readonly asked?: readonly string[] } = {},
): readonly RecordedGroup[] {
  const all = uniqueBy([...calls, ...before.calls], ({ evidence }) => evidence.eventID);
  const idOf = namesIn(all);
  const changesOf = groupBy(changesIn(all, idOf), ({ groupId }) => groupId);
  const wanted = new Set([...changesIn(calls, idOf).map(({ groupId }) => groupId), ...asked]);
  return [...wanted]
    .filter((groupId) => !policy.exceptGroups.includes(groupId))
    .toSorted(byText((groupId) => groupId))
    .flatMap((resourceId) => {
      const answer = answerOf(resourceId, changesOf.get(resourceId) ?? [], policy, before);
      return answer === undefined ? [] : { resourceId, answer };
    });
}

/** The id of a group that only one group has had a name of; a group of another name is known by that. */
function namesIn(calls: readonly GroupCall[]): (name: string) => string {
  const ids = new Map<string, Set<string>>();
  for (const { changes = [] } of calls)
    for (const change of changes) {
      if (!('groupName' in change) || change.groupName === undefined) continue;
      ids.set(change.groupName, (ids.get(change.groupName) ?? new Set()).add(change.groupId));
    }
  return (name) => {
    const [only, ...others] = ids.get(name) ?? [];
    return only === undefined || others.length > 0 ? name : only;
  };
}

function changesIn(
  calls: readonly GroupCall[],
  idOf: (name: string) => string,
): readonly (GroupChange & { readonly groupId: string })[] {
  return calls
    .toSorted((a, b) => a.eventTime.getTime() - b.eventTime.getTime())
    .flatMap(({ eventTime, evidence, changes = [] }) =>
      changes
        .filter(isRuleChange)
        .flatMap((change) => groupsOf(change).map((name) => ({ groupId: idOf(name), change, eventTime, evidence }))),
    );
}

function isRuleChange(change: Change): change is RuleChange {
  return change.kind === 'opaque' || 'groupId' in change;
}

function groupsOf(change: RuleChange): readonly string[] {
  return change.kind === 'opaque' ? change.resourceIds.filter((id) => !id.startsWith('sgr-')) : [change.groupId];
}

function answerOf(
  groupId: string,
  changes: readonly GroupChange[],
  policy: OpenGroupPolicy,
  before: GroupsBefore,
): RuleAnswer | undefined {
  const shown = replayGroup(changes, policy.allowedPorts);
  const asOf = changes.at(-1)?.eventTime;
  if (asOf === undefined) return undefined;
  const { since, deletedBy, closedBy, openness } = shown;
  const decided = { since: asOf, asOf };
  if (deletedBy !== undefined) {
    const evidence = [{ ...deletedBy, role: 'resolution' as const }];
    return { result: 'gone', reason: 'the security group was deleted', evidence, decided };
  }
  if (since !== undefined) return openAnswer(groupId, shown, { since, asOf }, policy);
  const gaps = closedBy === undefined ? [] : gapsOf(groupId, before);
  const unread = [...openness.unknown, ...new Set(shown.doubts.map(({ why }) => why)), ...gaps];
  if (unread.length > 0) return { result: 'unknown', reason: `could not be judged: ${listed(unread)}` };
  if (closedBy === undefined) return undefined;
  return {
    result: 'pass',
    reason: `${closedBy.eventName} closed what records show to have been opened`,
    evidence: [{ ...closedBy, role: 'resolution' }],
    decided,
  };
}

function openAnswer(
  groupId: string,
  { openness, rules, doubts }: ShownGroup,
  decided: { readonly since: Date; readonly asOf: Date },
  policy: OpenGroupPolicy,
): RuleAnswer {
  const doors = new Set(openness.open.flatMap((opening) => opening.doors.map(doorKey)));
  const opening = rules.filter(({ permission }) => doors.has(doorOf(permission)));
  const unsure = opening.filter(({ isIngress }) => !isIngress);
  const ids = [...new Set(unsure.flatMap(({ permission }) => permission.securityGroupRuleId ?? []))];
  const since = [...new Set(doubts.filter(({ at }) => at >= decided.since).map(({ why }) => why))];
  const mayBeExcepted = policy.exceptTags.length > 0 ? ['its tags, which may except it, are not known'] : [];
  const remarks = [
    ...(unsure.length > 0
      ? [`${listed(ids)} may be an egress rule, as ModifySecurityGroupRules does not say which it is`]
      : []),
    ...mayBeExcepted,
    ...(since.length > 0 ? [`it may have been closed since: ${listed(since)}`] : []),
  ];
  const words = [`${groupId} is open to the world by the records alone: ${openInWords(openness.open)}`, ...remarks];
  return {
    result: 'fail',
    reason: `${words.join('; ')}.`,
    detail: {
      openPorts: openDetail(openness.open),
      byRecordsAlone: true,
      ...(unsure.length > 0 && { direction: 'unknown' }),
      ...(openness.unknown.length > 0 && { notRead: openness.unknown }),
    },
    evidence: [...new Set(opening.map(({ evidence }) => evidence))].toSorted(newestFirst),
    fix: 'No command is known before the account is read: what was changed since is not in the records that were read',
    decided,
  };
}

/** Why a group may have been open before the first call that is known. */
function gapsOf(groupId: string, { lacksUntil, seenInAccount }: GroupsBefore): readonly string[] {
  const until = lacksUntil.get(groupId);
  return [
    ...(until === undefined ? [] : [`calls before ${until.toISOString()} were not kept`]),
    ...(seenInAccount.has(groupId) ? ['the account, which showed it open before, was not read again'] : []),
  ];
}
