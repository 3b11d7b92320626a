/** Who makes our calls on sessions, by the ARNs that AWS records: our roles in the accounts that they are for, or the process itself. */

import { partitionOf } from '../../cloudtrail/partition.ts';
import type { Config } from '../../config.ts';
import type { Actor, Sighting } from '../../sighting/sighting.ts';

/** Who calls in the account of our own credentials. */
export interface OwnIdentity {
  /** The ARN of the role with which the functions change sessions in their own account. @default none is known */
  readonly writerRoleArn?: string | undefined;
  /** Asks for the ARN with which a process calls, whatever its credentials are. @default not known */
  readonly callerArn?: (() => Promise<string>) | undefined;
}

/** Everyone who may make our calls. */
export interface OwnCallers extends OwnIdentity, Pick<Config, 'assumeRole'> {}

/** A role by the parts of its ARN. */
interface Role {
  readonly partition: string;
  readonly accountId: string;
  /** With its path: `team/mirrorwatch`. */
  readonly name: string;
}

/** The role that made a call. */
interface CallingRole extends Role {
  /** False where only the ARN of the role's session is recorded, which never has the path: then `name` lacks it. */
  readonly isPathKnown: boolean;
}

/**
 * The calls that our callers made: the role that changes sessions in its own account, the member roles that we assume in each other one,
 * or our own credentials in their account. A session name alone proves nothing: whoever may assume any role can choose it. Neither does a
 * role's name: in the account of our own credentials a role named like a member role is somebody else's, so without knowing that account no
 * role's call is ours. Our own credentials are asked for only if the roles do not explain every call.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export async function madeByUs<T extends Sighting>(
  sightings: readonly T[],
  { writerRoleArn, callerArn, assumeRole }: OwnCallers,
): Promise<readonly T[]> {
  if (sightings.length === 0) return [];
  const writer = roleIn(writerRoleArn);
  const isExplained = (sighting: T): boolean => isByRole(sighting, { writer, assumeRole, home: writer?.accountId });
  const caller = sightings.every(isExplained) ? undefined : (await callerArn?.()) || undefined;
  const home = writer?.accountId ?? accountOf(caller);
  const byRoles = new Set(sightings.filter((sighting) => isByRole(sighting, { writer, assumeRole, home })));
  const isByUs = ({ actor, accountId }: T): boolean => actor.arn === caller && accountOf(caller) === accountId;
  return sightings.filter((sighting) => byRoles.has(sighting) || (caller !== undefined && isByUs(sighting)));
}

interface OwnRoles extends Pick<OwnCallers, 'assumeRole'> {
  readonly writer: Role | undefined;
  /** The account of our own credentials. */
  readonly home: string | undefined;
}

function isByRole({ actor, accountId, region }: Sighting, { writer, assumeRole, home }: OwnRoles): boolean {
  const caller = callingRole(actor);
  if (caller === undefined || caller.accountId !== accountId || caller.partition !== partitionOf(region)) return false;
  // In the account of our own credentials no role is assumed.
  if (writer?.accountId === accountId) return isNamed(caller, writer.name);
  if (home === undefined || home === accountId) return false;
  // The role that reads counts too: before there was a second one, it changed sessions and launched the sensors that are still there.
  const names = [assumeRole?.roleName, assumeRole?.writeRoleName].filter((name) => name !== undefined);
  return actor.ours && names.some((name) => isNamed(caller, name.replace(/^\//, '')));
}

/**
 * The role that made a call, by the ARN of its session, and with its path where the record names the role too. Undefined for any other
 * caller, and where the two do not fit together.
 */
function callingRole({ arn, roleArn }: Actor): CallingRole | undefined {
  const [, partition, accountId, name] = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn ?? '') ?? [];
  if (partition === undefined || accountId === undefined || name === undefined) return undefined;
  if (roleArn === undefined) return { partition, accountId, name, isPathKnown: false };
  const role = roleIn(roleArn);
  const isSame = role?.partition === partition && role.accountId === accountId && withoutPath(role.name) === name;
  return isSame ? { ...role, isPathKnown: true } : undefined;
}

/** True for a role of this name and path. The path is compared where the record shows it, as records of a role's calls do. */
function isNamed({ name, isPathKnown }: CallingRole, expected: string): boolean {
  return name === (isPathKnown ? expected : withoutPath(expected));
}

function roleIn(arn: string | undefined): Role | undefined {
  const [, partition, accountId, name] = /^arn:([^:]+):iam::(\d{12}):role\/(.+)$/.exec(arn ?? '') ?? [];
  return partition === undefined || accountId === undefined || name === undefined
    ? undefined
    : { partition, accountId, name };
}

function withoutPath(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function accountOf(arn: string | undefined): string | undefined {
  return arn?.split(':')[4];
}
