/** Judges security groups by records alone, where the account's groups were not read: by the rules that calls added and took away. */

import { byText, groupBy, truncate, uniqueBy } from '../../collections.ts';
import type { OpenGroupPolicy } from '../calls/watch-policy.ts';
import { newestFirst } from '../finding.ts';
import type { RuleAnswer } from '../rule-answer.ts';
import { changesIn, type GroupCall, type GroupChange } from './group-changes.ts';
import { namesIn } from './group-names.ts';
import { doorKey } from './open-to-world.ts';
import { doorOf } from './shown-rule.ts';
import { replayGroup, type ShownGroup } from './shown-rules.ts';
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
const NOTHING_BEFORE: GroupsBefore = { calls: [], lacksUntil: new Map(), seenInAccount: new Set() };

/** A group, by its id where a record has it, otherwise by its name, and the answer about it. */
export interface RecordedGroup {
  readonly resourceId: string;
  readonly answer: RuleAnswer;
}

/** What is judged beside the calls of this run. */
export interface RecordedGroupsOptions {
  /** @default nothing */
  readonly before?: GroupsBefore | undefined;
  /** Ids of groups to judge without a call, by what is known from before. */
  readonly asked: readonly string[];
  /** True if the account was read, all but its groups: then a group without a finding is not known to be in order. */
  readonly isElseRead: boolean;
}

/**
 * The answers about groups of which these calls changed rules, ordered by id. There is none about a group that no record opens, as it may
 * have been open before; where the account was read otherwise, it is unknown.
 */
export function judgeRecordedGroups(
  calls: readonly GroupCall[],
  policy: OpenGroupPolicy,
  { before = NOTHING_BEFORE, asked, isElseRead }: RecordedGroupsOptions,
): readonly RecordedGroup[] {
  const all = uniqueBy([...calls, ...before.calls], ({ evidence }) => evidence.eventID);
  const changes = changesIn(all, namesIn(all));
  const changesOf = groupBy(changes, ({ groupId }) => groupId);
  const own = new Set(calls.map(({ evidence }) => evidence.eventID));
  const changed = changes.filter(
    ({ change, evidence }) => change.kind !== 'group-created' && own.has(evidence.eventID),
  );
  const wanted = new Set([...changed.map(({ groupId }) => groupId), ...asked]);
  return [...wanted]
    .filter((groupId) => !policy.exceptGroups.includes(groupId))
    .toSorted(byText((groupId) => groupId))
    .flatMap((resourceId) => {
      const answer = answerOf(resourceId, changesOf.get(resourceId) ?? [], policy, before);
      if (answer === undefined) return isElseRead ? { resourceId, answer: NOT_READ } : [];
      return { resourceId, answer };
    });
}

const NOT_READ: RuleAnswer = { result: 'unknown', reason: 'the security groups of the account were not read' };

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
    // Who closed it before it was deleted ended the finding.
    const evidence = [{ ...(closedBy ?? deletedBy), role: 'resolution' as const }];
    return { result: 'gone', reason: 'the security group was deleted', evidence, decided };
  }
  if (since !== undefined) return openAnswer(groupId, shown, { since, asOf }, policy);
  const gaps = closedBy === undefined ? [] : gapsOf(groupId, before);
  const unread = openness.unknown.map((what) => `what ${what} lets in is not in the records`);
  const why = [...unread, ...new Set(shown.doubts.map((doubt) => doubt.why)), ...gaps];
  if (why.length > 0) return { result: 'unknown', reason: listed(why) };
  if (closedBy === undefined) return undefined;
  return {
    result: 'pass',
    reason: `${closedBy.eventName} closed what records show to have been opened`,
    evidence: [{ ...closedBy, role: 'resolution' }],
    decided,
  };
}

/** EC2 takes no longer names. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
const LONGEST_NAME = 255;

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
  const words = [
    `${truncate(groupId, LONGEST_NAME)} is open to the world by the records alone: ${openInWords(openness.open)}`,
    ...remarks,
  ];
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
