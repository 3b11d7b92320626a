/** Names who made a call, in words a person would use. */

import type { CloudTrailRecord } from './record.ts';

/** Who made a call. */
export interface Actor {
  /** A name for people: `dana@example.com (AWSReservedSSO_Developer)`, `root@111122223333`, `Auto Scaling`. Untrusted text. */
  readonly name: string;
  /** `userIdentity.arn`, if any. */
  readonly arn?: string | undefined;
  /** The ARN of the role, with its path, if a role called: `userIdentity.sessionContext.sessionIssuer.arn`. */
  readonly roleArn?: string | undefined;
  /** `userIdentity.accountId`, if any. */
  readonly accountId?: string | undefined;
  /** The service that called on the actor's behalf, such as `autoscaling.amazonaws.com`. */
  readonly invokedBy?: string | undefined;
  /** True if no person or role of the account is named, only the service that called. */
  readonly service?: true | undefined;
  /** True for the role session name `mirrorwatch`, as our own calls have. Anybody's may: only with the role's ARN is it proof. */
  readonly ours: boolean;
}

/** The role session name of every call this program makes. */
const OUR_SESSION_NAME = 'mirrorwatch';

/** The longest name shown. Role names and session names have at most 64 characters each, so only forged ones are cut. */
const NAME_LENGTH = 200;

/** Service principals that people know by another name. The others are shown without `.amazonaws.com`. */
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

/**
 * Services that launch by themselves, when nobody calls them. Before they had roles of their own, their records showed the root user.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html
 */
const OWN_LAUNCHERS = new Set(['autoscaling.amazonaws.com', 'spot.amazonaws.com', 'spotfleet.amazonaws.com']);

type Fields = Readonly<Record<string, unknown>>;

/**
 * Who made a call. Never throws, whatever `userIdentity` contains. The name is never empty or longer than 200 characters.
 *
 * The person behind a role is its `sourceIdentity`, or else a session name that looks like a person's (an address, a user of an SSO
 * role). A service that called on someone's behalf is in `invokedBy`. It is also the name when nobody else is named or the role is the
 * service's own.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function actorOf(record: CloudTrailRecord): Actor {
  const identity = fields(record.userIdentity);
  const invokedBy = text(identity, 'invokedBy');
  const name = nameOf(identity, record);
  return {
    name: bounded(name ?? serviceName(invokedBy) ?? nameOfNobody(identity, record)),
    arn: text(identity, 'arn'),
    roleArn: roleArnOf(identity),
    accountId: text(identity, 'accountId'),
    invokedBy,
    ours: text(identity, 'type') === 'AssumedRole' && sessionName(identity) === OUR_SESSION_NAME,
    ...((name === undefined || isService(identity)) && { service: true }),
  };
}

/** A record that names nobody is a service's only if it says so: anybody else's may lack the identity too. */
function nameOfNobody(identity: Fields, { eventType }: CloudTrailRecord): string {
  const isOfService = text(identity, 'type') === 'AWSService' || eventType === 'AwsServiceEvent';
  return isOfService ? 'an AWS service' : 'an unnamed caller';
}

/** The name by the type of identity; undefined when only the invoking service has one. */
function nameOf(identity: Fields, record: CloudTrailRecord): string | undefined {
  const accountId = text(identity, 'accountId') ?? text(fields(record), 'recipientAccountId');
  const userName = text(identity, 'userName');
  switch (text(identity, 'type')) {
    case 'Root':
      if (OWN_LAUNCHERS.has(text(identity, 'invokedBy') ?? '')) return undefined;
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

/** `session (role)` for a person, `role/session` for a program, the service's name for its own role. */
function roleName(identity: Fields): string | undefined {
  const context = contextOf(identity);
  const role = roleOf(identity);
  const session = sessionName(identity);
  const invokedBy = serviceName(text(identity, 'invokedBy'));
  if (isService(identity) && invokedBy !== undefined) return invokedBy;
  const person = text(context, 'sourceIdentity') ?? (isPerson(session, role) ? session : undefined);
  if (person !== undefined) return named(person, role);
  if (role !== undefined && session !== undefined) return `${role}/${session}`;
  return role ?? session;
}

/** Federated users have an issuer too, which is no role. */
function roleArnOf(identity: Fields): string | undefined {
  const context = contextOf(identity);
  const issuer = text(fields(context.sessionIssuer ?? context.sessionissuer), 'arn');
  return issuer?.includes(':role/') ? issuer : undefined;
}

function contextOf(identity: Fields): Fields {
  return fields(identity.sessionContext ?? identity.sessioncontext);
}

function roleOf(identity: Fields): string | undefined {
  const context = contextOf(identity);
  const [arnRole] = assumedRole(text(identity, 'arn'));
  return text(fields(context.sessionIssuer ?? context.sessionissuer), 'userName') ?? arnRole;
}

/**
 * True for a service in the role linked to it. A role can be given any name, but only a linked one its path.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
 */
function isService(identity: Fields): boolean {
  const context = contextOf(identity);
  const arn = text(fields(context.sessionIssuer ?? context.sessionissuer), 'arn') ?? '';
  const isLinked = arn.includes(':role/aws-service-role/') || text(identity, 'invokedBy') !== undefined;
  return isLinked && roleOf(identity)?.startsWith('AWSServiceRoleFor') === true;
}

function federatedName(identity: Fields): string | undefined {
  const issuer = fields(fields(identity.sessionContext).sessionIssuer);
  const user = lastPart(text(identity, 'arn')) ?? principalName(identity);
  return named(user, text(issuer, 'userName') ?? lastPart(text(issuer, 'arn')));
}

/** True for an email address, or any session of a role that IAM Identity Center manages. An instance profile's session is an instance. */
function isPerson(session: string | undefined, role: string | undefined): boolean {
  if (session === undefined || /^i-[0-9a-f]+$/.test(session)) return false;
  return session.includes('@') || role?.startsWith('AWSReservedSSO_') === true;
}

function sessionName(identity: Fields): string | undefined {
  const [, session] = assumedRole(text(identity, 'arn'));
  return session ?? principalName(identity, true);
}

/** The role and session in `arn:aws:sts::111122223333:assumed-role/role/session`. Older exports leave the session out. */
function assumedRole(arn: string | undefined): readonly [role?: string, session?: string] {
  const [, role, session] = /:assumed-role\/([^/]+)(?:\/(.+))?$/.exec(arn ?? '') ?? [];
  return [role, session] as readonly [role?: string, session?: string];
}

/** The part after the colon of `AROA…:session`. Without a colon, the complete id, or undefined if `partOnly`. */
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

/** A name of at most 200 characters. */
export function bounded(name: string): string {
  return name.length <= NAME_LENGTH ? name : `${name.slice(0, NAME_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
