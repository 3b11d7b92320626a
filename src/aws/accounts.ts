/** Credentials per account: our own for our account, an assumed member role for every other. */

import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  type GetCallerIdentityResponse,
  STSClient,
} from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@aws-sdk/types';
import { partitionOf } from '../audit/fixes/value-forms.ts';
import { isRegionName } from '../config/regions.ts';
import { PipelineError } from '../errors.ts';
import type { Scope } from '../inventory/inventory.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** The session name of our assumed roles. CloudTrail records it with every call we make, which is how we recognise our own. */
const ROLE_SESSION_NAME = 'mirrorwatch';

/** Credentials are renewed this long before they expire: longer than any of our calls takes. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** The role to assume in accounts other than our own. */
export interface AssumeRole {
  /** The role's name, with its path if it has one. */
  readonly roleName: string;
  readonly externalId?: string | undefined;
}

/** Who we are, and how to call other accounts. */
export interface Accounts {
  /** The account of our own credentials. STS is asked once, unless the account was given. */
  own(): Promise<string>;
  /** The ARN of our own credentials, as CloudTrail records it with the calls in our own account. STS is asked once. */
  caller(): Promise<string>;
  /**
   * The credential provider for calls in a scope; undefined for our own account, which uses the SDK's default chain. The
   * provider throws AwsCallError (`AssumeRole`) if the account refuses us. That affects this account only.
   *
   * @throws PipelineError `config-invalid` for another account when no role is configured, or it is not among those of the role;
   * `inventory-unreadable` for what cannot be an account or a region
   */
  credentialsFor(scope: Scope): Promise<AwsCredentialIdentityProvider | undefined>;
}

/**
 * Accounts over STS in the home region. All clients of an account share one set of credentials, which is renewed before it
 * expires. A refusal is not cached: the next delivery tries again.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
 */
export function stsAccounts(options: {
  readonly clients: Clients;
  readonly region: string;
  readonly assumeRole?: AssumeRole | undefined;
  /** The accounts in which the role may be assumed. The external id is sent to no other. @default none */
  readonly accounts?: readonly string[] | undefined;
  readonly ownAccountId?: string | undefined;
  readonly now: () => number;
}): Accounts {
  const { clients, region, assumeRole, accounts = [], ownAccountId, now } = options;
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

  const assume = async (scope: Scope, role: AssumeRole): Promise<AwsCredentialIdentity> => {
    const roleArn = `arn:${partitionOf(scope.region)}:iam::${scope.accountId}:role/${role.roleName.replace(/^\//, '')}`;
    const concerns = { accountId: scope.accountId, resourceId: roleArn };
    const { Credentials } = await awsCall('AssumeRole', concerns, async () =>
      sts().send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: ROLE_SESSION_NAME,
          ExternalId: role.externalId,
        }),
      ),
    );
    if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey) {
      throw new PipelineError('aws-call-failed', `AssumeRole of ${roleArn} returned no credentials`, concerns);
    }
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      ...(Credentials.SessionToken !== undefined && { sessionToken: Credentials.SessionToken }),
      ...(Credentials.Expiration !== undefined && { expiration: Credentials.Expiration }),
    };
  };

  const sharedCredentials = (scope: Scope, role: AssumeRole): Promise<AwsCredentialIdentity> => {
    const key = `${partitionOf(scope.region)}:${scope.accountId}`;
    const known = assumed.get(key);
    if (known !== undefined && known.until > now()) return known.credentials;
    const entry = { until: Number.POSITIVE_INFINITY, credentials: assume(scope, role) };
    assumed.set(key, entry);
    entry.credentials.then(
      ({ expiration }) => {
        entry.until = expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - RENEW_BEFORE_MS;
      },
      () => assumed.delete(key),
    );
    return entry.credentials;
  };

  return {
    own,
    caller: async () => (await identity()).Arn ?? '',
    credentialsFor: async (scope) => {
      checkForm(scope);
      if (scope.accountId === (await own())) return undefined;
      if (assumeRole === undefined) {
        throw new PipelineError(
          'config-invalid',
          `cannot call account ${scope.accountId}: it is not our own account, and assumeRole names no role to assume there`,
          { accountId: scope.accountId },
        );
      }
      if (!accounts.includes(scope.accountId)) {
        throw new PipelineError(
          'config-invalid',
          `cannot call account ${scope.accountId}: neither trail.accounts nor mirroring.trustedOwners lists it, and the role is assumed nowhere else`,
          { accountId: scope.accountId },
        );
      }
      return () => sharedCredentials(scope, assumeRole);
    },
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
