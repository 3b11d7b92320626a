/** Credentials per account: our own for our account, an assumed member role for every other. */

import { GetCallerIdentityCommand, type GetCallerIdentityResponse, STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@aws-sdk/types';
import { partitionOf } from '../cloudtrail/partition.ts';
import { isRegionName } from '../config/regions.ts';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import type { Scope } from '../inventory/inventory.ts';
import { assumeRole } from './access/assume-role.ts';
import type { Access } from './access/session-policy.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** Credentials are renewed this long before they expire: longer than any of our calls takes. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** An external id that is kept elsewhere is read again after this time: it may have been replaced. */
const SECRET_KEPT_MS = 5 * 60_000;

/** The roles to assume in accounts other than our own. */
export type AssumeRole = NonNullable<Config['assumeRole']>;

/** Who we are, and how to call other accounts. */
export interface Accounts {
  /** The account of our own credentials. STS is asked once, unless the account was given. */
  own(): Promise<string>;
  /** The ARN of our own credentials, as CloudTrail records it with the calls in our own account. STS is asked once. */
  caller(): Promise<string>;
  /**
   * The credential provider for calls of an access (`read` by default) in a scope; undefined for our own account, which uses the SDK's default chain. The
   * provider throws AwsCallError (`AssumeRole`) if the account refuses us. That affects this account only.
   *
   * @throws PipelineError `config-invalid` for another account when no role is configured, or it is not among those of the role;
   * `inventory-unreadable` for what cannot be an account or a region
   */
  credentialsFor(scope: Scope, access?: Access): Promise<AwsCredentialIdentityProvider | undefined>;
}

/**
 * Accounts over STS in the home region. All clients of an account with the same access share one set of credentials, which is renewed
 * before it expires. A refusal is not cached: the next delivery tries again.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
 */
export function stsAccounts(options: {
  readonly clients: Clients;
  readonly region: string;
  readonly assumeRole?: AssumeRole | undefined;
  /** The accounts in which the roles may be assumed. The external id is sent to no other. @default none */
  readonly accounts?: readonly string[] | undefined;
  /** More of them, which only AWS knows: those of the organization. @default none */
  readonly members?: (() => Promise<readonly string[]>) | undefined;
  /** The role for access `organization`, in whichever account. @default our own credentials */
  readonly organizationRoleArn?: string | undefined;
  /** Accounts in which the role is assumed only to read. @default none */
  readonly readOnly?: readonly string[] | undefined;
  /** Reads an external id that is kept in Parameter Store. */
  readonly parameter: (name: string) => Promise<string>;
  readonly ownAccountId?: string | undefined;
  readonly now: () => number;
}): Accounts {
  const { clients, region, assumeRole: toAssume, accounts = [], readOnly = [], parameter, ownAccountId, now } = options;
  const { members = async () => [], organizationRoleArn } = options;
  const sts = (): STSClient => clients.home(STSClient, region);
  const assumed = new Map<string, { until: number; credentials: Promise<AwsCredentialIdentity> }>();
  let asked: Promise<GetCallerIdentityResponse> | undefined;

  const identity = (): Promise<GetCallerIdentityResponse> => {
    asked ??= awsCall('GetCallerIdentity', {}, () => sts().send(new GetCallerIdentityCommand({}))).catch(
      (fault: unknown) => {
        asked = undefined;
        throw fault;
      },
    );
    return asked;
  };
  const own = async (): Promise<string> => ownAccountId ?? (await identity()).Account ?? '';

  const externalIdOf = keptFor(SECRET_KEPT_MS, now, parameter);

  const assume = async (scope: Scope, access: Access, role: AssumeRole): Promise<AwsCredentialIdentity> => {
    const name = changesAccount(access) ? (role.writeRoleName ?? role.roleName) : role.roleName;
    const roleArn = `arn:${partitionOf(scope.region)}:iam::${scope.accountId}:role/${name.replace(/^\//, '')}`;
    const concerns = { accountId: scope.accountId, resourceId: roleArn };
    const { externalIdParameter } = role;
    const externalId = externalIdParameter === undefined ? role.externalId : await externalIdOf(externalIdParameter);
    return assumeRole(sts, { roleArn, externalId, access, concerns });
  };

  const shared = (
    { accountId, region: callsIn }: Scope,
    access: Access,
    get: () => Promise<AwsCredentialIdentity>,
  ): Promise<AwsCredentialIdentity> => {
    const key = `${partitionOf(callsIn)}:${accountId}:${access}`;
    const known = assumed.get(key);
    if (known !== undefined && known.until > now()) return known.credentials;
    const entry = { until: Number.POSITIVE_INFINITY, credentials: get() };
    assumed.set(key, entry);
    entry.credentials.then(
      ({ expiration }) => {
        entry.until = expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - RENEW_BEFORE_MS;
      },
      () => assumed.delete(key),
    );
    return entry.credentials;
  };

  /** The role is assumed only in accounts that are listed, or of the organization. */
  const checkMember = async ({ accountId }: Scope, access: Access): Promise<void> => {
    if ((await members()).includes(accountId)) return;
    const named = readOnly.includes(accountId)
      ? `cannot call account ${accountId} to change it (${access}): only mirroring.trustedOwners lists it, and such accounts are only read`
      : `cannot call account ${accountId}: neither trail.accounts nor mirroring.trustedOwners lists it, and the role is assumed nowhere else`;
    throw new PipelineError('config-invalid', named, { accountId });
  };

  return {
    own,
    caller: async () => (await identity()).Arn ?? '',
    credentialsFor: async (scope, access = 'read') => {
      checkForm(scope);
      if (access === 'organization') {
        if (organizationRoleArn === undefined) return undefined;
        const concerns = { accountId: scope.accountId, resourceId: organizationRoleArn };
        return () => shared(scope, access, () => assumeRole(sts, { roleArn: organizationRoleArn, access, concerns }));
      }
      if (scope.accountId === (await own())) return undefined;
      if (toAssume === undefined) {
        throw new PipelineError(
          'config-invalid',
          `cannot call account ${scope.accountId}: it is not our own account, and assumeRole names no role to assume there`,
          { accountId: scope.accountId },
        );
      }
      if (!accounts.includes(scope.accountId) && !(access === 'read' && readOnly.includes(scope.accountId)))
        await checkMember(scope, access);
      return () => shared(scope, access, () => assume(scope, access, toAssume));
    },
  };
}

/** True for what takes the role that writes: findings in Security Hub are no change of what is watched. */
function changesAccount(access: Access): boolean {
  return access !== 'read' && access !== 'security-hub';
}

/** A reader that keeps each text for a while. One that could not be read is read again at once. */
function keptFor(
  keptMs: number,
  now: () => number,
  read: (name: string) => Promise<string>,
): (name: string) => Promise<string> {
  const kept = new Map<string, { readonly until: number; readonly text: Promise<string> }>();
  return (name) => {
    const known = kept.get(name);
    if (known !== undefined && known.until > now()) return known.text;
    const text = read(name);
    kept.set(name, { until: now() + keptMs, text });
    text.catch(() => kept.delete(name));
    return text;
  };
}

/** Both become part of an ARN or of a host's name, and may come from a record. Nobody is asked about what cannot be one. */
function checkForm({ accountId, region }: Scope): void {
  const wrong = /^\d{12}$/.test(accountId) ? (isRegionName(region) ? undefined : region) : accountId;
  if (wrong === undefined) return;
  const named = JSON.stringify(wrong.slice(0, 80));
  const text = `cannot call account and region by ${named}: accounts have 12 digits, and regions names such as eu-west-1`;
  throw new PipelineError('inventory-unreadable', text, { accountId, region });
}
