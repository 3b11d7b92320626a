/** Who made a call, in words a person would use. */

import type { CloudTrailRecord } from './record.ts';

/** A person's or service's words for who made a call. */
export interface Actor {
  /** For people: `dana@example.com (AWSReservedSSO_Developer)`, `root@111122223333`, `Auto Scaling`. Attacker-controlled text. */
  readonly name: string;
  /** `userIdentity.arn` where there is one. */
  readonly arn?: string | undefined;
  /** `userIdentity.accountId` where there is one. */
  readonly accountId?: string | undefined;
  /** The service that called on the actor's behalf, such as `autoscaling.amazonaws.com`. */
  readonly invokedBy?: string | undefined;
  /** True for the role session name `mirrorwatch`: our own calls are recognised and never acted on. */
  readonly ours: boolean;
}

/** The role session name of every call that this program makes. */
export const OUR_SESSION_NAME = 'mirrorwatch';

/** Longest name shown; a role session name has at most 64 characters, a role 64, so that only forged ones are cut. */
const NAME_LENGTH = 200;

/** Service principals that people know by another name; the others are shown without `.amazonaws.com`. */
const SERVICES: Readonly<Record<string, string>> = {
  'autoscaling.amazonaws.com': 'Auto Scaling',
  'cloudformation.amazonaws.com': 'CloudFormation',
  'ec2.amazonaws.com': 'EC2',
  'ec2fleet.amazonaws.com': 'EC2 Fleet',
  'ecs.amazonaws.com': 'ECS',
  'eks.amazonaws.com': 'EKS',
  'eks-nodegroup.amazonaws.com': 'EKS node groups',
  'elasticmapreduce.amazonaws.com': 'EMR',
  'spot.amazonaws.com': 'EC2 Spot',
  'spotfleet.amazonaws.com': 'EC2 Spot Fleet',
  'tagging.amazonaws.com': 'Resource Groups Tagging',
  'backup.amazonaws.com': 'AWS Backup',
  'drs.amazonaws.com': 'Elastic Disaster Recovery',
  'AWS Internal': 'AWS',
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Who made a call. Never throws, whatever `userIdentity` holds, and the name is never empty or longer than 200 characters.
 *
 * A person behind a role is told by `sourceIdentity`, else by the session name when it looks like one (an address, an SSO role's
 * user); a service that called on someone's behalf is in `invokedBy`, and is the name itself when no one else is named or the role
 * is the service's own.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function actorOf(record: CloudTrailRecord): Actor {
  const identity = fields(record.userIdentity);
  const arn = text(identity, 'arn');
  const accountId = text(identity, 'accountId');
  const invokedBy = text(identity, 'invokedBy');
  const name = nameOf(identity, record) ?? serviceName(invokedBy) ?? 'an AWS service';
  return {
    name: bounded(name),
    ...(arn === undefined ? {} : { arn }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(invokedBy === undefined ? {} : { invokedBy }),
    ours: text(identity, 'type') === 'AssumedRole' && sessionName(identity) === OUR_SESSION_NAME,
  };
}

/** The name by the identity's type; undefined when only the invoking service can be named. */
function nameOf(identity: Fields, record: CloudTrailRecord): string | undefined {
  const accountId = text(identity, 'accountId') ?? text(fields(record), 'recipientAccountId');
  const userName = text(identity, 'userName');
  switch (text(identity, 'type')) {
    case 'Root':
      return `root@${accountId ?? 'an unknown account'}`;
    case 'IAMUser':
      return userName ?? lastPart(text(identity, 'arn')) ?? principalName(identity) ?? accountId;
    case 'AssumedRole':
      return roleName(identity);
    case 'IdentityCenterUser':
      return userName ?? text(fields(identity.onBehalfOf), 'userId') ?? principalName(identity);
    case 'FederatedUser':
      return federatedName(identity);
    case 'SAMLUser':
    case 'WebIdentityUser':
      return named(userName ?? principalName(identity), text(identity, 'identityProvider'));
    case 'AWSService':
      return undefined;
    case 'AWSAccount':
      return `account ${accountId ?? principalName(identity) ?? 'unknown'}`;
    case 'Role':
    case 'Directory':
      return userName ?? lastPart(text(identity, 'arn'));
    default:
      return userName ?? lastPart(text(identity, 'arn')) ?? principalName(identity);
  }
}

/** `session (role)` for a person, `role/session` for a program, the service's name for a service's own role. */
function roleName(identity: Fields): string | undefined {
  const context = fields(identity.sessionContext ?? identity.sessioncontext);
  const issuer = fields(context.sessionIssuer ?? context.sessionissuer);
  const [arnRole, arnSession] = assumedRole(text(identity, 'arn'));
  const role = text(issuer, 'userName') ?? arnRole;
  const session = sessionName(identity) ?? arnSession;
  const invokedBy = serviceName(text(identity, 'invokedBy'));
  if (role?.startsWith('AWSServiceRoleFor') === true && invokedBy !== undefined) return invokedBy;
  const person = text(context, 'sourceIdentity') ?? (isPerson(session, role) ? session : undefined);
  if (person !== undefined) return named(person, role);
  if (role !== undefined && session !== undefined) return `${role}/${session}`;
  return role ?? session;
}

function federatedName(identity: Fields): string | undefined {
  const issuer = fields(fields(identity.sessionContext).sessionIssuer);
  const user = lastPart(text(identity, 'arn')) ?? principalName(identity);
  return named(user, text(issuer, 'userName') ?? lastPart(text(issuer, 'arn')));
}

/** An address, or whoever holds a session of a role that IAM Identity Center keeps. Instance profiles' sessions are instances. */
function isPerson(session: string | undefined, role: string | undefined): boolean {
  if (session === undefined || /^i-[0-9a-f]+$/.test(session)) return false;
  return session.includes('@') || role?.startsWith('AWSReservedSSO_') === true;
}

function sessionName(identity: Fields): string | undefined {
  const [, session] = assumedRole(text(identity, 'arn'));
  return session ?? principalName(identity, true);
}

/** Role and session of `arn:aws:sts::111122223333:assumed-role/role/session`; older exports leave the session out. */
function assumedRole(arn: string | undefined): readonly [role?: string, session?: string] {
  const [, role, session] = /:assumed-role\/([^/]+)(?:\/(.+))?$/.exec(arn ?? '') ?? [];
  return [role, session] as readonly [role?: string, session?: string];
}

/** What stands behind the colon of `AROA…:session`; the whole id when there is none, unless only the part is wanted. */
function principalName(identity: Fields, partOnly = false): string | undefined {
  const principal = text(identity, 'principalId') ?? text(identity, 'principalid');
  const colon = principal?.indexOf(':') ?? -1;
  if (principal === undefined || (colon === -1 && partOnly)) return undefined;
  return principal.slice(colon + 1) || undefined;
}

function serviceName(principal: string | undefined): string | undefined {
  if (principal === undefined) return undefined;
  return Object.hasOwn(SERVICES, principal) ? SERVICES[principal] : principal.replace(/\.amazonaws\.com(?:\.cn)?$/, '');
}

function named(name: string | undefined, of: string | undefined): string | undefined {
  return name !== undefined && of !== undefined ? `${name} (${of})` : (name ?? of);
}

function lastPart(arn: string | undefined): string | undefined {
  return arn === undefined
    ? undefined
    : arn.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1) || undefined;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function text(from: Fields, key: string): string | undefined {
  const value = from[key];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function bounded(name: string): string {
  return name.length <= NAME_LENGTH ? name : `${name.slice(0, NAME_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
