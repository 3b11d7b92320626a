/** Judges the rule `iam-user-after-hours`: which users were made, or given something to work with, outside working hours. */

import { partitionOf } from '../../cloudtrail/partition.ts';
import { byText, compareText, uniqueBy } from '../../collections.ts';
import type { IamUserSighting, Sighting } from '../../sighting/sighting.ts';
import type { AuditResult, Finding, Judgement } from '../finding.ts';
import { afterHoursWords } from './after-hours-words.ts';
import {
  type CallContext,
  type CallRuleWords,
  endedJudgement,
  type JudgedCall,
  judgeCalls,
  type UndecidedCall,
} from './call-finding.ts';
import { type FollowedUser, followedUsers } from './followed-users.ts';
import type { WorkingHoursPolicy } from './watch-policy.ts';
import { isExempt, type WorkingHours, workingHours } from './working-hours.ts';

/** How long a finding stays open after the last call outside working hours, unless the user is deleted: 30 days. */
export const AFTER_HOURS_STAY_OPEN_HOURS = 720;

/** What the rule says of users. */
export interface AfterHoursAudit extends AuditResult {
  /** Calls that may be outside working hours or change what is found, whose records name no user. */
  readonly undecided: readonly UndecidedCall[];
  /** Users that have another name now, and were not deleted since. A finding of the old name is about them. */
  readonly renamed: readonly FollowedUser[];
}

/** What the rule says of these sightings: one finding for each user, under its last name, or one answer. */
export function auditAfterHours(
  sightings: readonly Sighting[],
  policy: WorkingHoursPolicy,
  context: CallContext,
): AfterHoursAudit {
  const hours = workingHours(policy);
  const calls = uniqueBy(sightings.filter(isOfUser), identityOf);
  const counted = new Set(
    calls.filter(
      ({ kind, eventTime, actor }) =>
        kind === 'iam-user-deleted' || (hours.isOutside(eventTime) && !isExempt(actor, policy)),
    ),
  );
  const users = followedUsers(calls);
  const results = users.map((user) => judgeUser(user, counted, { hours, policy, context }));
  // Whoever gets another name by day takes along what was found, so a rename that does not say whose matters at any time.
  const undecided = calls.filter(
    (call) => call.userName === undefined && (counted.has(call) || call.evidence.eventName === 'UpdateUser'),
  );
  return {
    ...oneAnswerEach(results),
    undecided: undecided.map((sighting) => ({ sighting, why: 'nothing else says whose user it is' })),
    renamed: users.filter(({ renames, deletion }) => renames.length > 0 && deletion === undefined),
  };
}

interface Judging {
  readonly hours: WorkingHours;
  readonly policy: WorkingHoursPolicy;
  readonly context: CallContext;
}

function judgeUser(
  user: FollowedUser,
  counted: ReadonlySet<IamUserSighting>,
  { hours, policy, context }: Judging,
): AuditResult {
  const sightings = user.calls.filter((call) => counted.has(call));
  const words = afterHoursWords(user, sightings, { hours, policy });
  const { findings, judgements } = judgeCalls(
    sightings.map((call) => judgedCall(call, user.name)),
    words,
    context,
  );
  const renamedAt = user.renames.at(-1)?.eventTime.toISOString() ?? '';
  return {
    // What ended a finding of the new name before is not about this user.
    findings: findings.map((each) => (each.lastSeen < renamedAt ? { ...each, lastSeen: renamedAt } : each)),
    judgements: [...judgements, ...endedNames(user, words)],
  };
}

/** Whoever is deleted ends what was found under the names before, too. They may have been others' since. */
function endedNames({ deletion, renames }: FollowedUser, words: CallRuleWords): readonly Judgement[] {
  if (deletion === undefined) return [];
  return renames.map((rename) => ({
    ...endedJudgement(judgedCall(deletion, rename.formerName), words),
    reason: `${deletion.evidence.eventName} ended it, of the user that is ${deletion.userName} since ${rename.evidence.eventTime}`,
    seenAt: rename.evidence.eventTime,
  }));
}

/** Users may have had one name after each other: what is open counts, then the newest finding, then the newest answer. */
function oneAnswerEach(results: readonly AuditResult[]): AuditResult {
  const findings = results
    .flatMap((result) => result.findings)
    .toSorted((one, other) => rankOf(one) - rankOf(other) || compareText(other.lastSeen, one.lastSeen));
  const found = new Set(findings.map(({ id }) => id));
  const judgements = results
    .flatMap((result) => result.judgements)
    .filter(({ id }) => !found.has(id))
    .toSorted(byText(({ seenAt = '' }) => seenAt))
    .toReversed();
  return { findings: uniqueBy(findings, ({ id }) => id), judgements: uniqueBy(judgements, ({ id }) => id) };
}

function rankOf({ status }: Finding): number {
  return status === 'resolved' ? 1 : 0;
}

function isOfUser(sighting: Sighting): sighting is IamUserSighting {
  return sighting.kind === 'iam-user-made' || sighting.kind === 'iam-user-deleted';
}

/** A call has one record, however many trails and regions deliver it. Published records reuse an id for different calls. */
function identityOf({
  accountId,
  kind,
  userName,
  what,
  evidence: { eventID, eventName, eventTime },
}: IamUserSighting): string {
  return JSON.stringify([accountId, kind, eventID, eventName, eventTime, userName, what]);
}

function judgedCall({ accountId, eventTime, evidence, kind, region }: IamUserSighting, name: string): JudgedCall {
  const resource = { resourceType: 'AWS::IAM::User', resourceId: name } as const;
  return { accountId, region: homeOf(region), eventTime, evidence, ...resource, ends: kind === 'iam-user-deleted' };
}

/** Where CloudTrail records the calls of IAM, by partition. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html */
const HOMES: ReadonlyMap<string, string> = new Map([
  ['aws', 'us-east-1'],
  ['aws-cn', 'cn-north-1'],
  ['aws-us-gov', 'us-gov-west-1'],
]);

/** The region of IAM. Users are of no region: one user has one finding, whatever the record says. */
export function homeOf(region: string): string {
  return HOMES.get(partitionOf(region)) ?? region;
}
