/** Follows IAM users through their names: a rename takes the user's earlier calls along, and leaves the name to another. */

import { compareText } from '../../collections.ts';
import { USER_ITSELF } from '../../sighting/iam-users.ts';
import type { IamUserSighting } from '../../sighting/sighting.ts';

/** A call that gave a user another name. */
export interface Rename extends IamUserSighting {
  readonly formerName: string;
  readonly userName: string;
}

/** One user, as far as records tell users apart. */
export interface FollowedUser {
  readonly accountId: string;
  /** Its last name. */
  readonly name: string;
  /** Everything that happened to it, in any order. */
  readonly calls: readonly IamUserSighting[];
  /** Oldest first. */
  readonly renames: readonly Rename[];
  /** When it was made, or the user before it was deleted. Absent if no record says so: it may be older than the records. */
  readonly since?: Date | undefined;
  /** The deletion that was the last call on it. */
  readonly deletion?: IamUserSighting | undefined;
}

/** Calls are added in place: one user may have very many. */
interface Following extends FollowedUser {
  readonly calls: IamUserSighting[];
  readonly renames: Rename[];
}

/**
 * The users of these sightings. Whoever has the name of a deleted user, or of one that was renamed, is another user. Sightings without a
 * name are left out. Names are unique in an account: a rename to the name of a user whose deletion was not read joins the two.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
 */
export function followedUsers(sightings: readonly IamUserSighting[]): readonly FollowedUser[] {
  const gone: FollowedUser[] = [];
  const byName = new Map<string, Following>();
  for (const call of sightings.toSorted(inTime)) {
    const { accountId, userName } = call;
    if (userName === undefined) continue;
    const from = keyOf(accountId, isRename(call) ? call.formerName : userName);
    const to = keyOf(accountId, userName);
    const known = byName.get(from);
    const isAnother = known?.deletion !== undefined && call.kind === 'iam-user-made';
    if (isAnother) gone.push(known);
    const user = withCall(isAnother ? newUser(call, known.deletion) : (known ?? newUser(call)), call);
    byName.delete(from);
    const before = byName.get(to);
    if (before?.deletion !== undefined) gone.push(before);
    byName.set(to, before === undefined || before.deletion !== undefined ? user : joined(before, user));
  }
  return [...gone, ...byName.values()];
}

function newUser(
  { accountId, userName = '', what, kind, eventTime }: IamUserSighting,
  before?: IamUserSighting,
): Following {
  const isMade = what === USER_ITSELF && kind === 'iam-user-made';
  return { accountId, name: userName, calls: [], renames: [], since: isMade ? eventTime : before?.eventTime };
}

function withCall(user: Following, call: IamUserSighting): Following {
  user.calls.push(call);
  if (call.kind === 'iam-user-deleted') return { ...user, deletion: call };
  if (!isRename(call)) return user;
  user.renames.push(call);
  return { ...user, name: call.userName };
}

function joined(before: Following, user: Following): Following {
  const [few, many] = before.calls.length < user.calls.length ? [before, user] : [user, before];
  for (const call of few.calls) many.calls.push(call);
  return { ...user, calls: many.calls, since: undefined };
}

/** True for a call that gives a user another name, of which both are known. */
function isRename(call: IamUserSighting): call is Rename {
  return call.formerName !== undefined && call.userName !== undefined;
}

function keyOf(accountId: string, name: string): string {
  return `${accountId} ${name}`;
}

/**
 * Records tell time to the second. Of one second, a deletion is taken to be the first call and a rename the last: a deletion never ends
 * what may have come after it.
 */
function inTime(one: IamUserSighting, other: IamUserSighting): number {
  return (
    one.eventTime.getTime() - other.eventTime.getTime() ||
    rankOf(one) - rankOf(other) ||
    compareText(one.evidence.eventID, other.evidence.eventID)
  );
}

function rankOf(call: IamUserSighting): number {
  if (call.kind === 'iam-user-deleted') return 0;
  return isRename(call) ? 2 : 1;
}
