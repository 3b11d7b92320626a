/** Which calls make IAM users or give them something to work with, and which delete them. */

import { partitionOf } from '../cloudtrail/partition.ts';
import { type CloudTrailRecord, callFailed } from '../cloudtrail/record.ts';
import { circumstancesOf, isNetworkActivity, isUpdate, isWithdrawal } from './circumstances.ts';
import { type Fields, field, fieldsOf, isOmitted, requestOf, resourceIds, responseOf, textField } from './fields.ts';
import type { IamUserSighting } from './sighting.ts';

interface Made {
  /** What the user has by the call, in words; undefined if the record says that it has nothing by it. */
  readonly what: (request: Fields, answer: Fields) => string | undefined;
  /** The part of the response that names the user. @default none does */
  readonly answer?: string;
  /** True where a call that names no user is about its caller. @default IAM refuses such a call */
  readonly own?: true;
  /** True if the request has the user's other name besides, `newUserName`. */
  readonly renames?: true;
}

/** The longest text of a record in words: policies' ARNs are the longest that people have to recognise. */
const TEXT_LENGTH = 150;
/** IAM allows 64. */
const NAME_LENGTH = 128;

/** `the access key AKIA…`, or `an access key` if the record does not name it. */
const one =
  (article: 'a' | 'an', noun: string, name: string, before = ''): Made['what'] =>
  (request, answer) => {
    const text = textField(answer, name) ?? textField(request, name);
    return `${before}${text === undefined ? `${article} ${noun}` : `the ${noun} ${text.slice(0, TEXT_LENGTH)}`}`;
  };

const always =
  (what: string): Made['what'] =>
  () =>
    what;

/** What was deactivated works again: for the user, that is as if it were made. What is deactivated makes nothing. */
const activated =
  (what: Made['what']): Made['what'] =>
  (request, answer) =>
    textField(request, 'status')?.toLowerCase() === 'active'
      ? `${what(request, answer)}, which works again`
      : undefined;

/** A user's other name is a user that was not there before. A change of the path makes nothing. */
const renamed: Made['what'] = (request) => {
  const [from, to] = [textField(request, 'userName'), textField(request, 'newUserName')];
  return to === undefined || to === from
    ? undefined
    : `its name, instead of ${from?.slice(0, NAME_LENGTH) ?? 'another'}`;
};

const key = one('an', 'access key', 'accessKeyId');
const sshKey = one('an', 'SSH public key', 'sSHPublicKeyId');
const certificate = one('a', 'signing certificate', 'certificateId');
const credential = one('a', 'service-specific credential', 'serviceSpecificCredentialId');

/** The note of evidence whose record has its request, and no user in it. */
export const NO_USER_NAMED = 'no user named';

/** What CreateUser makes. */
export const USER_ITSELF = 'the user';

/**
 * The calls by which there is a user, something that it can sign in or sign requests with, or rights that it had not.
 *
 * A new password for a user that has one (UpdateLoginProfile) is here as it gives the user to whoever knows it; ChangePassword is not, as
 * users call it for themselves and have to know the old one. A permissions boundary is here both when it is taken away and when it is put:
 * a record does not say whether the one before was narrower.
 *
 * Not here: MFA devices, which are nothing to sign in with by themselves; DetachUserPolicy, DeleteUserPolicy and RemoveUserFromGroup, which
 * have to come before DeleteUser and give rights only where a policy denied some; policies and groups, which are not of one user.
 */
const MADE: ReadonlyMap<string, Made> = new Map(
  Object.entries({
    CreateUser: { what: always(USER_ITSELF), answer: 'user' },
    UpdateUser: { what: renamed, renames: true },
    CreateAccessKey: { what: key, answer: 'accessKey', own: true },
    UpdateAccessKey: { what: activated(key), own: true },
    CreateLoginProfile: { what: always('a password'), answer: 'loginProfile', own: true },
    UpdateLoginProfile: { what: always('a new password') },
    CreateServiceSpecificCredential: { what: credential, answer: 'serviceSpecificCredential', own: true },
    ResetServiceSpecificCredential: { what: credential, answer: 'serviceSpecificCredential', own: true },
    UpdateServiceSpecificCredential: { what: activated(credential), own: true },
    UploadSSHPublicKey: { what: sshKey, answer: 'sSHPublicKey', own: true },
    UpdateSSHPublicKey: { what: activated(sshKey), own: true },
    UploadSigningCertificate: { what: certificate, answer: 'certificate', own: true },
    UpdateSigningCertificate: { what: activated(certificate), own: true },
    AttachUserPolicy: { what: one('a', 'policy', 'policyArn') },
    PutUserPolicy: { what: one('an', 'inline policy', 'policyName') },
    AddUserToGroup: { what: one('a', 'group', 'groupName', 'the rights of ') },
    PutUserPermissionsBoundary: { what: one('a', 'permissions boundary', 'permissionsBoundary') },
    DeleteUserPermissionsBoundary: { what: always('rights beyond its permissions boundary') },
  } satisfies Readonly<Record<string, Made>>),
);

const DELETED = 'DeleteUser';

/** The names of these calls, for the scanner. */
export const IAM_USER_CALLS: ReadonlySet<string> = new Set([...MADE.keys(), DELETED]);

/**
 * What a record says happened to an IAM user; undefined for any other call, for one that failed and for one that gives the user nothing.
 * The sighting is `incomplete`, without a user name, if nothing in the record says whose user it is. Never throws.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
 */
export function iamUserSighting(record: CloudTrailRecord, logFile?: string): IamUserSighting | undefined {
  const { eventSource, eventName } = record;
  // Identity Center, Transfer Family and others have a CreateUser, too.
  if (eventSource !== 'iam.amazonaws.com' || typeof eventName !== 'string' || isNetworkActivity(record))
    return undefined;
  const made = MADE.get(eventName);
  if (made === undefined && eventName !== DELETED) return undefined;
  const withdrawn = isWithdrawal(record);
  if (callFailed(record) && !withdrawn) return undefined;
  const circumstances = circumstancesOf(record, logFile);
  if (circumstances === undefined) return undefined;
  const common = withdrawn ? { ...circumstances, withdrawn } : circumstances;
  const seen = made === undefined ? deletedBy(record) : madeBy(record, made, circumstances.accountId);
  if (seen === undefined || seen.userName !== undefined) return seen && { ...common, ...seen };
  return { ...common, ...seen, incomplete: true, evidence: { ...common.evidence, note: noteOf(record) } };
}

type Seen = Pick<IamUserSighting, 'kind' | 'userName' | 'formerName' | 'what'>;

function deletedBy(record: CloudTrailRecord): Seen {
  const userName = nameIn(requestOf(record), 'userName') ?? onlyResource(record);
  return { kind: 'iam-user-deleted', userName, what: USER_ITSELF };
}

function madeBy(record: CloudTrailRecord, { what, answer, own, renames }: Made, accountId: string): Seen | undefined {
  const request = requestOf(record);
  const answered = answer === undefined ? {} : fieldsOf(field(responseOf(record), answer));
  const isUnknown = lacksRequest(record);
  // IAM refuses the calls that may give nothing if they have no parameters.
  const mayGive = isUnknown || Object.keys(request).length === 0;
  const words = what(request, answered) ?? (mayGive ? 'something' : undefined);
  if (words === undefined) return undefined;
  const seen = { kind: 'iam-user-made', what: words } as const;
  if (renames === true)
    return { ...seen, userName: nameIn(request, 'newUserName'), formerName: nameIn(request, 'userName') };
  const userName =
    nameIn(answered, 'userName') ??
    nameIn(request, 'userName') ??
    onlyResource(record) ??
    (own === true && !isUnknown ? callerOf(record, accountId) : undefined);
  return { ...seen, userName };
}

/** The user among the record's `resources`, which CloudTrail does not omit; undefined if it names none or several. */
function onlyResource(record: CloudTrailRecord): string | undefined {
  const [only, ...others] = resourceIds(record, 'AWS::IAM::User');
  return others.length > 0 ? undefined : only?.slice(0, NAME_LENGTH);
}

/** True if CloudTrail omitted the request, or an addendum does not repeat it. */
function lacksRequest(record: CloudTrailRecord): boolean {
  const { requestParameters: request } = record;
  return isOmitted(request) || (isUpdate(record) && (request === undefined || request === null));
}

function noteOf(record: CloudTrailRecord): string {
  return lacksRequest(record) ? 'requestParameters omitted' : NO_USER_NAMED;
}

/** The user that called; the ARN of the root user, whose keys no response names; undefined for a role. */
function callerOf({ userIdentity, awsRegion = '' }: CloudTrailRecord, accountId: string): string | undefined {
  const identity = fieldsOf(userIdentity);
  const arn = textField(identity, 'arn') ?? '';
  if (identity.type === 'Root')
    return arn.endsWith(':root') ? arn.slice(0, NAME_LENGTH) : `arn:${partitionOf(awsRegion)}:iam::${accountId}:root`;
  if (identity.type !== 'IAMUser') return undefined;
  return nameIn(identity, 'userName') ?? (arn.slice(arn.lastIndexOf('/') + 1).slice(0, NAME_LENGTH) || undefined);
}

function nameIn(fields: Fields, name: string): string | undefined {
  return textField(fields, name)?.slice(0, NAME_LENGTH);
}
