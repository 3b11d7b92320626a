/** Judges the rule `iam-user-after-hours`: which users were made, or given something to work with, outside working hours. */

import { listed, truncate, uniqueBy } from '../../collections.ts';
import { USER_ITSELF } from '../../sighting/iam-users.ts';
import type { Evidence, IamUserSighting, Sighting } from '../../sighting/sighting.ts';
import type { AuditResult } from '../finding.ts';
import { partitionOf } from '../fixes/value-forms.ts';
import {
  type CallContext,
  type CallRuleWords,
  type JudgedCall,
  judgeCalls,
  type UndecidedCall,
} from './call-finding.ts';
import type { WorkingHoursPolicy } from './watch-policy.ts';
import { isExempt, type WorkingHours, workingHours } from './working-hours.ts';

/** How long a finding stays open after the last call outside working hours, unless the user is deleted: 30 days. */
export const AFTER_HOURS_STAY_OPEN_HOURS = 720;

/** What the rule says of these sightings. `undecided` are calls outside working hours whose records name no user. */
export function auditAfterHours(
  sightings: readonly Sighting[],
  policy: WorkingHoursPolicy,
  context: CallContext,
): AuditResult & { readonly undecided: readonly UndecidedCall[] } {
  const hours = workingHours(policy);
  const users = uniqueBy(sightings.filter(isOfUser), identityOf);
  const counted = users.filter(
    ({ kind, eventTime, actor }) =>
      kind === 'iam-user-deleted' || (hours.isOutside(eventTime) && !isExempt(actor, policy)),
  );
  const made = new Map(counted.map((each) => [each.evidence, each]));
  const calls = counted.flatMap((each) => judgedCall(each));
  const undecided = counted.filter(({ userName }) => userName === undefined);
  return {
    ...judgeCalls(calls, wordsOf(made, hours, policy), context),
    undecided: undecided.map((sighting) => ({ sighting, why: 'nothing else says whose user it is' })),
  };
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

function judgedCall(sighting: IamUserSighting): readonly JudgedCall[] {
  const { accountId, eventTime, evidence, userName, kind } = sighting;
  if (userName === undefined) return [];
  const resource = { resourceType: 'AWS::IAM::User', resourceId: userName } as const;
  const region = homeOf(sighting.region);
  return [{ accountId, region, eventTime, evidence, ...resource, ends: kind === 'iam-user-deleted' }];
}

/** Where CloudTrail records the calls of IAM, by partition. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html */
const HOMES: ReadonlyMap<string, string> = new Map([
  ['aws', 'us-east-1'],
  ['aws-cn', 'cn-north-1'],
  ['aws-us-gov', 'us-gov-west-1'],
]);

/** Users are of no region: one user has one finding, whatever the record says. */
function homeOf(region: string): string {
  return HOMES.get(partitionOf(region)) ?? region;
}

/** How many actors and things a reason names. */
const MOST_NAMED = 5;
/** How many calls the detail lists, as many as there is evidence. */
const MOST_LISTED = 10;
const REASON_LENGTH = 1000;

function wordsOf(
  sightings: ReadonlyMap<Evidence, IamUserSighting>,
  { textOf }: WorkingHours,
  { timeZone }: WorkingHoursPolicy,
): CallRuleWords {
  const whatOf = ({ evidence }: JudgedCall): string => sightings.get(evidence)?.what ?? '';
  const isUserMade = (calls: readonly JudgedCall[]): boolean => calls.some((call) => whatOf(call) === USER_ITSELF);
  return {
    rule: 'iam-user-after-hours',
    reasonOf(calls) {
      const actors = new Set(calls.map(({ evidence }) => evidence.actor));
      const given = new Set(calls.map(whatOf).filter((what) => what !== USER_ITSELF));
      const user = isRoot(calls) ? 'the root user' : USER_ITSELF;
      const gave = given.size === 0 ? '' : listed([...given], MOST_NAMED);
      const made = isUserMade(calls)
        ? `made the user${gave === '' ? '' : ` and gave it ${gave}`}`
        : `gave ${user} ${gave}`;
      const when = `${spanOf(calls, textOf)} ${timeZone}`;
      return truncate(`${listed([...actors], MOST_NAMED)} ${made} outside working hours: ${when}`, REASON_LENGTH);
    },
    detailOf: (calls) => ({
      made: calls.slice(-MOST_LISTED).map((call) => ({
        what: whatOf(call),
        localTime: textOf(call.eventTime),
        ...{ actor: call.evidence.actor, eventID: call.evidence.eventID },
      })),
      timeZone,
    }),
    fixOf: (calls) =>
      isUserMade(calls)
        ? 'No command can tell whether the user was meant. Ask whoever made it; if it was not, deactivate its keys, take its password away and delete it'
        : `No command can tell whether it was meant. Ask whoever gave it; if it was not, take away what ${isRoot(calls) ? 'the root user' : USER_ITSELF} was given, and look for what was done with it`,
  };
}

/** `Saturday 2026-03-14 03:12`, or from the first call to the last, with the day once if it is the same. */
function spanOf(calls: readonly JudgedCall[], textOf: WorkingHours['textOf']): string {
  const [first = '', last = ''] = [calls[0], calls.at(-1)].map((call) => call && textOf(call.eventTime));
  if (first === last) return first;
  const clock = last.lastIndexOf(' ');
  return first.startsWith(last.slice(0, clock)) ? `${first} to ${last.slice(clock + 1)}` : `${first} to ${last}`;
}

function isRoot(calls: readonly JudgedCall[]): boolean {
  return calls.some(({ resourceId }) => resourceId.startsWith('arn:'));
}
