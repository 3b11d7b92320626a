/** Puts findings of `iam-user-after-hours` into words: who made what, when, and under which names the user went. */

import { groupBy, listed, plural, truncate } from '../../collections.ts';
import { USER_ITSELF } from '../../sighting/iam-users.ts';
import type { Evidence, IamUserSighting } from '../../sighting/sighting.ts';
import type { CallRuleWords, JudgedCall } from './call-finding.ts';
import type { FollowedUser, Rename } from './followed-users.ts';
import type { WorkingHoursPolicy } from './watch-policy.ts';
import type { WorkingHours } from './working-hours.ts';

/** How many actors and things a reason names. */
const MOST_NAMED = 5;
/** How many things a reason names of each actor, if there are several. */
const MOST_OF_EACH = 3;
/** How many calls the detail lists, as many as there is evidence. */
const MOST_LISTED = 10;
const REASON_LENGTH = 1000;

/** The words of the rule about one user. `counted` are the calls that the rule is about. */
export function afterHoursWords(
  { renames }: FollowedUser,
  counted: readonly IamUserSighting[],
  { hours: { textOf }, policy: { timeZone } }: { readonly hours: WorkingHours; readonly policy: WorkingHoursPolicy },
): CallRuleWords {
  const sightings = new Map<Evidence, IamUserSighting>(counted.map((each) => [each.evidence, each]));
  const whatOf = ({ evidence }: JudgedCall): string => sightings.get(evidence)?.what ?? '';
  const isUserMade = (calls: readonly JudgedCall[]): boolean => calls.some((call) => whatOf(call) === USER_ITSELF);
  return {
    rule: 'iam-user-after-hours',
    reasonOf(calls) {
      const byActor = [...groupBy(calls, ({ evidence }) => evidence.actor)];
      const most = byActor.length === 1 ? MOST_NAMED : MOST_OF_EACH;
      const deeds = byActor.slice(0, MOST_NAMED).map(([actor, own], index) => {
        const given = new Set(own.map(whatOf).filter((what) => what !== USER_ITSELF));
        const user = index > 0 ? 'it' : isRoot(calls) ? 'the root user' : USER_ITSELF;
        const gave = given.size === 0 ? '' : listed([...given], most);
        if (!isUserMade(own)) return `${actor} gave ${user} ${gave}`;
        return `${actor} made the user${gave === '' ? '' : ` and gave it ${gave}`}`;
      });
      const others = byActor.length - deeds.length;
      const all = others === 0 ? deeds : [...deeds, `${plural(others, 'other')} gave it more`];
      const when = `${spanOf(calls, textOf)} ${timeZone}`;
      const words = `${inTurn(all)} outside working hours: ${when}`;
      return truncate(`${words}${renamedSince(renames, sightings, textOf)}`, REASON_LENGTH);
    },
    detailOf: (calls) => ({
      made: calls.slice(-MOST_LISTED).map((call) => ({
        what: whatOf(call),
        localTime: textOf(call.eventTime),
        ...{ actor: call.evidence.actor, eventID: call.evidence.eventID },
      })),
      timeZone,
      ...(renames.length > 0 && { formerNames: renames.slice(-MOST_LISTED).map(formerName) }),
    }),
    fixOf: (calls) =>
      isUserMade(calls)
        ? 'No command can tell whether the user was meant. Ask whoever made it; if it was not, deactivate its keys, take its password away and delete it'
        : `No command can tell whether it was meant. Ask whoever gave it; if it was not, take away what ${isRoot(calls) ? 'the root user' : USER_ITSELF} was given, and look for what was done with it`,
  };
}

/** `dana made the user, and erin gave it a password,`: who did what, so that nobody is said to have done what others did. */
function inTurn(deeds: readonly string[]): string {
  const last = deeds.at(-1) ?? '';
  return deeds.length === 1 ? last : `${deeds.slice(0, -1).join(', ')}, and ${last},`;
}

/** What a finding's detail says of a name that its user no longer has. */
export function formerName({ formerName: name, evidence }: Rename): Readonly<Record<string, string>> {
  const { eventTime, actor, eventID } = evidence;
  return { name, until: eventTime, actor, eventID };
}

/** `; it was mallory until dana renamed it: Monday 2026-03-16 12:00`. Nothing if the calls that count say so already. */
function renamedSince(
  renames: readonly Rename[],
  counted: ReadonlyMap<Evidence, IamUserSighting>,
  textOf: WorkingHours['textOf'],
): string {
  const rename = renames.findLast(({ evidence }) => !counted.has(evidence));
  if (rename === undefined) return '';
  return `; it was ${rename.formerName} until ${rename.evidence.actor} renamed it: ${textOf(rename.eventTime)}`;
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
